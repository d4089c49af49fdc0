/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"
#include "verdict/verdict.h"

static struct tck_run a_run(size_t passed, size_t failed, size_t skipped, size_t errored)
{
    struct tck_run run = { 0 };

    run.count[TCK_VERDICT_PASSED] = passed;
    run.count[TCK_VERDICT_FAILED] = failed;
    run.count[TCK_VERDICT_SKIPPED] = skipped;
    run.count[TCK_VERDICT_ERRORED] = errored;
    return run;
}

static void run_status_follows_the_worst_that_happened(void **state)
{
    struct tck_run run = a_run(9, 0, 3, 0);

    (void)state;
    assert_int_equal(tck_run_status(&run), TCK_OK);
    run.unproven = true;
    assert_int_equal(tck_run_status(&run), TCK_UNPROVEN);
    run = a_run(9, 0, 0, 1);
    assert_int_equal(tck_run_status(&run), TCK_UNPROVEN);
    run = a_run(9, 1, 0, 1);
    assert_int_equal(tck_run_status(&run), TCK_BROKEN);
    run.candidate_failed = true;
    assert_int_equal(tck_run_status(&run), TCK_NO_SHOW);
    run.bad_scenario = true;
    assert_int_equal(tck_run_status(&run), TCK_BAD_INPUT);
    run.kit_failed = true;
    assert_int_equal(tck_run_status(&run), TCK_KIT);
}

static void run_without_a_pass_is_never_a_success(void **state)
{
    struct tck_run nothing = a_run(0, 0, 0, 0), skipped = a_run(0, 0, 156, 0);

    (void)state;
    assert_int_equal(tck_run_status(&nothing), TCK_UNPROVEN);
    assert_int_equal(tck_run_status(&skipped), TCK_UNPROVEN);
}

static void known_failures_break_no_gate_but_entries_that_show_nothing_do(void **state)
{
    struct tck_run run = a_run(0, 0, 0, 0);

    (void)state;
    run.count[TCK_VERDICT_KNOWN] = 2;
    assert_int_equal(tck_run_status(&run), TCK_OK);
    run.known.trouble_count = 1;
    assert_int_equal(tck_run_status(&run), TCK_UNPROVEN);
    run.count[TCK_VERDICT_FAILED] = 1;
    assert_int_equal(tck_run_status(&run), TCK_BROKEN);
}

static void every_cause_leads_to_a_verdict_with_a_word(void **state)
{
    (void)state;
    assert_int_equal(tck_cause_verdict(TCK_CAUSE_NONE), TCK_VERDICT_PASSED);
    for (int cause = 1; cause < TCK_CAUSE_COUNT; cause++) {
        assert_int_not_equal(tck_cause_verdict(cause), TCK_VERDICT_PASSED);
        assert_true(tck_cause_word(cause)[0] != '\0');
        assert_true(tck_verdict_word(tck_cause_verdict(cause))[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_status_follows_the_worst_that_happened),
        cmocka_unit_test(run_without_a_pass_is_never_a_success),
        cmocka_unit_test(known_failures_break_no_gate_but_entries_that_show_nothing_do),
        cmocka_unit_test(every_cause_leads_to_a_verdict_with_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
