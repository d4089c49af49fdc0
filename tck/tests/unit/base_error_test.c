/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"
#include "testing.h"

static void error_with_causes_reads_as_a_place_and_reasons(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char text[256];
    int r;

    (void)state;
    r = tck_fail(&err, TCK_BAD_INPUT, (struct tck_place){ "specs/a.yaml", 12, 5 }, "no rule '%s'", "ES-9");
    assert_int_equal(r, TCK_BAD_INPUT);
    r = tck_wrap(&err, r, "cannot read the scenarios");
    assert_int_equal(r, TCK_BAD_INPUT);
    assert_string_equal(tck_error_text(&err, text, sizeof text),
                        "specs/a.yaml:12:5: cannot read the scenarios\n  because no rule 'ES-9'");
}

static void error_without_a_receiver_still_gives_its_status(void **state)
{
    (void)state;
    assert_int_equal(tck_fail(NULL, TCK_NO_SHOW, TCK_NOWHERE, "gone"), TCK_NO_SHOW);
    assert_int_equal(tck_wrap(NULL, TCK_NO_SHOW, "while waiting"), TCK_NO_SHOW);
}

static void error_with_a_long_text_is_cut_and_says_so(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char long_text[2000];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    tck_fail(&err, TCK_KIT, TCK_NOWHERE, "%s", long_text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_string_equal(err.text + sizeof err.text - sizeof "…", "…");
}

static void error_text_holds_no_line_breaks(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    (void)state;
    tck_fail(&err, TCK_KIT, TCK_NOWHERE, "one\ntwo\r\nthree");
    assert_string_equal(err.text, "one two  three");
}

static void error_that_is_moved_leaves_nothing_behind(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error from = { 0 };
    tck_cleanup(tck_error_done) struct tck_error to = { 0 };

    (void)state;
    tck_fail(&from, TCK_BROKEN, TCK_NOWHERE, "root");
    tck_wrap(&from, TCK_BROKEN, "frame");
    tck_error_move(&to, &from);
    assert_int_equal(from.status, TCK_OK);
    assert_null(from.cause);
    assert_string_equal(to.cause->text, "root");
}

static void error_list_counts_what_it_does_not_keep(void **state)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list list = { 0 };

    (void)state;
    for (int i = 0; i < TCK_ERROR_LIST_MAX + 7; i++)
        assert_int_equal(tck_error_list_add(&list, TCK_BAD_INPUT, TCK_NOWHERE, "mistake %d", i), TCK_BAD_INPUT);
    assert_int_equal(list.count, TCK_ERROR_LIST_MAX);
    assert_int_equal(list.dropped, 7);
    assert_string_equal(list.items[TCK_ERROR_LIST_MAX - 1].text, "mistake 199");
}

static void every_exit_code_has_its_sentence(void **state)
{
    (void)state;
    for (int code = 0; code <= 5; code++) {
        assert_string_not_equal(tck_status_text(code), "unknown status");
        assert_ptr_equal(tck_status_text(code), tck_status_text(-code));
    }
    assert_string_equal(tck_status_text(6), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_with_causes_reads_as_a_place_and_reasons),
        cmocka_unit_test(error_without_a_receiver_still_gives_its_status),
        cmocka_unit_test(error_with_a_long_text_is_cut_and_says_so),
        cmocka_unit_test(error_text_holds_no_line_breaks),
        cmocka_unit_test(error_that_is_moved_leaves_nothing_behind),
        cmocka_unit_test(error_list_counts_what_it_does_not_keep),
        cmocka_unit_test(every_exit_code_has_its_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
