/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs with a proxy: which sides are started, what stands in for what, and what is said when a side is not as it should
 * be. The scenarios are this test's own: what is judged is not its affair.
 */
#include <arpa/inet.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

#define SUITE(role)                                           \
    "suite: own\nrole: " role "\nprotocol: event-sourced\n"   \
    "services: [cloudstate.tck.model.EventSourcedTckModel]\n" \
    "defaults: {command: Process, event: cloudstate.tck.model.Persisted}\nscenarios:\n"
#define ANSWERED                                   \
    "  - name: a client is answered\n    steps:\n" \
    "      - call: {id: $id, actions: [{emit: {value: A}}]}\n        returns: {message: A}\n"
#define REMEMBERED(side)                                                                      \
    "  - name: what was said outlives the " side "\n    exclusive: true\n    steps:\n"        \
    "      - call: {id: $id, actions: [{emit: {value: A}}]}\n        returns: {message: A}\n" \
    "      - restart_" side ": {how: kill}\n"                                                 \
    "      - call: {id: $id}\n        returns: {message: A}\n"

#define USER_FUNCTION "user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}\n"
#define PROXY(user_function)                                               \
    "proxy: {command: [tck-proxy, --host, 127.0.0.1, --port, \"{port}\", " \
    "--user-function-port, \"" user_function "\"], ready_timeout: 20s}\n"

static void write_specs(const struct ran *ran)
{
    program_file(ran, "of-pair.yaml", SUITE("pair") ANSWERED);
    program_file(ran, "of-proxy.yaml", SUITE("proxy") ANSWERED);
    program_file(ran, "of-restarts.yaml", SUITE("pair") REMEMBERED("proxy") REMEMBERED("user_function") ANSWERED);
}

static void prepare(struct ran *ran, const char *config)
{
    program_prepare(ran);
    write_specs(ran);
    if (config)
        program_file(ran, "tck.yaml", config);
}

#define SPECS "--specs of-pair.yaml --specs of-proxy.yaml --specs of-restarts.yaml "

static json_t *report_of(const struct ran *ran, const char *name)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, name);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    if (!report)
        fail_msg("no report %s; it said:\n%s\n%s", name, ran->out, ran->err);
    return report;
}

static const char *fact(const json_t *report, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(report, "candidate"), key));

    return text ? text : "";
}

/* A socket that listens at *ret_port. */
static int take_port(int *ret_port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

/* --- which sides --- */

static void bundled_pair_is_started_told_of_and_ended(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    prepare(&ran, NULL);
    program_run(&ran, 60, "tck run " SPECS "'of-pair/**' 'of-proxy/**' 'of-restarts/**'");
    expect_exit(&ran, 0);
    expect_said(&ran, "5 passed, 0 failed, 0 skipped");
    expect_said(&ran, "user function: tck-user-function ");
    expect_said(&ran, "proxy: tck-proxy ");
    expect_valid_junit(&ran, "reports/junit.xml");
    report = report_of(&ran, "reports/report.json");
    assert_string_equal(fact(report, "proxy_name"), "tck-proxy");
    assert_string_equal(fact(report, "service_name"), "tck-user-function");
    assert_string_equal(fact(report, "proxy_output_file"), "reports/proxy.log");
    json_decref(report);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void scenarios_of_a_user_function_start_no_proxy(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    program_run(&ran, 60, "tck run --role user-function --scenario crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 0);
    expect_not_said(&ran, "proxy: ");
    report = report_of(&ran, "reports/report.json");
    assert_string_equal(fact(report, "proxy"), "");
    json_decref(report);
    assert_null(program_read(&ran, "reports/proxy.log"));
    ran_done(&ran);
}

static void user_function_alone_is_judged_in_pairs_with_the_bundled_proxy_which_is_not_judged(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, USER_FUNCTION);
    program_run(&ran, 60, "tck run --config tck.yaml " SPECS "'of-pair/**' 'of-proxy/**' crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 5); /* one that was asked for by name is skipped */
    expect_said(&ran, "2 passed, 0 failed, 1 skipped");
    expect_said(&ran, "1 skipped: the configuration has no proxy to judge");
    expect_said(&ran, ", stands in");
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void proxy_alone_has_the_bundled_user_function_behind_it_which_is_not_judged(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, PROXY("{tap.port}"));
    program_run(&ran, 60, "tck run --config tck.yaml " SPECS "'of-pair/**' 'of-proxy/**' crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 5);
    expect_said(&ran, "2 passed, 0 failed, 1 skipped");
    expect_said(&ran, "1 skipped: the configuration has no user function to judge");
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void sides_that_run_already_are_used_and_left_alone(void **state)
{
    struct ran ran = { 0 };
    int ports[3], fds[3];

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(ports); i++)
        fds[i] = take_port(&ports[i]);
    for (size_t i = 0; i < TCK_COUNT(ports); i++)
        close(fds[i]);
    prepare(&ran, NULL);
    program_run(&ran, 60,
                "env HOST=127.0.0.1 PORT=%d tck-user-function & a=$!; "
                "tck-proxy --host 127.0.0.1 --port %d --user-function-port %d & b=$!; "
                "tck run " SPECS "--attach --user-function 127.0.0.1:%d --proxy 127.0.0.1:%d --tap %d 'of-pair/**' "
                "'of-restarts/**'; r=$?; kill $a || r=90; kill $b || r=91; wait; exit $r",
                ports[0], ports[1], ports[2], ports[0], ports[1], ports[2]);
    expect_said(&ran, "2 passed, 0 failed, 2 skipped"); /* what is not ours is not restarted */
    expect_exit(&ran, 5);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

/* --- several --- */

static void combinations_end_with_a_matrix_and_the_worst_exit_code(void **state)
{
    struct ran ran = { 0 };
    json_t *first;

    (void)state;
    prepare(&ran, "combinations:\n"
                  "- {name: good, proxy: {command: [tck-proxy, --host, 127.0.0.1, --port, \"{port}\", "
                  "--user-function-port, \"{tap.port}\"]}}\n"
                  "- {name: größer, proxy: {command: [sh, -c, \"echo no luck; exit 3 # {port}\"]}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml " SPECS "'of-pair/**' 'of-proxy/**'");
    expect_exit(&ran, 3);
    expect_said(&ran, "\ncombination   passed   failed  skipped  errored    known      time  exit\n"
                      "good               2        0        0        0        0  ");
    expect_said(&ran, "\ngrößer             0        0        0        2        0  ");
    expect_said(&ran, "  0: conformant\n");
    expect_valid_junit(&ran, "reports/junit-1.xml");
    expect_valid_junit(&ran, "reports/junit-2.xml");
    first = report_of(&ran, "reports/report-1.json");
    assert_string_equal(fact(first, "proxy_output_file"), "reports/proxy-1.log");
    json_decref(first);
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void two_runs_at_once_do_not_meet(void **state)
{
    struct ran one = { 0 }, other = { 0 };
    pid_t first, second;

    (void)state;
    prepare(&one, NULL);
    prepare(&other, NULL);
    first = program_start(&one, "tck run " SPECS "--repeat 50 'of-pair/**'");
    second = program_start(&other, "tck run " SPECS "--repeat 50 'of-pair/**'");
    program_finish(&one, first, 60);
    program_finish(&other, second, 60);
    expect_exit(&one, 0);
    expect_exit(&other, 0);
    ran_done(&one);
    ran_done(&other);
}

/* --- proxies that are not as they should be --- */

static void proxy_that_does_not_come_is_told_of_and_the_user_function_is_judged_all_the_same(void **state)
{
    static const struct {
        const char *config, *says;
    } cases[] = {
        { "proxy: {command: [sh, -c, \"echo no luck; exit 3 # {port}\"]}\n",
          "the proxy exited with status 3 before it was ready; its last line: no luck" },
        { "proxy: {command: [sleep, 600], port: auto, ready_timeout: 300ms}\n", "was not ready within 300 ms" },
        { "proxy: {command: [tck-hostile-candidate, garbage], env: {PORT: \"{port}\"}, ready_timeout: 300ms}\n",
          "was not ready within 300 ms" },
        { "proxy: {command: [tck-hostile-candidate, silent], env: {PORT: \"{port}\"}, ready_timeout: 300ms}\n",
          "was not ready within 300 ms" },
        { "proxy: {command: [tck-proxy, --port, \"{port}\", --user-function-port, \"{user_function.port}\"], "
          "ready_timeout: 2s}\n",
          "it answers HTTP, but no discovery by it was answered at 127.0.0.1:" },
        { "proxy: {command: [no-such-program], port: auto}\n", "'no-such-program' cannot be started" },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        struct ran ran = { 0 };
        char config[1024];

        snprintf(config, sizeof config, USER_FUNCTION "%s", cases[i].config);
        prepare(&ran, config);
        program_run(&ran, 60, "tck run --config tck.yaml " SPECS "'of-pair/**' crdt/flag/a-new-flag-is-off");
        expect_exit(&ran, 3);
        expect_said(&ran, cases[i].says);
        expect_said(&ran, "1 passed, 0 failed, 0 skipped, 1 errored");
        expect_valid_junit(&ran, "reports/junit.xml");
        expect_no_process(&ran, 20);
        ran_done(&ran);
    }
}

static void port_that_is_taken_is_named_with_the_side_that_wanted_it(void **state)
{
    static const struct {
        const char *config, *says;
    } cases[] = {
        { USER_FUNCTION "proxy: {command: [tck-proxy], port: %d}\n", "so the proxy cannot be started there" },
        { USER_FUNCTION "proxy: {command: [tck-proxy, --port, \"{port}\"]}\ntap: {port: %d}\n",
          "as the user function of the proxy" },
        { "user_function: {command: [tck-user-function], port: %d}\n", "so the user function cannot be started there" },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        struct ran ran = { 0 };
        char config[512];
        int port, fd = take_port(&port);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(config, sizeof config, cases[i].config, port);
#pragma GCC diagnostic pop
        prepare(&ran, config);
        program_run(&ran, 60, "tck run --config tck.yaml " SPECS "'of-pair/**'");
        expect_exit(&ran, 3);
        expect_said(&ran, cases[i].says);
        expect_valid_junit(&ran, "reports/junit.xml");
        expect_no_process(&ran, 20);
        close(fd);
        ran_done(&ran);
    }
}

/* Side `name` writes its process id down; the run goes on until it is killed in the middle. */
static void kill_in_the_middle(const char *config, const char *says)
{
    tck_cleanup(tck_freep) char *text = NULL;
    struct ran ran = { 0 };
    pid_t pid;

    prepare(&ran, config);
    pid = program_start(&ran, "tck run --verbose --jobs 1 --config tck.yaml " SPECS "--repeat 600 'of-pair/**'");
    program_await(&ran, "✓ passed  of-pair/a-client-is-answered #20 ", 60);
    text = program_read(&ran, "pid");
    assert_non_null(text);
    kill(atoi(text), SIGKILL);
    program_finish(&ran, pid, 120);
    expect_said(&ran, says);
    expect_exit(&ran, 3);
    /* The others are judged by the next process. */
    expect_said(&ran, "✓ passed  of-pair/a-client-is-answered #600 ");
    expect_valid_junit(&ran, "reports/junit.xml");
    expect_no_process(&ran, 20);
    ran_done(&ran);
}

static void side_that_dies_in_the_middle_is_named_and_started_again(void **state)
{
    (void)state;
    kill_in_the_middle(USER_FUNCTION
                       "proxy: {command: [sh, -c, \"echo $$ > pid; exec tck-proxy --host 127.0.0.1 --port {port} "
                       "--user-function-port {tap.port}\"]}\n",
                       "! the proxy was killed by signal 9 (SIGKILL) during the run, and was started again");
    kill_in_the_middle("user_function: {command: [sh, -c, \"echo $$ > pid; exec tck-user-function\"], "
                       "env: {PORT: \"{port}\"}}\n" PROXY("{tap.port}"),
                       "! the user function was killed by signal 9 (SIGKILL) during the run, and was started again");
}

/* --- the end --- */

static void pair_leaves_no_process_however_the_run_ends(void **state)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGKILL };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct ran ran = { 0 };
        pid_t pid;

        prepare(&ran, NULL);
        pid = program_start(&ran, "env TMPDIR=. tck run --verbose --jobs 2 " SPECS "--repeat 5000 'of-pair/**'");
        program_await(&ran, "✓ passed", 60);
        kill(pid, signals[i]);
        program_finish(&ran, pid, 60);
        assert_true(WIFSIGNALED(ran.status));
        assert_int_equal(WTERMSIG(ran.status), signals[i]);
        if (signals[i] != SIGKILL)
            expect_valid_junit(&ran, "reports/junit.xml");
        expect_no_process(&ran, 20);
        ran_done(&ran);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundled_pair_is_started_told_of_and_ended),
        cmocka_unit_test(scenarios_of_a_user_function_start_no_proxy),
        cmocka_unit_test(user_function_alone_is_judged_in_pairs_with_the_bundled_proxy_which_is_not_judged),
        cmocka_unit_test(proxy_alone_has_the_bundled_user_function_behind_it_which_is_not_judged),
        cmocka_unit_test(sides_that_run_already_are_used_and_left_alone),
        cmocka_unit_test(combinations_end_with_a_matrix_and_the_worst_exit_code),
        cmocka_unit_test(two_runs_at_once_do_not_meet),
        cmocka_unit_test(proxy_that_does_not_come_is_told_of_and_the_user_function_is_judged_all_the_same),
        cmocka_unit_test(port_that_is_taken_is_named_with_the_side_that_wanted_it),
        cmocka_unit_test(side_that_dies_in_the_middle_is_named_and_started_again),
        cmocka_unit_test(pair_leaves_no_process_however_the_run_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
