/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs of pairs that the world disturbs: signals, full disks, paths and ports that cannot be had, other runs, candidates
 * that do not want to go. What is wrong is said, with its name and the cause; no process stays; no file is half of one.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

#define SUITE                                                 \
    "suite: own\nrole: pair\nprotocol: event-sourced\n"       \
    "services: [cloudstate.tck.model.EventSourcedTckModel]\n" \
    "defaults: {command: Process, event: cloudstate.tck.model.Persisted}\nscenarios:\n"
#define ANSWERED                                   \
    "  - name: a client is answered\n    steps:\n" \
    "      - call: {id: $id, actions: [{emit: {value: A}}]}\n        returns: {message: A}\n"
#define MISTAKEN                               \
    "  - name: wrong on purpose\n    steps:\n" \
    "      - call: {id: $id, actions: [{emit: {value: A}}]}\n        returns: {message: B}\n"
#define RUN "tck run --specs own.yaml 'own/**' "

/* Without files of its own, so that a full disk is the kit's affair alone. */
#define PROXY                                                              \
    "proxy: {command: [tck-proxy, --host, 127.0.0.1, --port, \"{port}\", " \
    "--user-function-port, \"{tap.port}\"], ready_timeout: 20s, stop_timeout: 1s}\n"
#define USER_FUNCTION(script) \
    "user_function: {command: [sh, -c, \"" script "\"], env: {PORT: \"{port}\"}, stop_timeout: 500ms}\n"

static void prepare(struct ran *ran, const char *config)
{
    program_prepare(ran);
    program_file(ran, "own.yaml", SUITE ANSWERED);
    program_file(ran, "mistaken.yaml", SUITE MISTAKEN);
    if (config)
        program_file(ran, "tck.yaml", config);
}

static json_t *report_of(const struct ran *ran, const char *name)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, name);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    if (!report)
        fail_msg("no whole report %s; it said:\n%s\n%s", name, ran->out, ran->err);
    return report;
}

/* A report is written under another name first. */
static void expect_no_leftovers(const struct ran *ran)
{
    static const char *const files[] = { "junit.xml", "report.json", "user-function.log", "proxy.log", ".", ".." };
    const struct dirent *entry;
    char path[128];
    DIR *directory;

    snprintf(path, sizeof path, "%s/reports", ran->directory);
    directory = opendir(path);
    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        bool known = false;

        for (size_t i = 0; i < TCK_COUNT(files); i++)
            known = known || strcmp(entry->d_name, files[i]) == 0;
        if (!known)
            fail_msg("reports/%s was left behind", entry->d_name);
    }
    closedir(directory);
}

/* --- signals --- */

static void pair_that_is_interrupted_has_whole_reports_that_say_so(void **state)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" }, { SIGHUP, "SIGHUP" } };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct ran ran = { 0 };
        json_t *report;
        pid_t pid;

        prepare(&ran, NULL);
        pid = program_start(&ran, RUN "--verbose --repeat 5000");
        program_await(&ran, "✓ passed", 60);
        kill(pid, signals[i].number);
        program_finish(&ran, pid, 60);
        assert_true(WIFSIGNALED(ran.status));
        assert_int_equal(WTERMSIG(ran.status), signals[i].number);
        expect_said(&ran, "interrupted by");
        expect_valid_junit(&ran, "reports/junit.xml");
        report = report_of(&ran, "reports/report.json");
        assert_true(json_is_false(json_object_get(report, "complete")));
        assert_string_equal(json_string_value(json_object_get(report, "interrupted")), signals[i].name);
        json_decref(report);
        expect_no_leftovers(&ran);
        expect_no_process(&ran, 20);
        ran_done(&ran);
    }
}

/* The user function does not mind being asked to go, so the first signal waits for it. */
static void second_signal_ends_at_once_and_leaves_no_process_either(void **state)
{
    struct ran ran = { 0 };
    pid_t pid;

    (void)state;
    prepare(&ran, "user_function: {command: [sh, -c, \"trap 'echo not yet' TERM; tck-user-function & while :; do wait; "
                  "sleep 1; done\"], "
                  "env: {PORT: \"{port}\"}, stop_timeout: 300s}\n" PROXY);
    pid = program_start(&ran, RUN "--config tck.yaml --verbose --repeat 5000");
    program_await(&ran, "✓ passed", 60);
    kill(pid, SIGINT);
    program_await_file(&ran, "reports/user-function.log", "not yet", 60);
    kill(pid, SIGINT);
    program_finish(&ran, pid, 30);
    assert_true(WIFSIGNALED(ran.status));
    assert_int_equal(WTERMSIG(ran.status), SIGINT);
    expect_no_leftovers(&ran);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void signal_that_was_ignored_from_the_start_stays_so(void **state)
{
    struct ran ran = { 0 };
    pid_t pid;

    (void)state;
    prepare(&ran, NULL);
    pid = program_start(&ran, "env --ignore-signal=HUP " RUN "--verbose --repeat 300");
    program_await(&ran, "✓ passed", 60);
    kill(pid, SIGHUP);
    program_finish(&ran, pid, 120);
    expect_exit(&ran, 0);
    expect_said(&ran, "300 passed");
    ran_done(&ran);
}

/* --- disks and paths --- */

static void report_that_does_not_fit_leaves_the_one_before_and_the_verdicts(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    prepare(&ran, "name: first\n" USER_FUNCTION("exec tck-user-function") PROXY);
    program_run(&ran, 60, RUN "--config tck.yaml");
    expect_exit(&ran, 0);
    program_run(&ran, 60,
                "sh -c \"ulimit -f 3; exec tck run --quiet --repeat 5 --specs own.yaml --specs mistaken.yaml 'own/**' "
                "'mistaken/**' "
                "--config tck.yaml\"");
    expect_exit(&ran, 4);
    expect_said(&ran, "reports/junit.xml: cannot be written: File too large");
    expect_valid_junit(&ran, "reports/junit.xml");
    report = report_of(&ran, "reports/report.json");
    assert_true(json_is_true(json_object_get(report, "complete")));
    json_decref(report);
    expect_no_leftovers(&ran);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void output_that_does_not_fit_is_told_of_and_changes_no_verdict(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, USER_FUNCTION("head -c 200000 /dev/zero | tr '\\\\0' x; echo; exec tck-user-function") PROXY);
    program_run(&ran, 60, "sh -c \"ulimit -f 100; exec " RUN "--config tck.yaml\"");
    expect_exit(&ran, 0);
    expect_said(&ran, "! reports/user-function.log: does not hold all that the user function printed: File too large");
    expect_said(&ran, "1 passed");
    expect_valid_junit(&ran, "reports/junit.xml");
    ran_done(&ran);
}

static void paths_that_cannot_be_written_are_told_before_anything_runs(void **state)
{
    static const struct {
        const char *arguments, *says;
    } cases[] = {
        { "--junit somewhere", "somewhere: cannot be written: Is a directory" },
        { "--json somewhere", "somewhere: cannot be written: Is a directory" },
        { "--json own.yaml/report.json", "own.yaml: cannot be written: Not a directory" },
        { "--junit /proc/no/junit.xml", "/proc/no: cannot be written: No such file or directory" },
        { "--json /proc/report.json", "/proc/report.json: cannot be written: " },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        struct ran ran = { 0 };
        char path[128];

        prepare(&ran, NULL);
        snprintf(path, sizeof path, "%s/somewhere", ran.directory);
        assert_int_equal(mkdir(path, 0755), 0);
        program_run(&ran, 60, RUN "%s", cases[i].arguments);
        expect_exit(&ran, 4);
        expect_said(&ran, cases[i].says);
        expect_no_process(&ran, 20);
        ran_done(&ran);
    }
}

/* --- ports --- */

static void tap_of_the_command_line_at_a_port_that_is_taken_is_named(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof address;
    struct ran ran = { 0 };
    char says[64];

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    prepare(&ran, NULL);
    program_run(&ran, 60, RUN "--proxy 127.0.0.1:1 --tap %d", ntohs(address.sin_port));
    expect_exit(&ran, 3);
    snprintf(says, sizeof says, "127.0.0.1:%d", ntohs(address.sin_port));
    expect_said(&ran, says);
    expect_said(&ran, "as the user function of the proxy");
    expect_valid_junit(&ran, "reports/junit.xml");
    expect_no_process(&ran, 20);
    close(fd);
    ran_done(&ran);
}

/* --- two runs --- */

/* Each candidate says its own word all the time, to a pipe that is read from while the other one's is. */
#define SAYS(word) USER_FUNCTION("while :; do echo " word "; sleep 0.01; done & exec tck-user-function")

static void two_runs_in_one_directory_mix_neither_reports_nor_output(void **state)
{
    tck_cleanup(tck_freep) char *output = NULL;
    struct ran ran = { 0 }, other = { 0 };
    pid_t first, second;
    json_t *report;
    const char *last;

    (void)state;
    prepare(&ran, "name: one\n" SAYS("one") PROXY);
    program_file(&ran, "two.yaml", "name: two\n" SAYS("two") PROXY);
    other = ran;
    first = program_start(&ran, "sh -c \"exec " RUN "--verbose --repeat 2000 --config tck.yaml\"");
    program_await_file(&ran, "reports/user-function.log", "one", 60);
    second = program_start(&other, "sh -c \"exec " RUN "--quiet --config two.yaml > two.out\"");
    program_finish(&other, second, 60);
    expect_exit(&other, 0);
    kill(first, SIGINT); /* the one that began first ends last */
    program_finish(&ran, first, 60);
    expect_valid_junit(&ran, "reports/junit.xml");
    report = report_of(&ran, "reports/report.json");
    last = json_string_value(json_object_get(json_object_get(report, "candidate"), "name"));
    assert_string_equal(last, "one");
    json_decref(report);
    output = program_read(&ran, "reports/user-function.log");
    assert_non_null(output);
    assert_non_null(strstr(output, "one\n"));
    assert_null(strstr(output, "two"));
    expect_no_leftovers(&ran);
    expect_no_process(&ran, 20);
    free(other.out);
    free(other.err);
    ran_done(&ran);
}

/* --- candidates that do not want to go --- */

static void processes_that_a_candidate_hides_are_ended_with_it(void **state)
{
    static const char *const scripts[] = {
        "trap '' TERM; sleep 600 & sleep 601 & exec tck-user-function",
        "trap '' TERM; tck-user-function & while :; do sleep 1; done",
        "(setsid sleep 600 &); exec tck-user-function",
        "setsid sh -c 'trap \\\"\\\" TERM HUP INT; sleep 600 & sleep 600' & exec tck-user-function",
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(scripts); i++) {
        struct ran ran = { 0 };
        char config[1024];

        snprintf(config, sizeof config,
                 "user_function: {command: [sh, -c, \"%s\"], env: {PORT: \"{port}\"}, stop_timeout: 300ms}\n" PROXY,
                 scripts[i]);
        prepare(&ran, config);
        program_run(&ran, 60, RUN "--config tck.yaml");
        expect_exit(&ran, 0);
        expect_no_process(&ran, 20);
        ran_done(&ran);
    }
}

/* A daemon can hide from that; everything else cannot. */
static void kit_that_is_killed_leaves_none_of_a_stubborn_candidate(void **state)
{
    struct ran ran = { 0 };
    pid_t pid;

    (void)state;
    prepare(&ran,
            USER_FUNCTION("trap '' TERM INT HUP; sleep 600 & tck-user-function & while :; do sleep 1; done") PROXY);
    pid = program_start(&ran, RUN "--config tck.yaml --verbose --repeat 5000");
    program_await(&ran, "✓ passed", 60);
    kill(pid, SIGKILL);
    program_finish(&ran, pid, 30);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pair_that_is_interrupted_has_whole_reports_that_say_so),
        cmocka_unit_test(second_signal_ends_at_once_and_leaves_no_process_either),
        cmocka_unit_test(signal_that_was_ignored_from_the_start_stays_so),
        cmocka_unit_test(report_that_does_not_fit_leaves_the_one_before_and_the_verdicts),
        cmocka_unit_test(output_that_does_not_fit_is_told_of_and_changes_no_verdict),
        cmocka_unit_test(paths_that_cannot_be_written_are_told_before_anything_runs),
        cmocka_unit_test(tap_of_the_command_line_at_a_port_that_is_taken_is_named),
        cmocka_unit_test(two_runs_in_one_directory_mix_neither_reports_nor_output),
        cmocka_unit_test(processes_that_a_candidate_hides_are_ended_with_it),
        cmocka_unit_test(kit_that_is_killed_leaves_none_of_a_stubborn_candidate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
