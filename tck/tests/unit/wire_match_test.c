/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire_fixture.h"

#define KINDS      "tck.test.Kinds"
#define STREAM_OUT "cloudstate.eventsourced.EventSourcedStreamOut"

/* A message, a pattern, and what is said: "" where it matches. */
struct row {
    const char *type, *message, *pattern, *says;
};

static int match(struct wire_fixture *fixture, const struct row *row, struct tck_bindings *bindings,
                 struct tck_buffer *said, struct tck_error *err)
{
    struct tck_match match = { .pool = fixture->pool, .arena = fixture->arena, .bindings = bindings };
    int r = tck_match_message(&match, wire_fixture_tree(fixture, row->pattern),
                              wire_fixture_message(fixture, row->type, row->message), err);

    tck_differences_print(&match, said);
    assert_int_equal(r == 1, match.difference_count == 0 && r >= 0);
    return r;
}

static void check_rows(struct wire_fixture *fixture, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_bindings bindings = { 0 };
        struct tck_error_list errors = { 0 };
        int r = match(fixture, &rows[i], &bindings, &said, &err);

        if (r < 0)
            fail_msg("%s against %s: %s", rows[i].pattern, rows[i].message, err.text);
        if (strcmp(tck_buffer_string(&said), rows[i].says) != 0)
            fail_msg("%s against %s\nsaid   %swanted %s", rows[i].pattern, rows[i].message, tck_buffer_string(&said),
                     rows[i].says);
        /* What runs is possible. */
        r = tck_match_check(fixture->pool, wire_fixture_type(fixture, rows[i].type),
                            wire_fixture_tree(fixture, rows[i].pattern), fixture->arena, &errors);
        if (r < 0)
            fail_msg("check of %s: %s", rows[i].pattern, errors.items[0].text);
        tck_error_list_done(&errors);
    }
}

#define CHECK(...)                                        \
    do {                                                  \
        static const struct row rows[] = { __VA_ARGS__ }; \
        check_rows(*state, rows, TCK_COUNT(rows));        \
    } while (0)

static void literal_of_equal_content_matches(void **state)
{
    CHECK({ KINDS, "{}", "{}", "" },
          { KINDS, "{int32_field: -7, uint64_field: '18446744073709551615'}",
            "{int32_field: -7, uint64Field: 18446744073709551615}", "" },
          { KINDS, "{string_field: x, bytes_field: AQI=, colour: GREEN}",
            "{string_field: x, bytes_field: {hex: '0102'}, colour: 2}", "" },
          { KINDS, "{float_field: 0.1, double_field: NaN}", "{float_field: 0.1, double_field: NaN}", "" },
          { KINDS, "{numbers: [1, 2], leaves: [{value: a}, {value: b}]}",
            "{numbers: [1, 2], leaves: [{value: a}, {value: b}]}", "" },
          { KINDS, "{by_string: {a: x, b: y}, by_int32: {7: {value: z}}}",
            "{by_string: {b: y, a: x}, by_int32: {7: {value: z}}}", "" },
          { KINDS, "{chosen_int32: 0, maybe_int32: 0}", "{chosen_int32: 0, maybe_int32: 0}", "" },
          { KINDS, "{}", "{int32_field: 0, string_field: '', numbers: [], leaf: null}", "" }, );
}

static void literal_of_other_content_says_where(void **state)
{
    CHECK({ KINDS, "{int32_field: 1}", "{int32_field: 2}", "int32_field: expected 2, was 1\n" },
          { KINDS, "{string_field: AB}", "{string_field: ABC}", "string_field: expected \"ABC\", was \"AB\"\n" },
          { KINDS, "{bytes_field: AQI=}", "{bytes_field: AQM=}", "bytes_field: expected \"AQM=\", was \"AQI=\"\n" },
          { KINDS, "{colour: RED}", "{colour: GREEN}", "colour: expected GREEN, was RED\n" },
          { KINDS, "{colour: 77}", "{colour: RED}", "colour: expected RED, was 77\n" },
          { KINDS, "{bool_field: true}", "{bool_field: false}", "bool_field: expected false, was true\n" },
          { KINDS, "{double_field: 1.5}", "{double_field: 1.25}", "double_field: expected 1.25, was 1.5\n" },
          { KINDS, "{kinds: {leaf: {value: a}}}", "{kinds: {leaf: {value: b}}}",
            "kinds.leaf.value: expected \"b\", was \"a\"\n" },
          { KINDS, "{int32_field: 5, string_field: x}", "{int32_field: 6, string_field: y}",
            "int32_field: expected 6, was 5\nstring_field: expected \"y\", was \"x\"\n" }, );
}

static void literal_is_strict_about_what_it_does_not_name(void **state)
{
    CHECK({ KINDS, "{int32_field: 1}", "{}", "int32_field: expected absent, was 1\n" },
          { KINDS, "{leaf: {}}", "{}", "leaf: expected absent, was {}\n" },
          { KINDS, "{leaf: {value: a, weight: 3}}", "{leaf: {value: a}}", "leaf.weight: expected absent, was 3\n" },
          { KINDS, "{maybe_int32: 0}", "{}", "maybe_int32: expected absent, was 0\n" },
          { KINDS, "{numbers: [4]}", "{numbers: null}", "numbers: expected absent, was [4]\n" },
          { KINDS, "{by_string: {k: v}}", "{}", "by_string: expected absent, was {\"k\": \"v\"}\n" }, );
}

static void absent_message_is_one_difference(void **state)
{
    CHECK({ KINDS, "{}", "{leaf: {value: a, weight: 2}}", "leaf: expected {value: a, weight: 2}, was absent\n" },
          { KINDS, "{}", "{kinds: {}}", "kinds: expected {}, was absent\n" },
          { KINDS, "{}", "{maybe_int32: 0}", "maybe_int32: expected 0, was absent\n" }, );
}

static void list_of_other_length_says_what_is_missing_or_too_much(void **state)
{
    CHECK({ KINDS, "{leaves: [{value: a}]}", "{leaves: [{value: a}, {value: b}]}",
            "leaves[1]: expected {value: b}, was the end of the list\n" },
          { KINDS, "{leaves: [{value: a}, {value: b}]}", "{leaves: [{value: a}]}",
            "leaves[1]: expected the list to end, was { value: \"b\" }\n" },
          { KINDS, "{words: [a, b]}", "{words: [a, c]}", "words[1]: expected \"c\", was \"b\"\n" },
          { KINDS, "{}", "{words: [a]}", "words[0]: expected \"a\", was the end of the list\n" }, );
}

static void map_of_other_content_says_the_key(void **state)
{
    CHECK({ KINDS, "{by_string: {a: x}}", "{by_string: {a: y}}", "by_string.a: expected \"y\", was \"x\"\n" },
          { KINDS, "{by_string: {a: x}}", "{by_string: {a: x, b: y}}", "by_string.b: expected \"y\", was absent\n" },
          { KINDS, "{by_int32: {-3: {value: x}}}", "{by_int32: {}}",
            "by_int32.-3: expected absent, was { value: \"x\" }\n" },
          { KINDS, "{by_bool: {true: AQ==}}", "{by_bool: {true: Ag==}}",
            "by_bool.true: expected \"Ag==\", was \"AQ==\"\n" },
          { KINDS, "{by_int32: {7: {}}}", "{by_int32: {7: {value: a}}}",
            "by_int32.7.value: expected \"a\", was \"\"\n" }, );
}

static void oneof_with_another_member_says_both_in_one_difference(void **state)
{
    CHECK({ STREAM_OUT, "{failure: {command_id: 1, description: no}}", "{reply: {command_id: 1}}",
            "expected reply, was failure { command_id: 1 description: \"no\" }\n" },
          { KINDS, "{kinds: {chosen_string: s}}", "{kinds: {chosen_int32: 3}}",
            "kinds: expected chosen_int32, was chosen_string \"s\"\n" },
          { KINDS, "{}", "{chosen_int32: 0}", "chosen_int32: expected 0, was absent\n" },
          { KINDS, "{chosen_string: s}", "{chosen_int32: {$absent: }}", "chosen_string: expected absent, was \"s\"\n" },
          { KINDS, "{chosen_null: null}", "{chosen_null: null}", "" },
          { KINDS, "{}", "{chosen_null: null}", "chosen_null: expected null, was absent\n" }, );
}

static void any_is_opened_and_its_type_compared_by_name(void **state)
{
    CHECK(
        { KINDS, "{any: {'@type': tck.test.Leaf, value: a}}", "{any: {'@type': example.com/tck.test.Leaf, value: a}}",
          "" },
        { STREAM_OUT,
          "{reply: {command_id: 1, client_action: {reply: {payload: {'@type': cloudstate.tck.model.Response, "
          "message: AB}}}}}",
          "{reply: {command_id: 1, client_action: {reply: {payload: {'@type': cloudstate.tck.model.Response, "
          "message: ABC}}}}}",
          "reply.client_action.reply.payload.message: expected \"ABC\", was \"AB\"\n" },
        { KINDS, "{any: {'@type': tck.test.Leaf, value: a}}", "{any: {'@type': tck.test.Kinds, string_field: a}}",
          "any: expected an Any of tck.test.Kinds, was { [tck.test.Leaf] { value: \"a\" } }\n" },
        { KINDS, "{any: {'@type': tck.test.Leaf, value: a, weight: 1}}", "{any: {'@type': tck.test.Leaf, value: a}}",
          "any.weight: expected absent, was 1\n" },
        { KINDS, "{any: {'@type': google.protobuf.StringValue, value: a}}",
          "{any: {'@type': google.protobuf.StringValue, value: a}}", "" },
        { KINDS, "{any: {'@type': google.protobuf.StringValue, value: a}}",
          "{any: {'@type': google.protobuf.StringValue, value: {$regex: b}}}",
          "any: expected a string that matches /b/, was { value: \"a\" }\n" },
        { KINDS, "{any: {'@type': example.com/no.Such, '@value': AQI=}}", "{any: {'@type': no.Such, '@value': AQI=}}",
          "" },
        { KINDS, "{any: {'@type': example.com/no.Such, '@value': AQI=}}", "{any: {'@type': no.Such, '@value': AQM=}}",
          "any.@value: expected \"AQM=\", was \"AQI=\"\n" },
        { KINDS, "{any: {'@type': example.com/no.Such, '@value': AQI=}}", "{any: {$partial: {'@type': no.Such}}}", "" },
        { KINDS, "{any: {}}", "{any: {}}", "" },
        { KINDS, "{any: {'@type': tck.test.Leaf}}", "{any: {}}",
          "any: expected an empty Any, was { [tck.test.Leaf] {} }\n" }, );
}

static void string_any_is_written_as_a_plain_string(void **state)
{
    struct wire_fixture *fixture = *state;

    assert_int_equal(tck_pool_alias(fixture->pool, "p.cloudstate.io/*", "google.protobuf.StringValue", NULL), 0);
    assert_int_equal(tck_pool_set_string_any(fixture->pool, "p.cloudstate.io/string", NULL), 0);
    CHECK({ KINDS, "{any: abc}", "{any: abc}", "" },
          { KINDS, "{any: abc}", "{any: {'@type': p.cloudstate.io/string, value: abc}}", "" },
          { KINDS, "{any: abc}", "{any: abd}", "any: expected \"abd\", was \"abc\"\n" },
          { KINDS, "{any: abc}", "{any: {$regex: '^ab'}}", "" },
          { KINDS, "{any: {'@type': tck.test.Leaf, value: abc}}", "{any: abc}",
            "any: expected an Any of string, was { [tck.test.Leaf] { value: \"abc\" } }\n" }, );
}

static void well_known_types_match_in_their_special_forms(void **state)
{
    CHECK({ KINDS, "{timestamp: '2021-02-03T04:05:06.5Z'}", "{timestamp: '2021-02-03T04:05:06.500Z'}", "" },
          { KINDS, "{timestamp: '2021-02-03T04:05:06Z'}", "{timestamp: '2021-02-03T04:05:07Z'}",
            "timestamp: expected \"2021-02-03T04:05:07Z\", was \"2021-02-03T04:05:06Z\"\n" },
          { KINDS, "{duration: 1.5s}", "{duration: 1.50s}", "" },
          { KINDS, "{duration: 1.5s}", "{duration: {$regex: 's$'}}", "" },
          { KINDS, "{wrapped_int32: 0}", "{wrapped_int32: 0}", "" },
          { KINDS, "{wrapped_int32: 4}", "{wrapped_int32: 5}", "wrapped_int32: expected 5, was 4\n" },
          { KINDS, "{}", "{wrapped_int32: 0}", "wrapped_int32: expected 0, was absent\n" },
          { KINDS, "{struct: {a: 1, b: [x, null]}}", "{struct: {a: {$any: }, b: [x, null]}}", "" },
          { KINDS, "{struct: {a: 1, b: [x]}}", "{struct: {a: 2, b: [x]}}", "struct.a: expected 2, was 1\n" },
          { KINDS, "{value: text}", "{value: text}", "" },
          { KINDS, "{list_value: [1, 2]}", "{list_value: [1, 3]}", "list_value[1]: expected 3, was 2\n" },
          { KINDS, "{empty: {}}", "{empty: {}}", "" }, { KINDS, "{field_mask: 'a,bC'}", "{field_mask: 'a,bC'}", "" }, );
}

static void unknown_field_is_a_difference_unless_it_is_named(void **state)
{
    CHECK({ KINDS, "{'@unknown': [{number: 999, varint: 5}]}", "{}", "expected no unknown fields, was 999: 5\n" },
          { KINDS, "{leaf: {'@unknown': [{number: 999, bytes: AQI=}]}}", "{leaf: {}}",
            "leaf: expected no unknown fields, was 999: \"\\001\\002\"\n" },
          { KINDS, "{leaf: {'@unknown': [{number: 999, varint: 5}]}}", "{leaf: {$partial: {}}}", "" },
          { KINDS, "{leaf: {'@unknown': [{number: 999, varint: 5}]}}", "{leaf: {$any: }}", "" },
          { KINDS, "{'@unknown': [{number: 999, varint: 5}]}", "{'@unknown': [{number: 999, varint: 5}]}", "" }, );
}

static void any_matcher_wants_presence(void **state)
{
    CHECK(
        { KINDS, "{leaf: {value: a}, int32_field: 3}", "{leaf: {$any: }, int32_field: {$any: }, words: {$any: }}", "" },
        { KINDS, "{}", "{int32_field: {$any: }}", "" },
        { KINDS, "{}", "{leaf: {$any: }}", "leaf: expected any value, was absent\n" },
        { KINDS, "{}", "{maybe_string: {$any: }}", "maybe_string: expected any value, was absent\n" }, );
}

static void absent_matcher_wants_nothing(void **state)
{
    CHECK({ KINDS, "{}", "{leaf: {$absent: }, int32_field: {$absent: }}", "" },
          { KINDS, "{leaf: {value: a}}", "{leaf: {$absent: }}", "leaf: expected absent, was { value: \"a\" }\n" }, );
}

static void optional_matcher_wants_nothing_or_the_pattern(void **state)
{
    CHECK({ KINDS, "{}", "{leaf: {$optional: {value: a}}}", "" },
          { KINDS, "{leaf: {value: a}}", "{leaf: {$optional: {value: a}}}", "" },
          { KINDS, "{leaf: {value: b}}", "{leaf: {$optional: {value: a}}}",
            "leaf.value: expected \"a\", was \"b\"\n" }, );
}

static void regex_matcher_searches_a_string(void **state)
{
    CHECK({ KINDS, "{string_field: ABC}", "{string_field: {$regex: '^A.*C$'}}", "" },
          { KINDS, "{string_field: ABC}", "{string_field: {$regex: '^B'}}",
            "string_field: expected a string that matches /^B/, was \"ABC\"\n" },
          { KINDS, "{}", "{maybe_string: {$regex: x}}",
            "maybe_string: expected a string that matches /x/, was absent\n" },
          { KINDS, "{colour: RED}", "{colour: {$regex: '^R'}}", "" },
          { KINDS, "{wrapped_string: abc}", "{wrapped_string: {$regex: b}}", "" }, );
}

static void not_matcher_refuses_a_match(void **state)
{
    CHECK({ KINDS, "{int32_field: 1}", "{int32_field: {$not: 2}}", "" },
          { KINDS, "{int32_field: 2}", "{int32_field: {$not: 2}}", "int32_field: expected anything but 2, was 2\n" }, );
}

static void one_of_matcher_wants_one(void **state)
{
    CHECK({ KINDS, "{int32_field: 2}", "{int32_field: {$one_of: [1, 2]}}", "" },
          { KINDS, "{int32_field: 3}", "{int32_field: {$one_of: [1, 2]}}",
            "int32_field: expected one of [1, 2], was 3\n" }, );
}

static void all_of_matcher_wants_all(void **state)
{
    CHECK({ KINDS, "{string_field: abc}", "{string_field: {$all_of: [{$regex: a}, {$regex: c}]}}", "" },
          { KINDS, "{string_field: abc}", "{string_field: {$all_of: [{$regex: a}, {$regex: x}, {$regex: y}]}}",
            "string_field: expected a string that matches /x/, was \"abc\"\n"
            "string_field: expected a string that matches /y/, was \"abc\"\n" }, );
}

static void unordered_matcher_pairs_patterns_with_elements(void **state)
{
    CHECK({ KINDS, "{words: [c, a, b]}", "{words: {$unordered: [a, b, c]}}", "" },
          { KINDS, "{}", "{words: {$unordered: []}}", "" },
          /* First come, first served would give a to $any and leave nothing for the second pattern. */
          { KINDS, "{words: [a, b]}", "{words: {$unordered: [{$any: }, a]}}", "" },
          { KINDS, "{words: [a, b, c]}", "{words: {$unordered: [{$any: }, {$one_of: [a, b]}, a]}}", "" },
          { KINDS, "{words: [a, b, x]}", "{words: {$unordered: [b, c, a]}}",
            "words: expected \"c\" in the list (in any order), was left over: [2] \"x\"\n" },
          { KINDS, "{words: [a, a]}", "{words: {$unordered: [a, b]}}",
            "words: expected \"b\" in the list (in any order), was left over: [1] \"a\"\n" },
          { KINDS, "{words: [a]}", "{words: {$unordered: [b, a]}}",
            "words: expected \"b\" in the list (in any order), was no such element\n" },
          { KINDS, "{words: [a, b]}", "{words: {$unordered: [b]}}",
            "words[0]: expected no such element (1 in any order), was \"a\"\n" },
          { KINDS, "{leaves: [{value: a}, {value: b, weight: 1}]}", "{leaves: {$unordered: [{value: b}, {value: a}]}}",
            "leaves: expected {value: b} in the list (in any order), was left over: [1] { value: \"b\" weight: 1 "
            "}\n" }, );
}

static void contains_matcher_leaves_other_elements_free(void **state)
{
    CHECK({ KINDS, "{words: [c, a, b]}", "{words: {$contains: [b, c]}}", "" },
          { KINDS, "{words: [a, b]}", "{words: {$contains: [a, a]}}",
            "words: expected \"a\" in the list (in any order), was left over: [1] \"b\"\n" },
          { KINDS, "{}", "{words: {$contains: [a]}}",
            "words: expected \"a\" in the list (in any order), was no such element\n" }, );
}

static void each_matcher_wants_every_element(void **state)
{
    CHECK({ KINDS, "{leaves: [{value: a}, {value: ab}]}", "{leaves: {$each: {value: {$regex: a}}}}", "" },
          { KINDS, "{}", "{words: {$each: a}}", "" },
          { KINDS, "{words: [a, b, a, c]}", "{words: {$each: a}}",
            "words[1]: expected \"a\", was \"b\"\nwords[3]: expected \"a\", was \"c\"\n" },
          { KINDS, "{by_string: {x: a, y: b}}", "{by_string: {$each: a}}",
            "by_string.y: expected \"a\", was \"b\"\n" }, );
}

static void size_matcher_counts(void **state)
{
    CHECK({ KINDS, "{words: [a, b], string_field: abc, bytes_field: AQI=, by_string: {a: b}}",
            "{words: {$size: 2}, string_field: {$size: 3}, bytes_field: {$size: {$range: [1, 2]}}, by_string: {$size: "
            "1}}",
            "" },
          { KINDS, "{words: [a, b]}", "{words: {$size: 3}}",
            "words: expected a size of 3 (it is 2), was [\"a\", \"b\"]\n" },
          { KINDS, "{string_field: abc}", "{string_field: {$size: {$range: [4, null]}}}",
            "string_field: expected a size of {$range: [4, null]} (it is 3), was \"abc\"\n" }, );
}

static void range_matcher_includes_its_ends(void **state)
{
    CHECK({ KINDS, "{int32_field: 5, double_field: 1.5, uint64_field: '18446744073709551615', wrapped_int64: -3}",
            "{int32_field: {$range: [5, 5]}, double_field: {$range: [1.5, null]},"
            " uint64_field: {$range: [18446744073709551615, null]}, wrapped_int64: {$range: [null, -3]}}",
            "" },
          { KINDS, "{int32_field: 5}", "{int32_field: {$range: [6, 9]}}",
            "int32_field: expected a number in [6, 9], was 5\n" },
          { KINDS, "{int32_field: 10}", "{int32_field: {$range: [6, 9]}}",
            "int32_field: expected a number in [6, 9], was 10\n" },
          { KINDS, "{double_field: NaN}", "{double_field: {$range: [null, 9]}}",
            "double_field: expected a number in [null, 9], was nan\n" }, );
}

static void partial_matcher_looks_at_the_named_fields_alone(void **state)
{
    CHECK({ KINDS, "{int32_field: 5, leaf: {value: a, weight: 2}}", "{$partial: {leaf: {$partial: {weight: 2}}}}", "" },
          { KINDS, "{leaf: {value: a, weight: 2}}", "{leaf: {$partial: {weight: 3}}}",
            "leaf.weight: expected 3, was 2\n" },
          { KINDS, "{any: {'@type': tck.test.Leaf, value: a, weight: 2}}",
            "{any: {$partial: {'@type': tck.test.Leaf, value: a}}}", "" },
          { KINDS, "{any: {'@type': tck.test.Leaf, value: a}}", "{any: {$partial: {'@type': tck.test.Kinds}}}",
            "any: expected an Any of tck.test.Kinds, was { [tck.test.Leaf] { value: \"a\" } }\n" },
          { KINDS, "{}", "{leaf: {$partial: {weight: 3}}}", "leaf: expected {weight: 3} and more, was absent\n" },
          { KINDS, "{by_string: {a: x, b: y}}", "{by_string: {$partial: {a: x}}}", "" },
          { KINDS, "{by_string: {a: x, b: y}}", "{by_string: {$partial: {c: z}}}",
            "by_string.c: expected \"z\", was absent\n" }, );
}

static void capture_matcher_wants_presence_and_its_pattern(void **state)
{
    CHECK({ KINDS, "{leaf: {value: a}}", "{leaf: {$capture: x}}", "" },
          { KINDS, "{}", "{leaf: {$capture: x}}", "leaf: expected any value, was absent\n" },
          { KINDS, "{int32_field: 3}", "{int32_field: {$capture: x, as: {$range: [1, 3]}}}", "" },
          { KINDS, "{int32_field: 3}", "{int32_field: {as: 4, $capture: x}}", "int32_field: expected 4, was 3\n" },
          /* What was captured is known to what follows. */
          { KINDS, "{string_field: a, words: [a, ab]}", "{string_field: {$capture: x}, words: [$x, '${x}b']}", "" },
          { KINDS, "{string_field: a, words: [b]}", "{string_field: {$capture: x}, words: [$x]}",
            "words[0]: expected \"a\", was \"b\"\n" }, );
}

static void capture_binds_what_matched(void **state)
{
    static const struct {
        const char *message, *pattern, *name, *tree;
    } rows[] = {
        { "{int64_field: '9007199254740993'}", "{int64_field: {$capture: x}}", "x", "9007199254740993" },
        { "{string_field: a}", "{string_field: {$capture: x}}", "x", "a" },
        { "{colour: RED}", "{colour: {$capture: x}}", "x", "RED" },
        { "{bool_field: true}", "{bool_field: {$capture: x}}", "x", "true" },
        { "{bytes_field: AQI=}", "{bytes_field: {$capture: x}}", "x", "\"AQI=\"" },
        { "{words: [a, b]}", "{words: {$capture: x}}", "x", "[a, b]" },
        { "{by_string: {a: b}}", "{by_string: {$capture: x}}", "x", "{a: b}" },
        { "{leaf: {value: a, weight: 2}}", "{leaf: {$capture: x}}", "x", "{value: a, weight: 2}" },
        { "{leaves: [{value: a}, {value: b, weight: 4}]}",
          "{leaves: {$unordered: [{value: b, weight: {$capture: x}}, {value: a}]}}", "x", "4" },
        { "{string_field: a}", "{string_field: {$one_of: [{$capture: x, as: b}, {$capture: y}]}}", "y", "a" },
        { "{string_field: a}", "{string_field: {$one_of: [{$all_of: [{$capture: x}, b]}, {$capture: y}]}}", "y", "a" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        struct row row = { KINDS, rows[i].message, rows[i].pattern, "" };
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20), text = TCK_BUFFER_INIT(1 << 20);
        struct tck_bindings bindings = { 0 };
        const struct tck_tree *bound;

        assert_int_equal(match(fixture, &row, &bindings, &said, NULL), 1);
        bound = tck_bindings_find(&bindings, rows[i].name);
        assert_non_null(bound);
        tck_tree_print(bound, &text);
        assert_string_equal(tck_buffer_string(&text), rows[i].tree);
        assert_null(bindings.head->next);
    }
}

static void capture_of_a_failed_match_binds_nothing(void **state)
{
    static const struct row rows[] = {
        { KINDS, "{string_field: a, int32_field: 1}", "{string_field: {$capture: x}, int32_field: 2}", NULL },
        { KINDS, "{string_field: a, int32_field: 1}", "{int32_field: {$not: {$capture: x}}, string_field: a}", NULL },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        struct tck_bindings bindings = { 0 };

        assert_int_equal(match(fixture, &rows[i], &bindings, &said, NULL), 0);
        assert_null(bindings.head);
    }
}

static void variable_stands_for_its_tree(void **state)
{
    struct wire_fixture *fixture = *state;
    static const struct row rows[] = {
        { KINDS, "{string_field: x-7, int64_field: 7}", "{string_field: 'x-${id}', int64_field: $id}", "" },
        { KINDS, "{string_field: '7'}", "{string_field: $id}", "" },
        { KINDS, "{leaf: {value: a}}", "{leaf: $leaf}", "" },
        { KINDS, "{string_field: '$id'}", "{string_field: $$id}", "" },
        { KINDS, "{string_field: '$id'}", "{string_field: $dollar}", "" },
        { KINDS, "{int64_field: 8}", "{int64_field: $id}", "int64_field: expected 7, was 8\n" },
        { KINDS, "{int64_field: 8}", "{int64_field: {$range: [null, $id]}}",
          "int64_field: expected a number in [null, $id], was 8\n" },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_bindings bindings = { 0 };
        int r;

        tck_bindings_bind(&bindings, fixture->arena, "id", tck_tree_number(fixture->arena, 7, TCK_NOWHERE), NULL);
        tck_bindings_bind(&bindings, fixture->arena, "leaf", wire_fixture_tree(fixture, "{value: a}"), NULL);
        tck_bindings_bind(&bindings, fixture->arena, "dollar", tck_tree_string(fixture->arena, "$id", TCK_NOWHERE),
                          NULL);
        r = match(fixture, &rows[i], &bindings, &said, &err);
        if (r < 0)
            fail_msg("%s: %s", rows[i].pattern, err.text);
        assert_string_equal(tck_buffer_string(&said), rows[i].says);
    }
}

/* A pattern that cannot be, where its mistake is, and what is said of it. */
static const struct {
    const char *pattern;
    unsigned column;
    const char *says;
} mistakes[] = {
    { "{int32_fild: 1}", 2, "tck.test.Kinds has no field 'int32_fild'; did you mean 'int32_field'?" },
    { "{leaf: {wait: 1}}", 9, "tck.test.Leaf has no field 'wait'" },
    { "{int32_field: 2147483648}", 15, "'int32_field' wants a 32-bit integer, found a number '2147483648'" },
    { "{int32_field: x}", 15, "'int32_field' wants a 32-bit integer, found a string 'x'" },
    { "{uint32_field: -1}", 16, "'uint32_field' wants an unsigned 32-bit integer, found a number '-1'" },
    { "{string_field: 4}", 16, "'string_field' wants a string (in quotes), found a number '4'" },
    { "{bool_field: 'true'}", 14, "'bool_field' wants true or false, found a string 'true'" },
    { "{bytes_field: '!'}", 15, "'bytes_field' wants bytes as base64 or {hex: \"…\"}, found a string '!'" },
    { "{colour: GREN}", 10, "tck.test.Colour has no value 'GREN'; did you mean 'GREEN'?" },
    { "{words: a}", 9, "'words' wants a list, found a string" },
    { "{leaf: a}", 8, "tck.test.Leaf wants a map, found a string" },
    { "{any: {value: a}}", 7, "an Any wants its type: {\"@type\": full.Name, …}" },
    { "{any: {'@type': tck.test.Leav, value: a}}", 17,
      "no message type 'tck.test.Leav'; did you mean 'tck.test.Leaf'?" },
    { "{words: {$unorderd: [a]}}", 10, "no matcher '$unorderd'; did you mean '$unordered'?" },
    { "{leaf: {$any: , value: 3}}", 17, "'value' cannot stand beside the matcher '$any'" },
    { "{words: {$unordered: a}}", 22, "'$unordered' wants a list of patterns, found a string" },
    { "{string_field: {$regex: '('}}", 25, "not a regular expression: Unmatched ( or \\(" },
    { "{int32_field: {$regex: a}}", 16, "'$regex' is for strings, and int32_field is none" },
    { "{leaf: {$size: 1}}", 9, "'$size' is for lists, maps, strings and bytes, and tck.test.Leaf is none" },
    { "{words: {$size: -1}}", 17, "'$size' wants a whole number from 0, found -1" },
    { "{int32_field: {$range: [1]}}", 24, "'$range' wants [low, high], null for an open end" },
    { "{int32_field: {$range: [a, 1]}}", 25, "a bound of '$range' is a number or null, found a string" },
    { "{int32_field: {$range: [2, 1]}}", 24, "nothing is in this range: 2 is above 1" },
    { "{string_field: {$range: [1, 2]}}", 17, "'$range' is for numbers, and string_field is none" },
    { "{int32_field: {$partial: {a: 1}}}", 16, "'$partial' is for messages, and int32_field is none" },
    { "{int32_field: {$capture: 3}}", 26, "'$capture' wants the name of a variable, found a number" },
    { "{int32_field: {$each: 3}}", 16, "'$each' is for lists, and int32_field is none" },
    { "{words: {$each: 3}}", 17, "'words' wants a string (in quotes), found a number '3'" },
    { "{leaf: {$any: 1}}", 15, "'$any' takes nothing, found a number" },
};

static void check_points_at_each_mistake(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        struct tck_error_list errors = { 0 };
        int r = tck_match_check(fixture->pool, wire_fixture_type(fixture, KINDS),
                                wire_fixture_tree(fixture, mistakes[i].pattern), fixture->arena, &errors);

        if (errors.count != 1)
            fail_msg("%zu mistakes found in %s", errors.count, mistakes[i].pattern);
        assert_int_equal(r, TCK_BAD_INPUT);
        assert_string_equal(errors.items[0].text, mistakes[i].says);
        if (errors.items[0].line != 1 || errors.items[0].column != mistakes[i].column)
            fail_msg("%s: found at %u:%u", mistakes[i].pattern, errors.items[0].line, errors.items[0].column);
        tck_error_list_done(&errors);
    }
}

static void check_finds_all_mistakes_of_a_pattern(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_error_list errors = { 0 };

    assert_int_equal(
        tck_match_check(fixture->pool, wire_fixture_type(fixture, KINDS),
                        wire_fixture_tree(fixture, "{nope: 1, int32_field: x, words: {$one_of: [[1], [a]]}}"),
                        fixture->arena, &errors),
        TCK_BAD_INPUT);
    assert_int_equal(errors.count, 3);
    tck_error_list_done(&errors);
}

static void match_with_a_wrong_pattern_is_an_error_not_a_difference(void **state)
{
    struct wire_fixture *fixture = *state;
    static const struct row rows[] = {
        { KINDS, "{}", "{int32_fild: 1}", NULL },         { KINDS, "{int32_field: 1}", "{int32_field: x}", NULL },
        { KINDS, "{words: [a]}", "{words: a}", NULL },    { KINDS, "{words: [a]}", "{words: {$unordered: [1]}}", NULL },
        { KINDS, "{}", "{string_field: $nobody}", NULL }, { KINDS, "{}", "{int32_field: {$not: x}}", NULL },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_bindings bindings = { 0 };

        assert_int_equal(match(fixture, &rows[i], &bindings, &said, &err), TCK_BAD_INPUT);
        assert_string_equal(err.name, "test");
        assert_int_equal(err.line, 1);
    }
}

static void differences_above_the_limit_are_counted(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_match result = { .pool = fixture->pool, .arena = fixture->arena };
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20), said = TCK_BUFFER_INIT(1 << 20);
    const char *last;

    for (int i = 0; i < 50; i++)
        tck_buffer_printf(&yaml, "%s%d", i ? ", " : "{numbers: [", i);
    tck_buffer_puts(&yaml, "]}");
    assert_int_equal(tck_match_message(&result, wire_fixture_tree(fixture, "{numbers: {$each: -1}}"),
                                       wire_fixture_message(fixture, KINDS, tck_buffer_string(&yaml)), NULL),
                     0);
    assert_int_equal(result.difference_count, 50);
    tck_differences_print(&result, &said);
    last = strstr(tck_buffer_string(&said), "numbers[19]: ");
    assert_non_null(last);
    assert_string_equal(strchr(last, '\n') + 1, "… and 30 more differences\n");
}

static void long_values_are_cut_in_differences(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20), said = TCK_BUFFER_INIT(1 << 20);
    struct row row = { KINDS, NULL, "{string_field: x}", NULL };

    tck_buffer_puts(&yaml, "{string_field: ");
    for (int i = 0; i < 10000; i++)
        tck_buffer_puts(&yaml, "ab");
    tck_buffer_putc(&yaml, '}');
    row.message = tck_buffer_string(&yaml);
    assert_int_equal(match(fixture, &row, NULL, &said, NULL), 0);
    assert_true(said.size < 1000);
    assert_non_null(strstr(tck_buffer_string(&said), "ab\"… 20000 bytes\n"));
}

static void large_unordered_list_is_matched_in_time(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer up = TCK_BUFFER_INIT(1 << 20), down = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
    struct row row = { .type = KINDS };

    for (int i = 0; i < 500; i++) {
        tck_buffer_printf(&up, "%s%d", i ? ", " : "{numbers: [", i);
        tck_buffer_printf(&down, "%s%d", i ? ", " : "{numbers: {$unordered: [", 499 - i);
    }
    tck_buffer_puts(&up, "]}");
    tck_buffer_puts(&down, "]}}");
    row.message = tck_buffer_string(&up);
    row.pattern = tck_buffer_string(&down);
    assert_int_equal(match(fixture, &row, NULL, &said, NULL), 1);
}

static void tree_matches_by_value(void **state)
{
    struct wire_fixture *fixture = *state;
    static const struct {
        const char *actual, *pattern, *says;
    } rows[] = {
        { "1", "1.0", "" },
        { "'1'", "1", "expected 1, was \"1\"\n" },
        { "{a: [1, x], b: null}", "{a: {$unordered: [x, 1]}}", "b: expected absent, was null\n" },
        { "{a: 1}", "{a: 1, b: {$absent: }}", "" },
        { "{a: 1}", "{a: 1, b: 2}", "b: expected 2, was absent\n" },
        { "[1, 2]", "{$size: 2}", "" },
        { "abc", "{$regex: b}", "" },
        { "{a: {b: 1, c: 2}}", "{a: {$partial: {c: 3}}}", "a.c: expected 3, was 2\n" },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        struct tck_match result = { .pool = fixture->pool, .arena = fixture->arena };
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);

        tck_match_tree(&result, wire_fixture_tree(fixture, rows[i].pattern), wire_fixture_tree(fixture, rows[i].actual),
                       NULL);
        tck_differences_print(&result, &said);
        if (strcmp(tck_buffer_string(&said), rows[i].says) != 0)
            fail_msg("%s against %s said %s", rows[i].pattern, rows[i].actual, tck_buffer_string(&said));
    }
}

static void messages_compare_with_lists_as_bags_where_asked(void **state)
{
    struct wire_fixture *fixture = *state;
    static const char *const unordered[] = { "words", "kinds.leaves", "anys" };
    static const struct {
        const char *expected, *actual, *says;
    } rows[] = {
        { "{int32_field: 1, words: [a, b, a]}", "{int32_field: 1, words: [b, a, a]}", "" },
        { "{kinds: {leaves: [{value: a}, {value: b}]}}", "{kinds: {leaves: [{value: b}, {value: a}]}}", "" },
        { "{by_string: {a: x, b: y}}", "{by_string: {b: y, a: x}}", "" },
        { "{double_field: NaN, doubles: [NaN]}", "{double_field: NaN, doubles: [NaN]}", "" },
        { "{anys: [{'@type': tck.test.Leaf, value: a}, {'@type': tck.test.Leaf, value: b}]}",
          "{anys: [{'@type': example.com/tck.test.Leaf, value: b}, {'@type': tck.test.Leaf, value: a}]}", "" },
        { "{leaves: [{value: a}, {value: b}]}", "{leaves: [{value: b}, {value: a}]}",
          "leaves[0].value: expected \"a\", was \"b\"\nleaves[1].value: expected \"b\", was \"a\"\n" },
        { "{words: [a, b]}", "{words: [b, c]}",
          "words: expected \"a\", was no such element\nwords[1]: expected no such element, was \"c\"\n" },
        { "{leaf: {value: a}}", "{}", "leaf: expected { value: \"a\" }, was absent\n" },
        { "{numbers: [1]}", "{numbers: [1, 2]}", "numbers[1]: expected the end of the list, was 2\n" },
        { "{any: {'@type': tck.test.Leaf}}", "{any: {'@type': tck.test.Older}}",
          "any: expected an Any of tck.test.Leaf, was { [tck.test.Older] {} }\n" },
        { "{}", "{'@unknown': [{number: 999, varint: 5}]}", "expected no unknown fields, was unknown fields 999: 5\n" },
        { "{chosen_int32: 0}", "{chosen_string: ''}",
          "chosen_string: expected absent, was \"\"\nchosen_int32: expected 0, was absent\n" },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        struct tck_match result = { .pool = fixture->pool, .arena = fixture->arena };
        tck_cleanup(tck_buffer_done) struct tck_buffer said = TCK_BUFFER_INIT(1 << 20);
        int r = tck_match_messages(&result, wire_fixture_message(fixture, KINDS, rows[i].expected),
                                   wire_fixture_message(fixture, KINDS, rows[i].actual), unordered,
                                   TCK_COUNT(unordered), NULL);

        tck_differences_print(&result, &said);
        if (strcmp(tck_buffer_string(&said), rows[i].says) != 0 || r != (*rows[i].says == '\0'))
            fail_msg("%s and %s said %s", rows[i].expected, rows[i].actual, tck_buffer_string(&said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_fixture_setup, wire_fixture_teardown)
        TEST(literal_of_equal_content_matches),
        TEST(literal_of_other_content_says_where),
        TEST(literal_is_strict_about_what_it_does_not_name),
        TEST(absent_message_is_one_difference),
        TEST(list_of_other_length_says_what_is_missing_or_too_much),
        TEST(map_of_other_content_says_the_key),
        TEST(oneof_with_another_member_says_both_in_one_difference),
        TEST(any_is_opened_and_its_type_compared_by_name),
        TEST(string_any_is_written_as_a_plain_string),
        TEST(well_known_types_match_in_their_special_forms),
        TEST(unknown_field_is_a_difference_unless_it_is_named),
        TEST(any_matcher_wants_presence),
        TEST(absent_matcher_wants_nothing),
        TEST(optional_matcher_wants_nothing_or_the_pattern),
        TEST(regex_matcher_searches_a_string),
        TEST(not_matcher_refuses_a_match),
        TEST(one_of_matcher_wants_one),
        TEST(all_of_matcher_wants_all),
        TEST(unordered_matcher_pairs_patterns_with_elements),
        TEST(contains_matcher_leaves_other_elements_free),
        TEST(each_matcher_wants_every_element),
        TEST(size_matcher_counts),
        TEST(range_matcher_includes_its_ends),
        TEST(partial_matcher_looks_at_the_named_fields_alone),
        TEST(capture_matcher_wants_presence_and_its_pattern),
        TEST(capture_binds_what_matched),
        TEST(capture_of_a_failed_match_binds_nothing),
        TEST(variable_stands_for_its_tree),
        TEST(check_points_at_each_mistake),
        TEST(check_finds_all_mistakes_of_a_pattern),
        TEST(match_with_a_wrong_pattern_is_an_error_not_a_difference),
        TEST(differences_above_the_limit_are_counted),
        TEST(long_values_are_cut_in_differences),
        TEST(large_unordered_list_is_matched_in_time),
        TEST(tree_matches_by_value),
        TEST(messages_compare_with_lists_as_bags_where_asked),
    };

    return cmocka_run_group_tests_name("wire/match", tests, NULL, NULL);
}
