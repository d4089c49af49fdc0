/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_pair.h — scenarios in front of a proxy, run against the reference backend and the reference user function,
 * which are processes, with a tap of this one between them.
 *
 * The pair keeps the rules, so a scenario that wants what they do passes, and one that wants something else must fail
 * and say so. A case is one of either.
 */
#ifndef TCK_TESTS_ENGINE_PAIR_H
#define TCK_TESTS_ENGINE_PAIR_H

#include "engine_fixture.h"

struct engine_pair_case {
    const char *role;
    enum tck_protocol protocol;
    const char *extra, *steps;
    const char *wanted; /* "passed", or "<blame> <cause>: <reason>" as a glob */
};

/* For cmocka's group setup and teardown; *state is a struct engine_pair. Where the programs are is told by TCK_BIN. */
int engine_pair_setup(void **state);
int engine_pair_teardown(void **state);

struct engine_pair;
struct engine_fixture *engine_pair_fixture(struct engine_pair *pair);
/* From now on each start of the proxy takes so long, at least. */
void engine_pair_slow_down(struct engine_pair *pair, int64_t slowness);
/* The proxy has so long to be ready, from its next start on. */
void engine_pair_patience(struct engine_pair *pair, int64_t ready_timeout);
/* Runs all, prints those that differ, and fails the test if any does. */
void engine_pair_check(struct engine_pair *pair, const struct engine_pair_case *cases, size_t count);

#endif
