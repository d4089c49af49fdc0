/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine_pair.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/suggest.h"
#include "engine/discovery.h"
#include "seat/service_client.h"

struct side {
    const char *program;
    char path[512], port_option[64], target_option[64];
    const char *argv[12];
    struct tck_side_config config;
    struct tck_port port;
    struct tck_candidate *candidate;
    char address[64];
};

struct engine_pair {
    struct engine_fixture *fixture;
    struct side user_function, proxy;
    struct tck_tap *tap;
    int64_t slowness, not_before; /* of the proxy's starts; when the last one may be over */
};

static int proxy_is_ready(void *context, const char *address, int64_t deadline, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_http_answer answer = { 0 };
    const struct engine_pair *pair = context;
    char url[128];
    int r;

    if (tck_now() < pair->not_before)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "it is slow");
    snprintf(url, sizeof url, "http://%s/ready", address);
    r = tck_arena_new(0, &arena, err);
    if (r == 0)
        r = tck_http(&(struct tck_http_request){ .verb = "GET", .url = url, .deadline = deadline, .name = "ready" },
                     arena, &answer, err);
    if (r == 0 && answer.status != 200)
        r = tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "it answered with %d", answer.status);
    tck_http_answer_done(&answer);
    return r == TCK_TIMED_OUT ? tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "it did not answer") : r;
}

static void start_side(struct engine_pair *pair, struct side *side, const char *program,
                       int (*ready)(void *context, const char *address, int64_t deadline, struct tck_error *err))
{
    struct tck_candidate_options options = { .what = program, .ready = ready, .context = pair, .port = &side->port };
    struct tck_error err = { 0 };
    int r;

    snprintf(side->path, sizeof side->path, "%s/%s", getenv("TCK_BIN"), program);
    side->argv[0] = side->path;
    side->config.present = true;
    side->config.command = side->argv;
    side->config.host = "127.0.0.1";
    side->config.ready_timeout = TCK_SECONDS(60);
    side->config.stop_timeout = TCK_SECONDS(20);
    side->port = (struct tck_port)TCK_PORT_INIT;
    r = tck_port_decide(&side->config, program, &side->port, &err);
    snprintf(side->port_option, sizeof side->port_option, "%d", side->port.number);
    snprintf(side->address, sizeof side->address, "127.0.0.1:%d", side->port.number);
    if (r == 0)
        r = tck_candidate_start(&side->config, &options, &side->candidate, &err);
    if (r < 0)
        fail_msg("%s: %s", program, err.text);
}

/* What scenarios do to the processes. */
static int act(void *context, enum tck_act what, struct tck_error *err)
{
    struct engine_pair *pair = context;

    switch (what) {
    case TCK_ACT_STOP_PROXY:
    case TCK_ACT_KILL_PROXY:
        return tck_candidate_take_down(pair->proxy.candidate, what == TCK_ACT_KILL_PROXY, err);
    case TCK_ACT_START_PROXY:
        pair->not_before = tck_after(pair->slowness);
        return tck_candidate_bring_up(pair->proxy.candidate, err);
    case TCK_ACT_LAUNCH_PROXY:
        return tck_candidate_launch(pair->proxy.candidate, err);
    case TCK_ACT_STOP_USER_FUNCTION:
    case TCK_ACT_KILL_USER_FUNCTION:
        return tck_candidate_take_down(pair->user_function.candidate, what == TCK_ACT_KILL_USER_FUNCTION, err);
    default:
        return tck_candidate_bring_up(pair->user_function.candidate, err);
    }
}

int engine_pair_setup(void **state)
{
    struct engine_pair *pair = calloc(1, sizeof *pair);
    struct tck_error err = { 0 };
    struct tck_world *world;

    assert_non_null(pair);
    pair->fixture = engine_fixture_new();
    pair->user_function.argv[1] = "--port";
    pair->user_function.argv[2] = pair->user_function.port_option;
    start_side(pair, &pair->user_function, "tck-user-function", tck_discovery_ready);
    if (tck_tap_new(&(struct tck_tap_options){ .address = "127.0.0.1:0", .target = pair->user_function.address },
                    &pair->tap, &err) < 0)
        fail_msg("%s", err.text);
    snprintf(pair->proxy.target_option, sizeof pair->proxy.target_option, "%d", tck_tap_port(pair->tap));
    pair->proxy.argv[1] = "--port";
    pair->proxy.argv[2] = pair->proxy.port_option;
    pair->proxy.argv[3] = "--user-function-port";
    pair->proxy.argv[4] = pair->proxy.target_option;
    pair->proxy.argv[5] = "--host";
    pair->proxy.argv[6] = "127.0.0.1";
    pair->proxy.argv[7] = "--passivation-timeout";
    pair->proxy.argv[8] = "1s";
    pair->proxy.argv[9] = "--spec-patience";
    pair->proxy.argv[10] = "60s";
    start_side(pair, &pair->proxy, "tck-proxy", proxy_is_ready);
    engine_fixture_connect(pair->fixture, pair->proxy.address);
    world = engine_fixture_world(pair->fixture);
    world->tap = pair->tap;
    world->proxy_address = pair->proxy.address;
    world->act = act;
    world->act_context = pair;
    *state = pair;
    return 0;
}

int engine_pair_teardown(void **state)
{
    struct engine_pair *pair = *state;

    if (!pair) /* its setup failed, and told why */
        return 0;
    tck_candidate_stop(pair->proxy.candidate);
    tck_tap_free(pair->tap);
    tck_candidate_stop(pair->user_function.candidate);
    engine_fixture_free(pair->fixture);
    free(pair);
    return 0;
}

struct engine_fixture *engine_pair_fixture(struct engine_pair *pair)
{
    return pair->fixture;
}

void engine_pair_patience(struct engine_pair *pair, int64_t ready_timeout)
{
    pair->proxy.config.ready_timeout = ready_timeout;
}

void engine_pair_slow_down(struct engine_pair *pair, int64_t slowness)
{
    pair->slowness = slowness;
}

static void describe(const struct tck_result *result, struct tck_buffer *out)
{
    if (result->verdict == TCK_VERDICT_PASSED) {
        tck_buffer_puts(out, "passed");
        for (size_t i = 0; i < result->deviation_count; i++)
            tck_buffer_printf(out, "; %s: %s", tck_level_word(result->deviations[i].level), result->deviations[i].text);
        for (size_t i = 0; i < result->choice_count; i++)
            tck_buffer_printf(out, "; took: %s", result->choices[i].text);
    } else {
        tck_buffer_printf(out, "%s %s: %s", tck_blame_word(result->blame), tck_cause_word(result->cause),
                          result->reason);
    }
}

void engine_pair_check(struct engine_pair *pair, const struct engine_pair_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer told = TCK_BUFFER_INIT(1 << 20);
        const struct tck_result *result = engine_fixture_run(
            pair->fixture, engine_fixture_scenario_of(pair->fixture, cases[i].role, cases[i].protocol, cases[i].extra,
                                                      cases[i].steps));

        describe(result, &told);
        if (tck_glob_match(cases[i].wanted, tck_buffer_string(&told)))
            continue;
        wrong++;
        printf("case %zu\n  wanted %s\n  was    %s\n%s", i, cases[i].wanted, tck_buffer_string(&told), cases[i].steps);
        for (size_t line = 0; line < result->transcript_count; line++)
            printf("    %s %s %s\n", result->transcript[line].conversation, result->transcript[line].arrow,
                   result->transcript[line].text);
    }
    if (wrong)
        fail_msg("%zu of %zu cases differ", wrong, count);
}
