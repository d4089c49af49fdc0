/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "wire/text.h"
#include "wire_fixture.h"

#define KINDS "tck.test.Kinds"

static void text_of_a_message_is_one_line(void **state)
{
    static const struct {
        const char *message, *text;
    } rows[] = {
        { "{}", "" },
        { "{int32_field: -1, uint64_field: 18446744073709551615, bool_field: true}",
          "int32_field: -1 uint64_field: 18446744073709551615 bool_field: true" },
        { "{float_field: 0.1, double_field: NaN}", "float_field: 0.1 double_field: nan" },
        { "{colour: RED, colours: [GREEN, 77]}", "colour: RED colours: GREEN colours: 77" },
        { "{leaf: {value: a}, kinds: {}}", "leaf { value: \"a\" } kinds {}" },
        { "{words: [a, b]}", "words: \"a\" words: \"b\"" },
        { "{by_int32: {7: {value: a}}}", "by_int32 { key: 7 value { value: \"a\" } }" },
        { "{bytes_field: {hex: '00ff41'}}", "bytes_field: \"\\000\\377A\"" },
        { "{any: {'@type': tck.test.Leaf, value: a}}", "any { [tck.test.Leaf] { value: \"a\" } }" },
        { "{any: {'@type': x/no.Such, '@value': AQI=}}", "any { type_url: \"x/no.Such\" value: \"\\001\\002\" }" },
        { "{any: {'@type': tck.test.Leaf, '@value': /w==}}",
          "any { type_url: \"type.googleapis.com/tck.test.Leaf\" value: \"\\377\" }" },
        { "{wrapped_int32: 3, empty: {}}", "empty {} wrapped_int32 { value: 3 }" },
        { "{'@unknown': [{number: 999, varint: 5}, {number: 1000, bytes: AUE=}, {number: 1001, fixed32: 1},"
          " {number: 1002, fixed64: 2}]}",
          "999: 5 1000: \"\\001A\" 1001: 0x00000001 1002: 0x0000000000000002" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

        tck_message_to_text(fixture->pool, wire_fixture_message(fixture, KINDS, rows[i].message), 0, &out);
        assert_string_equal(tck_buffer_string(&out), rows[i].text);
    }
}

static void text_with_an_alias_shows_the_url(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

    assert_int_equal(tck_pool_alias(fixture->pool, "p.cloudstate.io/string", "google.protobuf.StringValue", NULL), 0);
    assert_int_equal(tck_pool_set_string_any(fixture->pool, "p.cloudstate.io/string", NULL), 0);
    tck_message_to_text(fixture->pool, wire_fixture_message(fixture, KINDS, "{any: abc}"), 0, &out);
    assert_string_equal(tck_buffer_string(&out), "any { [p.cloudstate.io/string] { value: \"abc\" } }");
}

static void text_is_cut_at_the_limit_on_a_whole_character(void **state)
{
    struct wire_fixture *fixture = *state;
    ProtobufCMessage *message = wire_fixture_message(fixture, KINDS, "{string_field: \"\u00e4\u00e4\u00e4\u00e4\"}");

    for (size_t limit = 1; limit < 30; limit++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

        tck_buffer_puts(&out, "x");
        tck_message_to_text(fixture->pool, message, limit, &out);
        assert_true(out.size - 1 <= limit + strlen("…"));
        assert_true(tck_utf8_valid(out.data, out.size, NULL));
        if (limit < strlen("string_field: \"\u00e4\u00e4\u00e4\u00e4\""))
            assert_string_equal(out.data + out.size - strlen("…"), "…");
        else
            assert_string_equal(out.data, "xstring_field: \"\u00e4\u00e4\u00e4\u00e4\"");
    }
}

static void long_values_are_cut_and_their_size_is_said(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20), yaml = TCK_BUFFER_INIT(1 << 20);

    tck_buffer_puts(&yaml, "{string_field: ");
    for (int i = 0; i < 5000; i++)
        tck_buffer_putc(&yaml, 'a');
    tck_buffer_puts(&yaml, ", int32_field: 1}");
    tck_message_to_text(fixture->pool, wire_fixture_message(fixture, KINDS, tck_buffer_string(&yaml)), 0, &out);
    assert_true(out.size < 400);
    assert_string_equal(out.data + out.size - strlen("aa\"… 5000 bytes"), "aa\"… 5000 bytes");
}

static void quoted_text_is_printable(void **state)
{
    static const struct {
        const char *text;
        size_t size, limit;
        const char *quoted;
    } rows[] = {
        { "", 0, 0, "\"\"" },
        { "a\"\\b", 4, 0, "\"a\\\"\\\\b\"" },
        { "\n\r\t\0\x1f\x7f", 6, 0, "\"\\n\\r\\t\\000\\037\\177\"" },
        { "\u00e4\U0001f600", 6, 0, "\"\u00e4\U0001f600\"" },
        { "\xff\xc3", 2, 0, "\"\\377\\303\"" },
        { "\xed\xa0\x80", 3, 0, "\"\\355\\240\\200\"" },
        { "\u202e", 3, 0, "\"\\342\\200\\256\"" }, /* turns what follows around */
        { "\xc2\x85", 2, 0, "\"\\302\\205\"" },    /* a control character of C1 */
        { "abcdef", 6, 3, "\"abc\"… 6 bytes" },
        { "ab\u00e4", 4, 3, "\"ab\"… 4 bytes" },
        { "abc", 3, 3, "\"abc\"" },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

        tck_text_quote(rows[i].text, rows[i].size, rows[i].limit, &out);
        assert_string_equal(tck_buffer_string(&out), rows[i].quoted);
    }
}

static void anys_in_anys_end(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20), text = TCK_BUFFER_INIT(1 << 20);
    ProtobufCMessage *any = NULL;

    /* Each Any holds the one before it: no single message of these is deep. */
    for (int i = 0; i < 150; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);

        tck_buffer_puts(&yaml, "{'@type': google.protobuf.Any, '@value': {hex: '");
        for (size_t j = 0; j < bytes.size; j++)
            tck_buffer_printf(&yaml, "%02x", (unsigned char)bytes.data[j]);
        tck_buffer_puts(&yaml, "'}}");
        any = wire_fixture_message(fixture, "google.protobuf.Any", tck_buffer_string(&yaml));
        tck_buffer_clear(&bytes);
        assert_int_equal(tck_message_pack(any, &bytes, NULL), 0);
    }
    tck_message_to_text(fixture->pool, any, 0, &text);
    assert_false(text.failed);
    assert_non_null(strstr(tck_buffer_string(&text), "type_url: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, wire_fixture_setup, wire_fixture_teardown)
        TEST(text_of_a_message_is_one_line),
        TEST(text_with_an_alias_shows_the_url),
        TEST(text_is_cut_at_the_limit_on_a_whole_character),
        TEST(long_values_are_cut_and_their_size_is_said),
        TEST(quoted_text_is_printable),
        TEST(anys_in_anys_end),
    };

    return cmocka_run_group_tests_name("wire/text", tests, NULL, NULL);
}
