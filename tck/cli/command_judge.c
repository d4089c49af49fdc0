/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <ftw.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/commands.h"
#include "engine/builtin.h"
#include "trace/rejudge.h"

#define TEXT_CEILING ((size_t)4 << 20)

struct settings {
    struct tck_texts specs;
    int verbose;
    bool strict, upstream, quiet;
};

/* Paths of recordings, in order. */
struct paths {
    char **items;
    size_t count, room;
};

static struct paths found; /* nftw gives its callback no context */

static void paths_done(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct paths){ 0 };
}

static int add_path(struct paths *paths, const char *path)
{
    if (paths->count == paths->room) {
        const size_t room = paths->room ? 2 * paths->room : 64;
        char **more = reallocarray(paths->items, room, sizeof *more);

        if (!more)
            return TCK_KIT;
        paths->items = more;
        paths->room = room;
    }
    paths->items[paths->count] = strdup(path);
    return paths->items[paths->count] ? (paths->count++, 0) : TCK_KIT;
}

static int look_at_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    const char *end = strrchr(path, '.');

    (void)status;
    (void)walk;
    return kind == FTW_F && end && strcmp(end, ".jsonl") == 0 ? add_path(&found, path) : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A file, or all recordings below a directory, by name. */
static int add_operand(const char *operand, struct tck_error *err)
{
    const size_t before = found.count;
    struct stat status;

    if (stat(operand, &status) < 0)
        return tck_fail(err, TCK_BAD_INPUT, (struct tck_place){ .name = operand }, "cannot be read: %s",
                        strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return add_path(&found, operand) < 0 ? tck_no_memory(err) : 0;
    if (nftw(operand, look_at_entry, 16, 0) != 0)
        return tck_no_memory(err);
    if (found.count == before)
        return tck_fail(err, TCK_BAD_INPUT, (struct tck_place){ .name = operand },
                        "no recordings (*.jsonl) are below this directory");
    qsort(found.items + before, found.count - before, sizeof *found.items, by_name);
    return 0;
}

/* --- what is printed --- */

struct judging {
    const struct settings *settings;
    struct tck_rejudge_options options;
    size_t kept, broken, unjudged, unreadable, disagreeing, conversations;
};

static void put_shown(const char *text, FILE *out)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer shown = TCK_BUFFER_INIT(TEXT_CEILING);

    tck_utf8_append_shown(text, strlen(text), &shown);
    fputs(tck_buffer_string(&shown), out);
}

static const char *side_text(const struct tck_rejudged_breach *breach)
{
    if (breach->ours)
        return "by the kit in the proxy's seat, as scenarios do on purpose";
    return breach->by == TCK_SIDE_PROXY ? "by the proxy" : "by the user function";
}

static void put_breach(const struct judging *judging, const char *path, const struct tck_rejudged_breach *breach)
{
    const struct tck_requirement *rule = tck_spec_find_requirement(judging->options.spec, breach->rule);

    printf("  ");
    put_shown(path, stdout);
    printf(":%u: %s%s (%s) %s, on '", breach->line, breach->fails || breach->ours ? "" : "deviation: ", breach->rule,
           tck_level_word(breach->level), side_text(breach));
    put_shown(breach->on, stdout);
    fputs("': ", stdout);
    put_shown(breach->text, stdout);
    fputc('\n', stdout);
    if (rule && breach->fails)
        printf("    rule:   %s\n    source: %s\n", rule->text, rule->source);
}

static bool is_told(const struct judging *judging, const struct tck_rejudged_breach *breach)
{
    return !breach->ours || judging->settings->verbose;
}

static void put_recording(const struct judging *judging, const char *path, const struct tck_rejudged *rejudged)
{
    const bool verbose = judging->settings->verbose;
    bool told = verbose || rejudged->failing || rejudged->disagrees;

    for (size_t i = 0; i < rejudged->breach_count; i++)
        told = told || is_told(judging, &rejudged->breaches[i]);
    if (judging->settings->quiet || !told)
        return;
    printf("%s  ", rejudged->failing ? "✗ broken" : rejudged->conversations ? "✓ kept" : "- nothing to judge");
    put_shown(rejudged->scenario, stdout);
    printf("  (conversations: %zu, messages: %zu)\n", rejudged->conversations, rejudged->messages);
    for (size_t i = 0; i < rejudged->breach_count; i++)
        if (is_told(judging, &rejudged->breaches[i]))
            put_breach(judging, path, &rejudged->breaches[i]);
    if (rejudged->types_lack && (verbose || rejudged->failing))
        printf("  %s\n", rejudged->types_lack);
    if (rejudged->disagrees)
        printf("  the verdict disagrees: %s\n", rejudged->disagrees);
    if (rejudged->cut && verbose)
        puts("  the recording was cut off before its verdict");
}

/* --- the whole --- */

static int judge_file(struct judging *judging, const char *path)
{
    tck_cleanup(tck_rejudged_freep) struct tck_rejudged *rejudged = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r = tck_rejudge(path, &judging->options, &rejudged, &err);

    if (r < 0) {
        judging->unreadable++;
        tck_cli_fail(&err);
        return r;
    }
    put_recording(judging, path, rejudged);
    judging->conversations += rejudged->conversations;
    judging->disagreeing += rejudged->disagrees != NULL;
    if (rejudged->failing)
        judging->broken++;
    else if (rejudged->conversations)
        judging->kept++;
    else
        judging->unjudged++;
    return 0;
}

static int conclude(const struct judging *judging, bool kit_failed)
{
    const int status = kit_failed                ? TCK_KIT
                       : judging->unreadable     ? TCK_BAD_INPUT
                       : judging->broken         ? TCK_BROKEN
                       : !judging->conversations ? TCK_UNPROVEN
                                                 : TCK_OK;

    printf("%zu kept, %zu broken, %zu without conversations to judge, %zu unreadable", judging->kept, judging->broken,
           judging->unjudged, judging->unreadable);
    if (judging->disagreeing)
        printf(", %zu disagreeing with their verdict", judging->disagreeing);
    printf(": %s\n", status == TCK_BAD_INPUT  ? "a recording cannot be read"
                     : status == TCK_UNPROVEN ? "nothing could be judged"
                                              : tck_status_text(status));
    return fflush(stdout) != 0 || ferror(stdout) ? -TCK_KIT : -status;
}

static int judge_all(struct judging *judging)
{
    bool kit_failed = false;

    for (size_t i = 0; i < found.count; i++)
        kit_failed = judge_file(judging, found.items[i]) == TCK_KIT || kit_failed;
    return conclude(judging, kit_failed);
}

static int run(void *given, int operand_count, char *const operands[])
{
    const struct settings *settings = given;
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_pool_freep) struct tck_pool *builtin = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct judging judging = { .settings = settings };
    int r = 0;

    if (operand_count == 0)
        r = tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "which recordings? 'tck run --trace DIR' writes them");
    for (int i = 0; i < operand_count && r == 0; i++)
        r = add_operand(operands[i], &err);
    if (r == 0)
        r = tck_builtin_pool_new(&builtin, &err);
    if (r < 0) {
        paths_done(&found);
        return tck_cli_fail(&err);
    }
    r = tck_cli_load_specs(&settings->specs, &spec);
    judging.options = (struct tck_rejudge_options){
        .spec = spec, .builtin = builtin, .strict = settings->strict, .upstream = settings->upstream
    };
    r = r < 0 ? -r : judge_all(&judging);
    paths_done(&found);
    return r;
}

static const char JUDGING[] = "How to judge", OUTPUT[] = "Output";
#define AT(member) offsetof(struct settings, member)
// clang-format off
static const struct tck_option options[] = {
    { "strict", 0, TCK_OPTION_FLAG, NULL, AT(strict),
      "what the protocol recommends, and what the original kit insists on, fails too", JUDGING, NULL },
    { "upstream", 0, TCK_OPTION_FLAG, NULL, AT(upstream),
      "what the original kit insists on fails too", JUDGING, NULL },
    { "specs", 0, TCK_OPTION_PATHS, "DIR", AT(specs),
      "a directory (or file) of specs, for levels and sentences of rules; adds to the built-in ones", JUDGING, NULL },
    { "verbose", 'v', TCK_OPTION_COUNT_UP, NULL, AT(verbose),
      "a line for every recording, and what the kit itself broke on purpose", OUTPUT, NULL },
    { "quiet", 'q', TCK_OPTION_FLAG, NULL, AT(quiet), "the last line alone", OUTPUT, NULL },
    TCK_HELP_OPTION,
};
// clang-format on

const struct tck_command tck_command_judge = {
    .name = "judge",
    .arguments = "RECORDING…",
    .summary = "judge recorded conversations again",
    .details =
        "Needs no candidate: both directions of each recorded conversation go before the same judges as in a run, and "
        "each breach of a rule is told with its line and whose it is. Steps of scenarios are not looked at again. "
        "RECORDING is a file that 'tck run --trace DIR' wrote, or a directory of them. Where the recorded verdict and "
        "the judges say different things, that is told as well. Exits with 0: kept, 1: broken, 2: not a recording, or "
        "damaged within, 5: nothing in it could be judged.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
