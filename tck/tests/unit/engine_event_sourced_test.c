/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine_fixture.h"

#define ES TCK_PROTOCOL_EVENT_SOURCED

static void a_conversation_as_the_scenario_wants_it_passes(void **state)
{
    static const struct engine_case cases[] = {
        { ES, NULL,
          "- init:\n"
          "- command: {id: $id, actions: [{emit: {value: A}}]}\n"
          "  reply: {message: A}\n"
          "  events: [{value: A}]\n"
          "- passivate:\n",
          "call\n"
          "at 2\n"
          "< {reply: {command_id: 1, client_action: {reply: {payload: {'@type': cloudstate.tck.model.Response, "
          "message: A}}}, "
          "events: [{'@type': cloudstate.tck.model.Persisted, value: A}]}}\n",
          "passed" },
        { ES, NULL,
          "- init:\n"
          "- command: {id: $id}\n"
          "  reply: {message: A}\n"
          "- passivate:\n",
          "call\n"
          "at 2\n"
          "< {reply: {command_id: 1, client_action: {reply: {payload: {'@type': cloudstate.tck.model.Response, "
          "message: B}}}}}\n",
          "difference: the reply to command 1 is not as expected: reply.client_action.reply.payload.message: expected "
          "\"A\", "
          "was \"B\"" },
    };

    engine_fixture_check(*state, cases, TCK_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_as_the_scenario_wants_it_passes),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
