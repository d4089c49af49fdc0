/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "testing.h"

static void duration_is_read_with_its_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t duration;
    } rows[] = { { "250ms", TCK_MS(250) },
                 { "3s", TCK_SECONDS(3) },
                 { "1.5s", TCK_MS(1500) },
                 { "2m", TCK_SECONDS(120) },
                 { "1h", TCK_SECONDS(3600) },
                 { "10us", 10000 },
                 { "0", 0 },
                 { "0ms", 0 },
                 { ".5s", TCK_MS(500) } };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        int64_t duration = -1;

        assert_int_equal(tck_duration_parse(rows[i].text, TCK_NOWHERE, &duration, NULL), 0);
        assert_int_equal(duration, rows[i].duration);
    }
}

static void duration_without_sense_is_refused_with_an_example(void **state)
{
    static const char *const texts[] = { "", "3", "s", "3 s", "-3s", "3d", "nan", "infs", "1e300h", "3s2" };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(texts); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        int64_t duration = 7;

        assert_int_equal(tck_duration_parse(texts[i], (struct tck_place){ "a", 1, 2 }, &duration, &err), TCK_BAD_INPUT);
        assert_int_equal(duration, 7);
        assert_int_equal(err.column, 2);
        assert_non_null(strstr(err.text, "write for example 250ms, 3s or 2m"));
    }
}

static void deadline_beyond_the_clock_never_comes(void **state)
{
    (void)state;
    assert_true(tck_after(INT64_MAX) == TCK_NEVER);
    assert_true(tck_after(TCK_SECONDS(1)) > tck_now());
}

static void duration_is_shown_in_the_unit_that_fits(void **state)
{
    char buf[32];

    (void)state;
    assert_string_equal(tck_duration_text(TCK_MS(250), buf), "250 ms");
    assert_string_equal(tck_duration_text(TCK_SECONDS(3), buf), "3 s");
    assert_string_equal(tck_duration_text(250000, buf), "0.25 ms");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duration_is_read_with_its_unit),
        cmocka_unit_test(duration_without_sense_is_refused_with_an_example),
        cmocka_unit_test(deadline_beyond_the_clock_never_comes),
        cmocka_unit_test(duration_is_shown_in_the_unit_that_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
