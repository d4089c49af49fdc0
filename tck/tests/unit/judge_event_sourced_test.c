/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_fixture.h"
#include "testing.h"

#define SERVICE   "service_name: cloudstate.tck.model.EventSourcedTckModel, entity_id: e"
#define PERSISTED "{'@type': cloudstate.tck.model.Persisted, value: A}"
#define UNTYPED   "{'@fields': {}}"
#define INIT      "> {init: {" SERVICE "}}\n"
#define INIT_AT(sequence) \
    "> {init: {" SERVICE ", snapshot: {snapshot_sequence: " sequence ", snapshot: " PERSISTED "}}}\n"
#define EVENT(sequence) "> {event: {sequence: " sequence ", payload: " PERSISTED "}}\n"
#define COMMAND(id)                                                                                               \
    "> {command: {entity_id: e, id: " id ", name: Process, payload: {'@type': cloudstate.tck.model.Request, id: " \
    "e}}}\n"
#define RESPONSE             "client_action: {reply: {payload: {'@type': cloudstate.tck.model.Response, message: A}}}"
#define REPLY(id)            "< {reply: {command_id: " id ", " RESPONSE "}}\n"
#define REPLY_WITH(id, more) "< {reply: {command_id: " id ", " RESPONSE ", " more "}}\n"
#define REFUSAL_WITH(id, more) \
    "< {reply: {command_id: " id ", client_action: {failure: {command_id: " id ", description: no" more "}}\n"
#define BYE "half-close\nend 0\n"
#define ES  TCK_CONVERSATION_EVENT_SOURCED

static void conversations_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", ES, INIT EVENT("1") EVENT("2") EVENT("3") COMMAND("1") REPLY("1") BYE, false },
        { "", ES, INIT_AT("5") EVENT("6") EVENT("7") COMMAND("1") REPLY("1") BYE, false },
        { "", ES, INIT_AT("5") COMMAND("1") REPLY("1") BYE, false },
        { "", ES,
          INIT COMMAND("1") REPLY_WITH("1", "events: [" PERSISTED "]") COMMAND("2")
              REPLY_WITH("2", "events: [" PERSISTED ", " PERSISTED "], snapshot: " PERSISTED) BYE,
          false },
        { "", ES,
          INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {forward: {service_name: "
                            "cloudstate.tck.model.EventSourcedTwo, command_name: Call, payload: {'@type': "
                            "cloudstate.tck.model.Request, id: e}}}, events: [" PERSISTED "]}}\n" BYE,
          false },
        /* the two ways of a failure after events */
        { "", ES, INIT COMMAND("1") REFUSAL_WITH("1", ", restart: true}}") BYE, false },
        { "", ES, INIT COMMAND("1") REFUSAL_WITH("1", ", restart: true}}") "end 0\n", false },
        { "", ES, INIT COMMAND("1") REFUSAL_WITH("1", "}}") COMMAND("2") REPLY("2") BYE, false },
        /* an event that cannot be read, before and with the first command */
        { "", ES, INIT EVENT("1") "< {failure: {description: what?}}\nend 0\n", false },
        { "", ES, INIT EVENT("1") COMMAND("1") "end 13\n", false },
        { "", ES, INIT_AT("5") COMMAND("1") "end 13\n", false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void mistakes_of_the_proxy_are_named_and_free_the_user_function(void **state)
{
    static const struct judge_case cases[] = {
        { "proxy ST-INIT-1@1", ES, EVENT("1") "< {failure: {}}\nend 0\n", false },
        { "proxy ES-SEQUENCE-1@2", ES, INIT EVENT("2") COMMAND("1") REPLY("1") BYE, false },
        { "proxy ES-SEQUENCE-1@3", ES, INIT EVENT("1") EVENT("1") "< {failure: {}}\nend 0\n", false },
        { "proxy ES-SEQUENCE-1@3", ES, INIT EVENT("1") EVENT("3") EVENT("4") COMMAND("1") REPLY("1") BYE, false },
        { "proxy ES-SEQUENCE-1@2", ES, INIT_AT("5") EVENT("1") COMMAND("1") REPLY("1") BYE, false },
        { "proxy ES-SEQUENCE-1@2", ES, INIT_AT("9223372036854775807") EVENT("-9223372036854775808") "end 2\n", false },
        { "proxy ES-SEQUENCE-2@4", ES, INIT COMMAND("1") REPLY("1") EVENT("1") "end 2\n", false },
        { "proxy ES-SEQUENCE-3@2", ES, INIT "> {event: {sequence: 1}}\nend 2\n", false },
        { "proxy ES-SEQUENCE-3@2", ES, INIT "> {event: {sequence: 1, payload: " UNTYPED "}}\nend 2\n", false },
        { "proxy ES-SEQUENCE-4@1", ES, INIT_AT("0") COMMAND("1") REPLY("1") BYE, false },
        { "proxy ES-SEQUENCE-4@1", ES, "> {init: {" SERVICE ", snapshot: {snapshot_sequence: 5}}}\nend 2\n", false },
        { "proxy ES-RESTART-3@4", ES,
          INIT COMMAND("1") REFUSAL_WITH("1", ", restart: true}}") COMMAND("2") REPLY("2") BYE, false },
        { "proxy ES-RESTART-3@4", ES, INIT COMMAND("1") REFUSAL_WITH("1", ", restart: true}}") COMMAND("2") BYE,
          false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void answers_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "ES-EVENTS-4@3", ES, INIT COMMAND("1") REPLY_WITH("1", "events: [" PERSISTED ", " UNTYPED "]") BYE, false },
        { "ES-EVENTS-5@3", ES, INIT COMMAND("1") REFUSAL_WITH("1", "}}, events: [" PERSISTED "]") BYE, false },
        { "ES-SNAPSHOT-4@3, ES-EVENTS-5@3", ES, INIT COMMAND("1") REFUSAL_WITH("1", "}}, snapshot: " PERSISTED) BYE,
          false },
        { "ES-SNAPSHOT-4@3", ES, INIT COMMAND("1") REPLY_WITH("1", "snapshot: " PERSISTED) BYE, false },
        { "ES-SNAPSHOT-5@3", ES, INIT COMMAND("1") REPLY_WITH("1", "events: [" PERSISTED "], snapshot: " UNTYPED) BYE,
          false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static int done(void **state)
{
    (void)state;
    judge_fixture_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_that_keep_the_rules_are_found_clean),
        cmocka_unit_test(mistakes_of_the_proxy_are_named_and_free_the_user_function),
        cmocka_unit_test(answers_that_break_a_rule_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
