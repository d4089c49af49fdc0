/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/combination.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/discovery.h"
#include "seat/service_client.h"

#define TAP_HOST "127.0.0.1"

static const struct tck_side_config *config_of(const struct tck_combination *combination, enum tck_side side)
{
    return side == TCK_SIDE_PROXY ? &combination->config->proxy : &combination->config->user_function;
}

static const char *side_noun(const struct tck_combination *combination, enum tck_side side)
{
    const bool stand_in = config_of(combination, side)->stand_in;

    if (side == TCK_SIDE_PROXY)
        return stand_in ? "the bundled proxy" : "the proxy";
    return stand_in ? "the bundled user function" : "the user function";
}

const char *tck_combination_side_name(const struct tck_combination *combination, enum tck_side side)
{
    return side == TCK_SIDE_USER_FUNCTION && !combination->sides[TCK_SIDE_PROXY] ? "the candidate"
                                                                                 : side_noun(combination, side);
}

/* --- opening --- */

static int listen_as_user_function(struct tck_combination *combination, struct tck_error *err)
{
    struct tck_tap_options options = { 0 };
    char address[64];
    int r;

    snprintf(address, sizeof address, TAP_HOST ":%d", combination->config->tap_port);
    options.address = address;
    r = tck_tap_new(&options, &combination->tap, err);
    return r == TCK_NO_SHOW ? tck_wrap(err, r, "the kit cannot listen at %s as the user function of the proxy", address)
                            : r;
}

static int open_for_proxy(struct tck_combination *combination, struct tck_error *err)
{
    int r = tck_port_decide(&combination->config->proxy, side_noun(combination, TCK_SIDE_PROXY),
                            &combination->ports[TCK_SIDE_PROXY], err);

    return r < 0 ? r : listen_as_user_function(combination, err);
}

/* Ports of sides that are not part of this run are what the configuration says, 0 if the system would have picked. */
static void name_ports(struct tck_combination *combination)
{
    const struct tck_candidate_config *config = combination->config;
    const int proxy_port = combination->ports[TCK_SIDE_PROXY].number;

    combination->names[0] =
        (struct tck_named_port){ "user_function.port", combination->ports[TCK_SIDE_USER_FUNCTION].number };
    combination->names[1] = (struct tck_named_port){ "proxy.port", proxy_port ? proxy_port : config->proxy.port };
    combination->names[2] =
        (struct tck_named_port){ "tap.port", combination->tap ? tck_tap_port(combination->tap) : config->tap_port };
}

/* Where a side keeps what shall outlive its process, but not the run. */
static int make_scratch(struct tck_combination *combination, struct tck_error *err)
{
    const char *parent = getenv("TMPDIR");
    char template[sizeof combination->scratch];

    if (!tck_config_mentions(&combination->config->user_function, "{scratch}") &&
        !tck_config_mentions(&combination->config->proxy, "{scratch}"))
        return 0;
    if (!parent || !parent[0])
        parent = "/tmp";
    snprintf(template, sizeof template, "%s/tck-XXXXXX", parent);
    if (!mkdtemp(template))
        return tck_fail(err, TCK_KIT, (struct tck_place){ .name = parent },
                        "no directory for this run can be made here: %s", strerror(errno));
    memcpy(combination->scratch, template, sizeof template);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)kind;
    (void)ftw;
    remove(path); /* what cannot be removed stays: it is in a directory for what is temporary */
    return 0;
}

static void remove_scratch(struct tck_combination *combination)
{
    if (combination->scratch[0])
        nftw(combination->scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    combination->scratch[0] = '\0';
}

int tck_combination_open(struct tck_combination *combination, const struct tck_candidate_config *config,
                         const struct tck_combination_options *options, bool with_proxy, struct tck_error *err)
{
    static const char *const log_names[] = { [TCK_SIDE_PROXY] = "proxy", [TCK_SIDE_USER_FUNCTION] = "user-function" };
    int r;

    memset(combination, 0, sizeof *combination);
    combination->config = config;
    combination->options = *options;
    for (size_t i = 0; i < TCK_SIDE_COUNT; i++) {
        combination->ports[i] = (struct tck_port)TCK_PORT_INIT;
        snprintf(combination->log_names[i], sizeof combination->log_names[i], "%s%s", log_names[i],
                 options->log_suffix ? options->log_suffix : "");
    }
    if (!config->user_function.present)
        return tck_fail(err, TCK_NO_SHOW, config->place, "the configuration names no user_function to judge");
    r = tck_port_decide(&config->user_function, side_noun(combination, TCK_SIDE_USER_FUNCTION),
                        &combination->ports[TCK_SIDE_USER_FUNCTION], err);
    if (r < 0)
        return r;
    if (with_proxy && (r = open_for_proxy(combination, &combination->proxy_trouble)) == TCK_KIT) {
        tck_error_move(err, &combination->proxy_trouble);
        return r;
    }
    name_ports(combination);
    return make_scratch(combination, err);
}

void tck_combination_close(struct tck_combination *combination)
{
    tck_candidate_stop(TCK_TAKE(combination->sides[TCK_SIDE_PROXY]));
    tck_tap_free(TCK_TAKE(combination->tap));
    tck_candidate_stop(TCK_TAKE(combination->sides[TCK_SIDE_USER_FUNCTION]));
    for (size_t i = 0; i < TCK_SIDE_COUNT; i++)
        if (combination->config) /* it was opened */
            tck_port_let_go(&combination->ports[i]);
    tck_error_done(&combination->proxy_trouble);
    remove_scratch(combination);
}

/* --- ready? --- */

static int answers_http(const char *address, int64_t deadline, const volatile sig_atomic_t *interrupted,
                        struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_http_answer answer = { 0 };
    char url[300];
    int r, status;

    snprintf(url, sizeof url, "http://%s/", address);
    r = tck_arena_new(0, &arena, err);
    if (r < 0)
        return r;
    r = tck_http(
        &(struct tck_http_request){ .verb = "GET", .url = url, .deadline = deadline, .interrupted = interrupted },
        arena, &answer, err);
    if (r < 0)
        return r;
    if (r == TCK_TIMED_OUT)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "%s was not answered in time", url);
    status = answer.status;
    if (status == 0)
        tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "%s was not answered: %s", url, answer.text);
    tck_http_answer_done(&answer);
    return status == 0 ? TCK_NO_SHOW : 0;
}

static int answers_reflection(const char *address, int64_t deadline, struct tck_error *err)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    int r = tck_channel_new(address, NULL, &channel, err);

    if (r == 0)
        r = tck_pool_new(NULL, &pool, err);
    return r < 0 ? r : tck_reflect(channel, deadline, pool, err);
}

static bool asked_for_discovery(const struct tck_combination *combination)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer spec = TCK_BUFFER_INIT(SIZE_MAX / 2);

    return tck_tap_discoveries(combination->tap) != combination->discoveries &&
           tck_tap_entity_spec(combination->tap, &spec) == 0;
}

static int proxy_ready(void *context, const char *address, int64_t deadline, struct tck_error *err)
{
    const struct tck_combination *combination = context;
    int r = answers_http(address, deadline, combination->options.interrupted, err);

    if (r < 0 || asked_for_discovery(combination))
        return r;
    if (combination->config->proxy.address && answers_reflection(address, deadline, NULL) == 0)
        return 0;
    return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE,
                    "it answers HTTP, but no discovery by it was answered at %s: is it told that its user function "
                    "listens there?",
                    tck_tap_address(combination->tap));
}

/* --- starting --- */

static int start(struct tck_combination *combination, enum tck_side side, struct tck_error *err)
{
    struct tck_candidate_options options = { .what = side_noun(combination, side),
                                             .log_directory = combination->options.log_directory,
                                             .log_name = combination->log_names[side],
                                             .ready = side == TCK_SIDE_PROXY ? proxy_ready : tck_discovery_ready,
                                             .context = combination,
                                             .interrupted = combination->options.interrupted,
                                             .ports = combination->names,
                                             .port_count = TCK_COUNT(combination->names),
                                             .scratch = combination->scratch[0] ? combination->scratch : NULL,
                                             .port = &combination->ports[side] };

    return tck_candidate_start(config_of(combination, side), &options, &combination->sides[side], err);
}

/* A new user function may be behind the old address: the tap's connection must not go on waiting for the old one. */
static int tell_tap(struct tck_combination *combination, struct tck_error *err)
{
    if (!combination->tap)
        return 0;
    return tck_tap_set_target(combination->tap, tck_candidate_address(combination->sides[TCK_SIDE_USER_FUNCTION]), err);
}

int tck_combination_start_user_function(struct tck_combination *combination, struct tck_error *err)
{
    int r = start(combination, TCK_SIDE_USER_FUNCTION, err);

    return r < 0 ? r : tell_tap(combination, err);
}

int tck_combination_start_proxy(struct tck_combination *combination, struct tck_error *err)
{
    if (combination->proxy_trouble.status < 0) {
        int r = combination->proxy_trouble.status;

        tck_error_move(err, &combination->proxy_trouble);
        return r;
    }
    combination->discoveries = tck_tap_discoveries(combination->tap);
    return start(combination, TCK_SIDE_PROXY, err);
}

static int bring_up(struct tck_combination *combination, enum tck_side side, struct tck_error *err)
{
    int r;

    if (side == TCK_SIDE_PROXY && tck_candidate_is_down(combination->sides[side]))
        combination->discoveries = tck_tap_discoveries(combination->tap);
    r = tck_candidate_bring_up(combination->sides[side], err);
    return r < 0 || side == TCK_SIDE_PROXY ? r : tell_tap(combination, err);
}

int tck_combination_restart(struct tck_combination *combination, enum tck_side side, struct tck_error *err)
{
    int r;

    if (tck_candidate_is_down(combination->sides[side]))
        return bring_up(combination, side, err);
    if (side == TCK_SIDE_PROXY)
        combination->discoveries = tck_tap_discoveries(combination->tap);
    r = tck_candidate_restart(combination->sides[side], err);
    return r < 0 || side == TCK_SIDE_PROXY ? r : tell_tap(combination, err);
}

/* --- what scenarios do to them --- */

enum deed { DEED_STOP, DEED_KILL, DEED_START, DEED_LAUNCH };

static const struct {
    enum tck_side side;
    enum deed deed;
} acts[TCK_ACT_COUNT] = {
    [TCK_ACT_STOP_PROXY] = { TCK_SIDE_PROXY, DEED_STOP },
    [TCK_ACT_KILL_PROXY] = { TCK_SIDE_PROXY, DEED_KILL },
    [TCK_ACT_START_PROXY] = { TCK_SIDE_PROXY, DEED_START },
    [TCK_ACT_LAUNCH_PROXY] = { TCK_SIDE_PROXY, DEED_LAUNCH },
    [TCK_ACT_STOP_USER_FUNCTION] = { TCK_SIDE_USER_FUNCTION, DEED_STOP },
    [TCK_ACT_KILL_USER_FUNCTION] = { TCK_SIDE_USER_FUNCTION, DEED_KILL },
    [TCK_ACT_START_USER_FUNCTION] = { TCK_SIDE_USER_FUNCTION, DEED_START },
};

bool tck_combination_can_act(void *context, enum tck_act act)
{
    const struct tck_combination *combination = context;
    const struct tck_candidate *candidate = combination->sides[acts[act].side];

    return candidate && tck_candidate_is_ours(candidate);
}

int tck_combination_act(void *context, enum tck_act act, struct tck_error *err)
{
    struct tck_combination *combination = context;
    const enum tck_side side = acts[act].side;

    if (!combination->sides[side])
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "%s was not started", side_noun(combination, side));
    switch (acts[act].deed) {
    case DEED_START:
        return bring_up(combination, side, err);
    case DEED_LAUNCH:
        combination->discoveries = tck_tap_discoveries(combination->tap);
        return tck_candidate_launch(combination->sides[side], err);
    default:
        return tck_candidate_take_down(combination->sides[side], acts[act].deed == DEED_KILL, err);
    }
}
