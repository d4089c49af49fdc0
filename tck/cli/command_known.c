/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "known/update.h"

#define LIST_CEILING ((size_t)1 << 20)

struct settings {
    struct tck_texts specs;
    bool update;
};

/* --- what is in a list --- */

static void print_entry(const struct tck_spec *spec, const struct tck_known *list, size_t index)
{
    const struct tck_known_entry *entry = tck_known_entry(list, index);
    tck_cleanup(tck_buffer_done) struct tck_buffer what = TCK_BUFFER_INIT(LIST_CEILING);

    tck_known_say_entry(entry, &what);
    printf("%s:%u  %s: %s", entry->fact.place.name, entry->fact.place.line, tck_known_word(entry->fact.kind),
           tck_buffer_string(&what));
    if (entry->fact.until)
        printf("%s until %s", entry->until < tck_known_today() ? ", over:" : ",", entry->fact.until);
    printf("  %s\n", entry->fact.reason);
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++) {
            const size_t *entries;
            size_t count = tck_known_entries_of(list, suite->scenarios[k], &entries);

            for (size_t e = 0; e < count; e++)
                if (entries[e] == index)
                    printf("  %s\n", suite->scenarios[k]->id);
        }
    }
}

static int show(const char *path, const struct tck_spec *spec)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_known_freep) struct tck_known *list = NULL;
    int r = tck_known_load(path, spec, &list, &errors);

    tck_cli_print_errors(&errors);
    if (r < 0)
        return r;
    for (size_t i = 0; i < tck_known_count(list); i++)
        print_entry(spec, list, i);
    printf("%zu entries: no mistakes\n", tck_known_count(list));
    return 0;
}

/* --- update --- */

struct pasts {
    struct tck_past *items[TCK_TEXTS_MAX]; /* owned */
    size_t count;
};

static void pasts_done(struct pasts *pasts)
{
    for (size_t i = 0; i < pasts->count; i++)
        tck_past_free(pasts->items[i]);
}

static int read_pasts(int count, char *const paths[], struct pasts *pasts, struct tck_error *err)
{
    if (count > TCK_TEXTS_MAX)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "more than %d reports", TCK_TEXTS_MAX);
    for (int i = 0; i < count; i++) {
        int r = tck_past_load(paths[i], &pasts->items[pasts->count], err);

        if (r < 0)
            return r;
        pasts->count++;
    }
    return 0;
}

/* A list that is not there yet is an empty one. */
static int read_list(const char *path, struct tck_buffer *ret_text, struct tck_error *err)
{
    if (access(path, F_OK) < 0 && errno == ENOENT)
        return 0;
    return tck_read_file(path, LIST_CEILING, ret_text, err);
}

static int update(const char *path, int report_count, char *const reports[], const struct tck_spec *spec)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_known_update_freep) struct tck_known_update *made = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(LIST_CEILING);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(pasts_done) struct pasts pasts = { 0 };
    int r = read_pasts(report_count, reports, &pasts, &err);

    if (r == 0)
        r = read_list(path, &text, &err);
    if (r < 0)
        return -tck_cli_fail(&err);
    r = tck_known_update_new(path, tck_bytes(tck_buffer_string(&text), text.size), spec, pasts.items, pasts.count,
                             &made, &errors);
    tck_cli_print_errors(&errors);
    if (r < 0)
        return r;
    if (made->text && tck_write_file(path, tck_bytes(made->text, made->size), &err) < 0)
        return -tck_cli_fail(&err);
    for (size_t i = 0; i < made->change_count; i++)
        puts(made->changes[i]);
    printf("%s: %s\n", path, made->text ? "written" : "nothing to change");
    return 0;
}

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    if (operand_count == 0 || (!settings->update && operand_count != 1) || (settings->update && operand_count < 2)) {
        tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "%s",
                 settings->update ? "--update takes the list, and a JSON report or several" : "known takes one list");
        return tck_cli_fail(&err);
    }
    r = tck_cli_load_specs(&settings->specs, &spec);
    if (r == 0)
        r = settings->update ? update(operands[0], operand_count - 1, operands + 1, spec) : show(operands[0], spec);
    if (r == 0 && fflush(stdout) != 0) {
        fputs("tck: what was done could not be written to the standard output\n", stderr);
        r = TCK_KIT;
    }
    return -r;
}

static const char UPDATE[] = "Update";
static const struct tck_option options[] = {
    { "update", 0, TCK_OPTION_FLAG, NULL, offsetof(struct settings, update),
      "make the list fit the reports: what fails comes in, what passed goes out, what fails otherwise is corrected",
      UPDATE, NULL },
    { "specs", 0, TCK_OPTION_PATHS, "DIR", offsetof(struct settings, specs),
      "specs of your own that the list speaks of; adds to the built-in ones", TCK_GROUP_SELECTION, NULL },
    TCK_HELP_OPTION,
};

const struct tck_command tck_command_known = {
    .name = "known",
    .arguments = "[--update] FILE [REPORT.json…]",
    .summary = "check a list of known failures, or make it fit what a run found",
    .details =
        "Without --update, every entry is shown with the scenarios that it is about, or every mistake with its place. "
        "With --update, entries are added for failures that no entry names, with the report's sentence as their "
        "reason; entries of scenarios that passed go; rule, cause and step are corrected where a scenario fails "
        "otherwise. Comments, order, layout and all the rest stay as they are, flaky entries too. The file is written "
        "whole or not at all, and made if it is not there; each change is told.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
