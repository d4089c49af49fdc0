/* SPDX-License-Identifier: Apache-2.0
 *
 * The proto3 JSON mapping. protobuf's own suite (wire_conformance) knows it far more thoroughly, but it is not to be
 * had everywhere; this has each rule once, and what the suite does not ask: our flags and the words of our errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/json.h"
#include "wire_fixture.h"

#define KINDS "tck.test.Kinds"

struct out_row {
    const char *message, *json;
};

static void check_out(const struct wire_fixture *fixture, unsigned flags, const struct out_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        int r = tck_message_to_json(fixture->pool, wire_fixture_message(fixture, KINDS, rows[i].message), flags, &out,
                                    &err);

        if (r < 0)
            fail_msg("%s: %s", rows[i].message, err.text);
        assert_string_equal(tck_buffer_string(&out), rows[i].json);
    }
}

/* Every row is also read back: both must give the same bytes. */
static void check_both_ways(const struct wire_fixture *fixture, const struct out_row *rows, size_t count)
{
    check_out(fixture, 0, rows, count);
    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer a = TCK_BUFFER_INIT(1 << 20), b = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        ProtobufCMessage *message;

        if (tck_message_from_json(fixture->pool, wire_fixture_type(fixture, KINDS),
                                  tck_bytes(rows[i].json, strlen(rows[i].json)), 0, fixture->arena, &message, &err) < 0)
            fail_msg("%s: %s", rows[i].json, err.text);
        assert_int_equal(tck_message_pack(message, &a, NULL), 0);
        assert_int_equal(tck_message_pack(wire_fixture_message(fixture, KINDS, rows[i].message), &b, NULL), 0);
        if (a.size != b.size || (a.size && memcmp(a.data, b.data, a.size) != 0))
            fail_msg("%s does not come back the same", rows[i].json);
    }
}

#define BOTH_WAYS(...)                                        \
    do {                                                      \
        static const struct out_row rows[] = { __VA_ARGS__ }; \
        check_both_ways(*state, rows, TCK_COUNT(rows));       \
    } while (0)

// clang-format off
static void json_of_scalars_is_that_of_their_types(void **state)
{
    BOTH_WAYS(
        { "{}", "{}" },
        { "{int32_field: -2147483648}", "{\"int32Field\":-2147483648}" },
        { "{int64_field: -9223372036854775808}", "{\"int64Field\":\"-9223372036854775808\"}" },
        { "{uint32_field: 4294967295}", "{\"uint32Field\":4294967295}" },
        { "{uint64_field: 18446744073709551615}", "{\"uint64Field\":\"18446744073709551615\"}" },
        { "{sint32_field: -1, sint64_field: -1}", "{\"sint32Field\":-1,\"sint64Field\":\"-1\"}" },
        { "{fixed32_field: 1, fixed64_field: 1}", "{\"fixed32Field\":1,\"fixed64Field\":\"1\"}" },
        { "{sfixed32_field: -1, sfixed64_field: -1}", "{\"sfixed32Field\":-1,\"sfixed64Field\":\"-1\"}" },
        { "{float_field: 0.1, double_field: 0.1}", "{\"floatField\":0.1,\"doubleField\":0.1}" },
        { "{double_field: 1.7976931348623157e308}", "{\"doubleField\":1.7976931348623157e+308}" },
        { "{float_field: NaN, double_field: NaN}", "{\"floatField\":\"NaN\",\"doubleField\":\"NaN\"}" },
        { "{float_field: Infinity, double_field: -Infinity}",
          "{\"floatField\":\"Infinity\",\"doubleField\":\"-Infinity\"}" },
        { "{bool_field: true}", "{\"boolField\":true}" },
        { "{string_field: \"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u00e4\"}",
          "{\"stringField\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\u00e4\"}" },
        { "{bytes_field: {hex: 'fbff00'}}", "{\"bytesField\":\"+/8A\"}" },
        { "{colour: GREEN}", "{\"colour\":\"GREEN\"}" },
        { "{colour: 77}", "{\"colour\":77}" },
        { "{colour: DEEP}", "{\"colour\":\"DEEP\"}" },
        { "{maybe_int32: 0, maybe_string: ''}", "{\"maybeInt32\":0,\"maybeString\":\"\"}" },
        { "{named_otherwise: 3}", "{\"otherName\":3}" }, );
}

static void json_of_lists_maps_and_oneofs_is_nested(void **state)
{
    BOTH_WAYS(
        { "{numbers: [1, -2], words: ['', a], colours: [RED, 9], blobs: ['', AQI=]}",
          "{\"numbers\":[1,-2],\"words\":[\"\",\"a\"],\"colours\":[\"RED\",9],\"blobs\":[\"\",\"AQI=\"]}" },
        { "{leaves: [{}, {value: a}]}", "{\"leaves\":[{},{\"value\":\"a\"}]}" },
        { "{by_string: {'': a, b: ''}}", "{\"byString\":{\"\":\"a\",\"b\":\"\"}}" },
        { "{by_int32: {-1: {value: a}, 2: {}}}", "{\"byInt32\":{\"-1\":{\"value\":\"a\"},\"2\":{}}}" },
        { "{by_int64: {-9223372036854775808: RED}}", "{\"byInt64\":{\"-9223372036854775808\":\"RED\"}}" },
        { "{by_uint32: {4294967295: true}}", "{\"byUint32\":{\"4294967295\":true}}" },
        { "{by_uint64: {18446744073709551615: NaN}}", "{\"byUint64\":{\"18446744073709551615\":\"NaN\"}}" },
        { "{by_bool: {true: AQ==, false: ''}}", "{\"byBool\":{\"true\":\"AQ==\",\"false\":\"\"}}" },
        { "{by_sint32: {-1: -1}, by_fixed64: {1: 1}}", "{\"bySint32\":{\"-1\":-1},\"byFixed64\":{\"1\":\"1\"}}" },
        { "{chosen_leaf: {}}", "{\"chosenLeaf\":{}}" },
        { "{chosen_string: ''}", "{\"chosenString\":\"\"}" },
        { "{chosen_bool: false}", "{\"chosenBool\":false}" },
        { "{chosen_null: null}", "{\"chosenNull\":null}" },
        { "{kinds: {kinds: {leaf: {weight: 1}}}}", "{\"kinds\":{\"kinds\":{\"leaf\":{\"weight\":1}}}}" }, );
}

static void json_of_well_known_types_has_special_forms(void **state)
{
    BOTH_WAYS(
        { "{any: {}}", "{\"any\":{}}" },
        { "{any: {'@type': tck.test.Leaf, value: a}}",
          "{\"any\":{\"@type\":\"type.googleapis.com/tck.test.Leaf\",\"value\":\"a\"}}" },
        { "{any: {'@type': google.protobuf.Duration, value: 1s}}",
          "{\"any\":{\"@type\":\"type.googleapis.com/google.protobuf.Duration\",\"value\":\"1s\"}}" },
        { "{any: {'@type': google.protobuf.Any, value: {'@type': tck.test.Leaf, weight: 1}}}",
          "{\"any\":{\"@type\":\"type.googleapis.com/google.protobuf.Any\",\"value\":"
          "{\"@type\":\"type.googleapis.com/tck.test.Leaf\",\"weight\":1}}}" },
        { "{any: {'@type': google.protobuf.Struct, value: {a: 1}}}",
          "{\"any\":{\"@type\":\"type.googleapis.com/google.protobuf.Struct\",\"value\":{\"a\":1}}}" },
        { "{timestamp: '0001-01-01T00:00:00Z'}", "{\"timestamp\":\"0001-01-01T00:00:00Z\"}" },
        { "{timestamp: '9999-12-31T23:59:59.999999999Z'}", "{\"timestamp\":\"9999-12-31T23:59:59.999999999Z\"}" },
        { "{timestamp: '1970-01-01T00:00:00.010Z'}", "{\"timestamp\":\"1970-01-01T00:00:00.010Z\"}" },
        { "{duration: '-0.000001s'}", "{\"duration\":\"-0.000001s\"}" },
        { "{duration: 315576000000s}", "{\"duration\":\"315576000000s\"}" },
        { "{field_mask: 'a,fooBar.bazQux'}", "{\"fieldMask\":\"a,fooBar.bazQux\"}" },
        { "{field_mask: ''}", "{\"fieldMask\":\"\"}" },
        { "{struct: {a: [1, x, null, true, {}]}}", "{\"struct\":{\"a\":[1,\"x\",null,true,{}]}}" },
        { "{value: null}", "{\"value\":null}" },
        { "{values: [null, 1.5, x, [], {}]}", "{\"values\":[null,1.5,\"x\",[],{}]}" },
        { "{list_value: []}", "{\"listValue\":[]}" },
        { "{empty: {}}", "{\"empty\":{}}" },
        { "{wrapped_bool: false, wrapped_int32: 0, wrapped_int64: 0}",
          "{\"wrappedBool\":false,\"wrappedInt32\":0,\"wrappedInt64\":\"0\"}" },
        { "{wrapped_uint32: 1, wrapped_uint64: 1, wrapped_float: 1.5, wrapped_double: NaN}",
          "{\"wrappedUint32\":1,\"wrappedUint64\":\"1\",\"wrappedFloat\":1.5,\"wrappedDouble\":\"NaN\"}" },
        { "{wrapped_string: '', wrapped_bytes: AQI=, wrapped_strings: [a, '']}",
          "{\"wrappedString\":\"\",\"wrappedBytes\":\"AQI=\",\"wrappedStrings\":[\"a\",\"\"]}" }, );
}
// clang-format on

static void flags_change_what_is_printed(void **state)
{
    static const struct out_row names[] = { { "{int32_field: 1, named_otherwise: 2}",
                                              "{\"int32_field\":1,\"named_otherwise\":2}" } };
    static const struct out_row indented[] = {
        { "{}", "{}" },
        { "{words: [a], leaf: {weight: 1}, by_string: {a: b}, numbers: []}",
          "{\n  \"leaf\": {\n    \"weight\": 1\n  },\n  \"words\": [\n    \"a\"\n  ],\n"
          "  \"byString\": {\n    \"a\": \"b\"\n  }\n}" }
    };
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

    check_out(fixture, TCK_JSON_PROTO_NAMES, names, TCK_COUNT(names));
    check_out(fixture, TCK_JSON_INDENT, indented, TCK_COUNT(indented));
    assert_int_equal(tck_message_to_json(fixture->pool, wire_fixture_message(fixture, "tck.test.Leaf", "{}"),
                                         TCK_JSON_DEFAULTS, &out, NULL),
                     0);
    assert_string_equal(tck_buffer_string(&out), "{\"value\":\"\",\"weight\":0}");
    tck_buffer_clear(&out);
    assert_int_equal(tck_message_to_json(fixture->pool, wire_fixture_message(fixture, KINDS, "{leaf: {}}"),
                                         TCK_JSON_DEFAULTS, &out, NULL),
                     0);
    /* Lists, maps and scalars are there; messages, optional fields and members of a oneof are not. */
    assert_non_null(strstr(tck_buffer_string(&out), "\"int64Field\":\"0\""));
    assert_non_null(strstr(tck_buffer_string(&out), "\"colour\":\"COLOUR_NONE\""));
    assert_non_null(strstr(tck_buffer_string(&out), "\"numbers\":[]"));
    assert_non_null(strstr(tck_buffer_string(&out), "\"byString\":{}"));
    assert_non_null(strstr(tck_buffer_string(&out), "\"leaf\":{\"value\":\"\",\"weight\":0}"));
    assert_null(strstr(tck_buffer_string(&out), "maybe"));
    assert_null(strstr(tck_buffer_string(&out), "chosen"));
    assert_null(strstr(tck_buffer_string(&out), "timestamp"));
}

static void repeated_key_of_a_map_is_printed_once_with_its_last_value(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    /* by_string: {a: x}, {b: y}, {a: z} */
    const char *hex = "ca02060a0161120178ca02060a0162120179ca02060a016112017a";

    assert_int_equal(tck_message_to_json(fixture->pool, wire_fixture_from_hex(fixture, KINDS, hex), 0, &out, NULL), 0);
    assert_string_equal(tck_buffer_string(&out), "{\"byString\":{\"b\":\"y\",\"a\":\"z\"}}");
}

/* What is not said the way it is printed, but is read. */
static void json_in_takes_every_form_of_the_mapping(void **state)
{
    static const struct {
        const char *json, *message;
    } rows[] = {
        { "{\"int32_field\":1,\"named_otherwise\":2}", "{int32_field: 1, named_otherwise: 2}" },
        { "{\"int32Field\":\"5\",\"int64Field\":6,\"uint64Field\":18446744073709551615}",
          "{int32_field: 5, int64_field: 6, uint64_field: 18446744073709551615}" },
        { "{\"int32Field\":1e3,\"uint32Field\":2.0,\"int64Field\":\"-0\"}", "{int32_field: 1000, uint32_field: 2}" },
        { "{\"doubleField\":\"1.5\",\"floatField\":1}", "{double_field: 1.5, float_field: 1}" },
        { "{\"colour\":2,\"colours\":[\"RED\",1]}", "{colour: GREEN, colours: [RED, RED]}" },
        { "{\"bytesField\":\"-_8A\"}", "{bytes_field: '+/8A'}" },
        { "{\"bytesField\":\"AQ\"}", "{bytes_field: AQ==}" },
        { "{\"int32Field\":null,\"leaf\":null,\"numbers\":null,\"byString\":null,\"wrappedInt32\":null,\"any\":null}",
          "{}" },
        { "{\"timestamp\":\"2020-01-01T02:00:00.5+02:00\"}", "{timestamp: '2020-01-01T00:00:00.500Z'}" },
        { "{\"struct\":{\"@fields\":{\"a\":1}}}", "{struct: {'@fields': {fields: {'@fields': {a: 1}}}}}" },
        { "{\"any\":{\"value\":\"a\",\"@type\":\"x.y/tck.test.Leaf\"}}",
          "{any: {'@type': x.y/tck.test.Leaf, value: a}}" },
        { " { \"stringField\" : \"\\ud83d\\ude00\" } ", "{string_field: \"\U0001f600\"}" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        struct tck_match match = { .pool = fixture->pool, .arena = fixture->arena };
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        ProtobufCMessage *message;

        if (tck_message_from_json(fixture->pool, wire_fixture_type(fixture, KINDS),
                                  tck_bytes(rows[i].json, strlen(rows[i].json)), 0, fixture->arena, &message, &err) < 0)
            fail_msg("%s: %s", rows[i].json, err.text);
        tck_match_messages(&match, wire_fixture_message(fixture, KINDS, rows[i].message), message, NULL, 0, NULL);
        tck_differences_print(&match, &said);
        if (match.difference_count)
            fail_msg("%s: %s", rows[i].json, tck_buffer_string(&said));
    }
}

static void json_in_refuses_what_is_not_of_the_mapping_and_says_where(void **state)
{
    static const struct {
        const char *json, *says;
    } rows[] = {
        { "{\"int32Field\":2147483648}", "int32Field" },
        { "{\"kinds\":{\"int32Field\":0.5}}", "kinds.int32Field" },
        { "{\"leaves\":[{},{\"weight\":\"x\"}]}", "leaves[1].weight" },
        { "{\"uint32Field\":-1}", "uint32Field" },
        { "{\"int32Field\":\"0x10\"}", "int32Field: wants a whole number, found a string" },
        { "{\"int32Field\":\" 1\"}", "int32Field" },
        { "{\"doubleField\":\".inf\"}", "doubleField: wants a number, found a string" },
        { "{\"floatField\":1e39}", "floatField" },
        { "{\"boolField\":\"true\"}", "boolField" },
        { "{\"boolField\":1}", "boolField" },
        { "{\"stringField\":1}", "stringField" },
        { "{\"bytesField\":{\"hex\":\"00\"}}", "bytesField: wants base64, found a map" },
        { "{\"bytesField\":\"!\"}", "bytesField" },
        { "{\"colour\":\"BLUE\"}", "colour" },
        { "{\"nope\":1}", "tck.test.Kinds has no field 'nope'" },
        { "{\"leaf\":{\"@unknown\":[]}}", "leaf: tck.test.Leaf has no field '@unknown'" },
        { "{\"leaf\":1}", "leaf: wants a map, found a number" },
        { "{\"numbers\":1}", "numbers: wants a list, found a number" },
        { "{\"numbers\":[null]}", "numbers[0]: wants a value, found nothing" },
        { "{\"byString\":{\"a\":null}}", "byString.a: wants a value, found nothing" },
        { "{\"byString\":[]}", "byString: wants a map, found a list" },
        { "{\"byInt32\":{\"x\":{}}}", "byInt32.x" },
        { "{\"byBool\":{\"True\":\"\"}}", "byBool.True" },
        { "{\"int32Field\":1,\"int32_field\":2}", "int32_field" },
        { "{\"chosenString\":\"a\",\"chosenInt32\":1}", "chosenInt32" },
        { "{\"any\":{\"value\":\"a\"}}", "any: an Any wants \"@type\": a type's url" },
        { "{\"any\":{\"@type\":\"tck.test.Leaf\"}}", "any: an Any wants \"@type\": a type's url" },
        { "{\"any\":{\"@type\":\"x/no.Such\"}}", "any: no message type 'x/no.Such' is known" },
        { "{\"any\":{\"@type\":\"x/google.protobuf.Duration\"}}",
          "any: an Any of google.protobuf.Duration wants \"value\"" },
        { "{\"any\":{\"@type\":\"x/tck.test.Leaf\",\"@value\":\"\"}}", "any: tck.test.Leaf has no field '@value'" },
        { "{\"timestamp\":\"0000-01-01T00:00:00Z\"}", "timestamp" },
        { "{\"timestamp\":{\"seconds\":1}}", "timestamp: wants a string, found a map" },
        { "{\"duration\":\"315576000001s\"}", "duration" },
        { "{\"duration\":\"1\"}", "duration" },
        { "{\"fieldMask\":\"a_b\"}", "fieldMask" },
        { "{\"struct\":[]}", "struct: wants a map, found a list" },
        { "{\"wrappedInt32\":{}}", "wrappedInt32: wants a value, found a map" },
        { "null", "wants a map, found nothing" },
        { "[]", "wants a map, found a list" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        ProtobufCMessage *message = NULL;
        char text[1024];

        assert_int_equal(tck_message_from_json(fixture->pool, wire_fixture_type(fixture, KINDS),
                                               tck_bytes(rows[i].json, strlen(rows[i].json)), 0, fixture->arena,
                                               &message, &err),
                         TCK_BAD_INPUT);
        assert_null(message);
        tck_error_text(&err, text, sizeof text);
        if (strncmp(text, rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s says: %s", rows[i].json, text);
    }
}

static void json_that_is_none_is_refused_with_line_and_column(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const char *json = "{\n  \"int32Field\": 1,,\n}";
    ProtobufCMessage *message = NULL;

    assert_int_equal(tck_message_from_json(fixture->pool, wire_fixture_type(fixture, KINDS),
                                           tck_bytes(json, strlen(json)), 0, fixture->arena, &message, &err),
                     TCK_BAD_INPUT);
    assert_int_equal(err.line, 2);
    assert_true(err.column > 0);
}

static void unknown_fields_and_enum_names_are_skipped_where_asked(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_match match = { .pool = fixture->pool, .arena = fixture->arena };
    const char *json =
        "{\"nope\":{\"a\":[1]},\"int32Field\":1,\"leaf\":{\"nope\":1,\"value\":\"a\"},\"colour\":\"BLUE\","
        "\"colours\":[\"BLUE\",\"RED\"],\"byInt64\":{\"1\":\"BLUE\",\"2\":\"RED\"},"
        "\"any\":{\"@type\":\"x/tck.test.Leaf\",\"nope\":1,\"weight\":2}}";
    ProtobufCMessage *message = NULL;

    assert_int_equal(tck_message_from_json(fixture->pool, wire_fixture_type(fixture, KINDS),
                                           tck_bytes(json, strlen(json)), TCK_JSON_IGNORE_UNKNOWN, fixture->arena,
                                           &message, NULL),
                     0);
    assert_int_equal(
        tck_match_messages(&match,
                           wire_fixture_message(fixture, KINDS,
                                                "{int32_field: 1, leaf: {value: a}, colours: [RED], by_int64: {2: RED},"
                                                " any: {'@type': tck.test.Leaf, weight: 2}}"),
                           message, NULL, 0, NULL),
        1);
}

static void message_without_json_is_refused_with_its_path_and_leaves_nothing_behind(void **state)
{
    static const struct {
        const char *message, *says;
    } rows[] = {
        { "{kinds: {any: {'@type': x/no.Such, '@value': AQI=}}}", "kinds.any: the Any of 'x/no.Such' has no JSON: " },
        { "{any: {'@type': tck.test.Leaf, '@value': /w==}}",
          "any: the Any of 'type.googleapis.com/tck.test.Leaf' has no" },
        { "{timestamp: {'@fields': {seconds: 253402300800}}}",
          "timestamp: the Timestamp of 253402300800 s and 0 ns is outside the years 1 to 9999" },
        { "{duration: {'@fields': {seconds: 1, nanos: -1}}}",
          "duration: the Duration of 1 s and -1 ns is out of range" },
        { "{field_mask: {'@fields': {paths: [fooBar]}}}",
          "field_mask: the FieldMask path 'fooBar' would not come back the same" },
        { "{values: [1, {'@fields': {}}]}", "values[1]: a Value that is not even null has no JSON" },
        { "{value: {'@fields': {number_value: NaN}}}", "value: a Value cannot be an infinity or NaN in JSON" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        tck_buffer_puts(&out, "before");
        assert_int_equal(
            tck_message_to_json(fixture->pool, wire_fixture_message(fixture, KINDS, rows[i].message), 0, &out, &err),
            TCK_BROKEN);
        assert_string_equal(tck_buffer_string(&out), "before");
        if (strncmp(err.text, rows[i].says, strlen(rows[i].says)) != 0)
            fail_msg("%s says: %s", rows[i].message, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_fixture_setup, wire_fixture_teardown)
        TEST(json_of_scalars_is_that_of_their_types),
        TEST(json_of_lists_maps_and_oneofs_is_nested),
        TEST(json_of_well_known_types_has_special_forms),
        TEST(flags_change_what_is_printed),
        TEST(repeated_key_of_a_map_is_printed_once_with_its_last_value),
        TEST(json_in_takes_every_form_of_the_mapping),
        TEST(json_in_refuses_what_is_not_of_the_mapping_and_says_where),
        TEST(json_that_is_none_is_refused_with_line_and_column),
        TEST(unknown_fields_and_enum_names_are_skipped_where_asked),
        TEST(message_without_json_is_refused_with_its_path_and_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("wire/json", tests, NULL, NULL);
}
