/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes in scenarios in front of a proxy that are found before anything runs: by the loader, and by the compiler.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include "engine_fixture.h"

struct mistake {
    const char *role;
    enum tck_protocol protocol;
    const char *extra, *steps;
    const char *wanted; /* "" for none; the text of the first */
};

#define ES     TCK_PROTOCOL_EVENT_SOURCED
#define ACTION TCK_PROTOCOL_ACTION

/* clang-format off */
static const struct mistake by_loader[] = {
    { "user-function", ES, NULL, "- call:\n", "'call' is for scenarios of role proxy or pair" },
    { "user-function", ES, NULL, "- init:\n  at: a\n", "'at' is for scenarios of role proxy or pair" },
    { "pair", ES, NULL, "- send_bytes: {hex: 00}\n", "'send_bytes' is for scenarios of role user-function" },
    { "proxy", ES, NULL, "- report_error: no\n", "'report_error' is for scenarios of role user-function" },
    { "pair", ES, NULL, "- call:\n  on: other\n", "'on' says nothing beside 'call', which happens in front of the proxy" },
    { "pair", ES, NULL, "- release: x\n  on: other\n", "'on' says nothing beside 'release', which belongs to no conversation" },
    { "pair", ES, NULL, "- order: [a, b]\n  within: 1s\n", "'within' says nothing beside 'order', which neither sends nor waits" },
    { "pair", ES, NULL, "- call:\n  returns:\n  fails: no\n", "no call both 'returns' and 'fails'" },
    { "pair", ES, NULL, "- order: [a]\n", "'order' needs at least two moments" },
    { "pair", ES, NULL, "- apart: {from: a, to: b}\n", "'apart' needs 'at_least' or 'at_most'" },
    { "pair", ES, NULL, "- http: {get: /a, put: /b}\n", "'http' takes one verb with its path, as in {get: /carts/$id}" },
    { "pair", ES, NULL, "- http: {post: /a}\n  body: {}\n  text: a\n", "'http' sends 'body' or 'text', not both" },
    { "pair", ES, NULL, "- http: {get: /a}\n  answer: {}\n  answer_text: a\n", "'http' takes 'answer' or 'answer_text', not both" },
    { "pair", ES, NULL, "- http: {fetch: /a}\n", "unknown key 'fetch' in 'http'; did you mean 'patch'?" },
    { "pair", ES, NULL, "- reflect:\n", "'reflect' needs 'services' or 'unknown_symbol'" },
    { "pair", ES, NULL, "- meddle: {with: reply, do: delay}\n", "'delay' needs 'delay'" },
    { "pair", ES, NULL, "- meddle: {with: reply, do: hold}\n", "'hold' needs 'name'" },
    { "pair", ES, NULL, "- meddle: {with: end, do: alter, message: {}}\n", "only messages can be meddled with by 'alter'" },
    { "pair", ES, NULL, "- meddle: {with: replies, do: drop}\n", "no thing to meddle with 'replies'; did you mean 'reply'?" },
    { "pair", ES, NULL, "- meddle: {with: discovery, do: merge}\n", "'merge' needs 'message'" },
    { "pair", ES, NULL, "- meddle: {with: report, do: sever, entity: e}\n", "'report' is of no service or entity" },
    { "pair", ES, NULL, "- meddle: {with: reply, do: merge, message: {}, files: [a.proto]}\n",
      "'files', 'without_files' and 'without' are for {with: discovery, do: merge}" },
    { "pair", ES, NULL, "- meddle: {with: reply, do: dropp}\n", "no way to meddle 'dropp'; did you mean 'drop'?" },
    { "pair", ES, NULL, "- restart_proxy: {how: slowly}\n", "no way to end a process 'slowly'; there are kill and stop" },
    { "pair", ES, NULL, "- parallel:\n    - call:\n", "'parallel' takes lists of steps, found a map in it" },
    { "pair", ES, NULL, "- parallel: [[{init: }]]\n", "'parallel' takes the steps of clients, not 'init'" },
    { "pair", ES, NULL, "- parallel: [[{parallel: [[{call: }]]}]]\n", "'parallel' takes the steps of clients, not 'parallel'" },
    { "pair", ES, NULL, "- parallel: [[{repeat: {times: 2}, steps: [{silence: 1s}]}]]\n", "'parallel' takes the steps of clients, not 'silence'" },
};

static const struct mistake by_compiler[] = {
    { "pair", ES, NULL, "- meddle: {with: discovery, do: merge, message: {entitis: []}}\n",
      "cloudstate.EntitySpec has no field 'entitis'; did you mean 'entities'?" },
    { "pair", ES, NULL, "- start_proxy: {ready: false}\n", "'start_proxy' is for scenarios that run alone: add 'exclusive: true'" },
    { "pair", ES, NULL, "- call: {id: $id}\n  returns: {message: A}\n", "" },
    { "pair", ES, NULL, "- call: {idd: $id}\n", "cloudstate.tck.model.Request has no field 'idd'; did you mean 'id'?" },
    { "pair", ES, NULL, "- call: {id: $id}\n  returns: {massage: A}\n", "cloudstate.tck.model.Response has no field 'massage'; did you mean 'message'?" },
    { "pair", ES, NULL, "- call: {id: {$any: }}\n", "'$any' matches what arrives; it cannot be sent" },
    { "pair", ES, NULL, "- call:\n  method: Proces\n", "cloudstate.tck.model.EventSourcedTckModel has no method 'Proces'; did you mean 'Process'?" },
    { "pair", ES, NULL, "- call:\n  service: a.B\n", "no service 'a.B' is known" },
    { "pair", ES, NULL, "- returned:\n", "no call 'client' was begun here" },
    { "pair", ES, NULL, "- call:\n  as: one\n- returned:\n  of: two\n", "no call 'two' was begun here" },
    { "pair", ES, NULL, "- call:\n- say: {}\n", "the client of Process says one message, and 'call' said it" },
    { "proxy", ACTION, NULL, "- call:\n  method: ProcessStreamedOut\n  returns:\n", "'returns' is for methods with one reply, and ProcessStreamedOut streams; use 'hears'" },
    { "proxy", ACTION, NULL, "- call: {groups: []}\n  method: ProcessStreamedIn\n", "the client of ProcessStreamedIn streams: begin with 'call:' alone, then 'say'" },
    { "proxy", ACTION, NULL, "- call:\n  method: ProcessStreamedIn\n  returns:\n", "the client of ProcessStreamedIn streams: 'returned' comes after its 'end_saying'" },
    { "proxy", ACTION, NULL, "- call:\n", "no method is named: add 'method' to the step, or to the defaults" },
    { "pair", ES, NULL, "- command: {}\n", "no stream is open on 'main' here" },
    { "pair", ES, NULL, "- half_close:\n", "no stream is open on 'main' here" },
    { "user-function", ES, NULL, "- init:\n- command: {}\n  id: {$any: }\n", "'$any' matches what arrives; it cannot be sent" },
    { "pair", ES, NULL, "- call:\n  at: a\n- order: [a, b]\n", "no step before this one has 'at: b'" },
    { "pair", ES, NULL, "- call:\n  at: a\n- apart: {from: c, to: a, at_most: 1s}\n", "no step before this one has 'at: c'" },
    { "pair", ES, NULL, "- refuse: true\n", "'refuse' is for scenarios that run alone: add 'exclusive: true'" },
    { "pair", ES, "exclusive: true", "- refuse: true\n", "" },
    { "pair", ES, NULL, "- restart_proxy:\n", "'restart_proxy' is for scenarios that run alone: add 'exclusive: true'" },
    { "pair", ES, NULL, "- meddle: {with: reply, do: alter, message: {init: {}}}\n", "cloudstate.eventsourced.EventSourcedStreamOut has no field 'init'" },
    { "pair", ES, NULL, "- meddle: {with: open, do: sever, status: {$any: }}\n", "'status' takes the name of a status, not a pattern" },
    { "proxy", ACTION, NULL, "- meddle: {with: end, do: drop, call: twice}\n", "no kind of call 'twice'; there are unary, streamed_in, streamed_out and duplex" },
    { "pair", ES, NULL, "- parallel: {times: 0, steps: [{call: }]}\n", "'parallel' takes 1 to 200 clients, found '0'" },
    { "pair", ES, NULL, "- call:\n- parallel: [[{returned: }]]\n", "no call 'client' was begun here" },
    { "pair", ES, NULL, "- parallel: [[{set: {a: 1}}]]\n- check: {value: $a, is: 1}\n", "no variable 'a' is bound here" },
    { "pair", ES, NULL, "- http: {get: \"/${nobody}\"}\n", "no variable 'nobody' is bound here" },
    { "pair", TCK_PROTOCOL_DISCOVERY, NULL, "- discover: {proxy_nam: a}\n", "cloudstate.ProxyInfo has no field 'proxy_nam'; did you mean 'proxy_name'?" },
};
/* clang-format on */

/* The first mistake that loading finds. */
static void load(const struct mistake *mistake, struct tck_error_list *errors)
{
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);

    tck_buffer_printf(&yaml, "suite: t\nrole: %s\nprotocol: %s\nscenarios:\n  - name: s\n    steps:\n", mistake->role,
                      tck_protocol_word(mistake->protocol));
    for (const char *line = mistake->steps; *line; line += strcspn(line, "\n") + 1)
        tck_buffer_printf(&yaml, "      %.*s\n", (int)strcspn(line, "\n"), line);
    assert_int_equal(tck_spec_new(&spec, NULL), 0);
    tck_spec_parse(spec, "t.yaml", "t", tck_buffer_bytes(&yaml), errors);
}

static void mistake_of_verbs_and_keys_is_found_by_the_loader(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(by_loader); i++) {
        tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

        load(&by_loader[i], &errors);
        if (errors.count == 0)
            fail_msg("no mistake is found in\n%s", by_loader[i].steps);
        assert_string_equal(errors.items[0].text, by_loader[i].wanted);
    }
}

static void mistake_of_types_and_names_is_found_by_the_compiler(void **state)
{
    struct engine_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(by_compiler); i++) {
        const struct mistake *mistake = &by_compiler[i];
        const char *found =
            engine_fixture_mistakes(fixture, engine_fixture_scenario_of(fixture, mistake->role, mistake->protocol,
                                                                        mistake->extra, mistake->steps));
        const char *text = strchr(found, ' ');
        char first[512] = "";

        if (text)
            snprintf(first, sizeof first, "%.*s", (int)strcspn(text + 1, "\n"), text + 1);
        assert_string_equal(first, mistake->wanted);
    }
}

static void need_of_a_scenario_is_kept_and_an_unknown_one_is_a_mistake(void **state)
{
    static const char unknown[] = "suite: t\nrole: pair\nprotocol: crdt\nneeds: [durable]\nscenarios:\n  - name: s\n"
                                  "    steps: [{call: }]\n";
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    const struct tck_scenario *scenario =
        engine_fixture_scenario_of(*state, "pair", ES, "needs: [durable-store]", "- http: {get: /}\n");

    assert_int_equal(scenario->needs.count, 1);
    assert_string_equal(scenario->needs.items[0], TCK_NEED_DURABLE_STORE);
    assert_int_equal(tck_spec_new(&spec, NULL), 0);
    tck_spec_parse(spec, "t.yaml", "t", tck_bytes(unknown, strlen(unknown)), &errors);
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(errors.items[0].text, "no need 'durable'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistake_of_verbs_and_keys_is_found_by_the_loader),
        cmocka_unit_test_setup_teardown(mistake_of_types_and_names_is_found_by_the_compiler, engine_fixture_setup,
                                        engine_fixture_teardown),
        cmocka_unit_test_setup_teardown(need_of_a_scenario_is_kept_and_an_unknown_one_is_a_mistake,
                                        engine_fixture_setup, engine_fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
