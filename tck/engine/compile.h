/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/compile.h — scenarios to scripts, and every mistake that can be found before anything runs.
 *
 *     r = tck_compile(scenario, pool, arena, &script, &errors);
 *
 * Shorthands are expanded by one table per protocol (engine/envelope.h), payloads get the types of the methods'
 * descriptors, and everything that can be known is checked: fields and kinds of all literals and patterns, methods,
 * defaults, variables. Variables are taken on trust where their value is only known in the run.
 */
#ifndef TCK_ENGINE_COMPILE_H
#define TCK_ENGINE_COMPILE_H

#include "engine/script.h"

/* Compiles one scenario. pool knows the types of its services. The script lives in the arena and borrows the scenario
 * and the pool. Every mistake is added to errors with its place; returns the worst status, and *ret_script only when
 * there was none. */
int tck_compile(const struct tck_scenario *scenario, const struct tck_pool *pool, struct tck_arena *arena,
                const struct tck_script **ret_script, struct tck_error_list *errors);

/* Does the pool know all services of the scenario? If not, it can only be compiled once the candidate has told its
 * types; *ret_missing (may be NULL) is the first that it does not know. */
bool tck_compile_possible(const struct tck_scenario *scenario, const struct tck_pool *pool, const char **ret_missing);

/* All scenarios of the specs that the pool can know: what `tck validate` does. Returns the worst status. */
int tck_compile_check(const struct tck_spec *spec, const struct tck_pool *pool, struct tck_error_list *errors);

#endif
