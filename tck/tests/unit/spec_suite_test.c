/* SPDX-License-Identifier: Apache-2.0
 *
 * What a suite becomes: ids, what scenarios take over from it, rows, and what is checked once all files are there.
 */
#include "spec/language.h"
#include "spec_fixture.h"
#include "testing.h"

#define HEAD           "suite: s\nrole: proxy\nprotocol: crdt\n"
#define SCENARIO(name) "  - name: " name "\n    steps: [half_close: ]\n"

static void assert_strings(struct tck_strings strings, size_t count, const char *const expected[])
{
    assert_int_equal(strings.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(strings.items[i], expected[i]);
}

static void scenario_id_is_the_suite_and_the_name_in_lower_case_with_dashes(void **state)
{
    static const struct {
        const char *name, *id;
    } cases[] = {
        { "a name", "t/a-name" },
        { "\"  The 5th, event: (brings) a snapshot! \"", "t/the-5th-event-brings-a-snapshot" },
        { "größer als 日本 x", "t/gr-er-als-x" },
        { "A/B_c", "t/a-b-c" },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(4096);
        void *one = NULL;

        assert_int_equal(spec_fixture_setup(&one), 0);
        tck_buffer_printf(&yaml, HEAD "scenarios:\n  - name: %s\n    steps: [half_close: ]\n", cases[i].name);
        spec_fixture_load(one, tck_buffer_string(&yaml));
        spec_fixture_assert_no_mistake(one);
        assert_string_equal(spec_fixture_scenario(one, 0)->id, cases[i].id);
        spec_fixture_teardown(&one);
    }
}

static void suite_keeps_what_its_head_says(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_suite *suite;

    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("a") SCENARIO("b")), 0);
    assert_int_equal(tck_spec_suite_count(fixture->spec), 1);
    suite = tck_spec_suite(fixture->spec, 0);
    assert_string_equal(suite->id, "t");
    assert_string_equal(suite->title, "s");
    assert_string_equal(suite->file, "t.yaml");
    assert_int_equal(suite->role, TCK_ROLE_PROXY);
    assert_int_equal(suite->protocol, TCK_PROTOCOL_CRDT);
    assert_int_equal(suite->scenario_count, 2);
    assert_ptr_equal(suite->scenarios[1]->suite, suite);
    assert_int_equal(suite->scenarios[1]->place.line, 7);
    assert_null(tck_spec_suite(fixture->spec, 1));
}

static void scenario_without_wishes_takes_the_defaults_of_the_language(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_scenario *scenario;

    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("a")), 0);
    scenario = spec_fixture_scenario(fixture, 0);
    assert_int_equal(scenario->level, TCK_LEVEL_MUST);
    assert_int_equal(scenario->timeout, TCK_SECONDS(10));
    assert_int_equal(scenario->within, TCK_SECONDS(3));
    assert_false(scenario->exclusive);
    assert_null(scenario->upstream);
    assert_null(scenario->why);
    assert_null(scenario->row);
    assert_int_equal(scenario->covers.count + scenario->tags.count + scenario->services.count, 0);
    assert_int_equal(scenario->defaults->kind, TCK_TREE_MAP);
    assert_int_equal(scenario->defaults->count, 0);
}

static void scenario_adds_to_its_suite_or_stands_over_it(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_scenario *one, *two;

    assert_int_equal(spec_fixture_load(fixture, HEAD "services: [a.A, a.B]\n"
                                                     "tags: [slow]\n"
                                                     "level: should\n"
                                                     "timeout: 20s\n"
                                                     "within: 100ms\n"
                                                     "defaults: {command: Process, entity: E, target: {service: a.A, "
                                                     "command: C}}\n"
                                                     "scenarios:\n" SCENARIO("plain") SCENARIO("rich") //
                                       "    services: [a.B, a.C]\n"
                                       "    tags: [slow, odd]\n"
                                       "    level: may\n"
                                       "    timeout: 1m\n"
                                       "    within: 1s\n"
                                       "    defaults: {command: Other}\n"
                                       "    covers: [CR-A-1, CR-A-2]\n"
                                       "    upstream: crdt | model | x\n"
                                       "    why: because\n"
                                       "    exclusive: true\n"),
                     0);
    one = spec_fixture_scenario(fixture, 0);
    assert_strings(one->services, 2, (const char *const[]){ "a.A", "a.B" });
    assert_strings(one->tags, 1, (const char *const[]){ "slow" });
    assert_int_equal(one->level, TCK_LEVEL_SHOULD);
    assert_int_equal(one->timeout, TCK_SECONDS(20));
    assert_int_equal(one->within, TCK_MS(100));
    assert_string_equal(tck_tree_get(one->defaults, "command")->text, "Process");
    two = spec_fixture_scenario(fixture, 1);
    assert_strings(two->services, 3, (const char *const[]){ "a.A", "a.B", "a.C" });
    assert_strings(two->tags, 2, (const char *const[]){ "slow", "odd" });
    assert_strings(two->covers, 2, (const char *const[]){ "CR-A-1", "CR-A-2" });
    assert_int_equal(two->level, TCK_LEVEL_MAY);
    assert_int_equal(two->timeout, TCK_SECONDS(60));
    assert_int_equal(two->within, TCK_SECONDS(1));
    assert_string_equal(tck_tree_get(two->defaults, "command")->text, "Other");
    assert_string_equal(tck_tree_get(two->defaults, "entity")->text, "E");
    assert_string_equal(tck_tree_get(tck_tree_get(two->defaults, "target"), "command")->text, "C");
    assert_int_equal(two->defaults->count, 3);
    assert_string_equal(two->upstream, "crdt | model | x");
    assert_string_equal(two->why, "because");
    assert_true(two->exclusive);
}

static void scenario_with_rows_becomes_one_scenario_for_each(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_scenario *one, *two;

    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("adds up") //
                                       "    upstream: crdt | model | x\n"
                                       "    rows:\n"
                                       "      - {row: Some more, sum: 3}\n"
                                       "      - {row: 2, sum: 4}\n"),
                     0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), 0); /* one upstream name, though two scenarios */
    assert_int_equal(tck_spec_suite(fixture->spec, 0)->scenario_count, 2);
    one = spec_fixture_scenario(fixture, 0);
    assert_string_equal(one->id, "t/adds-up[some-more]");
    assert_string_equal(one->name, "adds up [Some more]");
    assert_string_equal(tck_tree_get(one->row, "sum")->text, "3");
    assert_int_equal(one->place.line, 9);
    two = spec_fixture_scenario(fixture, 1);
    assert_string_equal(two->id, "t/adds-up[2]");
    assert_string_equal(tck_tree_get(two->row, "sum")->text, "4");
    assert_int_equal(two->step_count, 1);
    assert_ptr_equal(two->steps, one->steps);
    assert_string_equal(two->upstream, one->upstream);
}

static int parse_rules(struct spec_fixture *fixture, const char *file, const char *yaml)
{
    return tck_spec_parse_requirements(fixture->spec, file, tck_bytes(yaml, strlen(yaml)), &fixture->errors);
}

#define RULE(id) "- {id: " id ", level: must, text: It must., source: somewhere}\n"

static void unknown_rule_is_reported_at_its_place_with_the_nearest(void **state)
{
    struct spec_fixture *fixture = *state;

    assert_int_equal(parse_rules(fixture, "requirements.yaml", RULE("CR-DELTA-1") RULE("CR-STATE-1")), 0);
    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("a")             //
                                       "    covers: [CR-DELTA-1, CR-STAET-1]\n" SCENARIO("b") //
                                       "    rows: [{row: x}, {row: y}]\n"
                                       "  - name: c\n"
                                       "    steps:\n"
                                       "      - repeat: {times: 2}\n"
                                       "        steps:\n"
                                       "          - half_close:\n"
                                       "            covers: [XX-YY-99]\n"),
                     0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 2);
    spec_fixture_assert_mistake(fixture, 0, 7, 26,
                                "no rule 'CR-STAET-1' in requirements.yaml; did you mean 'CR-STATE-1'?");
    spec_fixture_assert_mistake(fixture, 1, 16, 22, "no rule 'XX-YY-99' in requirements.yaml");
}

static void upstream_name_of_two_scenarios_is_reported(void **state)
{
    struct spec_fixture *fixture = *state;
    const char *other = HEAD "scenarios:\n" SCENARIO("z") "    upstream: crdt | model | x\n";

    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("a") "    upstream: crdt | model | x\n" //
                                       SCENARIO("b") "    upstream: crdt | model | y\n"),
                     0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), 0);
    assert_int_equal(tck_spec_parse(fixture->spec, "u.yaml", "u", tck_bytes(other, strlen(other)), &fixture->errors),
                     0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 1);
    assert_string_equal(fixture->errors.items[0].text,
                        "'crdt | model | x' is the upstream name of another scenario too, in t.yaml:7");
    assert_string_equal(fixture->errors.items[0].name, "u.yaml");
    assert_int_equal(fixture->errors.items[0].line, 7);
}

static void suite_of_a_known_id_replaces_it_in_place(void **state)
{
    struct spec_fixture *fixture = *state;
    const char *other = HEAD "scenarios:\n" SCENARIO("other");
    const char *wrong = "suite: s\n";

    assert_int_equal(spec_fixture_load(fixture, HEAD "scenarios:\n" SCENARIO("first") //
                                       "    covers: [NO-RULE-1]\n    upstream: crdt | model | x\n"),
                     0);
    assert_int_equal(tck_spec_parse(fixture->spec, "u", "u", tck_bytes(other, strlen(other)), &fixture->errors), 0);
    assert_int_equal(tck_spec_parse(fixture->spec, "mine.yaml", "t", tck_bytes(other, strlen(other)), &fixture->errors),
                     0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors),
                     0); /* what the first one mentioned is forgotten */
    assert_int_equal(tck_spec_suite_count(fixture->spec), 2);
    assert_string_equal(tck_spec_suite(fixture->spec, 0)->id, "t");
    assert_string_equal(tck_spec_suite(fixture->spec, 0)->file, "mine.yaml");
    assert_string_equal(spec_fixture_scenario(fixture, 0)->id, "t/other");
    assert_int_equal(tck_spec_parse(fixture->spec, "bad", "t", tck_bytes(wrong, strlen(wrong)), &fixture->errors),
                     TCK_BAD_INPUT);
    assert_int_equal(tck_spec_suite_count(fixture->spec), 1); /* not the old one in place of what was meant */
}

static void requirements_are_kept_in_order_and_found_by_id(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_requirement *rule;

    assert_int_equal(parse_rules(fixture, "r.yaml",
                                 "- id: ES-A-1\n  level: should\n  text: One.\n  source: a page\n  judged: true\n" //
                                 RULE("ES-A-2")),
                     0);
    assert_int_equal(tck_spec_requirement_count(fixture->spec), 2);
    assert_string_equal(tck_spec_requirement(fixture->spec, 1)->id, "ES-A-2");
    assert_false(tck_spec_requirement(fixture->spec, 1)->judged);
    assert_null(tck_spec_requirement(fixture->spec, 2));
    rule = tck_spec_find_requirement(fixture->spec, "ES-A-1");
    assert_non_null(rule);
    assert_string_equal(rule->text, "One.");
    assert_string_equal(rule->source, "a page");
    assert_int_equal(rule->level, TCK_LEVEL_SHOULD);
    assert_true(rule->judged);
    assert_int_equal(rule->place.line, 1);
    assert_null(tck_spec_find_requirement(fixture->spec, "ES-A-3"));
}

static void rule_of_a_later_file_replaces_one_of_an_earlier(void **state)
{
    struct spec_fixture *fixture = *state;

    assert_int_equal(parse_rules(fixture, "r.yaml", RULE("ES-A-1")), 0);
    assert_int_equal(parse_rules(fixture, "mine.yaml", "- {id: ES-A-1, level: may, text: Mine., source: me}\n"), 0);
    assert_int_equal(tck_spec_requirement_count(fixture->spec), 1);
    assert_string_equal(tck_spec_requirement(fixture->spec, 0)->text, "Mine.");
}

// clang-format off
static const struct {
    const char *yaml;
    unsigned line, column;
    const char *says;
} rule_mistakes[] = {
    { "", 1, 1, "requirements are a list of rules, found nothing" },
    { "id: A-1\n", 1, 1, "requirements are a list of rules, found a map" },
    { "- A-1\n", 1, 3, "a rule is a map of id, level, text and source, found a string" },
    { "- {level: must, text: x, source: y}\n", 1, 3, "a rule needs 'id' (a stable id, such as ES-SNAPSHOT-1)" },
    { "- {id: A-1, text: x, source: y}\n", 1, 3, "a rule needs 'level' (what a breach means)" },
    { "- {id: A-1, level: must, source: y}\n", 1, 3, "a rule needs 'text' (the rule as one sentence)" },
    { "- {id: A-1, level: must, text: x}\n", 1, 3, "a rule needs 'source' (where the protocol says so)" },
    { "- {id: a-1, level: must, text: x, source: y}\n", 1, 8, "'id' takes the id of a rule, such as ES-SNAPSHOT-1, found 'a-1'" },
    { "- {id: A-1, level: mst, text: x, source: y}\n", 1, 20, "no level 'mst'; did you mean 'must'?" },
    { "- {id: A-1, level: must, text: x, source: y, judge: true}\n", 1, 46, "unknown key 'judge' in a rule; did you mean 'judged'?" },
    { RULE("A-1") RULE("A-1"), 2, 3, "the rule 'A-1' comes twice, first in line 1" },
};
// clang-format on

static void rule_mistake_is_found_alone_and_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rule_mistakes); i++) {
        void *one = NULL;
        struct spec_fixture *fixture;

        assert_int_equal(spec_fixture_setup(&one), 0);
        fixture = one;
        assert_int_equal(parse_rules(fixture, "t.yaml", rule_mistakes[i].yaml), TCK_BAD_INPUT);
        spec_fixture_assert_mistake(fixture, 0, rule_mistakes[i].line, rule_mistakes[i].column, rule_mistakes[i].says);
        assert_int_equal(fixture->errors.count, 1);
        spec_fixture_teardown(&one);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spec_fixture_setup, spec_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scenario_id_is_the_suite_and_the_name_in_lower_case_with_dashes),
        TEST(suite_keeps_what_its_head_says),
        TEST(scenario_without_wishes_takes_the_defaults_of_the_language),
        TEST(scenario_adds_to_its_suite_or_stands_over_it),
        TEST(scenario_with_rows_becomes_one_scenario_for_each),
        TEST(unknown_rule_is_reported_at_its_place_with_the_nearest),
        TEST(upstream_name_of_two_scenarios_is_reported),
        TEST(suite_of_a_known_id_replaces_it_in_place),
        TEST(requirements_are_kept_in_order_and_found_by_id),
        TEST(rule_of_a_later_file_replaces_one_of_an_earlier),
        cmocka_unit_test(rule_mistake_is_found_alone_and_at_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
