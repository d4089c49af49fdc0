/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/combination.h — the sides of one run: user function, tap and proxy, started in this order and stopped in the
 * reverse one.
 *
 *     r = tck_combination_open(&combination, config, &options, with_proxy, err);     // all ports are decided
 *     r = tck_combination_start_user_function(&combination, err);
 *     r = tck_combination_start_proxy(&combination, err);                            // only if something needs it
 *     … tck_combination_death(&combination, TCK_SIDE_PROXY, …), tck_combination_restart(…) …
 *     tck_combination_close(&combination);
 *
 * A user function is ready when it answers discovery, a proxy when its port answers HTTP, whatever it says, and it asked
 * the tap for discovery. One that runs already may have done so before there was a tap: there, reflection is enough.
 *
 * Threads: the tap and the candidates may be used by any thread; a side is started, restarted or ended by one at a time.
 */
#ifndef TCK_ENGINE_COMBINATION_H
#define TCK_ENGINE_COMBINATION_H

#include "candidate/candidate.h"
#include "engine/scenario_run.h"
#include "judge/judge.h"
#include "seat/tap.h"

struct tck_combination_options {
    const char *log_directory;                /* for the output of both sides; NULL: memory only */
    const char *log_suffix;                   /* of the files' names, "-2"; NULL: none */
    const volatile sig_atomic_t *interrupted; /* or NULL */
};

struct tck_combination {
    const struct tck_candidate_config *config;
    struct tck_combination_options options;
    struct tck_port ports[TCK_SIDE_COUNT];
    struct tck_named_port names[TCK_SIDE_COUNT + 1];
    char log_names[TCK_SIDE_COUNT][64];
    char scratch[256];                           /* a directory of this run; "": nobody asked for one */
    struct tck_candidate *sides[TCK_SIDE_COUNT]; /* by enum tck_side; NULL: not started (yet) */
    struct tck_tap *tap;                         /* NULL: no proxy in this run */
    struct tck_error proxy_trouble; /* status 0: none. Why the proxy cannot be started, found at the opening */
    unsigned discoveries;           /* seen at the tap before the proxy was started last */
};

/* Decides all ports, and with a proxy listens as the user function. What stands in the way of the proxy alone (its port
 * is taken, or the tap's) is the error of tck_combination_start_proxy: scenarios that need no proxy can run all the same.
 * Errors: TCK_NO_SHOW (no user function in the configuration, or its port is taken), TCK_BAD_INPUT, TCK_KIT. The options'
 * and config's texts must outlive it. In each case close it. */
int tck_combination_open(struct tck_combination *combination, const struct tck_candidate_config *config,
                         const struct tck_combination_options *options, bool with_proxy, struct tck_error *err);
/* Proxy, tap, user function: ended and freed, in this order. */
void tck_combination_close(struct tck_combination *combination);

/* Each returns when the side is ready. Errors as tck_candidate_start; the side is kept then for its output. */
int tck_combination_start_user_function(struct tck_combination *combination, struct tck_error *err);
int tck_combination_start_proxy(struct tck_combination *combination, struct tck_error *err);
/* Starts a side that died, or that a scenario left down, again. */
int tck_combination_restart(struct tck_combination *combination, enum tck_side side, struct tck_error *err);

/* "the proxy", "the bundled user function"; where there is no proxy, the user function is "the candidate". */
const char *tck_combination_side_name(const struct tck_combination *combination, enum tck_side side);

/* `act` and `can_act` of a world; the context is the combination. */
int tck_combination_act(void *context, enum tck_act act, struct tck_error *err);
bool tck_combination_can_act(void *context, enum tck_act act);

#endif
