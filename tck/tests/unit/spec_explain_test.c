/* SPDX-License-Identifier: Apache-2.0
 *
 * A scenario in plain words; and the manual, which must speak of every word that the loader knows.
 */
#include <stdio.h>

#include "spec/explain.h"
#include "spec/language.h"
#include "spec_fixture.h"
#include "testing.h"

static void scenario_is_explained_step_by_step(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 16);
    struct spec_fixture *fixture = *state;

    assert_int_equal(spec_fixture_load(fixture, "suite: s\n"
                                                "role: user-function\n"
                                                "protocol: event-sourced\n"
                                                "services: [a.B, a.C]\n"
                                                "defaults: {command: Process, event: a.Event}\n"
                                                "scenarios:\n"
                                                "  - name: a failure may ask for a restart\n"
                                                "    upstream: event-sourced | model | x\n"
                                                "    covers: [ES-A-1]\n"
                                                "    why: both are allowed\n"
                                                "    rows: [{row: r, n: 2}]\n"
                                                "    exclusive: true\n"
                                                "    steps:\n"
                                                "      - init: {snapshot: {sequence: 4, value: {value: A}}}\n"
                                                "      - event: [{value: B}]\n"
                                                "      - command: {id: $id}\n"
                                                "        on: other\n"
                                                "        within: 500ms\n"
                                                "        id: 7\n"
                                                "        reply: {message: AB}\n"
                                                "        events: []\n"
                                                "        covers: [ES-A-2]\n"
                                                "        level: should\n"
                                                "        note: the first one\n"
                                                "      - expect: {id: 2}\n"
                                                "        no_action: true\n"
                                                "      - command: {}\n"
                                                "        name: Other\n"
                                                "        either:\n"
                                                "          - {as: asks, failure: no, then: [passivate: ]}\n"
                                                "          - {as: ends, closed: UNAVAILABLE}\n"
                                                "      - repeat: {times: 2, as: i}\n"
                                                "        steps: [half_close: ]\n"),
                     0);
    tck_scenario_explain(spec_fixture_scenario(fixture, 0), &out);
    assert_string_equal(tck_buffer_string(&out),
                        "a failure may ask for a restart [r]\n"
                        "  id: t/a-failure-may-ask-for-a-restart[r]\n"
                        "  from: t.yaml:11\n"
                        "  role: user-function, protocol: event-sourced, level: must\n"
                        "  timeout: 10 s, each step within 3 s, nothing else meanwhile\n"
                        "  upstream: event-sourced | model | x\n"
                        "  covers: ES-A-1\n"
                        "  services: a.B, a.C\n"
                        "  why: both are allowed\n"
                        "  row: {row: r, n: 2}\n"
                        "\n"
                        "1. open the stream of an entity: {snapshot: {sequence: 4, value: {value: A}}}\n"
                        "2. replay persisted events: [{value: B}]\n"
                        "     type: a.Event\n"
                        "3. send a command (on other): {id: $id}\n"
                        "     id: 7\n"
                        "     name: Process\n"
                        "     the answer holds a reply with this payload: {message: AB}\n"
                        "     and these events: []\n"
                        "     and nothing else\n"
                        "     within 500 ms\n"
                        "     level should\n"
                        "     proves ES-A-2\n"
                        "     note: the first one\n"
                        "4. the next message is this reply\n"
                        "     id: 2\n"
                        "     it holds no client action\n"
                        "     and nothing else\n"
                        "5. send a command\n"
                        "     name: Other\n"
                        "     5a. either, \"asks\":\n"
                        "          the answer holds a failure with this description: no\n"
                        "          and nothing else\n"
                        "          5a.1. half-close; then the stream ends and says nothing more\n"
                        "     5b. either, \"ends\":\n"
                        "          the stream ends with this status: UNAVAILABLE\n"
                        "6. do steps several times: {times: 2, as: i}\n"
                        "     6.1. send nothing more\n");
}

static void step_is_explained_by_itself(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096);
    struct spec_fixture *fixture = *state;

    assert_int_equal(
        spec_fixture_steps(fixture, "crdt", "      - streamed_message: {id: 1, reply: {}, end_stream: true}\n"), 0);
    tck_step_explain(spec_fixture_step(fixture, 0), 12, &out);
    assert_string_equal(tck_buffer_string(&out), "12. the next message belongs to a streamed command\n"
                                                 "     id: 1\n"
                                                 "     end_stream: true\n"
                                                 "     it holds a reply with this payload\n"
                                                 "     and nothing else\n");
}

static void each_built_in_scenario_can_be_explained(void **state)
{
    struct spec_fixture *fixture = *state;

    tck_spec_load_builtin(fixture->spec, &fixture->errors);
    for (size_t i = 0; i < tck_spec_suite_count(fixture->spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(fixture->spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++) {
            tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
            char last[32];

            tck_scenario_explain(suite->scenarios[k], &out);
            assert_int_equal(tck_buffer_check(&out, NULL), 0);
            snprintf(last, sizeof last, "\n%zu. ", suite->scenarios[k]->step_count);
            assert_non_null(strstr(tck_buffer_string(&out), last));
        }
    }
}

/* --- the manual --- */

static void assert_in_manual(const char *manual, const char *word)
{
    char quoted[64];

    snprintf(quoted, sizeof quoted, "`%s`", word);
    if (strstr(manual, quoted))
        return;
    snprintf(quoted, sizeof quoted, "`%s:", word); /* `subscribe: true` */
    if (!strstr(manual, quoted))
        fail_msg("specs/README.md does not speak of '%s'", word);
}

static void manual_speaks_of_every_verb_key_and_expectation(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer manual = TCK_BUFFER_INIT(1 << 20);

    (void)state;
    assert_int_equal(tck_read_file("specs/README.md", 1 << 20, &manual, NULL), 0);
    for (int verb = 0; verb < TCK_VERB_COUNT; verb++) {
        struct tck_keys keys;

        assert_in_manual(manual.data, tck_verbs[verb].word);
        tck_step_keys((enum tck_verb)verb, &keys);
        for (size_t i = 0; i < keys.count; i++)
            assert_in_manual(manual.data, keys.items[i].word);
    }
    for (int shape = TCK_SHAPE_SUITE; shape <= TCK_SHAPE_DEFAULTS; shape++) {
        struct tck_keys keys;

        tck_shape_keys((enum tck_shape)shape, &keys);
        for (size_t i = 0; i < keys.count; i++)
            assert_in_manual(manual.data, keys.items[i].word);
    }
    for (int i = 0; i < TCK_LEVEL_COUNT; i++)
        assert_in_manual(manual.data, tck_level_word((enum tck_level)i));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spec_fixture_setup, spec_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scenario_is_explained_step_by_step),
        TEST(step_is_explained_by_itself),
        TEST(each_built_in_scenario_can_be_explained),
        cmocka_unit_test(manual_speaks_of_every_verb_key_and_expectation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
