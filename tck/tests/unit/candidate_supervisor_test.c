/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "candidate/candidate.h"
#include "testing.h"

static int ready_at_once(void *context, const char *address, int64_t deadline, struct tck_error *err)
{
    (void)context;
    (void)address;
    (void)deadline;
    (void)err;
    return 0;
}

static int never_ready(void *context, const char *address, int64_t deadline, struct tck_error *err)
{
    (void)address;
    (void)deadline;
    if (context)
        ++*(int *)context;
    return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "nobody answers");
}

static struct tck_side_config shell(const char *const argv[])
{
    return (struct tck_side_config){ .place = { "c.yaml", 3, 7 },
                                     .present = true,
                                     .command = argv,
                                     .host = "127.0.0.1",
                                     .port = TCK_PORT_AUTO,
                                     .ready_timeout = TCK_SECONDS(20),
                                     .stop_timeout = TCK_SECONDS(20) };
}

static const struct tck_candidate_options AT_ONCE = { .what = "the user function", .ready = ready_at_once };

/* What it printed, waited for: output comes through a pipe and another thread. */
static void expect_output_since(struct tck_candidate *candidate, uint64_t mark, const char *wanted)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    int64_t deadline = tck_after(TCK_SECONDS(20));

    do {
        tck_buffer_clear(&out);
        assert_int_equal(tck_candidate_output_since(candidate, mark, 100, &out, NULL), 0);
        sched_yield();
    } while (!strstr(tck_buffer_string(&out), wanted) && tck_now() < deadline);
    assert_non_null(strstr(tck_buffer_string(&out), wanted));
}

static void expect_output(struct tck_candidate *candidate, const char *wanted)
{
    expect_output_since(candidate, 0, wanted);
}

/* Killed; it may stay a zombie for a moment until it is reaped. */
static void expect_gone(int pid)
{
    int64_t deadline = tck_after(TCK_SECONDS(20));
    char path[64], letter;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    do {
        FILE *stat = fopen(path, "r");

        letter = 'X';
        if (stat) {
            if (fscanf(stat, "%*d %*s %c", &letter) != 1)
                letter = 'X';
            fclose(stat);
        }
        sched_yield();
    } while (letter != 'X' && letter != 'Z' && tck_now() < deadline);
    assert_true(letter == 'X' || letter == 'Z');
}

static void candidate_gets_its_port_and_environment(void **state)
{
    static const char *const argv[] = { "sh", "-c",
                                        "echo port {port} $PORT $HOME_SWEET {tap.port} {other}; exec sleep 60", NULL };
    static const char *const env[] = { "PORT={port}", "HOME_SWEET={host}", NULL };
    static const struct tck_named_port ports[] = { { "tap.port", 8090 } };
    struct tck_candidate_options options = AT_ONCE;
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    struct tck_side_config config = shell(argv);
    char wanted[128];

    (void)state;
    config.env = env;
    options.ports = ports;
    options.port_count = 1;
    assert_int_equal(tck_candidate_start(&config, &options, &candidate, NULL), 0);
    const char *port = strchr(tck_candidate_address(candidate), ':') + 1;

    snprintf(wanted, sizeof wanted, "port %s %s 127.0.0.1 8090 {other}\n", port, port);
    expect_output(candidate, wanted);
}

static void candidate_that_dies_is_noticed_with_its_signal(void **state)
{
    static const char *const argv[] = { "sh", "-c", "kill -SEGV $$", NULL };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    struct tck_side_config config = shell(argv);
    char how[64];

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_true(tck_candidate_death(candidate, TCK_SECONDS(20), how, sizeof how));
    assert_string_equal(how, "was killed by signal 11 (SIGSEGV)");
}

static void candidate_that_lives_is_not_called_dead(void **state)
{
    static const char *const argv[] = { "sleep", "60", NULL };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    struct tck_side_config config = shell(argv);
    char how[64];

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_false(tck_candidate_death(candidate, TCK_MS(20), how, sizeof how));
}

static void candidate_that_exits_before_it_is_ready_says_its_last_line(void **state)
{
    static const char *const argv[] = { "sh", "-c", "echo starting; echo no such database >&2; exit 3", NULL };
    struct tck_candidate_options options = { .what = "the user function", .ready = never_ready };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_side_config config = shell(argv);

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &options, &candidate, &err), TCK_NO_SHOW);
    assert_non_null(strstr(err.text, "the user function exited with status 3 before it was ready; its last line: "));
    assert_string_equal(err.name, "c.yaml");
    assert_int_equal(err.line, 3);
}

static void candidate_that_never_answers_is_given_up_with_the_reason(void **state)
{
    static const char *const argv[] = { "sleep", "60", NULL };
    int asked = 0;
    struct tck_candidate_options options = { .what = "the user function", .ready = never_ready, .context = &asked };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_side_config config = shell(argv);

    (void)state;
    config.ready_timeout = TCK_MS(120);
    assert_int_equal(tck_candidate_start(&config, &options, &candidate, &err), TCK_NO_SHOW);
    assert_non_null(strstr(err.text, "was not ready within 120 ms"));
    assert_string_equal(err.cause->text, "nobody answers");
    assert_true(asked > 1);
}

static void program_that_does_not_exist_is_bad_input(void **state)
{
    static const char *const argv[] = { "no-such-program-anywhere", NULL };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_side_config config = shell(argv);

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "'no-such-program-anywhere' cannot be started: No such file or directory");
}

static void port_that_is_taken_is_said_so(void **state)
{
    static const char *const argv[] = { "sleep", "60", NULL };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_side_config config = shell(argv);
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    config.port = ntohs(address.sin_port);
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, &err), TCK_NO_SHOW);
    assert_non_null(strstr(err.text, "is taken by another program"));
    close(fd);
}

static void candidate_with_children_leaves_none_behind(void **state)
{
    static const char *const argv[] = { "sh", "-c", "trap '' TERM; sleep 61 & echo child $!; wait; wait", NULL };
    struct tck_side_config config = shell(argv);
    struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1000);
    int child;

    (void)state;
    config.stop_timeout = TCK_MS(100);
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    expect_output(candidate, "child ");
    assert_int_equal(tck_candidate_output_since(candidate, 0, 1, &out, NULL), 0);
    assert_int_equal(sscanf(tck_buffer_string(&out), "child %d", &child), 1);
    assert_int_equal(kill(child, 0), 0);
    tck_candidate_stop(candidate);
    expect_gone(child);
}

static void candidate_dies_with_the_kit_even_by_sigkill(void **state)
{
    int ends[2], pid = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid_t kit = fork();

    if (kit == 0) {
        static const char *const argv[] = { "sh", "-c", "echo $$; exec sleep 62", NULL };
        struct tck_side_config config = shell(argv);
        struct tck_candidate *candidate = NULL;
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1000);

        if (tck_candidate_start(&config, &AT_ONCE, &candidate, NULL) == 0)
            while (out.size == 0)
                tck_candidate_output_since(candidate, 0, 1, &out, NULL);
        pid = atoi(tck_buffer_string(&out));
        if (write(ends[1], &pid, sizeof pid) == sizeof pid)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    assert_int_equal(read(ends[0], &pid, sizeof pid), sizeof pid);
    assert_int_equal(waitpid(kit, NULL, 0), kit);
    expect_gone(pid);
    close(ends[0]);
    close(ends[1]);
}

static void candidate_that_died_can_be_started_again(void **state)
{
    static const char *const argv[] = { "sh", "-c", "echo here I am; exit 1", NULL };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    struct tck_side_config config = shell(argv);
    char how[64];

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_true(tck_candidate_death(candidate, TCK_SECONDS(20), how, sizeof how));
    assert_false(tck_candidate_is_down(candidate)); /* nobody wanted it to end */
    uint64_t mark = tck_candidate_output_mark(candidate);

    assert_int_equal(tck_candidate_generation(candidate), 1);
    assert_int_equal(tck_candidate_restart(candidate, NULL), 0);
    assert_int_equal(tck_candidate_generation(candidate), 2);
    assert_true(tck_candidate_death(candidate, TCK_SECONDS(20), how, sizeof how));
    assert_string_equal(how, "exited with status 1");
    assert_true(tck_candidate_output_mark(candidate) > mark);
}

static void output_of_a_talkative_candidate_is_kept_in_part_and_made_printable(void **state)
{
    static const char *const argv[] = { "sh", "-c", "seq 1 200000; printf 'last \\033[31m\\377 line\\n'", NULL };
    tck_cleanup(tck_candidate_stopp) struct tck_candidate *candidate = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    struct tck_side_config config = shell(argv);
    char how[64];

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_true(tck_candidate_death(candidate, TCK_SECONDS(60), how, sizeof how));
    assert_int_equal(tck_candidate_output_since(candidate, 0, 3, &out, NULL), 0);
    assert_string_equal(tck_buffer_string(&out), "199999\n200000\nlast \\x1B[31m\\xFF line\n");
}

static void stop_command_takes_the_place_of_the_signal(void **state)
{
    static const char *const argv[] = { "sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done", NULL };
    static const char *const stop[] = { "sh", "-c", "echo stopping at {port}", NULL };
    char directory[] = "/tmp/tck-candidate-test-XXXXXX", path[64], text[4096] = "";
    struct tck_candidate_options options = AT_ONCE;
    struct tck_candidate *candidate = NULL;
    struct tck_side_config config = shell(argv);
    FILE *log;

    (void)state;
    assert_non_null(mkdtemp(directory));
    config.stop_command = stop;
    config.stop_timeout = TCK_MS(300);
    options.log_directory = directory;
    assert_int_equal(tck_candidate_start(&config, &options, &candidate, NULL), 0);
    expect_output(candidate, "up");
    tck_candidate_stop(candidate);
    snprintf(path, sizeof path, "%s/user-function.log", directory);
    log = fopen(path, "r");
    assert_non_null(log);
    assert_true(fread(text, 1, sizeof text - 1, log) > 0);
    fclose(log);
    assert_non_null(strstr(text, "stopping at "));
    unlink(path);
    rmdir(directory);
}

static void candidate_that_is_taken_down_on_purpose_is_not_dead_and_comes_up_again(void **state)
{
    static const char *const argv[] = { "sh", "-c", "echo up; exec sleep 600", NULL };
    struct tck_side_config config = shell(argv);
    struct tck_candidate *candidate = NULL;
    char how[64];

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_true(tck_candidate_is_ours(candidate));
    for (int at_once = 0; at_once < 2; at_once++) {
        uint64_t mark;

        assert_int_equal(tck_candidate_take_down(candidate, at_once, NULL), 0);
        assert_true(tck_candidate_is_down(candidate));
        assert_false(tck_candidate_death(candidate, 0, how, sizeof how));
        assert_int_equal(tck_candidate_take_down(candidate, at_once, NULL), 0); /* there is nothing to do */
        mark = tck_candidate_output_mark(candidate);
        assert_int_equal(tck_candidate_bring_up(candidate, NULL), 0);
        assert_false(tck_candidate_is_down(candidate));
        expect_output_since(candidate, mark, "up");
    }
    assert_int_equal(tck_candidate_generation(candidate), 1);
    tck_candidate_stop(candidate);
}

static void candidate_that_does_not_end_when_told_is_killed_and_told_of(void **state)
{
    static const char *const argv[] = { "sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done", NULL };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_side_config config = shell(argv);
    struct tck_candidate *candidate = NULL;

    (void)state;
    config.stop_timeout = TCK_MS(100);
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    expect_output(candidate, "up");
    assert_int_equal(tck_candidate_take_down(candidate, false, &err), TCK_NO_SHOW);
    assert_string_equal(err.text, "the user function did not end within 100 ms of being told to, and was killed");
    assert_true(tck_candidate_is_down(candidate));
    tck_candidate_stop(candidate);
}

static void candidate_that_runs_already_is_neither_taken_down_nor_brought_up(void **state)
{
    struct tck_side_config config = { .address = "127.0.0.1:9", .host = "127.0.0.1", .port = 9 };
    struct tck_candidate *candidate = NULL;

    (void)state;
    assert_int_equal(tck_candidate_start(&config, &AT_ONCE, &candidate, NULL), 0);
    assert_false(tck_candidate_is_ours(candidate));
    assert_false(tck_candidate_is_down(candidate));
    assert_int_equal(tck_candidate_take_down(candidate, true, NULL), TCK_NO_SHOW);
    assert_int_equal(tck_candidate_bring_up(candidate, NULL), TCK_NO_SHOW);
    tck_candidate_stop(candidate);
}

static void port_that_was_picked_is_held_until_its_side_starts(void **state)
{
    static const char *const argv[] = { "sh", "-c", "echo port {port} in {scratch}; exec sleep 600", NULL };
    struct tck_candidate_options options = AT_ONCE;
    struct tck_side_config config = shell(argv);
    struct tck_candidate *candidate = NULL;
    struct tck_port port = TCK_PORT_INIT;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    char wanted[64];
    int fd;

    (void)state;
    assert_int_equal(tck_port_decide(&config, "the proxy", &port, NULL), 0);
    address.sin_port = htons((uint16_t)port.number);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), -1);
    options.port = &port;
    options.scratch = "/some/where";
    assert_int_equal(tck_candidate_start(&config, &options, &candidate, NULL), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    snprintf(wanted, sizeof wanted, "port %d in /some/where\n", port.number);
    expect_output(candidate, wanted);
    tck_candidate_stop(candidate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidate_gets_its_port_and_environment),
        cmocka_unit_test(candidate_that_dies_is_noticed_with_its_signal),
        cmocka_unit_test(candidate_that_lives_is_not_called_dead),
        cmocka_unit_test(candidate_that_exits_before_it_is_ready_says_its_last_line),
        cmocka_unit_test(candidate_that_never_answers_is_given_up_with_the_reason),
        cmocka_unit_test(program_that_does_not_exist_is_bad_input),
        cmocka_unit_test(port_that_is_taken_is_said_so),
        cmocka_unit_test(candidate_with_children_leaves_none_behind),
        cmocka_unit_test(candidate_dies_with_the_kit_even_by_sigkill),
        cmocka_unit_test(candidate_that_died_can_be_started_again),
        cmocka_unit_test(output_of_a_talkative_candidate_is_kept_in_part_and_made_printable),
        cmocka_unit_test(stop_command_takes_the_place_of_the_signal),
        cmocka_unit_test(candidate_that_is_taken_down_on_purpose_is_not_dead_and_comes_up_again),
        cmocka_unit_test(candidate_that_does_not_end_when_told_is_killed_and_told_of),
        cmocka_unit_test(candidate_that_runs_already_is_neither_taken_down_nor_brought_up),
        cmocka_unit_test(port_that_was_picked_is_held_until_its_side_starts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
