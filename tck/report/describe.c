/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <string.h>

void tck_sink_free(struct tck_sink *sink)
{
    if (sink)
        sink->methods->free(sink);
}

static void put_rule(const char *id, const struct tck_spec *spec, struct tck_buffer *out)
{
    const struct tck_requirement *rule = tck_spec_find_requirement(spec, id);

    tck_buffer_printf(out, "  rule:     %s", id);
    if (rule)
        tck_buffer_printf(out, " (%s) %s", tck_level_word(rule->level), rule->text);
    tck_buffer_putc(out, '\n');
    if (rule && rule->source)
        tck_buffer_printf(out, "            source: %s\n", rule->source);
}

static void put_step(const struct tck_result *result, struct tck_buffer *out)
{
    if (!result->step)
        return;
    tck_buffer_printf(out, "  step %zu:", result->step);
    if (result->step_place.name)
        tck_buffer_printf(out, "   %s:%u", result->step_place.name, result->step_place.line);
    if (result->step_text)
        tck_buffer_printf(out, "  %s", result->step_text);
    tck_buffer_putc(out, '\n');
}

static void put_known(const struct tck_known_fact *known, struct tck_buffer *out)
{
    if (known->note)
        tck_buffer_printf(out, "  known:    %s\n", known->note);
    else
        tck_buffer_printf(out, "  known:    %s (%s:%u, %s%s%s)\n", known->reason, known->place.name, known->place.line,
                          tck_known_word(known->kind), known->until ? ", until " : "",
                          known->until ? known->until : "");
}

static void put_differences(const struct tck_result *result, struct tck_buffer *out)
{
    for (size_t i = 0; i < result->difference_count; i++) {
        const struct tck_result_difference *difference = &result->differences[i];

        tck_buffer_printf(out, "  %s\n    expected: %s\n    actual:   %s\n",
                          difference->path[0] ? difference->path : "(the message)", difference->expected,
                          difference->actual);
    }
}

static void put_remarks(const char *title, const struct tck_remark *remarks, size_t count, struct tck_buffer *out)
{
    for (size_t i = 0; i < count; i++)
        tck_buffer_printf(out, "  %s %s%s%s\n", title, remarks[i].rule ? remarks[i].rule : "",
                          remarks[i].rule ? ": " : "", remarks[i].text);
}

void tck_result_transcript(const struct tck_result *result, struct tck_buffer *out)
{
    bool several = false;

    for (size_t i = 1; i < result->transcript_count; i++)
        several = several || strcmp(result->transcript[i].conversation, result->transcript[0].conversation) != 0;
    if (result->transcript_dropped)
        tck_buffer_printf(out, "    … %zu earlier lines\n", result->transcript_dropped);
    for (size_t i = 0; i < result->transcript_count; i++) {
        const struct tck_transcript_line *line = &result->transcript[i];

        tck_buffer_printf(out, "    %8.2f ms  ", (double)line->at / 1e6);
        if (several)
            tck_buffer_printf(out, "%-8s ", line->conversation);
        tck_buffer_printf(out, "%s %s\n", line->arrow, line->text);
    }
}

void tck_result_describe(const struct tck_run *run, const struct tck_result *result, const struct tck_spec *spec,
                         struct tck_buffer *out)
{
    const struct tck_scenario *scenario = result->scenario;

    if (result->reason)
        tck_buffer_printf(out, "  %s\n", result->reason);
    if (result->known && result->cause != TCK_CAUSE_UNEXPECTED_PASS)
        put_known(result->known, out);
    if (result->blame != TCK_BLAME_NONE)
        tck_buffer_printf(out, "  blame:    %s\n", tck_blame_text(result->blame));
    if (result->rule)
        put_rule(result->rule, spec, out);
    put_step(result, out);
    put_differences(result, out);
    put_remarks("deviation:", result->deviations, result->deviation_count, out);
    put_remarks("choice:", result->choices, result->choice_count, out);
    if (result->verdict == TCK_VERDICT_SKIPPED)
        return;
    tck_buffer_printf(out, "  scenario: %s:%u\n", scenario->place.name ? scenario->place.name : "",
                      scenario->place.line);
    if (scenario->why)
        tck_buffer_printf(out, "  why:      %s\n", scenario->why);
    if (result->transcript_count) {
        tck_buffer_puts(out, "  conversation (-> to the candidate, <- from it):\n");
        tck_result_transcript(result, out);
    }
    if (result->candidate_output && result->candidate_output[0]) {
        const char *rest = result->candidate_output;

        tck_buffer_puts(out, "  the candidate printed meanwhile:\n");
        while (*rest) {
            size_t size = strcspn(rest, "\n");

            tck_buffer_printf(out, "    | %.*s\n", (int)size, rest);
            rest += size + (rest[size] == '\n');
        }
    }
    if (result->verdict != TCK_VERDICT_PASSED)
        tck_buffer_printf(out, "  to run it alone: %s --scenario '%s'\n", run->command ? run->command : "tck run",
                          scenario->id);
}
