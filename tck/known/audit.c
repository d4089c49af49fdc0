/* SPDX-License-Identifier: Apache-2.0 */
#include "known/audit.h"

#include <string.h>

#define SENTENCE_CEILING ((size_t)64 << 10)

/* What became of an entry's scenarios that were to run. */
struct tally {
    size_t selected, skipped, judged;
    const char *skipped_because; /* the first reason, borrowed from its result */
};

struct tck_audit {
    const struct tck_known *list;
    unsigned today;
    struct tally *tallies; /* owned, by entry */
};

void tck_audit_free(struct tck_audit *audit)
{
    if (!audit)
        return;
    free(audit->tallies);
    free(audit);
}

int tck_audit_new(const struct tck_known *list, unsigned today, const struct tck_plan *plan,
                  struct tck_audit **ret_audit, struct tck_error *err)
{
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = calloc(1, sizeof *audit);

    if (!audit)
        return tck_no_memory(err);
    audit->list = list;
    audit->today = today;
    audit->tallies = calloc(tck_known_count(list) + 1, sizeof *audit->tallies);
    if (!audit->tallies)
        return tck_no_memory(err);
    for (size_t i = 0; i < tck_plan_count(plan); i++) {
        const size_t *entries;
        size_t count = tck_known_entries_of(list, tck_plan_item(plan, i)->scenario, &entries);

        for (size_t k = 0; k < count; k++)
            audit->tallies[entries[k]].selected++;
    }
    *ret_audit = TCK_TAKE(audit);
    return 0;
}

static bool is_over(const struct tck_audit *audit, const struct tck_known_entry *entry)
{
    return entry->until && entry->until < audit->today;
}

/* Did the scenario run to an end that says something of the candidate? */
static bool is_telling(const struct tck_result *result)
{
    return result->verdict == TCK_VERDICT_PASSED || tck_known_can_name(result->cause) ||
           result->cause == TCK_CAUSE_DIED;
}

/* The sentence so far, in the result's arena; NULL when there is no memory. */
static const char *kept(const struct tck_result *result, const struct tck_buffer *sentence)
{
    return sentence->failed ? NULL : tck_arena_strdup(result->arena, tck_buffer_string(sentence));
}

static void say_place(const struct tck_known_entry *entry, struct tck_buffer *out)
{
    tck_buffer_printf(out, "%s:%u", entry->fact.place.name, entry->fact.place.line);
}

static const char *say_over(const struct tck_known_entry *entry, const struct tck_result *result)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(SENTENCE_CEILING);

    say_place(entry, &out);
    tck_buffer_printf(&out, " excused it until %s, and that day has passed", entry->fact.until);
    return kept(result, &out);
}

/* All that the list names for the scenario, beside what happened. */
static const char *say_other(const struct tck_audit *audit, const size_t *entries, size_t count,
                             const struct tck_known_failure *failure, const struct tck_result *result)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(SENTENCE_CEILING);

    for (size_t i = 0; i < count; i++) {
        const struct tck_known_entry *entry = tck_known_entry(audit->list, entries[i]);

        if (i)
            tck_buffer_puts(&out, ", ");
        say_place(entry, &out);
        tck_buffer_puts(&out, entry->fact.kind == TCK_KNOWN_FLAKY ? " allows " : " expects ");
        tck_known_say_entry(entry, &out);
    }
    tck_buffer_puts(&out, "; this is ");
    tck_known_say_failure(failure, &out);
    return kept(result, &out);
}

static const char *say_unexpected_pass(const struct tck_audit *audit, size_t index, const struct tck_result *result)
{
    const struct tck_known_entry *entry = tck_known_entry(audit->list, index);
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(SENTENCE_CEILING);

    tck_buffer_puts(&out, "passed, but ");
    say_place(entry, &out);
    tck_buffer_puts(&out, " says that it fails (");
    tck_known_say_entry(entry, &out);
    tck_buffer_printf(&out, "): %s; ", entry->fact.reason);
    tck_buffer_puts(&out,
                    tck_known_scenario_count(audit->list, index) > 1 ? "take it out of the entry" : "remove the entry");
    if (result->repetition > 1)
        tck_buffer_puts(&out, ", or say that it is flaky");
    return kept(result, &out);
}

/* The entry that names the failure and is not over, or NULL. *ret_over: one that would, but is over. */
static const struct tck_known_entry *find_excuse(const struct tck_audit *audit, const size_t *entries, size_t count,
                                                 const struct tck_known_failure *failure,
                                                 const struct tck_known_entry **ret_over)
{
    for (size_t i = 0; i < count; i++) {
        const struct tck_known_entry *entry = tck_known_entry(audit->list, entries[i]);

        if (!tck_known_names(entry, failure))
            continue;
        if (!is_over(audit, entry))
            return entry;
        *ret_over = entry;
    }
    return NULL;
}

/* Of a scenario that did not pass. */
static int judge_failure(const struct tck_audit *audit, const size_t *entries, size_t count, struct tck_result *result,
                         struct tck_known_fact *fact)
{
    const struct tck_known_failure failure = { .cause = result->cause, .rule = result->rule, .step = result->step };
    const struct tck_known_entry *over = NULL, *excuse = find_excuse(audit, entries, count, &failure, &over);

    if (excuse) {
        *fact = excuse->fact;
        result->verdict = TCK_VERDICT_KNOWN;
        return 0;
    }
    *fact = over ? over->fact : tck_known_entry(audit->list, entries[0])->fact;
    fact->note = over ? say_over(over, result) : say_other(audit, entries, count, &failure, result);
    return fact->note ? 0 : TCK_KIT;
}

static int judge_pass(const struct tck_audit *audit, size_t index, struct tck_result *result,
                      struct tck_known_fact *fact)
{
    const char *reason;

    *fact = tck_known_entry(audit->list, index)->fact;
    if (fact->kind == TCK_KNOWN_FLAKY)
        return 0;
    reason = say_unexpected_pass(audit, index, result);
    if (!reason)
        return TCK_KIT;
    result->reason = reason;
    result->cause = TCK_CAUSE_UNEXPECTED_PASS;
    result->verdict = tck_cause_verdict(result->cause);
    return 0;
}

int tck_audit_result(struct tck_audit *audit, struct tck_result *result, struct tck_error *err)
{
    struct tck_known_fact *fact;
    const size_t *entries;
    size_t count = tck_known_entries_of(audit->list, result->scenario, &entries);
    const bool telling = is_telling(result);
    int r;

    for (size_t i = 0; i < count; i++) {
        struct tally *tally = &audit->tallies[entries[i]];

        tally->judged += telling;
        if (result->cause != TCK_CAUSE_NOT_OFFERED)
            continue;
        tally->skipped++;
        if (!tally->skipped_because)
            tally->skipped_because = result->reason;
    }
    if (!telling || count == 0)
        return 0;
    fact = TCK_NEW(result->arena, struct tck_known_fact);
    if (!fact)
        return tck_no_memory(err);
    r = result->verdict == TCK_VERDICT_PASSED ? judge_pass(audit, entries[0], result, fact)
                                              : judge_failure(audit, entries, count, result, fact);
    if (r < 0)
        return tck_no_memory(err);
    result->known = fact;
    return 0;
}

/* --- the list as a whole --- */

/* What is wrong with an entry that no result can show; NULL in *ret_trouble: nothing. */
static int find_trouble(const struct tck_audit *audit, size_t index, const struct tck_run *run,
                        const char **ret_trouble)
{
    const struct tck_known_entry *entry = tck_known_entry(audit->list, index);
    const struct tally *tally = &audit->tallies[index];
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(SENTENCE_CEILING);

    *ret_trouble = NULL;
    say_place(entry, &out);
    if (tally->selected && tally->skipped == tally->selected)
        tck_buffer_printf(&out, ": every scenario of this entry was skipped (%s), so nothing shows that it still holds",
                          tally->skipped_because ? tally->skipped_because : "");
    else if (entry->fact.kind == TCK_KNOWN_FLAKY && is_over(audit, entry) && tally->judged)
        tck_buffer_printf(&out, ": the entry was for the time until %s, and that day has passed; remove it",
                          entry->fact.until);
    else
        return 0;
    *ret_trouble = out.failed ? NULL : tck_arena_strdup(run->arena, tck_buffer_string(&out));
    return *ret_trouble ? 0 : TCK_KIT;
}

static int gather_troubles(const struct tck_audit *audit, struct tck_run *run)
{
    const char **troubles = tck_arena_array(run->arena, tck_known_count(audit->list), sizeof *troubles);

    if (!troubles)
        return TCK_KIT;
    for (size_t i = 0; i < tck_known_count(audit->list); i++) {
        const char *trouble;

        if (find_trouble(audit, i, run, &trouble) < 0)
            return TCK_KIT;
        if (trouble)
            troubles[run->known.trouble_count++] = trouble;
    }
    run->known.troubles = troubles;
    return 0;
}

static int gather_rates(struct tck_run *run)
{
    struct tck_flaky_rate *rates;
    size_t count = 0;

    for (size_t i = 0; i < run->result_count; i++)
        count += run->results[i] && run->results[i]->known && run->results[i]->known->kind == TCK_KNOWN_FLAKY;
    rates = tck_arena_array(run->arena, count, sizeof *rates);
    if (!rates)
        return TCK_KIT;
    count = 0;
    for (size_t i = 0; i < run->result_count; i++) {
        const struct tck_result *result = run->results[i];
        struct tck_flaky_rate *rate = rates;

        if (!result || !result->known || result->known->kind != TCK_KNOWN_FLAKY)
            continue;
        while (rate < rates + count && rate->scenario != result->scenario)
            rate++;
        if (rate == rates + count)
            rates[count++] = (struct tck_flaky_rate){ .scenario = result->scenario, .fact = result->known };
        rate->runs++;
        rate->failed += result->verdict != TCK_VERDICT_PASSED;
    }
    run->known.rates = rates;
    run->known.rate_count = count;
    return 0;
}

int tck_audit_end(struct tck_audit *audit, struct tck_run *run, struct tck_error *err)
{
    const char *file = tck_arena_strdup(run->arena, tck_known_file(audit->list));

    if (!file || gather_rates(run) < 0 || gather_troubles(audit, run) < 0)
        return tck_no_memory(err);
    run->known.file = file;
    return 0;
}
