/* SPDX-License-Identifier: Apache-2.0
 *
 * A spec of five scenarios and three rules, and lists of known failures over it.
 *
 *     s/one, s/two, s/rows[a], s/rows[b], s/last        rules R-ONE-1, R-TWO-1, R-TWO-2
 */
#ifndef TCK_TESTS_KNOWN_FIXTURE_H
#define TCK_TESTS_KNOWN_FIXTURE_H

#include "known/list.h"

/* For cmocka_unit_test_setup_teardown: *state is a struct tck_spec. */
int known_fixture_setup(void **state);
int known_fixture_teardown(void **state);

/* The list of the text as the file known.yaml; mistakes fail the test. */
struct tck_known *known_fixture_list(const struct tck_spec *spec, const char *yaml);
const struct tck_scenario *known_fixture_scenario(const struct tck_spec *spec, const char *id);

#endif
