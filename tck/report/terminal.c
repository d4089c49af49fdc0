/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "report/report.h"

#define TEXT_CEILING   ((size_t)4 << 20)
#define PROGRESS_EVERY TCK_MS(50) /* faster than this nobody reads */

struct terminal_sink {
    struct tck_sink sink;
    struct tck_terminal_options options;
    const struct tck_spec *spec;
    size_t ended;
    int64_t drawn_at;
    bool drawn; /* a progress line stands on the terminal */
};

static const char *const colors[TCK_VERDICT_COUNT] = { [TCK_VERDICT_PASSED] = "\033[32m",
                                                       [TCK_VERDICT_FAILED] = "\033[31m",
                                                       [TCK_VERDICT_SKIPPED] = "\033[90m",
                                                       [TCK_VERDICT_ERRORED] = "\033[35m",
                                                       [TCK_VERDICT_KNOWN] = "\033[33m" };

static const char *color(const struct terminal_sink *terminal, enum tck_verdict verdict)
{
    return terminal->options.color ? colors[verdict] : "";
}

static const char *plain(const struct terminal_sink *terminal)
{
    return terminal->options.color ? "\033[0m" : "";
}

static void put_shown(const char *text, size_t size, FILE *stream)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TEXT_CEILING);

    tck_utf8_append_shown(text, size, &out);
    fputs(tck_buffer_string(&out), stream);
}

static void erase_progress(struct terminal_sink *terminal)
{
    if (!terminal->drawn)
        return;
    fputs("\r\033[K", terminal->options.talk);
    fflush(terminal->options.talk);
    terminal->drawn = false;
}

static int columns(FILE *stream)
{
    struct winsize size;

    return ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void draw_progress(struct terminal_sink *terminal, const struct tck_run *run, const char *current)
{
    int64_t now = tck_now();
    char line[512];

    if (!terminal->options.progress || (terminal->drawn && now - terminal->drawn_at < PROGRESS_EVERY))
        return;
    snprintf(line, sizeof line, "[%zu/%zu] %zu passed, %zu failed, %zu errored  %s", terminal->ended, run->planned,
             run->count[TCK_VERDICT_PASSED], run->count[TCK_VERDICT_FAILED], run->count[TCK_VERDICT_ERRORED], current);
    fprintf(terminal->options.talk, "\r\033[K%.*s", columns(terminal->options.talk) - 1, line);
    fflush(terminal->options.talk);
    terminal->drawn = true;
    terminal->drawn_at = now;
}

static void run_started(struct tck_sink *sink, const struct tck_run *run)
{
    struct terminal_sink *terminal = (struct terminal_sink *)sink;

    if (terminal->options.verbosity < TCK_NORMAL)
        return;
    fprintf(terminal->options.results, "tck %s  candidate: ", run->kit_version);
    put_shown(run->candidate.name, strlen(run->candidate.name), terminal->options.results);
    fprintf(terminal->options.results, "  scenarios: %zu  jobs: %u  seed: %llu\n", run->planned, run->jobs,
            (unsigned long long)run->seed);
    fflush(terminal->options.results);
}

static void scenario_started(struct tck_sink *sink, const struct tck_run *run, const struct tck_scenario *scenario)
{
    draw_progress((struct terminal_sink *)sink, run, scenario->id);
}

static void put_result(struct terminal_sink *terminal, const struct tck_result *result)
{
    FILE *out = terminal->options.results;
    char duration[32];

    fprintf(out, "%s%s %s%s", color(terminal, result->verdict), tck_verdict_mark(result->verdict),
            tck_verdict_word(result->verdict), plain(terminal));
    fprintf(out, "  %s", result->scenario->id);
    if (result->repetition > 1)
        fprintf(out, " #%u", result->repetition);
    if (result->verdict != TCK_VERDICT_SKIPPED)
        fprintf(out, "  (%s)", tck_duration_text(result->duration, duration));
    fputc('\n', out);
}

static void scenario_ended(struct tck_sink *sink, const struct tck_run *run, const struct tck_result *result)
{
    struct terminal_sink *terminal = (struct terminal_sink *)sink;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);
    bool told = result->verdict == TCK_VERDICT_FAILED || result->verdict == TCK_VERDICT_ERRORED;
    /* What never ran, or not to its end, because the run ended early is told once, by the run's problem or signal. */
    bool many = result->cause == TCK_CAUSE_UNREACHABLE || result->cause == TCK_CAUSE_NOT_RUN ||
                result->cause == TCK_CAUSE_INTERRUPTED;

    terminal->ended++;
    if ((terminal->options.verbosity >= TCK_NORMAL && told && !many) || terminal->options.verbosity >= TCK_VERBOSE) {
        erase_progress(terminal);
        put_result(terminal, result);
        if (result->verdict != TCK_VERDICT_PASSED)
            tck_result_describe(run, result, terminal->spec, &text);
        else if (terminal->options.trace)
            tck_result_transcript(result, &text);
        put_shown(tck_buffer_string(&text), text.size, terminal->options.results);
        fflush(terminal->options.results);
    }
    draw_progress(terminal, run, result->scenario->id);
}

/* Told whatever the verbosity: somebody has to answer. */
static void run_paused(struct tck_sink *sink, const struct tck_run *run, const struct tck_pause *pause)
{
    struct terminal_sink *terminal = (struct terminal_sink *)sink;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);

    erase_progress(terminal);
    fflush(terminal->options.results);
    tck_pause_describe(run, pause, &text);
    put_shown(tck_buffer_string(&text), text.size, terminal->options.talk);
    fflush(terminal->options.talk);
}

static bool skipped_because(const struct tck_result *result, const char *reason)
{
    return result && result->verdict == TCK_VERDICT_SKIPPED && result->reason && strcmp(result->reason, reason) == 0;
}

/* Reasons of skipped scenarios, each once with its count: a missing feature must not look like a tested one. There are few
 * reasons, and maybe very many results: one that had its line is found again after a few steps. */
static void put_skipped(struct terminal_sink *terminal, const struct tck_run *run)
{
    for (size_t i = 0; i < run->result_count; i++) {
        const char *reason = run->results[i] ? run->results[i]->reason : NULL;
        size_t first = 0, count = 0;

        if (!reason || !skipped_because(run->results[i], reason))
            continue;
        while (!skipped_because(run->results[first], reason))
            first++;
        if (first < i)
            continue;
        for (size_t j = i; j < run->result_count; j++)
            count += skipped_because(run->results[j], reason);
        fprintf(terminal->options.results, "%s- %zu skipped: ", color(terminal, TCK_VERDICT_SKIPPED), count);
        put_shown(reason, strlen(reason), terminal->options.results);
        fprintf(terminal->options.results, "%s\n", plain(terminal));
    }
}

/* "  (known.yaml:12, until 2027-03-01)", the end of a line. */
static void put_entry(struct terminal_sink *terminal, const struct tck_known_fact *fact)
{
    FILE *out = terminal->options.results;

    put_shown(fact->reason, strlen(fact->reason), out);
    fputs("  (", out);
    put_shown(fact->place.name, strlen(fact->place.name), out);
    fprintf(out, ":%u%s%s)\n", fact->place.line, fact->until ? ", until " : "", fact->until ? fact->until : "");
}

/* Entries of the list that excused something, each once with its count, as the list has them in order. */
static void put_known(struct terminal_sink *terminal, const struct tck_run *run)
{
    FILE *out = terminal->options.results;

    for (unsigned line = 0;;) {
        const struct tck_known_fact *next = NULL;
        size_t count = 0;

        for (size_t i = 0; i < run->result_count; i++) {
            const struct tck_known_fact *fact = run->results[i] ? run->results[i]->known : NULL;

            if (!fact || run->results[i]->verdict != TCK_VERDICT_KNOWN || fact->kind != TCK_KNOWN_FAILING ||
                fact->place.line <= line || (next && fact->place.line > next->place.line))
                continue;
            count = next && fact->place.line == next->place.line ? count + 1 : 1;
            next = fact;
        }
        if (!next)
            break;
        fprintf(out, "%s%s %zu known:%s ", color(terminal, TCK_VERDICT_KNOWN), tck_verdict_mark(TCK_VERDICT_KNOWN),
                count, plain(terminal));
        put_entry(terminal, next);
        line = next->place.line;
    }
    for (size_t i = 0; i < run->known.rate_count; i++) {
        const struct tck_flaky_rate *rate = &run->known.rates[i];

        fprintf(out, "%s%s flaky:%s %s: %zu of %zu failed: ", color(terminal, TCK_VERDICT_KNOWN),
                tck_verdict_mark(TCK_VERDICT_KNOWN), plain(terminal), rate->scenario->id, rate->failed, rate->runs);
        put_entry(terminal, rate->fact);
    }
}

static void put_troubles(struct terminal_sink *terminal, const struct tck_run *run)
{
    FILE *out = terminal->options.results;

    for (size_t i = 0; i < run->known.trouble_count; i++) {
        fprintf(out, "%s! ", color(terminal, TCK_VERDICT_ERRORED));
        put_shown(run->known.troubles[i], strlen(run->known.troubles[i]), out);
        fprintf(out, "%s\n", plain(terminal));
    }
}

static void put_deviations(struct terminal_sink *terminal, const struct tck_run *run)
{
    for (size_t i = 0; i < run->result_count; i++) {
        const struct tck_result *result = run->results[i];

        if (!result || result->verdict != TCK_VERDICT_PASSED)
            continue;
        for (size_t j = 0; j < result->deviation_count; j++) {
            fprintf(terminal->options.results, "~ deviation (%s) %s: %s%s", tck_level_word(result->deviations[j].level),
                    result->scenario->id, result->deviations[j].rule ? result->deviations[j].rule : "",
                    result->deviations[j].rule ? ": " : "");
            put_shown(result->deviations[j].text, strlen(result->deviations[j].text), terminal->options.results);
            fputc('\n', terminal->options.results);
        }
    }
}

static void put_problem(struct terminal_sink *terminal, const struct tck_run *run)
{
    FILE *out = terminal->options.results;

    fprintf(out, "%s! ", color(terminal, TCK_VERDICT_ERRORED));
    put_shown(run->problem, strlen(run->problem), out);
    fprintf(out, "%s\n", plain(terminal));
    if (run->problem_output && run->problem_output[0]) {
        fputs("  its last output:\n", out);
        for (const char *rest = run->problem_output; *rest;) {
            size_t size = strcspn(rest, "\n");

            fputs("    | ", out);
            put_shown(rest, size, out);
            fputc('\n', out);
            rest += size + (rest[size] == '\n');
        }
    }
}

static bool is_said(const char *text)
{
    return text && text[0];
}

/* "name version", as far as it is said, between the given texts. */
static void put_named(const char *before, const char *name, const char *version, const char *after, FILE *out)
{
    fputs(before, out);
    put_shown(name, strlen(name), out);
    if (is_said(version)) {
        fputc(' ', out);
        put_shown(version, strlen(version), out);
    }
    fputs(after, out);
}

/* Who was judged, as they name themselves: a green run of the wrong program is worth nothing. */
static void put_sides(struct terminal_sink *terminal, const struct tck_run *run)
{
    const struct tck_candidate_facts *facts = &run->candidate;
    FILE *out = terminal->options.results;

    if (is_said(facts->service_name) || is_said(facts->library_name)) {
        put_named("user function: ", is_said(facts->service_name) ? facts->service_name : "without a name",
                  facts->service_version, "", out);
        if (is_said(facts->library_name))
            put_named(" (library ", facts->library_name, facts->library_version, ")", out);
        fputs(facts->user_function_stands_in ? ", stands in\n" : "\n", out);
    }
    if (is_said(facts->proxy_name))
        put_named("proxy: ", facts->proxy_name, facts->proxy_version, facts->proxy_stands_in ? ", stands in\n" : "\n",
                  out);
    else if (is_said(facts->proxy_address)) /* it did not come, or asked for discovery before there was a tap */
        put_named("proxy: at ", facts->proxy_address, NULL, facts->proxy_stands_in ? ", stands in\n" : "\n", out);
}

static int run_ended(struct tck_sink *sink, const struct tck_run *run, struct tck_error *err)
{
    struct terminal_sink *terminal = (struct terminal_sink *)sink;
    FILE *out = terminal->options.results;
    enum tck_status status = tck_run_status(run);
    char duration[32];

    erase_progress(terminal);
    if (terminal->options.verbosity >= TCK_NORMAL) {
        put_skipped(terminal, run);
        put_known(terminal, run);
        put_deviations(terminal, run);
        put_sides(terminal, run);
    }
    put_troubles(terminal, run);
    if (run->problem)
        put_problem(terminal, run);
    if (run->interrupted)
        fprintf(out, "! interrupted by SIG%s: the reports are incomplete\n", sigabbrev_np(run->interrupted));
    fprintf(out, "%s", color(terminal, status == TCK_OK ? TCK_VERDICT_PASSED : TCK_VERDICT_FAILED));
    fprintf(out, "%zu passed, %zu failed, %zu skipped, %zu errored", run->count[TCK_VERDICT_PASSED],
            run->count[TCK_VERDICT_FAILED], run->count[TCK_VERDICT_SKIPPED], run->count[TCK_VERDICT_ERRORED]);
    if (run->known.file)
        fprintf(out, ", %zu known", run->count[TCK_VERDICT_KNOWN]);
    fprintf(out, " in %s: %s%s\n", tck_duration_text(run->duration, duration), tck_status_text(status),
            plain(terminal));
    if (fflush(out) != 0 || ferror(out))
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "the results could not be written to the standard output");
    return 0;
}

static void terminal_free(struct tck_sink *sink)
{
    erase_progress((struct terminal_sink *)sink);
    free(sink);
}

int tck_terminal_sink_new(const struct tck_terminal_options *options, const struct tck_spec *spec,
                          struct tck_sink **ret_sink, struct tck_error *err)
{
    static const struct tck_sink_methods methods = { .run_started = run_started,
                                                     .scenario_started = scenario_started,
                                                     .scenario_ended = scenario_ended,
                                                     .paused = run_paused,
                                                     .run_ended = run_ended,
                                                     .free = terminal_free };
    struct terminal_sink *terminal = calloc(1, sizeof *terminal);

    if (!terminal)
        return tck_no_memory(err);
    terminal->sink.methods = &methods;
    terminal->options = *options;
    terminal->spec = spec;
    *ret_sink = &terminal->sink;
    return 0;
}
