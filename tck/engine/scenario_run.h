/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/scenario_run.h — performs one script against a candidate and says what came of it.
 *
 * The first thing that is not as the scenario wants ends it: the result then names the step, what was expected and what
 * came. Rules that the judges find broken count by their level, whatever the scenario thought of the message. After the
 * last step what is still open is half-closed, and whatever arrives then that no step expected counts as well.
 *
 * Threads: scenarios of one world run side by side, each with a channel of its own thread.
 */
#ifndef TCK_ENGINE_SCENARIO_RUN_H
#define TCK_ENGINE_SCENARIO_RUN_H

#include <signal.h>
#include <stdatomic.h>

#include "candidate/candidate.h"
#include "engine/script.h"
#include "seat/recording.h"
#include "seat/tap.h"
#include "transport/client.h"
#include "verdict/listener.h"

/* How long a stream may take to end after the last step; one that takes longer is reset, and nothing is said of it. */
#define TCK_DRAIN_GRACE TCK_MS(200)

/* Ids that no entity of any run had before. */
struct tck_fresh_ids {
    uint32_t nonce; /* of the run */
    atomic_uint_fast64_t count;
};
void tck_fresh_ids_init(struct tck_fresh_ids *ids);
/* "GCounter-7f3a9c01-12"; NULL when the arena is full. */
const char *tck_fresh_id(struct tck_fresh_ids *ids, const char *prefix, struct tck_arena *arena);

/* What can be done to the processes behind and in front of the tap. id, meaning */
#define TCK_ACT_MAP(XX)                                                     \
    XX(STOP_PROXY, "ends it as the system does, and returns when it ended") \
    XX(KILL_PROXY, "ends it at once")                                       \
    XX(START_PROXY, "starts it, and returns when it is ready")              \
    XX(LAUNCH_PROXY, "starts it, and returns at once")                      \
    XX(STOP_USER_FUNCTION, "as above")                                      \
    XX(KILL_USER_FUNCTION, "as above")                                      \
    XX(START_USER_FUNCTION, "starts it, tells the tap, and returns when it is ready")

#define XX(id, ...) TCK_ACT_##id,
enum tck_act { TCK_ACT_MAP(XX) TCK_ACT_COUNT };
#undef XX

/* What the scenarios of a run share. */
struct tck_world {
    const struct tck_spec *spec;     /* for the levels of rules; NULL: every rule is a must */
    struct tck_candidate *candidate; /* the user function; NULL: no process is known */
    struct tck_fresh_ids *ids;
    int64_t timeout;                          /* of each scenario and its steps, in place of theirs; 0: theirs */
    bool strict, upstream;                    /* which levels fail */
    bool transcripts;                         /* also of scenarios that passed */
    const volatile sig_atomic_t *interrupted; /* or NULL */
    atomic_uint *in_flight;              /* scenarios that run at this moment, for the report of a death; or NULL */
    const struct tck_listener *listener; /* or NULL */

    /* --- where there is a proxy: for scenarios of role proxy and pair --- */

    struct tck_candidate *proxy; /* NULL: no process is known */
    struct tck_tap *tap;         /* between the proxy and the user function; NULL: no such scenario can run */
    const char *proxy_address;   /* of its gRPC and HTTP port: "127.0.0.1:9000" */
    bool durable;                /* what the proxy stored outlives its process */
    /* Acts on a process; for scenarios that run alone. Returns 0, or negative with the reason in err; TCK_NO_SHOW: it
     * did not become ready (or did not end) within its own time. NULL, or false from can_act: the process is not ours. */
    int (*act)(void *context, enum tck_act act, struct tck_error *err);
    bool (*can_act)(void *context, enum tck_act act);
    bool lifts; /* a proxy that a scenario leaves down is started again by whoever runs scenarios, before the next */
    void *act_context;
};

/* channel: to the user function; for scenarios of role proxy and pair to the proxy.
 * Runs the script and fills the result, whose scenario must be the script's. In every case the result says what came of
 * it; a negative status says that the kit itself failed (the result is then errored, with that reason). */
int tck_scenario_run(const struct tck_world *world, struct tck_channel *channel, const struct tck_script *script,
                     struct tck_result *result, struct tck_error *err);

#endif
