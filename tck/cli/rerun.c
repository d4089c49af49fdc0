/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/rerun.h"

#include <string.h>

#include "history/past.h"

void tck_rerun_done(struct tck_rerun *rerun)
{
    free(rerun->ids);
    memset(rerun, 0, sizeof *rerun);
}

static bool is_left_over(const struct tck_past_result *result)
{
    return result->verdict == TCK_VERDICT_FAILED || result->verdict == TCK_VERDICT_ERRORED ||
           result->cause == TCK_CAUSE_NOT_RUN;
}

/* The reports together, while their scenarios are looked up. */
struct search {
    struct tck_past *pasts[TCK_TEXTS_MAX]; /* owned */
    size_t count;
    bool anything_passed, anything_left;
};

static void search_done(struct search *search)
{
    for (size_t i = 0; i < search->count; i++)
        tck_past_free(search->pasts[i]);
}

static bool is_wanted(const struct search *search, const char *id)
{
    for (size_t i = 0; i < search->count; i++)
        for (size_t k = 0; k < search->pasts[i]->count; k++)
            if (is_left_over(&search->pasts[i]->results[k]) && strcmp(search->pasts[i]->results[k].scenario, id) == 0)
                return true;
    return false;
}

static void choose(const struct search *search, const struct tck_spec *spec, struct tck_rerun *rerun)
{
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++)
            if (is_wanted(search, suite->scenarios[k]->id))
                rerun->ids[rerun->count++] = suite->scenarios[k]->id;
    }
}

static bool is_there(const struct tck_rerun *rerun, const char *id)
{
    for (size_t i = 0; i < rerun->count; i++)
        if (strcmp(rerun->ids[i], id) == 0)
            return true;
    return false;
}

static void look_through(struct search *search, const struct tck_rerun *rerun)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct tck_past *past = search->pasts[i];

        for (size_t k = 0; k < past->count; k += tck_past_group(past, k)) {
            bool left = false;

            for (size_t n = 0; n < tck_past_group(past, k); n++) {
                const struct tck_past_result *result = &past->results[k + n];

                left = left || is_left_over(result);
                search->anything_passed = search->anything_passed || result->verdict == TCK_VERDICT_PASSED ||
                                          result->verdict == TCK_VERDICT_KNOWN;
            }
            search->anything_left = search->anything_left || left;
            if (left && !is_there(rerun, past->results[k].scenario))
                fprintf(stderr, "tck: %s: there is no scenario '%s' any more\n", past->file, past->results[k].scenario);
        }
    }
}

static size_t scenario_count(const struct tck_spec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < tck_spec_suite_count(spec); i++)
        count += tck_spec_suite(spec, i)->scenario_count;
    return count;
}

int tck_rerun_read(const struct tck_texts *reports, const struct tck_spec *spec, struct tck_rerun *ret_rerun)
{
    tck_cleanup(search_done) struct search search = { 0 };
    tck_cleanup(tck_rerun_done) struct tck_rerun rerun = { .ids = calloc(scenario_count(spec) + 1, sizeof *rerun.ids) };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (!rerun.ids) {
        tck_no_memory(&err);
        return -tck_cli_fail(&err);
    }
    for (size_t i = 0; i < reports->count; i++) {
        if (tck_past_load(reports->items[i], &search.pasts[i], &err) < 0)
            return -tck_cli_fail(&err);
        search.count++;
    }
    choose(&search, spec, &rerun);
    look_through(&search, &rerun);
    if (rerun.count == 0 && !(search.anything_passed && !search.anything_left)) {
        tck_fail(&err, TCK_BAD_INPUT, (struct tck_place){ .name = reports->items[0] },
                 search.anything_left ? "none of the scenarios that failed is there any more"
                                      : "shows neither a scenario that failed nor one that passed");
        return -tck_cli_fail(&err);
    }
    rerun.nothing_to_do = rerun.count == 0;
    *ret_rerun = rerun;
    rerun = (struct tck_rerun){ 0 };
    return 0;
}
