/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "program.h"
#include "testing.h"

#define HEAD                                                             \
    "protocol: value-entity\n"                                           \
    "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\n" \
    "defaults: {command: Process}\nscenarios:\n"
#define WRONG(name) \
    "  - name: " name "\n    steps:\n      - init:\n      - command: {id: $id}\n        reply: {message: something}\n"
#define RIGHT(name) \
    "  - name: " name "\n    steps:\n      - init:\n      - command: {id: $id}\n        reply: {message: ''}\n"
#define PAUSED "paused: nothing runs, and the candidate stays up"
#define ASKS   "'q' and Enter ends the run: "

static const char mine[] = "suite: mine\nrole: user-function\n" HEAD WRONG("a") RIGHT("b") WRONG("c") RIGHT("d");
static const char front[] = "suite: mine\nrole: proxy\n" HEAD
                            "  - name: a\n    steps:\n      - call: {id: $id}\n        returns: {message: something}\n"
                            "  - name: b\n    steps:\n      - call: {id: $id}\n        returns: {message: ''}\n";

/* Starts a run whose standard input is ours; returns its other end in *ret_input. */
static pid_t start_with_input(struct ran *ran, const char *suite, const char *options, int *ret_input)
{
    char path[128];
    pid_t pid;

    program_prepare(ran);
    program_file(ran, "mine.yaml", suite);
    snprintf(path, sizeof path, "%s/in", ran->directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    pid = program_start(ran, "sh -c 'exec tck run --specs mine.yaml --pause-on-failure %s <in'", options);
    *ret_input = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(*ret_input >= 0);
    return pid;
}

static void answer(int input, const char *line)
{
    assert_int_equal(write(input, line, strlen(line)), strlen(line));
}

static json_t *report_of(const struct ran *ran)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, "reports/report.json");
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    if (!report)
        fail_msg("no report; it said:\n%s\n%s", ran->out, ran->err);
    expect_valid_junit(ran, "reports/junit.xml");
    return report;
}

static void expect_summary(const struct ran *ran, int passed, int failed, int skipped)
{
    json_t *report = report_of(ran), *summary = json_object_get(report, "summary");

    assert_int_equal(json_integer_value(json_object_get(summary, "passed")), passed);
    assert_int_equal(json_integer_value(json_object_get(summary, "failed")), failed);
    assert_int_equal(json_integer_value(json_object_get(summary, "skipped")), skipped);
    json_decref(report);
}

/* The last command that the pause offers. */
static void offered_command(const struct ran *ran, char *buf, size_t size)
{
    tck_cleanup(tck_freep) char *said = program_read(ran, "stderr");
    const char *at = said, *last = NULL;

    while ((at = strstr(at, "    tck run --user-function ")))
        last = at++;
    if (!last)
        fail_msg("it offers no command:\n%s", said);
    snprintf(buf, size, "%.*s", (int)strcspn(last + 4, "\n"), last + 4);
}

/* Runs what the pause offers, beside the run that waits. */
static void run_offered(const struct ran *ran, struct ran *attached, const char *suite)
{
    char command[1024];

    offered_command(ran, command, sizeof command);
    program_prepare(attached);
    program_file(attached, "mine.yaml", suite);
    program_run(attached, 60, "%s", command);
}

static void pause_tells_where_all_is_and_goes_on_at_enter_and_ends_at_q(void **state)
{
    struct ran ran = { 0 }, attached = { 0 };
    tck_cleanup(tck_freep) char *said = NULL;
    int input;
    pid_t pid = start_with_input(&ran, mine, "--jobs 1 --scenario mine/**", &input);
    const char *at;

    (void)state;
    program_await(&ran, ASKS, 60);
    said = program_read(&ran, "stderr");
    assert_non_null(strstr(said, PAUSED));
    assert_non_null(strstr(said, "after:         mine/a  (failed)"));
    assert_non_null(strstr(said, "its entities: entity-"));
    assert_non_null(strstr(said, "output in reports/user-function.log"));
    at = strstr(said, ", pid ");
    assert_non_null(at);
    assert_int_equal(kill((pid_t)atol(at + strlen(", pid ")), 0), 0); /* it stays up */
    run_offered(&ran, &attached, mine);
    expect_exit(&attached, 1);
    expect_said(&attached, "✗ failed  mine/a");
    expect_said(&attached, "0 passed, 1 failed");
    ran_done(&attached);
    answer(input, "what?\n");
    program_await(&ran, "an empty line, 't' or 'q': ", 60);
    answer(input, "\n");
    program_await(&ran, "after:         mine/c  (failed)", 60);
    answer(input, "q\n");
    program_finish(&ran, pid, 60);
    expect_exit(&ran, 1);
    expect_said(&ran, "1 skipped: not run: the run was ended while it paused after mine/c");
    expect_summary(&ran, 1, 2, 1);
    expect_no_process(&ran, 10);
    close(input);
    ran_done(&ran);
}

static void run_that_goes_on_to_its_end_says_what_it_would_have_said(void **state)
{
    struct ran ran = { 0 };
    int input;
    pid_t pid = start_with_input(&ran, mine, "--jobs 2 --repeat 2 --quiet --scenario mine/**", &input);

    (void)state;
    answer(input, "\n\n\n\n"); /* at most so many pauses; answers may come before they are asked for */
    program_finish(&ran, pid, 60);
    expect_exit(&ran, 1);
    expect_said(&ran, PAUSED);
    expect_summary(&ran, 4, 4, 0);
    close(input);
    ran_done(&ran);
}

static void end_of_the_input_ends_the_run_in_order(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml", mine);
    program_run(&ran, 60,
                "tck run --specs mine.yaml --pause-on-failure --jobs 1 --scenario mine/**"); /* from /dev/null */
    expect_exit(&ran, 1);
    expect_said(&ran, "the standard input has ended, and so does the run");
    expect_summary(&ran, 0, 1, 3);
    expect_no_process(&ran, 10);
    ran_done(&ran);
}

static void end_at_a_pause_ends_the_runs_that_would_follow(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml", mine);
    program_file(&ran, "tck.yaml",
                 "combinations:\n"
                 "- {name: one, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}}\n"
                 "- {name: two, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --specs mine.yaml --pause-on-failure --jobs 1 --scenario mine/**");
    expect_exit(&ran, 1);
    assert_null(program_read(&ran, "reports/junit-2.xml"));
    ran_done(&ran);
}

static void signal_ends_a_pause_in_order(void **state)
{
    static const int signals[] = { SIGINT, SIGTERM };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct ran ran = { 0 };
        int input;
        pid_t pid = start_with_input(&ran, mine, "--jobs 1 --scenario mine/**", &input);

        program_await(&ran, ASKS, 60);
        kill(pid, signals[i]);
        program_finish(&ran, pid, 60);
        assert_true(WIFSIGNALED(ran.status));
        assert_int_equal(WTERMSIG(ran.status), signals[i]);
        expect_said(&ran, "interrupted by");
        expect_summary(&ran, 0, 1, 3);
        expect_no_process(&ran, 10);
        close(input);
        ran_done(&ran);
    }
}

/* A third one fails while two are silent: they finish, and nobody begins until somebody says so. */
static void workers_finish_what_they_began_and_begin_nothing(void **state)
{
    static const char slow[] =
        "suite: mine\nrole: user-function\n" HEAD "  - name: slow\n    steps:\n      - init:\n      - silence: 500ms\n"
        "  - name: slower\n    steps:\n      - init:\n      - silence: 800ms\n" WRONG("wrong") RIGHT("b") RIGHT("c")
            RIGHT("d");
    struct ran ran = { 0 }, attached = { 0 };
    tck_cleanup(tck_freep) char *before = NULL;
    tck_cleanup(tck_freep) char *after = NULL;
    int input;
    pid_t pid = start_with_input(&ran, slow, "--jobs 3 --verbose --scenario mine/**", &input);

    (void)state;
    program_await(&ran, ASKS, 60);
    before = program_read(&ran, "stdout");
    assert_non_null(strstr(before, "✓ passed  mine/slow "));
    assert_non_null(strstr(before, "✓ passed  mine/slower "));
    assert_null(strstr(before, "mine/b"));
    run_offered(&ran, &attached, slow); /* takes longer than a scenario, and runs while nothing else does */
    expect_exit(&attached, 1);
    after = program_read(&ran, "stdout");
    assert_string_equal(before, after);
    answer(input, "\n");
    program_finish(&ran, pid, 60);
    expect_exit(&ran, 1);
    expect_summary(&ran, 5, 1, 0);
    close(input);
    ran_done(&attached);
    ran_done(&ran);
}

/* It was its worker's turn already, and only waited for the one that failed to be over. */
static void scenario_that_runs_alone_does_not_begin_in_a_pause(void **state)
{
    static const char suite[] =
        "suite: mine\nrole: user-function\n" HEAD "  - name: wrong\n    steps:\n      - init:\n      - silence: 300ms\n"
        "      - command: {id: $id}\n        reply: {message: something}\n"
        "  - name: alone\n    exclusive: true\n    steps:\n      - init:\n"
        "      - command: {id: $id}\n        reply: {message: ''}\n";
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *before = NULL;
    int input;
    pid_t pid = start_with_input(&ran, suite, "--jobs 2 --verbose --scenario mine/**", &input);

    (void)state;
    program_await(&ran, ASKS, 60);
    before = program_read(&ran, "stdout");
    assert_null(strstr(before, "mine/alone"));
    answer(input, "\n");
    program_finish(&ran, pid, 60);
    expect_summary(&ran, 1, 1, 0);
    close(input);
    ran_done(&ran);
}

static void tap_is_lent_to_another_run_and_taken_back(void **state)
{
    struct ran ran = { 0 }, attached = { 0 };
    struct sockaddr_in address = { .sin_family = AF_INET };
    tck_cleanup(tck_freep) char *said = NULL;
    int input, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reuse = 1;
    pid_t pid = start_with_input(&ran, front, "--jobs 1 --scenario mine/**", &input);
    const char *at;

    (void)state;
    program_await(&ran, "'t' and Enter frees the tap's port", 60);
    answer(input, "t\n");
    program_await(&ran, "nobody listens there now", 60);
    program_await(&ran, "Enter goes on and takes it back, " ASKS, 60);
    run_offered(&ran, &attached, front);
    expect_exit(&attached, 1);
    expect_said(&attached, "✗ failed  mine/a");
    expect_said(&attached, "blame:    the user function");
    ran_done(&attached);
    /* Somebody else has the port: that is said, and the pause goes on. */
    said = program_read(&ran, "stderr");
    at = strstr(said, "  tap:           127.0.0.1:");
    assert_non_null(at);
    address.sin_port = htons((uint16_t)atoi(at + strlen("  tap:           127.0.0.1:")));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    answer(input, "\n");
    program_await(&ran, "that cannot be done: ", 60);
    close(listener);
    answer(input, "\n");
    program_finish(&ran, pid, 60);
    expect_exit(&ran, 1);
    expect_no_process(&ran, 10);
    close(input);
    ran_done(&ran);
}

/* --- at a terminal --- */

struct terminal {
    int fd;
    pid_t pid;
    char said[1 << 16];
    size_t size;
};

static void open_terminal(struct terminal *terminal, const struct ran *ran)
{
    const char *bin = getenv("TCK_BIN");
    char path[8192];

    snprintf(path, sizeof path, "%s:%s", bin ? bin : ".", getenv("PATH"));
    terminal->size = 0;
    terminal->pid = forkpty(&terminal->fd, NULL, NULL, NULL);
    assert_true(terminal->pid >= 0);
    if (terminal->pid > 0)
        return;
    setenv("PATH", path, 1);
    setenv("TERM", "xterm", 1);
    setenv("TCK_END_TO_END_TEST", ran->directory, 1);
    if (chdir(ran->directory) == 0)
        execlp("tck", "tck", "run", "--specs", "mine.yaml", "--pause-on-failure", "--jobs", "1", "--scenario",
               "mine/**", NULL);
    _exit(126);
}

/* Reads until the text was said so often; false: the program ended before. */
static bool await_text(struct terminal *terminal, const char *text, size_t times)
{
    const int64_t deadline = tck_after(TCK_SECONDS(60));

    while (tck_now() < deadline) {
        struct pollfd fd = { .fd = terminal->fd, .events = POLLIN };
        size_t found = 0;
        ssize_t n;

        terminal->said[terminal->size] = '\0';
        for (const char *at = terminal->said; (at = strstr(at, text)); at++)
            found++;
        if (found >= times)
            return true;
        if (poll(&fd, 1, 1000) <= 0)
            continue;
        n = read(terminal->fd, terminal->said + terminal->size, sizeof terminal->said - 1 - terminal->size);
        if (n <= 0)
            return false;
        terminal->size += (size_t)n;
    }
    fail_msg("not said within 60 s: %s\nbut:\n%s", text, terminal->said);
    return false;
}

static int close_terminal(struct terminal *terminal)
{
    int status;

    await_text(terminal, "\x01 never said", 1); /* to the end of what it says */
    assert_int_equal(waitpid(terminal->pid, &status, 0), terminal->pid);
    close(terminal->fd);
    return status;
}

static void person_at_a_terminal_goes_on_and_ends(void **state)
{
    static struct terminal terminal;
    struct ran ran = { 0 };
    int status;

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml", mine);
    open_terminal(&terminal, &ran);
    assert_true(await_text(&terminal, ASKS, 1));
    answer(terminal.fd, "\r");
    assert_true(await_text(&terminal, ASKS, 2));
    answer(terminal.fd, "q\r");
    status = close_terminal(&terminal);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    expect_summary(&ran, 1, 2, 1);
    expect_no_process(&ran, 10);
    ran_done(&ran);
}

static void control_c_and_control_d_end_a_pause_in_order(void **state)
{
    static struct terminal terminal;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ran ran = { 0 };
        int status;

        program_prepare(&ran);
        program_file(&ran, "mine.yaml", mine);
        open_terminal(&terminal, &ran);
        assert_true(await_text(&terminal, ASKS, 1));
        answer(terminal.fd, i == 0 ? "\x03" : "\x04");
        status = close_terminal(&terminal);
        if (i == 0)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
        else
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        expect_summary(&ran, 0, 1, 3);
        expect_no_process(&ran, 10);
        ran_done(&ran);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pause_tells_where_all_is_and_goes_on_at_enter_and_ends_at_q),
        cmocka_unit_test(run_that_goes_on_to_its_end_says_what_it_would_have_said),
        cmocka_unit_test(end_of_the_input_ends_the_run_in_order),
        cmocka_unit_test(end_at_a_pause_ends_the_runs_that_would_follow),
        cmocka_unit_test(signal_ends_a_pause_in_order),
        cmocka_unit_test(workers_finish_what_they_began_and_begin_nothing),
        cmocka_unit_test(scenario_that_runs_alone_does_not_begin_in_a_pause),
        cmocka_unit_test(tap_is_lent_to_another_run_and_taken_back),
        cmocka_unit_test(person_at_a_terminal_goes_on_and_ends),
        cmocka_unit_test(control_c_and_control_d_end_a_pause_in_order),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
