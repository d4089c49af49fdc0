/* SPDX-License-Identifier: Apache-2.0
 *
 * A spec under test and the mistakes found in it.
 */
#ifndef TCK_TESTS_SPEC_FIXTURE_H
#define TCK_TESTS_SPEC_FIXTURE_H

#include "spec/spec.h"

struct spec_fixture {
    struct tck_spec *spec;
    struct tck_error_list errors;
};

/* For cmocka_unit_test_setup_teardown: *state is a struct spec_fixture with an empty spec. */
int spec_fixture_setup(void **state);
int spec_fixture_teardown(void **state);

/* The text as the file t.yaml and the suite t. */
int spec_fixture_load(struct spec_fixture *fixture, const char *yaml);
/* The same, of one scenario with these steps (their lines indented by six, the first is line SPEC_FIXTURE_STEPS). */
int spec_fixture_steps(struct spec_fixture *fixture, const char *protocol, const char *steps);
/* The same in a suite of this role. */
int spec_fixture_steps_of(struct spec_fixture *fixture, const char *role, const char *protocol, const char *steps);
#define SPEC_FIXTURE_STEPS 7
/* The scenario of the first suite. */
const struct tck_scenario *spec_fixture_scenario(const struct spec_fixture *fixture, size_t i);
/* Its only scenario's step. */
const struct tck_step *spec_fixture_step(const struct spec_fixture *fixture, size_t i);

/* Mistake i is this one, of t.yaml. */
void spec_fixture_assert_mistake(const struct spec_fixture *fixture, size_t i, unsigned line, unsigned column,
                                 const char *text);
/* Fails with the first mistake, if there is one. */
void spec_fixture_assert_no_mistake(const struct spec_fixture *fixture);

#endif
