/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cli/bundled.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/reports.h"
#include "cli/version.h"
#include "engine/run.h"

#define SEED_BITS 53 /* JSON readers keep such numbers exactly */

struct settings {
    struct tck_selection_settings selection;
    const char *config, *user_function;
    const char *junit, *json;
    unsigned jobs, repeat;
    int64_t timeout;
    uint64_t seed;
    int color, verbose;
    bool shuffle, fail_fast, strict, upstream, trace, quiet;
};

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

static int load_configs(const struct settings *settings, struct tck_arena *arena, struct tck_configs *ret_configs)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    if (settings->config && settings->user_function)
        r = tck_error_list_add(&errors, TCK_BAD_INPUT, TCK_NOWHERE,
                               "tck: --config and --user-function exclude each other");
    else if (settings->config)
        r = tck_config_load(settings->config, arena, ret_configs, &errors);
    else if (!settings->user_function)
        r = tck_bundled_config(arena, ret_configs, &errors);
    else if ((r = tck_config_address(settings->user_function, NULL, arena, ret_configs, &err)) < 0)
        tck_error_list_take(&errors, &err);
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
                      .trace = settings->trace,
                      .verbosity = settings->quiet                        ? TCK_QUIET
                                   : settings->verbose || settings->trace ? TCK_VERBOSE
                                                                          : TCK_NORMAL },
    };
}

/* The command that leads to this candidate again, as a shell reads it. NULL when there is no memory. */
static char *command_again(const struct settings *settings)
{
    const struct {
        const char *option, *value;
    } parts[] = { { "--config", settings->config }, { "--user-function", settings->user_function } };
    tck_cleanup(tck_buffer_done) struct tck_buffer command = TCK_BUFFER_INIT(1 << 16);

    tck_buffer_puts(&command, "tck run");
    for (size_t i = 0; i < TCK_COUNT(parts); i++)
        if (parts[i].value)
            tck_buffer_printf(&command, " %s '%s'", parts[i].option, parts[i].value);
    for (size_t i = 0; i < settings->selection.specs.count; i++)
        tck_buffer_printf(&command, " --specs '%s'", settings->selection.specs.items[i]);
    return tck_buffer_take(&command);
}

/* One configuration. Returns a status; mistakes are printed. */
static int run_config(const struct settings *settings, const struct tck_spec *spec, const struct tck_plan *plan,
                      uint64_t seed, const struct tck_candidate_config *config, const char *suffix)
{
    struct tck_report_settings reports = report_settings(settings);
    tck_cleanup(tck_sinks_done) struct tck_sinks sinks = { 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_run_freep) struct tck_run *run = NULL;
    tck_cleanup(tck_freep) char *command = command_again(settings);
    int r = tck_reports_open(&reports, suffix, spec, &sinks, &err);

    if (r == 0) {
        struct tck_run_options options = { .kit_version = TCK_VERSION,
                                           .command = command,
                                           .jobs = settings->jobs,
                                           .timeout = settings->timeout,
                                           .seed = seed,
                                           .shuffled = settings->shuffle,
                                           .strict = settings->strict,
                                           .upstream = settings->upstream,
                                           .fail_fast = settings->fail_fast,
                                           .transcripts = settings->trace,
                                           .by_name = settings->selection.scenarios.count > 0 ||
                                                      settings->selection.services.count > 0,
                                           .log_directory = sinks.log_directory,
                                           .sinks = sinks.items,
                                           .sink_count = sinks.count,
                                           .interrupted = &tck_interrupted };

        r = tck_run_execute(plan, spec, config, &options, &run, &err);
    }
    if (r < 0)
        tck_cli_fail(&err);
    return r < 0 ? r : (int)tck_run_status(run);
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

static int run_all(const struct settings *settings, const struct tck_spec *spec, const struct tck_configs *configs)
{
    uint64_t seed = settings->seed != NO_SEED ? settings->seed : random_seed();
    struct tck_selection selection = tck_cli_selection(&settings->selection);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int status = TCK_OK;

    selection.shuffle = settings->shuffle;
    selection.seed = seed;
    selection.repeat = settings->repeat;
    if (tck_plan_build(spec, &selection, &plan, &err) < 0)
        return -tck_cli_fail(&err);
    for (size_t i = 0; i < configs->count && !tck_interrupted; i++) {
        char suffix[32] = "";

        if (configs->count > 1)
            snprintf(suffix, sizeof suffix, "-%zu", i + 1);
        status = worse(status, run_config(settings, spec, plan, seed, &configs->items[i], suffix));
    }
    return status;
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
    r = run_all(settings, spec, &configs);
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
      "how to start or reach the candidate; default: the bundled user function", CANDIDATE, NULL },
    { "user-function", 'u', TCK_OPTION_TEXT, "HOST:PORT", AT(user_function),
      "a user function that runs already, in place of a configuration", CANDIDATE, NULL },
    TCK_SELECTION_OPTIONS,
    { "jobs", 'j', TCK_OPTION_NUMBER, "N", AT(jobs),
      "scenarios at once; default: as many as there are processors, at most 8", RUNNING, NULL },
    { "timeout", 0, TCK_OPTION_DURATION, "TIME", AT(timeout),
      "how long a scenario may take, such as 30s, in place of what it says itself", RUNNING, NULL },
    { "shuffle", 0, TCK_OPTION_FLAG, NULL, AT(shuffle), "in random order; the seed is in the reports", RUNNING, NULL },
    { "seed", 0, TCK_OPTION_SEED, "N", AT(seed), "the same seed gives the same order again", RUNNING, NULL },
    { "repeat", 0, TCK_OPTION_NUMBER, "N", AT(repeat), "run each scenario so often", RUNNING, NULL },
    { "fail-fast", 0, TCK_OPTION_FLAG, NULL, AT(fail_fast), "stop after the first scenario that fails", RUNNING, NULL },
    { "strict", 0, TCK_OPTION_FLAG, NULL, AT(strict),
      "what the protocol recommends, and what the original kit insists on, fails too", JUDGING, NULL },
    { "upstream", 0, TCK_OPTION_FLAG, NULL, AT(upstream),
      "what the original kit insists on fails too", JUDGING, NULL },
    { "junit", 0, TCK_OPTION_TEXT, "FILE", AT(junit), "JUnit report; default reports/junit.xml; 'none' for none", OUTPUT, NULL },
    { "json", 0, TCK_OPTION_TEXT, "FILE", AT(json), "JSON report; default reports/report.json; 'none' for none", OUTPUT, NULL },
    { "trace", 0, TCK_OPTION_FLAG, NULL, AT(trace), "show every message of every scenario", OUTPUT, NULL },
    { "verbose", 'v', TCK_OPTION_COUNT_UP, NULL, AT(verbose), "a line for every scenario", OUTPUT, NULL },
    { "quiet", 'q', TCK_OPTION_FLAG, NULL, AT(quiet), "the last line alone", OUTPUT, NULL },
    { "color", 0, TCK_OPTION_CHOICE, "WHEN", AT(color), "auto (default), always or never", OUTPUT, color_choices },
    TCK_HELP_OPTION,
};
// clang-format on

const struct tck_command tck_command_run = {
    .name = "run",
    .arguments = "[GLOB…]",
    .summary = "judge a candidate",
    .details = "Starts the candidate, waits until it answers discovery, plays the scenarios against it, writes the "
               "reports and stops what it "
               "started. Globs are those of --scenario. What the candidate does not declare is skipped, and the report "
               "says so.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
