/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/commands.h"
#include "history/comparison.h"

#define TEXT_CEILING ((size_t)1 << 20)

struct settings {
    int format;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = { "text", "json", NULL };

/* What a report says, as a terminal may show it. */
static void put_shown(const char *text)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TEXT_CEILING);

    tck_utf8_append_shown(text, strlen(text), &out);
    fputs(out.failed ? "?" : tck_buffer_string(&out), stdout);
}

/* --- as text --- */

static void put_run(const char *which, const struct tck_past *past)
{
    printf("%s: ", which);
    put_shown(past->file);
    printf("  candidate: ");
    put_shown(past->candidate);
    printf("  tck ");
    put_shown(past->kit_version);
    printf("  results: %zu%s\n", past->count, past->complete ? "" : "  (the run was cut off)");
}

/* "failed: rule UF-VE02, difference at step 3" */
static void put_result(const struct tck_past_result *result)
{
    const enum tck_past_state state = result ? tck_past_state(result) : TCK_PAST_NOT_RUN;

    if (state != TCK_PAST_FAILS) {
        fputs(result ? tck_past_state_word(state) : "not there", stdout);
        return;
    }
    printf("%s: ", tck_verdict_word(result->verdict));
    if (result->rule && tck_cause_verdict(result->cause) == TCK_VERDICT_FAILED) {
        fputs("rule ", stdout);
        put_shown(result->rule);
        fputs(", ", stdout);
    }
    fputs(tck_cause_word(result->cause), stdout);
    if (result->step)
        printf(" at step %zu", result->step);
}

static void put_change(const struct tck_change *change)
{
    printf("%s %s  ", change->worse ? "!" : "-", tck_change_word(change->kind));
    put_shown(change->before ? change->before->scenario : change->after->scenario);
    fputs("\n    ", stdout);
    put_result(change->before);
    fputs(" -> ", stdout);
    put_result(change->after);
    fputc('\n', stdout);
    if (change->after && change->after->reason) {
        fputs("    ", stdout);
        put_shown(change->after->reason);
        fputc('\n', stdout);
    }
}

static void put_deviation(const struct tck_deviation_change *change)
{
    printf("%s deviation %s (%s)  ", change->came ? "!" : "-", change->came ? "came" : "went",
           tck_level_word(change->remark->level));
    put_shown(change->scenario);
    fputs("\n    ", stdout);
    if (change->remark->rule) {
        put_shown(change->remark->rule);
        fputs(": ", stdout);
    }
    put_shown(change->remark->text);
    fputc('\n', stdout);
}

static void put_rules(const struct tck_comparison *comparison)
{
    if (comparison->rule_count)
        puts("rules:");
    for (size_t i = 0; i < comparison->rule_count; i++) {
        const struct tck_rule_change *rule = &comparison->rules[i];

        printf("%s ", rule->worse ? "!" : "-");
        put_shown(rule->rule);
        printf("  %s -> %s\n", tck_proof_word(rule->before), tck_proof_word(rule->after));
    }
}

static void put_comparison(const struct tck_past *before, const struct tck_past *after,
                           const struct tck_comparison *comparison)
{
    put_run("old", before);
    put_run("new", after);
    if (comparison->judged_otherwise)
        puts("the runs were judged by different levels (--strict, --upstream)");
    for (size_t i = 0; i < comparison->change_count; i++)
        put_change(&comparison->changes[i]);
    for (size_t i = 0; i < comparison->deviation_count; i++)
        put_deviation(&comparison->deviations[i]);
    put_rules(comparison);
    for (int kind = 0; kind < TCK_CHANGE_COUNT; kind++)
        if (comparison->counts[kind])
            printf("%zu %s, ", comparison->counts[kind], tck_change_word(kind));
    printf("%zu as before: %s\n", comparison->same, comparison->worse ? "something got worse" : "nothing got worse");
}

/* --- as JSON; as in the report writers, a NULL anywhere makes the whole NULL --- */

static json_t *run_object(const struct tck_past *past)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:I}", "file", past->file, "candidate", past->candidate, "kit_version",
                     past->kit_version, "complete", past->complete, "results", (json_int_t)past->count);
}

static json_t *result_object(const struct tck_past_result *result)
{
    if (!result)
        return json_null();
    return json_pack("{s:s, s:s, s:s?, s:s?, s:I}", "verdict", tck_verdict_word(result->verdict), "cause",
                     tck_cause_word(result->cause), "rule", result->rule, "reason", result->reason, "step",
                     (json_int_t)result->step);
}

static json_t *changes(const struct tck_comparison *comparison)
{
    json_t *list = json_array();

    for (size_t i = 0; i < comparison->change_count; i++) {
        const struct tck_change *change = &comparison->changes[i];

        if (json_array_append_new(list,
                                  json_pack("{s:s, s:s, s:b, s:o, s:o}", "scenario",
                                            change->before ? change->before->scenario : change->after->scenario,
                                            "change", tck_change_word(change->kind), "worse", change->worse, "old",
                                            result_object(change->before), "new", result_object(change->after))) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *deviations(const struct tck_comparison *comparison)
{
    json_t *list = json_array();

    for (size_t i = 0; i < comparison->deviation_count; i++) {
        const struct tck_deviation_change *change = &comparison->deviations[i];

        if (json_array_append_new(list,
                                  json_pack("{s:s, s:b, s:s?, s:s, s:s}", "scenario", change->scenario, "came",
                                            change->came, "rule", change->remark->rule, "level",
                                            tck_level_word(change->remark->level), "text", change->remark->text)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *rules(const struct tck_comparison *comparison)
{
    json_t *list = json_array();

    for (size_t i = 0; i < comparison->rule_count; i++) {
        const struct tck_rule_change *rule = &comparison->rules[i];

        if (json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "rule", rule->rule, "old",
                                                  tck_proof_word(rule->before), "new", tck_proof_word(rule->after),
                                                  "worse", rule->worse)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static int put_json(const struct tck_past *before, const struct tck_past *after,
                    const struct tck_comparison *comparison)
{
    json_t *object = json_pack("{s:o, s:o, s:b, s:I, s:b, s:o, s:o, s:o}", "old", run_object(before), "new",
                               run_object(after), "worse", comparison->worse, "same", (json_int_t)comparison->same,
                               "judged_otherwise", comparison->judged_otherwise, "scenarios", changes(comparison),
                               "deviations", deviations(comparison), "rules", rules(comparison));
    int r = object ? json_dumpf(object, stdout, JSON_INDENT(2)) : -1;

    json_decref(object);
    putchar('\n');
    return r < 0 ? TCK_KIT : 0;
}

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_past_freep) struct tck_past *before = NULL, *after = NULL;
    tck_cleanup(tck_comparison_freep) struct tck_comparison *comparison = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    if (operand_count != 2) {
        tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "compare takes two JSON reports, the old one and the new one");
        return tck_cli_fail(&err);
    }
    if (tck_past_load(operands[0], &before, &err) < 0 || tck_past_load(operands[1], &after, &err) < 0 ||
        tck_comparison_new(before, after, &comparison, &err) < 0)
        return tck_cli_fail(&err);
    if (settings->format == FORMAT_JSON)
        r = put_json(before, after, comparison);
    else
        r = (put_comparison(before, after, comparison), 0);
    if (r < 0 || fflush(stdout) != 0) {
        fputs("tck: the comparison could not be written to the standard output\n", stderr);
        return -TCK_KIT;
    }
    return comparison->worse ? -TCK_BROKEN : 0;
}

static const char OUTPUT[] = "Output";
static const struct tck_option options[] = {
    { "format", 'f', TCK_OPTION_CHOICE, "FORMAT", offsetof(struct settings, format), "text (default) or json", OUTPUT,
      formats },
    TCK_HELP_OPTION,
};

const struct tck_command tck_command_compare = {
    .name = "compare",
    .arguments = "OLD.json NEW.json",
    .summary = "tell what changed between two runs, by their JSON reports",
    .details =
        "The runs may be of two versions or of two candidates. Lines that begin with '!' got worse: a scenario that "
        "passed and does not any more (it fails, is skipped, or is not there), that was skipped and fails, or that "
        "fails otherwise than before; a deviation that came; a rule that was kept and is not. A known failure counts "
        "as a failure. The exit code is 1 if anything got worse, else 0; 2 if a report cannot be read.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
