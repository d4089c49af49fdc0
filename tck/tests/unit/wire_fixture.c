/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "builtin_descriptors.h"

extern const unsigned char wire_kinds[];
extern const size_t wire_kinds_size;

int wire_fixture_setup(void **state)
{
    struct wire_fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture || tck_arena_new(0, &fixture->arena, NULL) < 0 || tck_pool_new(NULL, &fixture->pool, NULL) < 0 ||
        tck_pool_add(fixture->pool, "the protocol", tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size),
                     NULL) < 0 ||
        tck_pool_add(fixture->pool, "wire_kinds.proto", tck_bytes(wire_kinds, wire_kinds_size), NULL) < 0)
        return -1;
    *state = fixture;
    return 0;
}

int wire_fixture_teardown(void **state)
{
    struct wire_fixture *fixture = *state;

    tck_arena_free(fixture->arena);
    tck_pool_free(fixture->pool);
    free(fixture);
    return 0;
}

static void must(int r, struct tck_error *err, const char *what)
{
    char text[2048];

    if (r >= 0)
        return;
    tck_error_text(err, text, sizeof text);
    tck_error_done(err);
    fail_msg("%s: %s", what, text);
}

const ProtobufCMessageDescriptor *wire_fixture_type(const struct wire_fixture *fixture, const char *name)
{
    const ProtobufCMessageDescriptor *descriptor = tck_pool_find_message(fixture->pool, name);

    if (!descriptor)
        fail_msg("no type %s", name);
    return descriptor;
}

const struct tck_tree *wire_fixture_tree(const struct wire_fixture *fixture, const char *yaml)
{
    struct tck_error_list errors = { 0 };
    struct tck_error none = { 0 };
    const struct tck_tree *tree = NULL;
    int r = tck_tree_parse_yaml("test", tck_bytes(yaml, strlen(yaml)), fixture->arena, &tree, &errors);

    must(r, errors.count ? &errors.items[0] : &none, yaml);
    tck_error_list_done(&errors);
    return tree;
}

ProtobufCMessage *wire_fixture_message(const struct wire_fixture *fixture, const char *type, const char *yaml)
{
    struct tck_error err = { 0 };
    ProtobufCMessage *message = NULL;

    must(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, type), wire_fixture_tree(fixture, yaml), NULL,
                               fixture->arena, &message, &err),
         &err, yaml);
    return message;
}

ProtobufCMessage *wire_fixture_from_hex(const struct wire_fixture *fixture, const char *type, const char *hex)
{
    size_t size = strlen(hex) / 2;
    uint8_t *bytes = tck_arena_alloc(fixture->arena, size);
    struct tck_error err = { 0 };
    ProtobufCMessage *message = NULL;

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    must(tck_message_unpack(wire_fixture_type(fixture, type), tck_bytes(bytes, size), fixture->arena, &message, &err),
         &err, hex);
    return message;
}
