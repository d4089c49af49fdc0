/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "testing.h"
#include "wire/message.h"
#include "wire_fixture.h"

extern const unsigned char wire_old[];
extern const size_t wire_old_size;

#define KINDS      "tck.test.Kinds"
#define REQUEST    "cloudstate.tck.model.Request"
#define STRING_URL "p.cloudstate.io/string"

static int setup(void **state)
{
    struct wire_fixture *fixture;

    if (wire_fixture_setup(state) != 0)
        return -1;
    fixture = *state;
    if (tck_pool_alias(fixture->pool, STRING_URL, "google.protobuf.StringValue", NULL) < 0)
        return -1;
    return tck_pool_add(fixture->pool, "wire_old.proto", tck_bytes(wire_old, wire_old_size), NULL);
}

static void hex_of(const ProtobufCMessage *message, char hex[512])
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(255);

    assert_int_equal(tck_message_pack(message, &out, NULL), 0);
    hex[0] = '\0';
    for (size_t i = 0; i < out.size; i++)
        snprintf(hex + 2 * i, 3, "%02x", (unsigned char)out.data[i]);
}

static void assert_says(const struct wire_fixture *fixture, const ProtobufCMessage *message, const char *wanted)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    const struct tck_tree *tree = NULL;

    assert_int_equal(tck_message_to_tree(fixture->pool, message, fixture->arena, &tree, NULL), 0);
    tck_tree_print(tree, &out);
    assert_string_equal(tck_buffer_string(&out), wanted);
}

/* type, literal, its bytes, the literal that they are said as (NULL: the same) */
// clang-format off
static const struct { const char *type, *literal, *hex, *said; } literals[] = {
    { REQUEST, "{actions: [{emit: {value: A}}]}", "1205" "0a03" "0a0141", NULL },
    { KINDS, "null", "", "{}" },
    { KINDS, "{int32Field: \"5\", otherName: 6}", "0805" "d80506", "{int32_field: 5, named_otherwise: 6}" },
    { KINDS, "{int32_field: 1.0, int64_field: 1e3}", "0801" "10e807", "{int32_field: 1, int64_field: 1000}" },
    { KINDS, "{int32_field: 0x10, int64_field: -0}", "0810", "{int32_field: 16}" },
    { KINDS, "{string_field: null, words: null, leaf: null}", "", "{}" },
    { KINDS, "{string_field: \"\", int32_field: 0, bytes_field: \"\"}", "", "{}" },
    { KINDS, "{maybe_int32: 0, maybe_string: \"\"}", "980100" "a20100", NULL },
    { KINDS, "{bytes_field: {hex: 00 ff}}", "7a02" "00ff", "{bytes_field: \"AP8=\"}" },
    { KINDS, "{bytes_field: _-8}", "7a02" "ffef", "{bytes_field: \"/+8=\"}" },
    { KINDS, "{colour: -1}", "8001" "ffffffffffffffffff01", "{colour: DEEP}" },
    { KINDS, "{colour: 9}", "800109", NULL },
    { KINDS, "{float_field: 0.1, double_field: 0.1}", "5dcdcccc3d" "619a9999999999b93f", NULL },
    { KINDS, "{float_field: Infinity, double_field: \"-Infinity\"}", "5d0000807f" "61000000000000f0ff",
      "{float_field: .inf, double_field: -.inf}" },
    { KINDS, "{chosen_leaf: {}}", "9a0300", NULL },
    { KINDS, "{chosen_bool: false}", "b00300", NULL },
    { KINDS, "{chosen_null: null}", "b80300", NULL },
    { KINDS, "{by_string: {a: b, \"\": \"\"}}", "ca0206" "0a0161" "120162" "ca0204" "0a00" "1200", NULL },
    { KINDS, "{by_int32: {\"-1\": {}}}", "d2020d" "08ffffffffffffffffff01" "1200", NULL },
    { KINDS, "{by_bool: {\"true\": AQ==}}", "f20205" "0801" "120101", "{by_bool: {true: \"AQ==\"}}" },
    { KINDS, "{by_string: [{key: a}, {key: a, value: b}]}", "ca0205" "0a0161" "1200" "ca0206" "0a0161" "120162",
      "{by_string: [{key: a, value: \"\"}, {key: a, value: b}]}" },
    { KINDS, "{by_int32: [{key: 1}]}", "d20204" "0801" "1200", "{by_int32: {1: {}}}" },
    { KINDS, "{any: {}}", "ea0300", NULL },
    { KINDS, "{any: {\"@type\": x.org/tck.test.Leaf, weight: 5}}",
      "ea0319" "0a13782e6f72672f74636b2e746573742e4c656166" "12021005", "{any: {\"@type\": x.org/tck.test.Leaf, weight: 5}}" },
    { KINDS, "{any: {\"@value\": {hex: \"00\"}, \"@type\": a/b}}", "ea0308" "0a03612f62" "120100", "{any: {\"@type\": a/b, \"@value\": \"AA==\"}}" },
    { KINDS, "{any: {\"@fields\": {type_url: x, value: AA==}}}", "ea0306" "0a0178" "120100", "{any: {\"@fields\": {type_url: x, value: \"AA==\"}}}" },
    { KINDS, "{timestamp: \"1970-01-01T00:00:00Z\"}", "fa0300", NULL },
    { KINDS, "{timestamp: \"1970-01-01T01:00:00+01:00\"}", "fa0300", "{timestamp: \"1970-01-01T00:00:00Z\"}" },
    { KINDS, "{timestamp: \"1969-12-31T23:59:59.5Z\"}", "fa0311" "08ffffffffffffffffff01" "1080cab5ee01",
      "{timestamp: \"1969-12-31T23:59:59.500Z\"}" },
    { KINDS, "{timestamp: \"9999-12-31T23:59:59.999999999Z\"}", "fa030d" "08ff82d1ffaf07" "10ff93ebdc03", NULL },
    { KINDS, "{timestamp: \"0001-01-01T00:00:00Z\"}", "fa030b" "088092b8c398feffffff01" , NULL },
    { KINDS, "{timestamp: \"2000-02-29T12:30:45Z\"}", "fa0306" "08f5f7eec503", NULL },
    { KINDS, "{timestamp: {seconds: 5, nanos: -1}}", "fa030d" "0805" "10ffffffffffffffffff01", "{timestamp: {\"@fields\": {seconds: 5, nanos: -1}}}" },
    { KINDS, "{duration: 1.5s}", "820408" "0801" "1080cab5ee01", "{duration: 1.500s}" },
    { KINDS, "{duration: \"-0.5s\"}", "82040b" "1080b6ca91feffffffff01", "{duration: \"-0.500s\"}" },
    { KINDS, "{field_mask: \"aB,c.dE\"}", "8a040c" "0a03615f62" "0a05632e645f65", NULL },
    { KINDS, "{field_mask: \"\"}", "8a0400", NULL },
    { KINDS, "{struct: {}, value: null, list_value: []}", "920400" "9a0402" "0800" "a20400", NULL },
    { KINDS, "{value: 1.5}", "9a0409" "11000000000000f83f", NULL },
    { KINDS, "{value: [true, a]}", "9a040b" "3209" "0a022001" "0a031a0161", NULL },
    { KINDS, "{struct: {\"@fields\": {fields: {\"@fields\": 1}}}}", NULL, "{struct: {\"@fields\": {fields: {\"@fields\": 1}}}}" },
    { KINDS, "{value: {\"@fields\": {}}}", "9a0400", NULL },
    { KINDS, "{wrapped_bool: false, wrapped_string: \"\", wrapped_bytes: {hex: \"\"}}", "ba0400" "f20400" "fa0400",
      "{wrapped_bool: false, wrapped_string: \"\", wrapped_bytes: \"\"}" },
    { KINDS, "{wrapped_int64: \"-1\"}", "ca040b" "08ffffffffffffffffff01", "{wrapped_int64: -1}" },
    { KINDS, "{wrapped_bool: {\"@unknown\": [{number: 5, varint: 1}]}}", "ba0402" "2801", "{wrapped_bool: {\"@fields\": {\"@unknown\": [{number: 5, varint: 1}]}}}" },
    { "tck.old.Old", "{name: \"\", text: abc}", "0a00" "1a03616263", "{name: \"\", text: abc}" },
};
// clang-format on

static void literal_becomes_these_bytes_and_they_are_said_as_a_literal(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(literals); i++) {
        ProtobufCMessage *message = wire_fixture_message(fixture, literals[i].type, literals[i].literal), *again;
        char hex[512], hex_again[512];
        const char *said = literals[i].said ? literals[i].said : literals[i].literal;

        hex_of(message, hex);
        if (literals[i].hex)
            assert_string_equal(hex, literals[i].hex);
        assert_says(fixture, message, said);
        again = wire_fixture_message(fixture, literals[i].type, said);
        hex_of(again, hex_again);
        assert_string_equal(hex_again, hex);
    }
}

static void literal_any_may_hold_any_type(void **state)
{
    static const struct {
        const char *literal, *type_url;
    } anys[] = {
        { "{\"@type\": tck.test.Leaf, value: x}", "type.googleapis.com/tck.test.Leaf" },
        { "{\"@type\": p.cloudstate.io/string, value: a}", "p.cloudstate.io/string" },
        { "{\"@type\": google.protobuf.Duration, value: 3s}", "type.googleapis.com/google.protobuf.Duration" },
        { "{\"@type\": google.protobuf.Struct, value: {value: 1}}", "type.googleapis.com/google.protobuf.Struct" },
        { "{\"@type\": google.protobuf.Any, value: {\"@type\": tck.test.Leaf, value: x}}",
          "type.googleapis.com/google.protobuf.Any" },
        { "{\"@type\": google.protobuf.Timestamp, \"@fields\": {nanos: -1}}",
          "type.googleapis.com/google.protobuf.Timestamp" },
        { "{\"@type\": google.protobuf.Empty}", "type.googleapis.com/google.protobuf.Empty" },
        { "{\"@type\": tck.test.Leaf, \"@value\": \"CgA=\"}", "type.googleapis.com/tck.test.Leaf" }, /* not canonical */
        /* its fields in another order: as long as the canonical bytes, but not they */
        { "{\"@type\": tck.test.Leaf, \"@value\": \"EAUKAWE=\"}", "type.googleapis.com/tck.test.Leaf" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(anys); i++) {
        const ProtobufCMessage *any = wire_fixture_message(fixture, "google.protobuf.Any", anys[i].literal);

        assert_string_equal(*(char *const *)((const char *)any + any->descriptor->fields[0].offset), anys[i].type_url);
        assert_says(fixture, any, anys[i].literal);
    }
}

static void literal_any_of_the_string_type_is_a_plain_string(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    struct wire_fixture own = *fixture;
    char plain[512], spelled[512];

    assert_int_equal(tck_pool_new(fixture->pool, &pool, NULL), 0);
    assert_int_equal(tck_pool_set_string_any(pool, STRING_URL, NULL), 0);
    own.pool = pool;
    hex_of(wire_fixture_message(&own, "google.protobuf.Any", "a"), plain);
    hex_of(wire_fixture_message(&own, "google.protobuf.Any", "{\"@type\": " STRING_URL ", value: a}"), spelled);
    assert_string_equal(plain, spelled);
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Any", "a"), "a");
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Any", "\"\""), "\"\"");
    /* the canonical form of an empty string is no bytes at all */
    hex_of(wire_fixture_message(&own, "google.protobuf.Any", "\"\""), plain);
    assert_string_equal(plain, "0a16702e636c6f756473746174652e696f2f737472696e67");
}

static void literal_anys_inside_anys_are_opened_to_a_bound(void **state)
{
    struct wire_fixture *fixture = *state;
    const ProtobufCMessageDescriptor *type = wire_fixture_type(fixture, "google.protobuf.Any");
    ProtobufCMessage *any = wire_fixture_message(fixture, "google.protobuf.Any", "{\"@type\": tck.test.Leaf}"),
                     *again = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer outer = TCK_BUFFER_INIT(1 << 20), inner = TCK_BUFFER_INIT(1 << 20);
    const struct tck_tree *tree = NULL;

    for (int i = 0; i < 1000; i++) {
        ProtobufCMessage *around = NULL;
        struct tck_tree *map = tck_tree_map(fixture->arena, TCK_NOWHERE);
        struct tck_tree *hex = tck_tree_map(fixture->arena, TCK_NOWHERE);
        char *digits;

        tck_buffer_clear(&inner);
        assert_int_equal(tck_message_pack(any, &inner, NULL), 0);
        digits = tck_arena_alloc(fixture->arena, 2 * inner.size + 1);
        for (size_t b = 0; b < inner.size; b++)
            snprintf(digits + 2 * b, 3, "%02x", (unsigned char)inner.data[b]);
        tck_tree_append(fixture->arena, hex, "hex", tck_tree_string(fixture->arena, digits, TCK_NOWHERE));
        tck_tree_append(fixture->arena, map, "@type",
                        tck_tree_string(fixture->arena, "google.protobuf.Any", TCK_NOWHERE));
        assert_true(tck_tree_append(fixture->arena, map, "@value", hex));
        assert_int_equal(tck_message_from_tree(fixture->pool, type, map, NULL, fixture->arena, &around, NULL), 0);
        any = around;
    }
    assert_int_equal(tck_message_to_tree(fixture->pool, any, fixture->arena, &tree, NULL), 0);
    assert_int_equal(tck_message_from_tree(fixture->pool, type, tree, NULL, fixture->arena, &again, NULL), 0);
    tck_buffer_clear(&inner);
    assert_int_equal(tck_message_pack(any, &inner, NULL), 0);
    assert_int_equal(tck_message_pack(again, &outer, NULL), 0);
    assert_int_equal(outer.size, inner.size);
    assert_memory_equal(outer.data, inner.data, outer.size);
}

static void literal_variables_are_filled_in(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_bindings bindings = { 0 };
    ProtobufCMessage *message = NULL;
    const struct tck_tree *tree = wire_fixture_tree(fixture, "{string_field: \"${id}!\", leaf: $leaf, words: [$id]}");

    assert_int_equal(tck_bindings_bind(&bindings, fixture->arena, "id", wire_fixture_tree(fixture, "\"7\""), NULL), 0);
    assert_int_equal(
        tck_bindings_bind(&bindings, fixture->arena, "leaf", wire_fixture_tree(fixture, "{weight: 2}"), NULL), 0);
    assert_int_equal(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, KINDS), tree, &bindings,
                                           fixture->arena, &message, NULL),
                     0);
    assert_says(fixture, message, "{string_field: \"7!\", leaf: {weight: 2}, words: [\"7\"]}");
    /* without bindings a dollar is a dollar: what was captured reads back as it was */
    assert_int_equal(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, KINDS),
                                           wire_fixture_tree(fixture, "{string_field: \"$id\"}"), NULL, fixture->arena,
                                           &message, NULL),
                     0);
    assert_says(fixture, message, "{string_field: $id}");
}

// clang-format off
static const struct { const char *literal; unsigned line, column; const char *says; } mistakes[] = {
    { "a: 1", 1, 1, "tck.test.Kinds has no field 'a'" },
    { "leaf: {valeu: x}", 1, 8, "tck.test.Leaf has no field 'valeu'; did you mean 'value'?" },
    { "5", 1, 1, "tck.test.Kinds wants a map of fields, found a number" },
    { "leaf: [x]", 1, 7, "tck.test.Leaf wants a map of fields, found a list" },
    { "string_field: 4", 1, 15, "field 'string_field' wants a string, found a number; write \"4\" in quotes" },
    { "string_field: {}", 1, 15, "field 'string_field' wants a string, found a map" },
    { "string_field: \"a\\0b\"", 1, 15, "field 'string_field': a NUL character cannot be sent in a string; write the message as bytes" },
    { "int32_field: 2147483648", 1, 14, "field 'int32_field' wants a whole number of 32 bits, found '2147483648'" },
    { "int32_field: -2147483649", 1, 14, "field 'int32_field' wants a whole number of 32 bits, found '-2147483649'" },
    { "int32_field: 1.5", 1, 14, "field 'int32_field' wants a whole number of 32 bits, found '1.5'" },
    { "int32_field: x", 1, 14, "field 'int32_field' wants a whole number of 32 bits, found 'x'" },
    { "int32_field: \" 1\"", 1, 14, "field 'int32_field' wants a whole number of 32 bits, found ' 1'" },
    { "uint64_field: 18446744073709551616", 1, 15, "field 'uint64_field' wants a whole number from 0 of 64 bits, found '18446744073709551616'" },
    { "uint32_field: -1", 1, 15, "field 'uint32_field' wants a whole number from 0 of 32 bits, found '-1'" },
    { "float_field: 1e39", 1, 14, "field 'float_field' wants a number, found '1e39'" },
    { "double_field: 1x", 1, 15, "field 'double_field' wants a number, found '1x'" },
    { "bool_field: \"true\"", 1, 13, "field 'bool_field' wants true or false, found 'true'" },
    { "bytes_field: \"a\"", 1, 14, "'bytes_field' wants base64 (or {hex: \"…\"}), found 'a'" },
    { "bytes_field: {hex: abc}", 1, 20, "'bytes_field' wants pairs of hexadecimal digits, found 'abc'" },
    { "colour: BLUE", 1, 9, "tck.test.Colour has no value 'BLUE'" },
    { "colour: []", 1, 9, "field 'colour' wants the name or the number of a value of tck.test.Colour, found a list" },
    { "words: a", 1, 8, "field 'words' wants a list, found a string" },
    { "words: [a, null]", 1, 12, "field 'words': a list cannot hold null" },
    { "by_string: a", 1, 12, "field 'by_string' wants a map, found a string" },
    { "by_int32: {x: {}}", 1, 12, "field 'key' wants a whole number of 32 bits, found 'x'" },
    { "by_bool: {yes: \"\"}", 1, 11, "the key of this map is true or false, not 'yes'" },
    { "chosen_int32: 1\nchosen_string: a", 2, 1, "'chosen_int32' and 'chosen_string' exclude each other" },
    { "int32_field: 0\nint32Field: 0", 2, 1, "field 'int32_field' is given twice" },
    { "any: {value: x}", 1, 6, "an Any wants its type under @type" },
    { "any: {\"@type\": tck.test.Leav}", 1, 16, "no message type 'tck.test.Leav' is known; did you mean 'tck.test.Leaf'?" },
    { "any: {\"@type\": zzzzzzzzzzzzzzz}", 1, 16, "no message type 'zzzzzzzzzzzzzzz' is known (its bytes can be given as @value)" },
    { "any: {\"@type\": [x]}", 1, 16, "@type wants the name or the url of a message type, found a list" },
    { "any: {\"@type\": x, \"@value\": \"\", a: 1}", 1, 6, "an Any with @value has no other fields than @type" },
    { "any: {\"@type\": google.protobuf.Duration, seconds: 1}", 1, 6, "google.protobuf.Duration in an Any is written {@type: …, value: …}" },
    { "any: text", 1, 6, "an Any is written {@type: a type, its fields…}, found a string" },
    { "timestamp: \"2021-02-29T00:00:00Z\"", 1, 12, "google.protobuf.Timestamp is written like \"1972-01-01T10:00:20.021Z\", found '2021-02-29T00:00:00Z'" },
    { "timestamp: \"2021-01-01T00:00:00\"", 1, 12, "google.protobuf.Timestamp is written like \"1972-01-01T10:00:20.021Z\", found '2021-01-01T00:00:00'" },
    { "timestamp: \"0001-01-01T00:00:00+00:01\"", 1, 12, "google.protobuf.Timestamp is written like \"1972-01-01T10:00:20.021Z\", found '0001-01-01T00:00:00+00:01'" },
    { "duration: 315576000001s", 1, 11, "google.protobuf.Duration is written like \"1.5s\", found '315576000001s'" },
    { "duration: 1.0000000001s", 1, 11, "google.protobuf.Duration is written like \"1.5s\", found '1.0000000001s'" },
    { "field_mask: \"a_b\"", 1, 13, "a FieldMask is written like \"user.displayName,photo\", found 'a_b'" },
    { "struct: [a]", 1, 9, "a Struct is a map, found a list" },
    { "\"@unknown\": {}", 1, 13, "@unknown wants a list, found a map" },
    { "\"@unknown\": [{number: 0, varint: 1}]", 1, 14, "@unknown wants a number from 1 to 536870911 for each field" },
    { "\"@unknown\": [{number: 1}]", 1, 14, "@unknown wants {number: …, varint: …} for each field" },
    { "\"@unknown\": [{number: 1, bits: 1}]", 1, 26, "an unknown field is a varint, fixed64, fixed32, bytes or group, not 'bits'" },
    { "\"@unknown\": [{number: 1, fixed32: 4294967296}]", 1, 35, "'fixed32' wants a whole number from 0" },
    { "\"@unknown\": [{number: 1, group: {hex: \"08\"}}]", 1, 33, "the bytes of a group must be fields" },
};
// clang-format on

static void literal_mistake_is_pointed_at(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        ProtobufCMessage *message = NULL;

        assert_int_equal(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, KINDS),
                                               wire_fixture_tree(fixture, mistakes[i].literal), NULL, fixture->arena,
                                               &message, &err),
                         TCK_BAD_INPUT);
        assert_null(message);
        assert_string_equal(err.text, mistakes[i].says);
        assert_int_equal(err.line, mistakes[i].line);
        assert_int_equal(err.column, mistakes[i].column);
    }
}

static void literal_must_name_the_required_fields(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    ProtobufCMessage *message = NULL;

    assert_int_equal(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, "tck.old.Old"),
                                           wire_fixture_tree(fixture, "{name: a, again: {count: 1}}"), NULL,
                                           fixture->arena, &message, &err),
                     TCK_BAD_INPUT);
    assert_string_equal(err.text, "tck.old.Old requires the field 'name'");
    assert_int_equal(err.column, 18);
}

static void literal_nested_too_deep_is_refused(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_tree *tree = tck_tree_map(fixture->arena, TCK_NOWHERE);
    ProtobufCMessage *message = NULL;

    for (int i = 0; i < 100000; i++) {
        struct tck_tree *around = tck_tree_map(fixture->arena, TCK_NOWHERE);

        assert_true(tck_tree_append(fixture->arena, around, "kinds", tree));
        tree = around;
    }
    assert_int_equal(tck_message_from_tree(fixture->pool, wire_fixture_type(fixture, KINDS), tree, NULL, fixture->arena,
                                           &message, NULL),
                     TCK_BAD_INPUT);
}

/* A set may call anything google.protobuf.Timestamp. */
static void literal_type_with_a_well_known_name_and_another_shape_is_an_ordinary_one(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_pool_freep) struct tck_pool *child = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer set = TCK_BUFFER_INIT(1 << 16);
    struct wire_fixture own = *fixture;

    assert_int_equal(
        tck_message_pack(
            wire_fixture_message(
                fixture, "google.protobuf.FileDescriptorSet",
                "{file: [{name: x, package: google.protobuf, message_type: [{name: Timestamp, field: ["
                "{name: seconds, number: 1, label: LABEL_OPTIONAL, type: TYPE_STRING}]}, {name: Any}, {name: Duration, "
                "field: ["
                "{name: seconds, number: 1, label: LABEL_OPTIONAL, type: TYPE_INT64}, "
                "{name: nanos, number: 2, label: LABEL_OPTIONAL, type: TYPE_INT32}, "
                "{name: more, number: 3, label: LABEL_OPTIONAL, type: TYPE_INT32}]}, "
                "{name: Struct, field: [{name: fields, number: 1, label: LABEL_REPEATED, type: TYPE_MESSAGE, "
                "type_name: Any}]}]}]}"),
            &set, NULL),
        0);
    assert_int_equal(tck_pool_new(fixture->pool, &child, NULL), 0);
    assert_int_equal(tck_pool_add(child, "hostile", tck_buffer_bytes(&set), NULL), 0);
    own.pool = child;
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Timestamp", "{seconds: x}"), "{seconds: x}");
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Any", "{}"), "{}");
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Duration", "{seconds: 1, more: 2}"),
                "{seconds: 1, more: 2}");
    assert_says(&own, wire_fixture_message(&own, "google.protobuf.Struct", "{fields: [{}]}"), "{fields: [{}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_becomes_these_bytes_and_they_are_said_as_a_literal),
        cmocka_unit_test(literal_any_may_hold_any_type),
        cmocka_unit_test(literal_any_of_the_string_type_is_a_plain_string),
        cmocka_unit_test(literal_anys_inside_anys_are_opened_to_a_bound),
        cmocka_unit_test(literal_variables_are_filled_in),
        cmocka_unit_test(literal_mistake_is_pointed_at),
        cmocka_unit_test(literal_must_name_the_required_fields),
        cmocka_unit_test(literal_nested_too_deep_is_refused),
        cmocka_unit_test(literal_type_with_a_well_known_name_and_another_shape_is_an_ordinary_one),
    };

    return cmocka_run_group_tests(tests, setup, wire_fixture_teardown);
}
