/* SPDX-License-Identifier: Apache-2.0 */
#include "history_fixture.h"
#include "known/edit.h"
#include "known/update.h"
#include "known_fixture.h"
#include "testing.h"

/* s/one to s/last, with what is to be said of them; a failure is in step 3. */
#define BROKE(id, rule) SCENARIO(id, 1, "failed", "difference", "\"" rule "\"", "[]", "[]")

/* A list, what a run found, and the list that comes of it; NULL: nothing is changed. */
static const struct {
    const char *list, *report, *updated;
    const char *changes[4];
} rows[] = {
    /* a new list */
    { "",
      REPORT(BROKE("s/one", "R-ONE-1") "," PASSED("s/two")),
      "failing:\n  - scenario: s/one\n    rule: R-ONE-1\n    step: 3\n    reason: \"the report says no reason\"\n",
      { "added to failing: s/one: rule R-ONE-1, difference at step 3" } },
    /* behind the last entry, in its layout; comments stay where they are */
    { "# ours\nfailing:\n- scenario: s/one   # the first\n  rule: R-ONE-1\n  reason: >\n    folded\n    # no "
      "comment\n\n# the end\n",
      REPORT(BROKE("s/one", "R-ONE-1") "," BROKE("s/rows[a]", "R-TWO-1")),
      "# ours\nfailing:\n- scenario: s/one   # the first\n  rule: R-ONE-1\n  reason: >\n    folded\n    # no comment\n"
      "- scenario: \"s/rows[a]\"\n  rule: R-TWO-1\n  step: 3\n  reason: \"the report says no reason\"\n\n# the end\n",
      { "added to failing: s/rows[a]: rule R-TWO-1, difference at step 3" } },
    /* a heading without entries, and none */
    { "failing:   # none yet\nflaky: []\n",
      REPORT(BROKE("s/one", "R-ONE-1")),
      "failing:   # none yet\n  - scenario: s/one\n    rule: R-ONE-1\n    step: 3\n    reason: \"the report says no "
      "reason\"\nflaky: []\n",
      { "added to failing: s/one: rule R-ONE-1, difference at step 3" } },
    { "failing: []\n",
      REPORT(TIMED_OUT("s/one")),
      "failing:\n  - scenario: s/one\n    cause: timeout\n    step: 3\n    reason: \"the report says no reason\"\n",
      { "added to failing: s/one: timeout at step 3" } },
    { "flaky:\n  - {scenario: two, cause: timeout, reason: x}",
      REPORT(BROKE("s/one", "R-ONE-1")),
      "flaky:\n  - {scenario: two, cause: timeout, reason: x}\nfailing:\n  - scenario: s/one\n    rule: R-ONE-1\n    "
      "step: 3\n    "
      "reason: \"the report says no reason\"\n",
      { "added to failing: s/one: rule R-ONE-1, difference at step 3" } },
    /* what passed goes, and its lines with it */
    { "failing:\n  # about one\n  - scenario: s/one\n    rule: R-ONE-1\n    # within\n    reason: x\n\n  # about two\n"
      "  - {scenario: s/two, rule: R-TWO-1, reason: y}\nflaky:\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-TWO-1")),
      "failing:\n  # about one\n\n  # about two\n  - {scenario: s/two, rule: R-TWO-1, reason: y}\nflaky:\n",
      { "dropped: known.yaml:3: s/one: passed" } },
    { "failing:\r\n- scenario: s/one\r\n  rule: R-ONE-1\r\n  reason: x\r\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-TWO-1")),
      "failing:\r\n- scenario: s/two\r\n  rule: R-TWO-1\r\n  step: 3\r\n  reason: \"the report says no reason\"\r\n",
      { "dropped: known.yaml:2: s/one: passed", "added to failing: s/two: rule R-TWO-1, difference at step 3" } },
    /* rule, cause and step are corrected; reasons stay */
    { "failing:\n- scenario: s/one\n  rule: R-ONE-1 # was it\n  step: 7\n  reason: mine\n",
      REPORT(BROKE("s/one", "R-TWO-1")),
      "failing:\n- scenario: s/one\n  rule: R-TWO-1 # was it\n  step: 3\n  reason: mine\n",
      { "corrected: known.yaml:2: now rule R-TWO-1, difference at step 3" } },
    { "failing: # über\n- {reason: 'ü, \"x\"', scenario: s/one, rule: \"R-ONE-1\", step: 7}\n",
      REPORT(TIMED_OUT("s/one")),
      "failing: # über\n- {reason: 'ü, \"x\"', scenario: s/one, cause: timeout, step: 3}\n",
      { "corrected: known.yaml:2: now timeout at step 3" } },
    { "failing:\n- {scenario: s/one, cause: timeout, reason: x}\n",
      REPORT(BROKE("s/one", "R-TWO-1")),
      "failing:\n- {scenario: s/one, rule: R-TWO-1, reason: x}\n",
      { "corrected: known.yaml:2: now rule R-TWO-1, difference at step 3" } },
    { "failing:\n- {scenario: s/one, rule: R-ONE-1, cause: check, reason: x}\n",
      REPORT(BROKE("s/one", "R-TWO-1")),
      "failing:\n- {scenario: s/one, rule: R-TWO-1, cause: difference, reason: x}\n",
      { "corrected: known.yaml:2: now rule R-TWO-1, difference at step 3" } },
    /* globs keep those that still fail so */
    { "failing:\n- scenario: 's/*'   # all\n  rule: R-ONE-1\n  reason: x\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-ONE-1") "," BROKE("s/rows[a]", "R-TWO-1") "," PASSED("s/last")),
      "failing:\n- scenario: [s/two, \"s/rows[b]\"]   # all\n  rule: R-ONE-1\n  reason: x\n"
      "- scenario: \"s/rows[a]\"\n  rule: R-TWO-1\n  step: 3\n  reason: \"the report says no reason\"\n",
      { "taken out: known.yaml:2: s/one (passed), s/rows[a] (failed otherwise), s/last (passed)",
        "added to failing: s/rows[a]: rule R-TWO-1, difference at step 3" } },
    { "failing:\n- scenario:\n  - s/one\n  - s/two # second\n  rule: R-ONE-1\n  reason: x\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-ONE-1")),
      "failing:\n- scenario: s/two # second\n  rule: R-ONE-1\n  reason: x\n",
      { "taken out: known.yaml:2: s/one (passed)" } },
    { "failing:\n- {scenario: [s/one, s/two], rule: R-ONE-1, reason: x}\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-TWO-1")),
      "failing:\n- {scenario: s/two, rule: R-TWO-1, reason: x}\n",
      { "corrected: known.yaml:2: now rule R-TWO-1, difference at step 3",
        "taken out: known.yaml:2: s/one (passed)" } },
    /* flaky entries stay, and a new way of failing comes beside */
    { "flaky:\n- {scenario: s/one, cause: timeout, reason: x}\n", REPORT(PASSED("s/one")), NULL, { NULL } },
    { "flaky:\n- {scenario: s/one, cause: timeout, reason: x}\n",
      REPORT(BROKE("s/one", "R-ONE-1")),
      "flaky:\n- {scenario: s/one, cause: timeout, reason: x}\n"
      "- scenario: s/one\n  rule: R-ONE-1\n  step: 3\n  reason: \"the report says no reason\"\n",
      { "added to flaky: s/one: rule R-ONE-1, difference at step 3" } },
    { "",
      REPORT(BROKE("s/one", "R-ONE-1") "," PASSED("s/one")),
      "flaky:\n  - scenario: s/one\n    rule: R-ONE-1\n    step: 3\n    reason: \"the report says no reason\"\n",
      { "added to flaky: s/one: rule R-ONE-1, difference at step 3" } },
    { "failing:\n- {scenario: s/one, rule: R-ONE-1, reason: x}\n",
      REPORT(BROKE("s/one", "R-ONE-1") "," PASSED("s/one")),
      NULL,
      { "left as it is: known.yaml:2: s/one failed 1 of 2 times; is it flaky?" } },
    /* what says nothing changes nothing */
    { "failing:\n- {scenario: s/one, rule: R-ONE-1, reason: x}\n",
      REPORT(SKIPPED("s/one") "," NOT_RUN("s/two")),
      NULL,
      { NULL } },
    { "failing:\n- {scenario: s/one, rule: R-ONE-1, reason: x}\n", REPORT(KNOWN("s/one", "R-ONE-1")), NULL, { NULL } },
    { "",
      REPORT(SCENARIO("s/one", 1, "errored", "candidate-died", "null", "[]", "[]")),
      NULL,
      { "not added: s/one: candidate-died cannot be known beforehand" } },
    { "failing:\n- {scenario: s/one, rule: R-ONE-1, reason: x}\n",
      REPORT(SCENARIO("s/one", 1, "failed", "unexpected-pass", "null", "[]", "[]")),
      "failing:\n",
      { "dropped: known.yaml:2: s/one: passed" } },
};

static int update(const struct tck_spec *spec, const char *list, const char *report,
                  struct tck_known_update **ret_update, struct tck_error_list *errors)
{
    struct tck_past *past = history_fixture_past(report);
    int r = tck_known_update_new("known.yaml", tck_bytes(list, strlen(list)), spec, &past, 1, ret_update, errors);

    tck_past_free(past);
    return r;
}

static void list_is_made_to_fit_and_all_else_stays_byte_for_byte(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
        tck_cleanup(tck_known_update_freep) struct tck_known_update *made = NULL;
        char text[1024];
        size_t count = 0;

        if (update(*state, rows[i].list, rows[i].report, &made, &errors) < 0)
            fail_msg("row %zu: %s", i, tck_error_text(&errors.items[0], text, sizeof text));
        if (rows[i].updated) {
            assert_non_null(made->text);
            assert_string_equal(made->text, rows[i].updated);
            assert_int_equal(made->size, strlen(rows[i].updated));
        } else {
            assert_null(made->text);
        }
        for (; count < 4 && rows[i].changes[count]; count++) {
            assert_true(count < made->change_count);
            assert_string_equal(made->changes[count], rows[i].changes[count]);
        }
        assert_int_equal(made->change_count, count);
    }
}

static void updated_list_needs_no_update(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
        tck_cleanup(tck_known_update_freep) struct tck_known_update *made = NULL;

        if (!rows[i].updated)
            continue;
        assert_int_equal(update(*state, rows[i].updated, rows[i].report, &made, &errors), 0);
        assert_null(made->text);
    }
}

static void reason_of_the_report_is_kept_short_and_quoted(void **state)
{
    static const char *const reasons[][2] = { { "say \\\"no\\\" \\\\ twice", "\"say \\\"no\\\" \\\\ twice\"" },
                                              { "two\\nlines: #1", "\"two lines: #1\"" } };

    for (size_t i = 0; i < TCK_COUNT(reasons); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
        tck_cleanup(tck_known_update_freep) struct tck_known_update *made = NULL;
        tck_cleanup(tck_buffer_done) struct tck_buffer report = TCK_BUFFER_INIT(1 << 16);

        tck_buffer_printf(
            &report,
            REPORT("{\"id\": \"s/one\", \"repetition\": 1, \"verdict\": \"failed\", \"cause\": \"check\", "
                   "\"reason\": \"%s\", \"rule\": \"R-ONE-1\", \"step\": null, \"requirements\": [], "
                   "\"deviations\": []}"),
            reasons[i][0]);
        assert_int_equal(update(*state, "", tck_buffer_string(&report), &made, &errors), 0);
        assert_non_null(strstr(made->text, reasons[i][1]));
    }
}

static const struct {
    const char *list, *report, *mistake;
} mistakes[] = {
    { "failing: [{scenario: s/one, rule: R-ONE-1, reason: x}]\n", REPORT(PASSED("s/one")),
      "known.yaml:1:11: the entry does not begin with '-' on a line of its own, so it cannot be changed in its place" },
    { "{failing: []}\n", REPORT(BROKE("s/one", "R-ONE-1")),
      "known.yaml:1:1: the list is written in braces, so it cannot be changed in its place" },
    { "failing:\n- scenario: s/one\n  rule: &r R-ONE-1\n  reason: x\n", REPORT(BROKE("s/one", "R-TWO-1")),
      "known.yaml:3:9: the value is written with an anchor, an alias or a tag, or as a block, so it cannot be changed "
      "in its "
      "place" },
    { "failing:\n- {scenario: &l [s/one, s/two], rule: R-ONE-1, reason: x}\n",
      REPORT(PASSED("s/one") "," BROKE("s/two", "R-ONE-1")),
      "known.yaml:2:14: the value is written with an anchor, an alias or a tag, or as a block, so it cannot be changed "
      "in "
      "its place" },
    { "failing:\n- {scenario: &l [s/one, s/two], rule: R-ONE-1, reason: x}\n"
      "- {scenario: *l, rule: R-TWO-1, reason: x}\n",
      REPORT(TIMED_OUT("s/one")),
      "known.yaml:2:14: the value is written with an anchor, an alias or a tag, or as a block, so it cannot be changed "
      "in "
      "its place" },
    { "failing:\n- {scenario: s/one, rule: R-ONE-9, reason: x}\n", REPORT(PASSED("s/one")),
      "known.yaml:2:27: there is no rule 'R-ONE-9'; did you mean 'R-ONE-1'?" },
    { "", REPORT(BROKE("other/one", "R-ONE-1")),
      "r.json: 'other/one' failed, but there is no such scenario; --specs names those of your own" },
};

static void list_that_cannot_be_changed_is_told_with_its_place(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
        struct tck_known_update *made = NULL;
        char text[1024];

        assert_int_equal(update(*state, mistakes[i].list, mistakes[i].report, &made, &errors), TCK_BAD_INPUT);
        assert_null(made);
        assert_string_equal(tck_error_text(&errors.items[0], text, sizeof text), mistakes[i].mistake);
    }
}

static void changes_that_meet_are_refused(void **state)
{
    static const char yaml[] = "failing:\n- {scenario: s/one, rule: R-ONE-1, reason: x}\n";
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, yaml);
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 16);
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_edits edits;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    tck_edits_init(&edits, tck_bytes(yaml, sizeof yaml - 1), arena);
    assert_int_equal(tck_edit_set(&edits, tck_known_entry(list, 0), "rule", "cause", "timeout", NULL), 0);
    assert_int_equal(tck_edit_set(&edits, tck_known_entry(list, 0), "rule", NULL, "R-TWO-1", NULL), 0);
    assert_int_equal(tck_edits_make(&edits, &out, NULL), TCK_BAD_INPUT);
}

/* Whatever a list looks like, it is updated so that nothing is left to do, or refused. */
static void list_that_is_damaged_is_updated_or_refused(void **state)
{
    static const char bytes[] = { '"', '{', ']', '-', '&', '*', '\n', ' ', '\xff', '\0' };
    static const char aliases[] = "failing:\n- {scenario: s/one, rule: &r R-ONE-1, reason: &x x}\n"
                                  "- {scenario: s/two, rule: *r, reason: *x}\n";

    for (size_t i = 0; i <= TCK_COUNT(rows); i++) {
        const char *list = i < TCK_COUNT(rows) ? rows[i].list : aliases;
        const char *report =
            i < TCK_COUNT(rows) ? rows[i].report : REPORT(BROKE("s/one", "R-TWO-1") "," BROKE("s/two", "R-TWO-1"));
        const size_t size = strlen(list);
        struct tck_past *past = history_fixture_past(report);
        char damaged[1024];

        assert_true(size < sizeof damaged);
        for (size_t k = 0; k < (size + 1) * TCK_COUNT(bytes); k++) {
            tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
            tck_cleanup(tck_known_update_freep) struct tck_known_update *made = NULL;
            int r;

            memcpy(damaged, list, size + 1);
            damaged[k / TCK_COUNT(bytes)] = bytes[k % TCK_COUNT(bytes)];
            r = tck_known_update_new("known.yaml", tck_bytes(damaged, size), *state, &past, 1, &made, &errors);
            assert_true(r == 0 || r == TCK_BAD_INPUT);
            assert_true((r == 0) == (errors.count == 0));
        }
        tck_past_free(past);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_made_to_fit_and_all_else_stays_byte_for_byte),
        cmocka_unit_test(updated_list_needs_no_update),
        cmocka_unit_test(reason_of_the_report_is_kept_short_and_quoted),
        cmocka_unit_test(list_that_cannot_be_changed_is_told_with_its_place),
        cmocka_unit_test(changes_that_meet_are_refused),
        cmocka_unit_test(list_that_is_damaged_is_updated_or_refused),
    };

    return cmocka_run_group_tests(tests, known_fixture_setup, known_fixture_teardown);
}
