/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reports.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"

#define DEFAULT_DIRECTORY "reports"

void tck_sinks_done(struct tck_sinks *sinks)
{
    for (size_t i = 0; i < sinks->count; i++)
        tck_sink_free(sinks->items[i]);
    free(sinks->log_directory);
    memset(sinks, 0, sizeof *sinks);
}

static int cannot_write(const char *path, struct tck_error *err)
{
    return tck_fail(err, TCK_KIT, (struct tck_place){ .name = path }, "cannot be written: %s", strerror(errno));
}

/* Makes the directories of a path and checks that a file can be made there. */
static int prepare_path(char *path, struct tck_error *err)
{
    char *slash = strrchr(path, '/');
    const char *directory = slash ? path : ".";
    struct stat status;
    int r = tck_make_directories(path, err);

    if (r < 0)
        return r;
    if (stat(path, &status) == 0) {
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            return cannot_write(path, err);
        }
        if (!S_ISREG(status.st_mode)) /* a device or a pipe is written to in place */
            return access(path, W_OK) < 0 ? cannot_write(path, err) : 0;
    }
    if (slash && slash != path)
        *slash = '\0';
    r = access(slash == path ? "/" : directory, W_OK | X_OK);
    if (slash)
        *slash = '/';
    return r < 0 ? cannot_write(path, err) : 0;
}

/* "reports/junit.xml" and "-2" to "reports/junit-2.xml". */
static char *with_suffix(const char *path, const char *suffix)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    char *name = NULL;
    int stem;

    if (!dot || (slash && dot < slash))
        dot = path + strlen(path);
    stem = (int)(dot - path);
    return asprintf(&name, "%.*s%s%s", stem, path, suffix, dot) < 0 ? NULL : name;
}

enum form { FORM_JUNIT, FORM_JSON };

static int open_file(enum form form, const char *given, const char *suffix, const struct tck_spec *spec,
                     struct tck_sinks *sinks, struct tck_error *err)
{
    static const char *const defaults[] = { DEFAULT_DIRECTORY "/junit.xml", DEFAULT_DIRECTORY "/report.json" };
    tck_cleanup(tck_freep) char *path = NULL;
    struct tck_sink *sink = NULL;
    int r;

    if (given && strcmp(given, "none") == 0)
        return 0;
    path = with_suffix(given ? given : defaults[form], suffix);
    if (!path)
        return tck_no_memory(err);
    r = prepare_path(path, err);
    if (r < 0)
        return r;
    r = form == FORM_JUNIT ? tck_junit_sink_new(path, spec, &sink, err) : tck_json_sink_new(path, &sink, err);
    if (r == 0)
        sinks->items[sinks->count++] = sink;
    return r;
}

/* The candidate's output lies beside the first report that is a file. */
static int choose_log_directory(const struct tck_report_settings *settings, struct tck_sinks *sinks,
                                struct tck_error *err)
{
    const char *const given[] = { settings->junit, settings->json };
    struct stat status;

    for (size_t i = 0; i < TCK_COUNT(given); i++) {
        const char *path = given[i] ? given[i] : DEFAULT_DIRECTORY "/", *slash = strrchr(path, '/');

        if (strcmp(path, "none") == 0 ||
            (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
            continue;
        sinks->log_directory = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
        return sinks->log_directory ? 0 : tck_no_memory(err);
    }
    return 0;
}

int tck_reports_open(const struct tck_report_settings *settings, const char *suffix, const struct tck_spec *spec,
                     struct tck_sinks *ret_sinks, struct tck_error *err)
{
    struct tck_sinks sinks = { 0 };
    int r;

    r = tck_terminal_sink_new(&settings->terminal, spec, &sinks.items[0], err);
    if (r < 0)
        return r;
    sinks.count = 1;
    r = open_file(FORM_JUNIT, settings->junit, suffix, spec, &sinks, err);
    if (r == 0)
        r = open_file(FORM_JSON, settings->json, suffix, spec, &sinks, err);
    if (r == 0)
        r = choose_log_directory(settings, &sinks, err);
    if (r < 0)
        tck_sinks_done(&sinks);
    else
        *ret_sinks = sinks;
    return r;
}
