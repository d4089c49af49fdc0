/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_fixture.h — scenarios run against a user function whose every answer is written down, in this process.
 *
 * Its script is that of engine_scripted.h.
 */
#ifndef TCK_TESTS_ENGINE_FIXTURE_H
#define TCK_TESTS_ENGINE_FIXTURE_H

#include "engine/compile.h"
#include "engine/scenario_run.h"

struct engine_fixture;

struct engine_fixture *engine_fixture_new(void);
void engine_fixture_free(struct engine_fixture *fixture);
/* For cmocka's setup and teardown; *state is a struct engine_fixture. */
int engine_fixture_setup(void **state);
int engine_fixture_teardown(void **state);

const struct tck_pool *engine_fixture_pool(struct engine_fixture *fixture);
/* "127.0.0.1:port" of the scripted user function. */
const char *engine_fixture_address(const struct engine_fixture *fixture);
/* From now on calls are answered by this script. */
void engine_fixture_answer(struct engine_fixture *fixture, const char *script);
/* Strict, upstream and the like; reset by every engine_fixture_answer. */
struct tck_world *engine_fixture_world(struct engine_fixture *fixture);
/* What the user function received, as text forms, one a line; valid until the next answer. */
const char *engine_fixture_received(struct engine_fixture *fixture);

/* A suite around steps: services, defaults and all of the protocol's TCK model. extra: more keys of the scenario, one a
 * line, or NULL. The test fails on mistakes. */
const struct tck_scenario *engine_fixture_scenario(struct engine_fixture *fixture, enum tck_protocol protocol,
                                                   const char *extra, const char *steps);
/* The same in a suite of this role. */
const struct tck_scenario *engine_fixture_scenario_of(struct engine_fixture *fixture, const char *role,
                                                      enum tck_protocol protocol, const char *extra, const char *steps);
/* Scenarios run against what listens there from now on. */
void engine_fixture_connect(struct engine_fixture *fixture, const char *address);
/* A spec of a whole suite's text; the test fails on mistakes. It lives as long as the fixture. */
const struct tck_spec *engine_fixture_spec(struct engine_fixture *fixture, const char *yaml);
/* The mistakes that compiling finds, "line: text" each on a line; "" for none. */
const char *engine_fixture_mistakes(struct engine_fixture *fixture, const struct tck_scenario *scenario);
/* Runs it. The result lives until the next run. */
const struct tck_result *engine_fixture_run(struct engine_fixture *fixture, const struct tck_scenario *scenario);

/* A conversation and what must come of it: "passed", or "<cause>: <reason>" as a glob (base/suggest.h). */
struct engine_case {
    enum tck_protocol protocol;
    const char *extra, *steps, *candidate, *wanted;
};
/* Runs all, prints those that differ, and fails the test if any does. */
void engine_fixture_check(struct engine_fixture *fixture, const struct engine_case *cases, size_t count);

#endif
