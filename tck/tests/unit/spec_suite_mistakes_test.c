/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes above the steps: in the file, its suite, its scenarios and their rows.
 */
#include "spec_fixture.h"
#include "testing.h"

#define HEAD     "suite: s\nrole: proxy\nprotocol: crdt\n"
#define STEPS    "    steps: [half_close: ]\n"
#define SCENARIO "scenarios:\n  - name: n\n" STEPS

// clang-format off
static const struct {
    const char *yaml;
    unsigned line, column;
    const char *says;
} mistakes[] = {
    /* the file */
    { "", 1, 1, "a suite is a map with suite, role, protocol and scenarios, found nothing" },
    { "[]", 1, 1, "a suite is a map with suite, role, protocol and scenarios, found a list" },
    { HEAD SCENARIO "---\n" HEAD, 8, 1, "a second document begins here; this file must hold one alone" },
    { HEAD "protocol: crdt\n" SCENARIO, 4, 1, "the key 'protocol' comes twice, first in line 3" },
    /* the suite */
    { "role: proxy\nprotocol: crdt\n" SCENARIO, 1, 1, "a suite needs 'suite' (its title, for reports)" },
    { "suite: s\nprotocol: crdt\n" SCENARIO, 1, 1, "a suite needs 'role' (what is judged)" },
    { "suite: s\nrole: proxy\n" SCENARIO, 1, 1, "a suite needs 'protocol' (which steps and shorthands apply)" },
    { HEAD, 1, 1, "a suite needs 'scenarios' (the scenarios)" },
    { "suite: 1\nrole: proxy\nprotocol: crdt\n" SCENARIO, 1, 8, "'suite' takes a text, found a number" },
    { "suite: ' '\nrole: proxy\nprotocol: crdt\n" SCENARIO, 1, 8, "'suite' is an empty text" },
    { "suite: s\nrole: prxy\nprotocol: crdt\n" SCENARIO, 2, 7, "no role 'prxy'; did you mean 'proxy'?" },
    { "suite: s\nrole: [proxy]\nprotocol: crdt\n" SCENARIO, 2, 7, "'role' takes user-function, proxy or pair, found a list" },
    { "suite: s\nrole: proxy\nprotocol: eventsourced\n" SCENARIO, 3, 11, "no protocol 'eventsourced'; did you mean 'event-sourced'?" },
    { "suite: s\nrole: proxy\nprotocol: http\n" SCENARIO, 3, 11,
      "no protocol 'http'; there are discovery, event-sourced, value-entity, crdt and action" },
    { "suite: s\nrole: proxy\nprotocol: \"crdt\\0\"\n" SCENARIO, 3, 11, "'protocol' holds a NUL character" },
    { HEAD "servces: [a.B]\n" SCENARIO, 4, 1, "unknown key 'servces' in a suite; did you mean 'services'?" },
    { HEAD "services: a.B\n" SCENARIO, 4, 11, "'services' takes a list of full names, found a string; write [a.B]" },
    { HEAD "services: [a.B, a..C]\n" SCENARIO, 4, 17, "'services' takes a full name such as cloudstate.tck.model.Persisted, found 'a..C'" },
    { HEAD "services: [.a]\n" SCENARIO, 4, 12, "'services' takes a full name such as cloudstate.tck.model.Persisted, found '.a'" },
    { HEAD "services: [a.]\n" SCENARIO, 4, 12, "'services' takes a full name such as cloudstate.tck.model.Persisted, found 'a.'" },
    { HEAD "tags: [a b]\n" SCENARIO, 4, 8, "'tags' takes a word, found 'a b'" },
    { HEAD "level: most\n" SCENARIO, 4, 8, "no level 'most'; did you mean 'must'?" },
    { HEAD "timeout: 10\n" SCENARIO, 4, 10, "'10' is not a duration; write for example 250ms, 3s or 2m" },
    { HEAD "within: -1s\n" SCENARIO, 4, 9, "'-1s' is not a duration; write for example 250ms, 3s or 2m" },
    { HEAD "within: {}\n" SCENARIO, 4, 9, "'within' takes a duration such as 250ms, 3s or 2m, found a map" },
    { HEAD "defaults: [command]\n" SCENARIO, 4, 11, "'defaults' takes a map of defaults, found a list" },
    { HEAD "defaults: {comand: X}\n" SCENARIO, 4, 12, "unknown key 'comand' in 'defaults'; did you mean 'command'?" },
    { HEAD "defaults: {command: a.X}\n" SCENARIO, 4, 21, "'command' takes a name of letters, digits and '_', found 'a.X'" },
    { HEAD "defaults: {unary: X}\n" SCENARIO, 4, 12, "'unary' belongs to action, and this suite is crdt" },
    { HEAD "defaults: {target: {service: a.B}}\n" SCENARIO, 4, 20, "'target' needs 'command' (its command)" },
    { HEAD "scenarios: []\n", 4, 12, "'scenarios' has no scenarios" },
    { HEAD "scenarios: {name: n}\n", 4, 12, "'scenarios' takes a list of scenarios, found a map" },
    /* a scenario */
    { HEAD "scenarios:\n  - n\n", 5, 5, "a scenario is a map, found a string" },
    { HEAD "scenarios:\n  - steps: [half_close: ]\n", 5, 5, "a scenario needs 'name' (a sentence that says what must hold; unique in its file)" },
    { HEAD "scenarios:\n  - name: n\n", 5, 5, "a scenario needs 'steps' (the conversation)" },
    { HEAD "scenarios:\n  - name: n\n    steps: []\n", 6, 12, "'steps' has no steps" },
    { HEAD "scenarios:\n  - name: n\n    steps:\n", 6, 11, "'steps' takes a list of steps, found nothing" },
    { HEAD "scenarios:\n  - name: 日本\n" STEPS, 5, 11, "'name' needs a letter or a digit of ASCII, found '日本'" },
    { HEAD SCENARIO "  - name: n\n" STEPS, 7, 5, "the name 'n' gives the same id as 'n' of line 5: t/n" },
    { HEAD SCENARIO "  - name: \"N!\"\n" STEPS, 7, 5, "the name 'N!' gives the same id as 'n' of line 5: t/n" },
    { HEAD SCENARIO "    cover: [A-1]\n", 7, 5, "unknown key 'cover' in a scenario; did you mean 'covers'?" },
    { HEAD SCENARIO "    covers: [A]\n", 7, 14, "'covers' takes the id of a rule, such as ES-SNAPSHOT-1, found 'A'" },
    { HEAD SCENARIO "    exclusive: yes\n", 7, 16, "'exclusive' takes true or false, found a string" },
    { HEAD SCENARIO "    why: [x]\n", 7, 10, "'why' takes a text, found a list" },
    { HEAD SCENARIO "    upstream: a | model\n", 7, 15, "'upstream' takes a name of the form 'section | role | name', found 'a | model'" },
    { HEAD SCENARIO "    upstream: a|model|b\n", 7, 15, "'upstream' takes a name of the form 'section | role | name', found 'a|model|b'" },
    { HEAD SCENARIO "    upstream: a | model | b | c\n", 7, 15, "'upstream' takes a name of the form 'section | role | name', found 'a | model | b | c'" },
    { HEAD SCENARIO "    upstream: ' | model | b'\n", 7, 15, "'upstream' takes a name of the form 'section | role | name', found ' | model | b'" },
    { HEAD SCENARIO "    upstream: 'a | model | '\n", 7, 15, "'upstream' takes a name of the form 'section | role | name', found 'a | model | '" },
    { HEAD SCENARIO "    upstream: a | modell | b\n", 7, 15, "the role of an upstream name is model or proxy, found 'modell'" },
    /* rows */
    { HEAD SCENARIO "    rows: {row: a}\n", 7, 11, "'rows' takes a list of maps, found a map" },
    { HEAD SCENARIO "    rows: []\n", 7, 11, "'rows' has no rows" },
    { HEAD SCENARIO "    rows: [a]\n", 7, 12, "a row is a map of variables, found a string" },
    { HEAD SCENARIO "    rows: [{x: 1}]\n", 7, 12, "a row needs 'row', its name" },
    { HEAD SCENARIO "    rows: [{row: [a]}]\n", 7, 18, "'row' takes a text, found a list" },
    { HEAD SCENARIO "    rows: [{row: '?'}]\n", 7, 18, "the name of a row needs a letter or a digit of ASCII, found '?'" },
    { HEAD SCENARIO "    rows: [{row: a, b-c: 1}]\n", 7, 21, "'b-c' takes a name of letters, digits and '_', found 'b-c'" },
    { HEAD SCENARIO "    rows: [{row: a, x: 1}, {row: b}]\n", 7, 28, "this row has no 'x', which the first row has" },
    { HEAD SCENARIO "    rows: [{row: a}, {row: b, x: 1}]\n", 7, 31, "the first row has no 'x'" },
    { HEAD SCENARIO "    rows: [{row: a}, {row: A}]\n", 7, 22, "the name 'n [A]' gives the same id as 'n [a]' of line 7: t/n[a]" },
};
// clang-format on

static void suite_mistake_is_found_alone_and_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        void *one = NULL;
        struct spec_fixture *fixture;

        assert_int_equal(spec_fixture_setup(&one), 0);
        fixture = one;
        assert_int_equal(spec_fixture_load(fixture, mistakes[i].yaml), TCK_BAD_INPUT);
        spec_fixture_assert_mistake(fixture, 0, mistakes[i].line, mistakes[i].column, mistakes[i].says);
        if (fixture->errors.count > 1)
            fail_msg("besides \"%s\": \"%s\"", mistakes[i].says, fixture->errors.items[1].text);
        assert_int_equal(tck_spec_suite_count(fixture->spec), 0);
        spec_fixture_teardown(&one);
    }
}

static void file_with_mistakes_at_every_level_reports_each_of_them(void **state)
{
    struct spec_fixture *fixture = *state;

    assert_int_equal(spec_fixture_load(fixture, "suit: s\n"
                                                "role: nobody\n"
                                                "protocol: event-sourced\n"
                                                "defaults: {event: 1}\n"
                                                "scenarios:\n"
                                                "  - name: one\n"
                                                "    covers: [ES-NONE-1]\n"
                                                "    steps:\n"
                                                "      - delta: {}\n"
                                                "  - name: ONE\n"
                                                "    steps: [half_close: , x: ]\n"),
                     TCK_BAD_INPUT);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), TCK_BAD_INPUT);
    spec_fixture_assert_mistake(fixture, 0, 1, 1, "unknown key 'suit' in a suite; did you mean 'suite'?");
    spec_fixture_assert_mistake(fixture, 1, 2, 7, "no role 'nobody'; there are user-function, proxy and pair");
    spec_fixture_assert_mistake(fixture, 2, 4, 19,
                                "'event' takes a full name such as cloudstate.tck.model.Persisted, found a number");
    spec_fixture_assert_mistake(fixture, 3, 1, 1, "a suite needs 'suite' (its title, for reports)");
    spec_fixture_assert_mistake(fixture, 4, 9, 9, "'delta' is a step of crdt suites, and this one is event-sourced");
    spec_fixture_assert_mistake(fixture, 5, 11, 27, "unknown step 'x'");
    spec_fixture_assert_mistake(fixture, 6, 10, 5, "the name 'ONE' gives the same id as 'one' of line 6: t/one");
    spec_fixture_assert_mistake(fixture, 7, 7, 14, "no rule 'ES-NONE-1' in requirements.yaml");
    assert_int_equal(fixture->errors.count, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suite_mistake_is_found_alone_and_at_its_place),
        cmocka_unit_test_setup_teardown(file_with_mistakes_at_every_level_reports_each_of_them, spec_fixture_setup,
                                        spec_fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
