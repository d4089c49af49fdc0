/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_fixture.h"
#include "testing.h"

#define SERVICE   "service_name: cloudstate.tck.model.valueentity.ValueEntityTckModel, entity_id: e"
#define PERSISTED "{'@type': cloudstate.tck.model.valueentity.Persisted, value: A}"
#define UNTYPED   "{'@fields': {}}"
#define INIT      "> {init: {" SERVICE "}}\n"
#define COMMAND(id)                                                                  \
    "> {command: {entity_id: e, id: " id                                             \
    ", name: Process, payload: {'@type': cloudstate.tck.model.valueentity.Request, " \
    "id: e}}}\n"
#define RESPONSE                "client_action: {reply: {payload: {'@type': cloudstate.tck.model.valueentity.Response}}}"
#define FAILURE                 "client_action: {failure: {command_id: 1}}"
#define REPLY(id, action, more) "< {reply: {command_id: " id ", " action more "}}\n"
#define BYE                     "half-close\nend 0\n"
#define VE                      TCK_CONVERSATION_VALUE_ENTITY

static void conversations_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", VE, "> {init: {" SERVICE ", state: {}}}\n" COMMAND("1") REPLY("1", RESPONSE, "") BYE, false },
        { "", VE, "> {init: {" SERVICE ", state: {value: " PERSISTED "}}}\n" COMMAND("1") REPLY("1", RESPONSE, "") BYE,
          false },
        { "", VE,
          INIT COMMAND("1") REPLY("1", RESPONSE, ", state_action: {update: {value: " PERSISTED "}}") COMMAND("2")
              REPLY("2", RESPONSE, ", state_action: {delete: {}}") COMMAND("3")
                  REPLY("3", RESPONSE, ", state_action: {update: {value: " PERSISTED "}}") BYE,
          false },
        { "", VE, INIT COMMAND("1") REPLY("1", FAILURE, "") BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void conversations_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "proxy VE-INIT-3@1", VE, "> {init: {" SERVICE ", state: {value: " UNTYPED "}}}\nend 2\n", false },
        { "VE-ACTION-1@3", VE, INIT COMMAND("1") REPLY("1", RESPONSE, ", state_action: {}") BYE, false },
        { "VE-ACTION-2@3", VE, INIT COMMAND("1") REPLY("1", RESPONSE, ", state_action: {update: {}}") BYE, false },
        { "VE-ACTION-2@3", VE,
          INIT COMMAND("1") REPLY("1", RESPONSE, ", state_action: {update: {value: " UNTYPED "}}") BYE, false },
        { "VE-ACTION-3@3", VE, INIT COMMAND("1") REPLY("1", FAILURE, ", state_action: {delete: {}}") BYE, false },
        { "VE-ACTION-3@3", VE,
          INIT COMMAND("1") REPLY("1", FAILURE, ", state_action: {update: {value: " PERSISTED "}}") BYE, false },
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
        cmocka_unit_test(conversations_that_break_a_rule_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
