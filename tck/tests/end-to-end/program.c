/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "testing.h"

/* Tells the processes of one run from those of tests beside it. */
#define MARK "TCK_END_TO_END_TEST"

void program_prepare(struct ran *ran)
{
    memset(ran, 0, sizeof *ran);
    snprintf(ran->directory, sizeof ran->directory, "/tmp/tck-end-to-end-XXXXXX");
    assert_non_null(mkdtemp(ran->directory));
}

static void child(const struct ran *ran, const char *line)
{
    const char *bin = getenv("TCK_BIN"), *tests = getenv("TCK_TESTS_BIN"), *path = getenv("PATH");
    char text[8192];
    int out, err, in;

    setpgid(0, 0); /* so that a signal to the test is not one to the program */
    signal(SIGINT,
           SIG_DFL); /* where the tests are a shell's background job it is ignored, and a run would ignore it too */
    if (chdir(ran->directory) < 0)
        _exit(126);
    out = open("stdout", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    err = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    snprintf(text, sizeof text, "%s:%s:%s", bin ? bin : ".", tests ? tests : ".", path ? path : "");
    setenv("PATH", text, 1);
    setenv(MARK, ran->directory, 1);
    execl("/bin/sh", "sh", "-c", line, NULL);
    _exit(127);
}

static pid_t start(const struct ran *ran, const char *line)
{
    tck_cleanup(tck_freep) char *command = NULL;
    pid_t pid;

    assert_true(asprintf(&command, "exec %s", line) > 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        child(ran, command);
    return pid;
}

pid_t program_start(struct ran *ran, const char *fmt, ...)
{
    tck_cleanup(tck_freep) char *line = NULL;
    va_list args;

    va_start(args, fmt);
    assert_true(vasprintf(&line, fmt, args) > 0);
    va_end(args);
    return start(ran, line);
}

void program_finish(struct ran *ran, pid_t pid, unsigned timeout)
{
    int fd = pidfd_open(pid, 0);
    struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
    struct rusage usage;
    bool in_time = poll(&poll_fd, 1, (int)timeout * 1000) == 1;

    close(fd);
    if (!in_time)
        kill(-pid, SIGKILL);
    assert_int_equal(wait4(pid, &ran->status, 0, &usage), pid);
    ran->exit_code = WIFEXITED(ran->status) ? WEXITSTATUS(ran->status) : -1;
    ran->peak_kib = usage.ru_maxrss;
    free(ran->out); /* of an earlier program in the same directory */
    free(ran->err);
    ran->out = program_read(ran, "stdout");
    ran->err = program_read(ran, "stderr");
    if (!in_time)
        fail_msg("not done within %u s; it said:\n%s\n%s", timeout, ran->out, ran->err);
}

void program_run(struct ran *ran, unsigned timeout, const char *fmt, ...)
{
    tck_cleanup(tck_freep) char *line = NULL;
    int64_t began = tck_now();
    va_list args;

    if (!ran->directory[0])
        program_prepare(ran);
    va_start(args, fmt);
    assert_true(vasprintf(&line, fmt, args) > 0);
    va_end(args);
    program_finish(ran, start(ran, line), timeout);
    ran->seconds = (double)(tck_now() - began) / 1e9;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void ran_done(struct ran *ran)
{
    if (ran->directory[0])
        nftw(ran->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(ran->out);
    free(ran->err);
    memset(ran, 0, sizeof *ran);
}

void program_file(const struct ran *ran, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", ran->directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

char *program_read(const struct ran *ran, const char *name)
{
    char path[256];
    size_t size;
    char *text;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", ran->directory, name);
    file = fopen(path, "r");
    if (!file)
        return NULL;
    text = calloc(1, (size_t)64 << 20);
    assert_non_null(text);
    size = fread(text, 1, ((size_t)64 << 20) - 1, file);
    fclose(file);
    return realloc(text, size + 1);
}

void program_await(const struct ran *ran, const char *text, unsigned timeout)
{
    int64_t deadline = tck_after(TCK_SECONDS(timeout));
    bool said = false;

    while (!said && tck_now() < deadline) {
        tck_cleanup(tck_freep) char *out = program_read(ran, "stdout");
        tck_cleanup(tck_freep) char *err = program_read(ran, "stderr");

        said = (out && strstr(out, text)) || (err && strstr(err, text));
        poll(NULL, 0, 5); /* between two looks at a file; what is waited for is the text, with a deadline */
    }
    if (!said)
        fail_msg("not said within %u s: %s", timeout, text);
}

void program_await_file(const struct ran *ran, const char *name, const char *text, unsigned timeout)
{
    int64_t deadline = tck_after(TCK_SECONDS(timeout));
    bool there = false;

    while (!there && tck_now() < deadline) {
        tck_cleanup(tck_freep) char *content = program_read(ran, name);

        there = content && strstr(content, text);
        poll(NULL, 0, 5);
    }
    if (!there)
        fail_msg("%s does not hold within %u s: %s", name, timeout, text);
}

void expect_exit(const struct ran *ran, int exit_code)
{
    if (ran->exit_code != exit_code)
        fail_msg("exit code %d in place of %d; it said:\n%s\n%s", ran->exit_code, exit_code, ran->out, ran->err);
}

void expect_said(const struct ran *ran, const char *text)
{
    if (!strstr(ran->out, text) && !strstr(ran->err, text))
        fail_msg("it did not say: %s\nbut:\n%s\n%s", text, ran->out, ran->err);
}

void expect_not_said(const struct ran *ran, const char *text)
{
    if (strstr(ran->out, text) || strstr(ran->err, text))
        fail_msg("it said: %s\nin:\n%s\n%s", text, ran->out, ran->err);
}

void expect_valid_junit(const struct ran *ran, const char *name)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt("reports/junit.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
    xmlDocPtr document;
    char path[256];

    snprintf(path, sizeof path, "%s/%s", ran->directory, name);
    document = xmlReadFile(path, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    if (!document)
        fail_msg("no whole JUnit file %s; it said:\n%s\n%s", name, ran->out, ran->err);
    assert_int_equal(xmlSchemaValidateDoc(valid, document), 0);
    xmlFreeDoc(document);
    xmlSchemaFreeValidCtxt(valid);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}

/* Is there a process whose environment holds this entry? */
static bool process_with(const char *entry)
{
    tck_cleanup(tck_freep) char *environment = malloc((size_t)1 << 20);
    DIR *proc = opendir("/proc");
    struct dirent *directory;
    bool found = false;

    assert_non_null(proc);
    assert_non_null(environment);
    while (!found && (directory = readdir(proc))) {
        char path[300];
        size_t size;
        FILE *file;

        if (directory->d_name[0] < '0' || directory->d_name[0] > '9')
            continue;
        snprintf(path, sizeof path, "/proc/%s/environ", directory->d_name);
        file = fopen(path, "r");
        if (!file)
            continue;
        size = fread(environment, 1, ((size_t)1 << 20) - 1, file);
        fclose(file);
        environment[size] = '\0';
        for (size_t at = 0; at < size && !found; at += strlen(environment + at) + 1)
            found = strcmp(environment + at, entry) == 0;
    }
    closedir(proc);
    return found;
}

void expect_no_process(const struct ran *ran, unsigned timeout)
{
    int64_t deadline = tck_after(TCK_SECONDS(timeout));
    char entry[128];
    bool found;

    snprintf(entry, sizeof entry, MARK "=%s", ran->directory);
    while ((found = process_with(entry)) && tck_now() < deadline)
        poll(NULL, 0, 5);
    if (found)
        fail_msg("a process was left behind; the program said:\n%s\n%s", ran->out, ran->err);
}
