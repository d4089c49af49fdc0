/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "history_fixture.h"
#include "testing.h"

static const char whole[] = REPORT(
    SCENARIO("b/two", 2, "failed", "rule", "\"R-1\"", "[\"R-1\", \"R-2\"]", "[]") "," PASSED("a/one") "," SCENARIO(
        "b/two", 1, "passed", "", "null", "[]", "[{\"rule\": null, \"text\": \"odd\", \"level\": \"should\"}]"));

static void report_is_read_in_the_order_of_scenarios_and_repetitions(void **state)
{
    tck_cleanup(tck_past_freep) struct tck_past *past = history_fixture_past(whole);

    (void)state;
    assert_string_equal(past->file, "r.json");
    assert_string_equal(past->kit_version, "0.1");
    assert_string_equal(past->candidate, "mine");
    assert_true(past->complete);
    assert_int_equal(past->count, 3);
    assert_string_equal(past->results[0].scenario, "a/one");
    assert_int_equal(past->results[1].repetition, 1);
    assert_int_equal(past->results[1].deviations[0].level, TCK_LEVEL_SHOULD);
    assert_string_equal(past->results[1].deviations[0].text, "odd");
    assert_int_equal(past->results[2].repetition, 2);
    assert_int_equal(past->results[2].verdict, TCK_VERDICT_FAILED);
    assert_int_equal(past->results[2].cause, TCK_CAUSE_RULE);
    assert_string_equal(past->results[2].rule, "R-1");
    assert_int_equal(past->results[2].step, 3);
    assert_int_equal(past->results[2].requirements.count, 2);
    assert_int_equal(tck_past_group(past, 0), 1);
    assert_int_equal(tck_past_group(past, 1), 2);
    assert_ptr_equal(tck_past_telling(&past->results[1], 2), &past->results[2]);
}

static const struct {
    const char *json, *error;
} mistakes[] = {
    { "", "r.json:1:1: is no JSON: '[' or '{' expected near end of file" },
    { "{\n  \"kit\": nothing\n}", "r.json:2:16: is no JSON: invalid token near 'nothing'" },
    { "{\"kit\": 1, \"kit\": 2}", "r.json:1:16: is no JSON: duplicate object key near '\"kit\"'" },
    { "[]", "r.json: is no report of tck: the document: expected an object" },
    { "{}", "r.json: is no report of tck: kit.name: expected \"tck\"" },
    { "{\"kit\": {\"name\": \"other\"}}", "r.json: is no report of tck: kit.name: expected \"tck\"" },
    { "{\"kit\": {\"name\": \"tck\"}}", "r.json: is no report of tck: kit.version: expected a text" },
    { "{\"kit\": {\"name\": \"tck\", \"version\": \"1\"}}",
      "r.json: is no report of tck: candidate.name: expected a text or null" },
    { "{\"kit\": {\"name\": \"tck\", \"version\": \"1\"}, \"candidate\": {\"name\": null}}",
      "r.json: is no report of tck: complete: expected true or false" },
    { "{\"kit\": {\"name\": \"tck\", \"version\": \"1\"}, \"candidate\": {\"name\": null}, \"complete\": true, "
      "\"strict\": "
      "true, \"upstream\": true}",
      "r.json: is no report of tck: scenarios: expected a list" },
    { REPORT("7"), "r.json: is no report of tck: scenarios[0]: expected an object" },
    { REPORT("{}"), "r.json: is no report of tck: scenarios[0].id: expected a text" },
    { REPORT(PASSED("a") ",{\"id\": \"b\"}"), "r.json: is no report of tck: scenarios[1].verdict: expected a verdict" },
    { REPORT(SCENARIO("a", 1, "great", "", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].verdict: expected a verdict that this version knows, found 'great'" },
    { REPORT(SCENARIO("a", 1, "failed", "mood", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].cause: expected a cause that this version knows, found 'mood'" },
    { REPORT(SCENARIO("a", 1, "passed", "timeout", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].cause: expected one that leads to this verdict" },
    { REPORT(SCENARIO("a", 1, "known", "not-run", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].cause: expected one that leads to this verdict" },
    { REPORT(SCENARIO("a", 1, "passed", "", "[]", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].rule: expected a text or null" },
    { REPORT(SCENARIO("a", -1, "passed", "", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].repetition: expected a number from 0" },
    { REPORT(SCENARIO("a", 99999999999, "passed", "", "null", "[]", "[]")),
      "r.json: is no report of tck: scenarios[0].repetition: expected a number from 0" },
    { REPORT(SCENARIO("a", 1, "passed", "", "null", "{}", "[]")),
      "r.json: is no report of tck: scenarios[0].requirements: expected a list of rules" },
    { REPORT(SCENARIO("a", 1, "passed", "", "null", "[1]", "[]")),
      "r.json: is no report of tck: scenarios[0].requirements: expected a list of rules" },
    { REPORT(SCENARIO("a", 1, "passed", "", "null", "[]", "[1]")),
      "r.json: is no report of tck: scenarios[0].deviations: expected a list of objects" },
    { REPORT(SCENARIO("a", 1, "passed", "", "null", "[]", "[{\"rule\": null, \"text\": \"x\", \"level\": \"wish\"}]")),
      "r.json: is no report of tck: scenarios[0].level: expected a level that this version knows, found 'wish'" },
};

static void what_is_no_report_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_past *past = NULL;
        char text[1024];

        assert_int_equal(tck_past_parse("r.json", tck_bytes(mistakes[i].json, strlen(mistakes[i].json)), &past, &err),
                         TCK_BAD_INPUT);
        assert_null(past);
        assert_string_equal(tck_error_text(&err, text, sizeof text), mistakes[i].error);
    }
}

/* Cut anywhere, and with any one byte changed: an answer, and nothing else. */
static void report_that_is_damaged_does_no_harm(void **state)
{
    static const char bytes[] = { '"', '{', ']', '\\', '9', '-', '\xff', '\0' };
    const size_t size = sizeof whole - 1;
    char damaged[sizeof whole];

    (void)state;
    for (size_t i = 0; i < size; i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_past *past = NULL;

        assert_int_equal(tck_past_parse("r.json", tck_bytes(whole, i), &past, &err), TCK_BAD_INPUT);
        for (size_t k = 0; k < TCK_COUNT(bytes); k++) {
            int r;

            memcpy(damaged, whole, size);
            damaged[i] = bytes[k];
            r = tck_past_parse("r.json", tck_bytes(damaged, size), &past, &err);
            assert_true(r == 0 || r == TCK_BAD_INPUT);
            tck_past_free(TCK_TAKE(past));
        }
    }
}

static void nesting_without_end_is_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_past *past = NULL;

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        tck_buffer_putc(&text, '[');
    assert_int_equal(tck_past_parse("r.json", tck_buffer_bytes(&text), &past, &err), TCK_BAD_INPUT);
}

static const struct {
    enum tck_cause cause;
    enum tck_past_state state;
} states[] = {
    { TCK_CAUSE_NONE, TCK_PAST_PASSES },         { TCK_CAUSE_UNEXPECTED_PASS, TCK_PAST_PASSES },
    { TCK_CAUSE_DIFFERENCE, TCK_PAST_FAILS },    { TCK_CAUSE_TIMEOUT, TCK_PAST_FAILS },
    { TCK_CAUSE_DIED, TCK_PAST_FAILS },          { TCK_CAUSE_NOT_OFFERED, TCK_PAST_SKIPPED },
    { TCK_CAUSE_NOT_RUN, TCK_PAST_NOT_RUN },     { TCK_CAUSE_INTERRUPTED, TCK_PAST_NOT_RUN },
    { TCK_CAUSE_UNREACHABLE, TCK_PAST_NOT_RUN }, { TCK_CAUSE_KIT, TCK_PAST_NOT_RUN },
    { TCK_CAUSE_SCENARIO, TCK_PAST_NOT_RUN },
};

static void cause_says_what_became_of_a_scenario(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(states); i++) {
        const struct tck_past_result result = { .cause = states[i].cause };

        assert_int_equal(tck_past_state(&result), states[i].state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_is_read_in_the_order_of_scenarios_and_repetitions),
        cmocka_unit_test(what_is_no_report_is_told_with_its_place),
        cmocka_unit_test(report_that_is_damaged_does_no_harm),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(cause_says_what_became_of_a_scenario),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
