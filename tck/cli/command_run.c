/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "candidate/process.h"
#include "cli/bundled.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/known_lists.h"
#include "cli/matrix.h"
#include "cli/prompt.h"
#include "cli/reports.h"
#include "cli/rerun.h"
#include "cli/version.h"
#include "engine/run.h"
#include "trace/trace.h"

#define SEED_BITS 53 /* JSON readers keep such numbers exactly */

struct settings {
    struct tck_selection_settings selection;
    struct tck_texts rerun;
    const char *config, *user_function, *proxy, *known;
    unsigned tap;
    const char *junit, *json, *trace;
    unsigned jobs, repeat;
    int64_t timeout;
    uint64_t seed;
    int color, verbose;
    bool attach, shuffle, fail_fast, pause, strict, upstream, quiet;
};

#define EVERY_MESSAGE 2 /* -vv */

enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
static const char *const color_choices[] = { "auto", "always", "never", NULL };

#define NO_SEED 0 /* the settings begin as zero: a seed of 0 asked for is as good as any other */

static uint64_t random_seed(void)
{
    uint64_t seed = 0;

    if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
        seed = (uint64_t)tck_now();
    seed &= ((uint64_t)1 << SEED_BITS) - 1;
    return seed ? seed : 1;
}

/* Where such programs listen if nobody tells them otherwise. */
#define USUAL_USER_FUNCTION "127.0.0.1:8080"
#define USUAL_PROXY         "127.0.0.1:9000"

/* Sides that run already; NULL and 0 where none is meant. */
static struct tck_attached attached_sides(const struct settings *settings)
{
    struct tck_attached attached = { .user_function = settings->user_function,
                                     .proxy = settings->proxy,
                                     .tap_port = (int)settings->tap };

    if (settings->attach && !attached.user_function)
        attached.user_function = USUAL_USER_FUNCTION;
    if (settings->attach && !attached.proxy)
        attached.proxy = USUAL_PROXY;
    return attached;
}

static int load_attached(const struct tck_attached *attached, struct tck_arena *arena, struct tck_configs *ret_configs,
                         struct tck_error_list *errors)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (attached->tap_port > 65535)
        return tck_error_list_add(errors, TCK_BAD_INPUT, TCK_NOWHERE, "tck: --tap is a port, from 1 to 65535");
    if (attached->tap_port && !attached->proxy)
        return tck_error_list_add(errors, TCK_BAD_INPUT, TCK_NOWHERE,
                                  "tck: --tap goes with --proxy or --attach: a proxy that the kit starts is told where "
                                  "the tap is");
    return tck_config_attached(attached, arena, ret_configs, &err) < 0 ? tck_error_list_take(errors, &err) : 0;
}

static int load_configs(const struct settings *settings, struct tck_arena *arena, struct tck_configs *ret_configs)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const struct tck_attached attached = attached_sides(settings);
    const bool attach = attached.user_function || attached.proxy || attached.tap_port;
    int r;

    if (settings->config && attach)
        r = tck_error_list_add(&errors, TCK_BAD_INPUT, TCK_NOWHERE,
                               "tck: --config excludes --attach, --user-function, --proxy and --tap");
    else if (settings->config)
        r = tck_config_load(settings->config, arena, ret_configs, &errors);
    else if (attach)
        r = load_attached(&attached, arena, ret_configs, &errors);
    else
        r = tck_bundled_config(arena, ret_configs, &errors);
    if (r == 0)
        r = tck_bundled_complete(arena, ret_configs, &errors);
    tck_cli_print_errors(&errors);
    return r;
}

static struct tck_report_settings report_settings(const struct settings *settings)
{
    bool terminal = isatty(STDOUT_FILENO), colors = terminal && !getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (!term || strcmp(term, "dumb") == 0)
        colors = false;
    return (struct tck_report_settings){
        .junit = settings->junit,
        .json = settings->json,
        .terminal = { .results = stdout,
                      .talk = stderr,
                      .color = settings->color == COLOR_ALWAYS || (settings->color == COLOR_AUTO && colors),
                      .progress =
                          isatty(STDERR_FILENO) && terminal && term && strcmp(term, "dumb") != 0 && !settings->quiet,
                      .trace = settings->verbose >= EVERY_MESSAGE,
                      .verbosity = settings->quiet     ? TCK_QUIET
                                   : settings->verbose ? TCK_VERBOSE
                                                       : TCK_NORMAL },
    };
}

static void put_specs(const struct tck_texts *specs, const char *before, struct tck_buffer *out)
{
    for (size_t i = 0; i < specs->count; i++)
        tck_buffer_printf(out, "%s--specs '%s'", i ? " " : before, specs->items[i]);
}

/* The command that leads to this candidate again, as a shell reads it. NULL when there is no memory. */
static char *command_again(const struct settings *settings)
{
    const struct {
        const char *option, *value;
    } parts[] = { { "--config", settings->config },
                  { "--user-function", settings->user_function },
                  { "--proxy", settings->proxy },
                  { "--known", settings->known } };
    tck_cleanup(tck_buffer_done) struct tck_buffer command = TCK_BUFFER_INIT(1 << 16);

    tck_buffer_puts(&command, "tck run");
    for (size_t i = 0; i < TCK_COUNT(parts); i++)
        if (parts[i].value)
            tck_buffer_printf(&command, " %s '%s'", parts[i].option, parts[i].value);
    if (settings->attach)
        tck_buffer_puts(&command, " --attach");
    if (settings->tap)
        tck_buffer_printf(&command, " --tap %u", settings->tap);
    put_specs(&settings->selection.specs, " ", &command);
    return tck_buffer_take(&command);
}

/* What all configurations of one command share. */
struct session {
    const struct settings *settings;
    const struct tck_spec *spec;
    const struct tck_plan *plan;
    const struct tck_known_lists *known;
    uint64_t seed;
    struct tck_prompt *prompt;
};

/* suffix: as of reports, "-2" for DIR/run-2. */
static int open_trace(const char *directory, const char *suffix, struct tck_trace **ret_trace, struct tck_error *err)
{
    char folder[40] = "";

    if (suffix[0])
        snprintf(folder, sizeof folder, "run%s", suffix);
    return tck_trace_new(directory, folder, ret_trace, err);
}

/* One configuration, the row of the matrix filled. Returns a status; mistakes are printed. */
static int run_config(const struct session *session, const struct tck_candidate_config *config,
                      const struct tck_known *known, const char *suffix, struct tck_matrix_row *row)
{
    const struct settings *settings = session->settings;
    struct tck_report_settings reports = report_settings(settings);
    tck_cleanup(tck_sinks_done) struct tck_sinks sinks = { 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_run_freep) struct tck_run *run = NULL;
    tck_cleanup(tck_freep) char *command = command_again(settings);
    tck_cleanup(tck_buffer_done) struct tck_buffer specs = TCK_BUFFER_INIT(1 << 16);
    tck_cleanup(tck_trace_freep) struct tck_trace *trace = NULL;
    int r = tck_reports_open(&reports, suffix, session->spec, &sinks, &err);

    put_specs(&settings->selection.specs, "", &specs);
    if (r == 0 && settings->trace)
        r = open_trace(settings->trace, suffix, &trace, &err);
    if (r == 0) {
        struct tck_run_options options = { .kit_version = TCK_VERSION,
                                           .command = command,
                                           .specs = tck_buffer_string(&specs),
                                           .jobs = settings->jobs,
                                           .timeout = settings->timeout,
                                           .seed = session->seed,
                                           .shuffled = settings->shuffle,
                                           .strict = settings->strict,
                                           .upstream = settings->upstream,
                                           .fail_fast = settings->fail_fast,
                                           .pause = settings->pause ? tck_prompt_ask : NULL,
                                           .pause_context = session->prompt,
                                           .transcripts = settings->verbose >= EVERY_MESSAGE,
                                           .by_name = settings->selection.scenarios.count > 0 ||
                                                      settings->rerun.count > 0 ||
                                                      settings->selection.services.count > 0,
                                           .known = known,
                                           .log_directory = sinks.log_directory,
                                           .log_suffix = suffix,
                                           .sinks = sinks.items,
                                           .sink_count = sinks.count,
                                           .listener = trace ? tck_trace_listener(trace) : NULL,
                                           .interrupted = &tck_interrupted };

        r = tck_run_execute(session->plan, session->spec, config, &options, &run, &err);
    }
    if (r < 0)
        tck_cli_fail(&err);
    r = r < 0 ? r : (int)tck_run_status(run);
    tck_matrix_fill(row, run, r);
    return r;
}

/* Of several runs the worst counts, in the order that tck_run_status has for one. */
static int worse(int a, int b)
{
    static const int order[] = { TCK_KIT, TCK_BAD_INPUT, TCK_NO_SHOW, TCK_BROKEN, TCK_UNPROVEN, TCK_OK };

    for (size_t i = 0; i < TCK_COUNT(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a;
}

/* Each a run of its own; what an interruption leaves over stands in the matrix as not run. */
static int run_configs(const struct session *session, const struct tck_configs *configs)
{
    tck_cleanup(tck_freep) struct tck_matrix_row *rows = calloc(configs->count, sizeof *rows);
    int status = TCK_OK;

    if (!rows) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        tck_no_memory(&err);
        return -tck_cli_fail(&err);
    }
    for (size_t i = 0; i < configs->count; i++)
        rows[i].name = configs->items[i].name;
    for (size_t i = 0; i < configs->count && !tck_interrupted && !session->prompt->ended; i++) {
        char suffix[32] = "";

        if (configs->count > 1)
            snprintf(suffix, sizeof suffix, "-%zu", i + 1);
        status = worse(status, run_config(session, &configs->items[i], session->known->items[i], suffix, &rows[i]));
    }
    if (configs->count > 1 && !session->settings->quiet)
        tck_matrix_print(rows, configs->count, stdout);
    return status;
}

static int run_all(const struct settings *settings, const struct tck_spec *spec, const struct tck_configs *configs)
{
    struct tck_prompt prompt = { 0 };
    tck_cleanup(tck_known_lists_done) struct tck_known_lists known = { 0 };
    tck_cleanup(tck_rerun_done) struct tck_rerun rerun = { 0 };
    uint64_t seed = settings->seed != NO_SEED ? settings->seed : random_seed();
    struct tck_selection selection = tck_cli_selection(&settings->selection);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    r = tck_known_lists_load(settings->known, configs, spec, &known);
    if (r < 0)
        return r;
    if (settings->rerun.count) {
        r = tck_rerun_read(&settings->rerun, spec, &rerun);
        if (r < 0)
            return r;
        if (rerun.nothing_to_do) {
            puts("nothing failed there, so there is nothing to run again");
            return TCK_OK;
        }
        selection.ids = (struct tck_strings){ .items = rerun.ids, .count = rerun.count };
    }
    selection.shuffle = settings->shuffle;
    selection.seed = seed;
    selection.repeat = settings->repeat;
    if (tck_plan_build(spec, &selection, &plan, &err) < 0)
        return -tck_cli_fail(&err);
    return run_configs(&(struct session){ settings, spec, plan, &known, seed, &prompt }, configs);
}

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_configs configs = { 0 };
    int r;

    for (int i = 0; i < operand_count && settings->selection.scenarios.count < TCK_TEXTS_MAX; i++)
        settings->selection.scenarios.items[settings->selection.scenarios.count++] = operands[i];
    if (tck_arena_new(0, &arena, &err) < 0)
        return tck_cli_fail(&err);
    r = load_configs(settings, arena, &configs);
    if (r == 0)
        r = tck_cli_load_specs(&settings->selection.specs, &spec);
    if (r < 0)
        return -r;
    tck_interrupt_watch();
    tck_process_adopt_strays();
    r = run_all(settings, spec, &configs);
    tck_process_end_strays();
    fflush(stdout);
    tck_interrupt_conclude();
    return -r;
}

static const char CANDIDATE[] = "The candidate", RUNNING[] = "How to run", JUDGING[] = "How to judge",
                  OUTPUT[] = "Output";
#define AT(member) offsetof(struct settings, member)
// clang-format off
static const struct tck_option options[] = {
    { "config", 'c', TCK_OPTION_TEXT, "FILE", AT(config),
      "how to start or reach the candidate; default: the bundled pair", CANDIDATE, NULL },
    { "user-function", 'u', TCK_OPTION_TEXT, "HOST:PORT", AT(user_function),
      "a user function that runs already, in place of a configuration", CANDIDATE, NULL },
    { "proxy", 0, TCK_OPTION_TEXT, "HOST:PORT", AT(proxy),
      "a proxy that runs already, in place of a configuration; it finds its user function at the tap", CANDIDATE, NULL },
    { "tap", 0, TCK_OPTION_NUMBER, "PORT", AT(tap),
      "where that proxy looks for its user function, so that the kit listens there; default 8090", CANDIDATE, NULL },
    { "attach", 0, TCK_OPTION_FLAG, NULL, AT(attach),
      "both sides run already: the user function at " USUAL_USER_FUNCTION " and the proxy at " USUAL_PROXY ", unless "
      "--user-function or --proxy say otherwise", CANDIDATE, NULL },
    TCK_SELECTION_OPTIONS,
    { "rerun-failed", 0, TCK_OPTION_PATHS, "REPORT", AT(rerun),
      "what failed, was errored or was not run by this JSON report of an earlier run; may be given again",
      TCK_GROUP_SELECTION, NULL },
    { "jobs", 'j', TCK_OPTION_NUMBER, "N", AT(jobs),
      "scenarios at once; default: four for each processor, at most 16", RUNNING, NULL },
    { "timeout", 0, TCK_OPTION_DURATION, "TIME", AT(timeout),
      "how long a scenario may take, such as 30s, in place of what it says itself", RUNNING, NULL },
    { "shuffle", 0, TCK_OPTION_FLAG, NULL, AT(shuffle), "in random order; the seed is in the reports", RUNNING, NULL },
    { "seed", 0, TCK_OPTION_SEED, "N", AT(seed), "the same seed gives the same order again", RUNNING, NULL },
    { "repeat", 0, TCK_OPTION_NUMBER, "N", AT(repeat), "run each scenario so often", RUNNING, NULL },
    { "fail-fast", 0, TCK_OPTION_FLAG, NULL, AT(fail_fast), "stop after the first scenario that fails", RUNNING, NULL },
    { "pause-on-failure", 0, TCK_OPTION_FLAG, NULL, AT(pause),
      "stand still after a scenario that failed or errored, tell where each side is, and go on at Enter; 'q' and Enter, or "
      "the end of the standard input, ends the run", RUNNING, NULL },
    { "strict", 0, TCK_OPTION_FLAG, NULL, AT(strict),
      "what the protocol recommends, and what the original kit insists on, fails too", JUDGING, NULL },
    { "upstream", 0, TCK_OPTION_FLAG, NULL, AT(upstream),
      "what the original kit insists on fails too", JUDGING, NULL },
    { "known", 0, TCK_OPTION_TEXT, "FILE", AT(known),
      "failures that are known, in place of the configuration's own list; they do not fail the run", JUDGING, NULL },
    { "junit", 0, TCK_OPTION_TEXT, "FILE", AT(junit), "JUnit report; default reports/junit.xml; 'none' for none", OUTPUT, NULL },
    { "json", 0, TCK_OPTION_TEXT, "FILE", AT(json), "JSON report; default reports/report.json; 'none' for none", OUTPUT, NULL },
    { "trace", 0, TCK_OPTION_TEXT, "DIR", AT(trace),
      "record every message of every scenario, in DIR/<scenario id>.jsonl; 'tck judge' reads that", OUTPUT, NULL },
    { "verbose", 'v', TCK_OPTION_COUNT_UP, NULL, AT(verbose),
      "a line for every scenario; -vv: every message too", OUTPUT, NULL },
    { "quiet", 'q', TCK_OPTION_FLAG, NULL, AT(quiet), "the last line alone", OUTPUT, NULL },
    { "color", 0, TCK_OPTION_CHOICE, "WHEN", AT(color), "auto (default), always or never", OUTPUT, color_choices },
    TCK_HELP_OPTION,
};
// clang-format on

const struct tck_command tck_command_run = {
    .name = "run",
    .arguments = "[GLOB…]",
    .summary = "judge a candidate",
    .details =
        "Starts the candidate, waits until it answers discovery, plays the scenarios against it, writes the "
        "reports and stops what it "
        "started. A candidate is a user function, a proxy, or a pair of them; for a side that it lacks, the bundled "
        "one stands in. Several configurations in one file are several runs, with a table of them at the end. "
        "Globs are those of --scenario. What the candidate does not declare is skipped, and the report "
        "says so.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
