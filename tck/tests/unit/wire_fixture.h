/* SPDX-License-Identifier: Apache-2.0
 *
 * wire_fixture.h — what the tests of matching, JSON and text need: a pool with tck.test.Kinds and the protocol in it,
 * and messages and trees from YAML.
 */
#ifndef TCK_TESTS_WIRE_FIXTURE_H
#define TCK_TESTS_WIRE_FIXTURE_H

#include "wire/match.h"

struct wire_fixture {
    struct tck_pool *pool;
    struct tck_arena *arena;
};

/* For cmocka's setup and teardown; *state is a struct wire_fixture. */
int wire_fixture_setup(void **state);
int wire_fixture_teardown(void **state);

const ProtobufCMessageDescriptor *wire_fixture_type(const struct wire_fixture *fixture, const char *name);
/* These fail the test on a mistake. */
const struct tck_tree *wire_fixture_tree(const struct wire_fixture *fixture, const char *yaml);
ProtobufCMessage *wire_fixture_message(const struct wire_fixture *fixture, const char *type, const char *yaml);
ProtobufCMessage *wire_fixture_from_hex(const struct wire_fixture *fixture, const char *type, const char *hex);

#endif
