/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "known_fixture.h"
#include "testing.h"

static const char whole[] = "failing:\n"
                            "  - scenario: s/rows\n"
                            "    rule: R-ONE-1\n"
                            "    step: 4\n"
                            "    reason: rows are new to us\n"
                            "    until: 2028-02-29\n"
                            "  - scenario: [one, s/two]\n"
                            "    cause: timeout\n"
                            "    reason: slow\n"
                            "flaky:\n"
                            "  - {scenario: last, rule: R-TWO-1, cause: difference, reason: now and then}\n"
                            "  - {scenario: last, cause: timeout, reason: now and then}\n";

static void list_is_read_whole(void **state)
{
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, whole);
    const struct tck_known_entry *rows, *texts, *flaky;

    assert_int_equal(tck_known_count(list), 4);
    rows = tck_known_entry(list, 0);
    texts = tck_known_entry(list, 1);
    flaky = tck_known_entry(list, 2);
    assert_string_equal(tck_known_file(list), "known.yaml");
    assert_int_equal(rows->fact.kind, TCK_KNOWN_FAILING);
    assert_string_equal(rows->fact.place.name, "known.yaml");
    assert_int_equal(rows->fact.place.line, 2);
    assert_string_equal(rows->rule, "R-ONE-1");
    assert_int_equal(rows->cause, TCK_CAUSE_NONE);
    assert_int_equal(rows->step, 4);
    assert_string_equal(rows->fact.reason, "rows are new to us");
    assert_string_equal(rows->fact.until, "2028-02-29");
    assert_int_equal(rows->until, 20280229);
    assert_int_equal(tck_known_scenario_count(list, 0), 2);
    assert_int_equal(texts->globs.count, 2);
    assert_null(texts->rule);
    assert_int_equal(texts->cause, TCK_CAUSE_TIMEOUT);
    assert_int_equal(texts->until, 0);
    assert_int_equal(tck_known_scenario_count(list, 1), 2);
    assert_int_equal(flaky->fact.kind, TCK_KNOWN_FLAKY);
    assert_int_equal(flaky->cause, TCK_CAUSE_DIFFERENCE);
}

static void scenario_knows_the_entries_that_it_is_in(void **state)
{
    static const struct {
        const char *id;
        size_t count, first;
    } rows[] = {
        { "s/one", 1, 1 }, { "s/two", 1, 1 }, { "s/rows[a]", 1, 0 }, { "s/rows[b]", 1, 0 }, { "s/last", 2, 2 }
    };
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, whole);

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        const size_t *entries;

        assert_int_equal(tck_known_entries_of(list, known_fixture_scenario(*state, rows[i].id), &entries),
                         rows[i].count);
        assert_int_equal(entries[0], rows[i].first);
    }
}

static void list_without_entries_is_a_list(void **state)
{
    static const char *const texts[] = { "", "# nothing yet\n", "failing:\nflaky:\n", "failing: []\n" };
    const size_t *entries;

    for (size_t i = 0; i < TCK_COUNT(texts); i++) {
        tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, texts[i]);

        assert_int_equal(tck_known_count(list), 0);
        assert_int_equal(tck_known_entries_of(list, known_fixture_scenario(*state, "s/one"), &entries), 0);
    }
}

/* The text, and all that is wrong with it. */
static const struct {
    const char *yaml;
    const char *mistakes[4];
} mistakes[] = {
    { "- scenario: one\n",
      { "known.yaml:1:1: a list of known failures is a map with failing, flaky or both; found a list" } },
    { "failing: one\n", { "known.yaml:1:10: 'failing': expected a list of entries, found a string" } },
    { "faling: []\n", { "known.yaml:1:1: unknown key 'faling'; did you mean 'failing'?" } },
    { "failing: [one]\n",
      { "known.yaml:1:11: an entry is a map of scenario, rule or cause, and reason; found a string" } },
    { "failing:\n- reason: r\n",
      { "known.yaml:2:3: the entry names no scenario",
        "known.yaml:2:3: the entry names neither the rule that is broken nor the cause of the failure" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1}\n", { "known.yaml:2:3: the entry says no reason" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: }\n",
      { "known.yaml:2:42: 'reason': expected a text, found nothing" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, unitl: 2027-01-01}\n",
      { "known.yaml:2:45: unknown key 'unitl'; did you mean 'until'?" } },
    { "failing:\n- {scenario: {}, rule: R-ONE-1, reason: r}\n",
      { "known.yaml:2:14: 'scenario': expected a glob or a list of globs, found a map" } },
    { "failing:\n- {scenario: [], rule: R-ONE-1, reason: r}\n",
      { "known.yaml:2:14: 'scenario': expected a glob or a list of globs, found a list" } },
    { "failing:\n- {scenario: [one, []], rule: R-ONE-1, reason: r}\n",
      { "known.yaml:2:20: 'scenario': expected a glob, found a list" } },
    { "failing:\n- {scenario: [one, s/tow], rule: R-ONE-1, reason: r}\n",
      { "known.yaml:2:20: no scenario is named 's/tow'; did you mean 's/two'?" } },
    { "failing:\n- {scenario: 'crdt/**', rule: R-ONE-1, reason: r}\n",
      { "known.yaml:2:14: no scenario is named 'crdt/**'; `tck list` shows what there is" } },
    { "failing:\n- {scenario: one, rule: R-ONE-2, reason: r}\n",
      { "known.yaml:2:25: there is no rule 'R-ONE-2'; did you mean 'R-ONE-1'?" } },
    { "failing:\n- {scenario: one, cause: timout, reason: r}\n",
      { "known.yaml:2:26: there is no cause 'timout'; did you mean 'timeout'?" } },
    { "failing:\n- {scenario: one, cause: candidate-died, reason: r}\n",
      { "known.yaml:2:26: 'candidate-died' cannot be known beforehand: it is not the failure of one scenario" } },
    { "failing:\n- {scenario: one, cause: unexpected-pass, reason: r}\n",
      { "known.yaml:2:26: 'unexpected-pass' cannot be known beforehand: it is not the failure of one scenario" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, step: 0, reason: r}\n",
      { "known.yaml:2:40: a step is a number from 1, as failures tell it" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, step: -1, reason: r}\n",
      { "known.yaml:2:40: a step is a number from 1, as failures tell it" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, step: 1.5, reason: r}\n",
      { "known.yaml:2:40: a step is a number from 1, as failures tell it" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, step: first, reason: r}\n",
      { "known.yaml:2:40: a step is a number from 1, as failures tell it" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, until: soon}\n",
      { "known.yaml:2:52: 'soon' is no day; write for example 2027-03-01" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, until: 2027-02-29}\n",
      { "known.yaml:2:52: '2027-02-29' is no day; write for example 2027-03-01" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, until: 2100-02-29}\n",
      { "known.yaml:2:52: '2100-02-29' is no day; write for example 2027-03-01" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, until: 2027-13-01}\n",
      { "known.yaml:2:52: '2027-13-01' is no day; write for example 2027-03-01" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r, until: 2027-4-31}\n",
      { "known.yaml:2:52: '2027-4-31' is no day; write for example 2027-03-01" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r}\n- {scenario: 's/*', rule: R-ONE-1, reason: r}\n",
      { "known.yaml:3:3: 's/one' is known to fail so by the entry in line 2 already" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, step: 2, reason: r}\n- {scenario: one, rule: R-ONE-1, reason: r}\n",
      { "known.yaml:3:3: 's/one' is known to fail so by the entry in line 2 already" } },
    { "failing:\n- {scenario: one, rule: R-ONE-1, reason: r}\n"
      "- {scenario: one, rule: R-ONE-1, cause: difference, reason: r}\n",
      { "known.yaml:3:3: 's/one' is known to fail so by the entry in line 2 already" } },
    { "flaky:\n- {scenario: one, cause: timeout, reason: r}\n- {scenario: one, cause: timeout, reason: r}\n",
      { "known.yaml:3:3: 's/one' is known to fail so by the entry in line 2 already" } },
    { "failing:\n- {scenario: 's/**', rule: R-ONE-1, reason: r}\nflaky:\n- {scenario: two, cause: timeout, reason: "
      "r}\n",
      { "known.yaml:4:3: 's/two' is failing by the entry in line 2 already" } },
    { "failing:\n- {scenario: nine, rule: R-NINE-9, step: x, until: x}\n- 7\n",
      { "known.yaml:2:14: no scenario is named 'nine'; `tck list` shows what there is",
        "known.yaml:2:26: there is no rule 'R-NINE-9'; did you mean 'R-ONE-1'?",
        "known.yaml:2:42: a step is a number from 1, as failures tell it",
        "known.yaml:2:52: 'x' is no day; write for example 2027-03-01" } },
    { "failing: [\n", { "known.yaml:2:1: " } },
};

static void mistakes_are_told_all_at_once_with_their_places(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
        struct tck_known *list = NULL;
        char text[1024];

        assert_int_equal(tck_known_parse("known.yaml", tck_bytes(mistakes[i].yaml, strlen(mistakes[i].yaml)), *state,
                                         &list, &errors),
                         TCK_BAD_INPUT);
        assert_null(list);
        for (size_t k = 0; k < 4; k++) {
            const char *wanted = mistakes[i].mistakes[k];

            if (!wanted) {
                assert_int_equal(errors.count, k);
                break;
            }
            assert_true(k < errors.count);
            tck_error_text(&errors.items[k], text, sizeof text);
            if (wanted[strlen(wanted) - 1] == ' ') /* the rest is libyaml's */
                text[strlen(wanted)] = '\0';
            assert_string_equal(text, wanted);
        }
    }
}

static void every_mistake_of_a_bad_file_is_counted(void **state)
{
    static const char yaml[] = "failing:\n- {scenario: nine, rule: R-NINE-9, step: x, until: x}\n- 7\nmore: 1\n";
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_known *list = NULL;

    assert_int_equal(tck_known_parse("known.yaml", tck_bytes(yaml, strlen(yaml)), *state, &list, &errors),
                     TCK_BAD_INPUT);
    assert_int_equal(errors.count, 7); /* the key, four values, the reason that is missing, the 7 */
}

static void file_that_is_not_there_is_bad_input_with_its_name(void **state)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_known *list = NULL;
    char text[1024];

    assert_int_equal(tck_known_load("no/such/known.yaml", *state, &list, &errors), TCK_BAD_INPUT);
    assert_string_equal(tck_error_text(&errors.items[0], text, sizeof text),
                        "no/such/known.yaml: cannot be opened: No such file or directory");
}

/* The first list of reports/README.md, against the specs that the program carries. */
static void sample_of_the_manual_has_no_mistake(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer page = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_known_freep) struct tck_known *list = NULL;
    const char *begin, *end;
    char text[1024];

    (void)state;
    assert_int_equal(tck_read_file("reports/README.md", 1 << 20, &page, NULL), 0);
    begin = strstr(tck_buffer_string(&page), "# known.yaml\n");
    assert_non_null(begin);
    end = strstr(begin, "```");
    assert_int_equal(tck_spec_new(&spec, NULL), 0);
    tck_spec_load_builtin(spec, &errors);
    tck_spec_finish(spec, &errors);
    if (tck_known_parse("reports/README.md", tck_bytes(begin, (size_t)(end - begin)), spec, &list, &errors) < 0)
        fail_msg("%s", tck_error_text(&errors.items[0], text, sizeof text));
    assert_int_equal(tck_known_count(list), 2);
}

static const struct {
    const char *entry;
    struct tck_known_failure failure;
    bool named;
} failures[] = {
    { "rule: R-ONE-1", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 3 }, true },
    { "rule: R-ONE-1", { TCK_CAUSE_RULE, "R-ONE-1", 0 }, true },
    { "rule: R-ONE-1", { TCK_CAUSE_DIFFERENCE, "R-TWO-1", 3 }, false },
    { "rule: R-ONE-1", { TCK_CAUSE_DIFFERENCE, NULL, 3 }, false },
    { "rule: R-ONE-1", { TCK_CAUSE_TIMEOUT, "R-ONE-1", 3 }, false },
    { "rule: R-ONE-1", { TCK_CAUSE_DIED, "R-ONE-1", 3 }, false },
    { "rule: R-ONE-1, cause: timeout", { TCK_CAUSE_TIMEOUT, "R-ONE-1", 3 }, true },
    { "rule: R-ONE-1, cause: timeout", { TCK_CAUSE_TIMEOUT, "R-TWO-1", 3 }, false },
    { "rule: R-ONE-1, cause: check", { TCK_CAUSE_CHECK, "R-ONE-1", 3 }, true },
    { "rule: R-ONE-1, cause: check", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 3 }, false },
    { "rule: R-ONE-1, step: 3", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 3 }, true },
    { "rule: R-ONE-1, step: 3", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 4 }, false },
    { "rule: R-ONE-1, step: 3", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 0 }, false },
    { "cause: timeout", { TCK_CAUSE_TIMEOUT, "R-ONE-1", 3 }, true },
    { "cause: timeout", { TCK_CAUSE_TIMEOUT, NULL, 0 }, true },
    { "cause: timeout, step: 2", { TCK_CAUSE_TIMEOUT, "R-ONE-1", 3 }, false },
    { "cause: timeout", { TCK_CAUSE_DIFFERENCE, NULL, 3 }, false },
    { "cause: difference", { TCK_CAUSE_DIFFERENCE, NULL, 3 }, true },
    { "cause: difference", { TCK_CAUSE_DIFFERENCE, "R-ONE-1", 3 }, false }, /* a rule that is known must be named */
};

static void entry_names_one_kind_of_failure_and_no_other(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(failures); i++) {
        tck_cleanup(tck_known_freep) struct tck_known *list = NULL;
        char yaml[256];

        snprintf(yaml, sizeof yaml, "failing: [{scenario: one, %s, reason: r}]\n", failures[i].entry);
        list = known_fixture_list(*state, yaml);
        if (tck_known_names(tck_known_entry(list, 0), &failures[i].failure) != failures[i].named)
            fail_msg("row %zu: %s", i, failures[i].entry);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_read_whole),
        cmocka_unit_test(scenario_knows_the_entries_that_it_is_in),
        cmocka_unit_test(list_without_entries_is_a_list),
        cmocka_unit_test(mistakes_are_told_all_at_once_with_their_places),
        cmocka_unit_test(every_mistake_of_a_bad_file_is_counted),
        cmocka_unit_test(file_that_is_not_there_is_bad_input_with_its_name),
        cmocka_unit_test(sample_of_the_manual_has_no_mistake),
        cmocka_unit_test(entry_names_one_kind_of_failure_and_no_other),
    };

    return cmocka_run_group_tests(tests, known_fixture_setup, known_fixture_teardown);
}
