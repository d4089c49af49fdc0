/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "testing.h"

static const struct {
    const char *bytes;
    size_t size, length; /* length 0: not well-formed */
} rows[] = {
    { "a", 1, 1 },
    { "\xc3\xa9", 2, 2 },
    { "\xe2\x9c\x93", 3, 3 },
    { "\xf0\x9f\x98\x80", 4, 4 },
    { "\xf4\x8f\xbf\xbf", 4, 4 }, /* U+10FFFF */
    { "\0", 1, 1 },
    { "\xc3", 1, 0 },             /* cut off */
    { "\x80", 1, 0 },             /* stray continuation */
    { "\xc0\xaf", 2, 0 },         /* overlong */
    { "\xe0\x80\x80", 3, 0 },     /* overlong */
    { "\xed\xa0\x80", 3, 0 },     /* surrogate */
    { "\xf4\x90\x80\x80", 4, 0 }, /* beyond Unicode */
    { "\xff", 1, 0 },
};

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        assert_int_equal(tck_utf8_next(rows[i].bytes, rows[i].size, NULL), rows[i].length);
        assert_int_equal(tck_utf8_valid(rows[i].bytes, rows[i].size, NULL), rows[i].length > 0);
    }
}

static void text_is_shown_without_controls_and_broken_bytes(void **state)
{
    static const char text[] = "é\t\n\x1b[31m\xff\r\x7f ✓ \xc2\x85 \xef\xbf\xbf";
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1000);

    (void)state;
    tck_utf8_append_shown(text, sizeof text - 1, &out);
    assert_string_equal(tck_buffer_string(&out), "é\t\n\\x1B[31m\\xFF\\x7F ✓ \\x85 \\uFFFF");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
        cmocka_unit_test(text_is_shown_without_controls_and_broken_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
