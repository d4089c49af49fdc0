/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_fixture.h"
#include "testing.h"

#define SERVICE          "service_name: cloudstate.tck.model.crdt.CrdtTckModel, entity_id: e"
#define INIT             "> {init: {" SERVICE "}}\n"
#define INIT_WITH(delta) "> {init: {" SERVICE ", delta: {" delta "}}}\n"
#define DELTA(delta)     "> {delta: {" delta "}}\n"
#define COMMAND(id)                                                                                                    \
    "> {command: {entity_id: e, id: " id ", name: Process, payload: {'@type': cloudstate.tck.model.crdt.Request, id: " \
    "e}}}\n"
#define STREAMED(id)                                                                                    \
    "> {command: {entity_id: e, id: " id ", name: ProcessStreamed, streamed: true, payload: {'@type': " \
    "cloudstate.tck.model.crdt.StreamedRequest, id: e}}}\n"
#define CANCEL(id)          "> {stream_cancelled: {entity_id: e, id: " id "}}\n"
#define RESPONSE            "client_action: {reply: {payload: {'@type': cloudstate.tck.model.crdt.Response}}}"
#define REPLY(id)           "< {reply: {command_id: " id ", " RESPONSE "}}\n"
#define ACCEPT(id)          "< {reply: {command_id: " id ", " RESPONSE ", streamed: true}}\n"
#define UPDATE(id, delta)   "< {reply: {command_id: " id ", " RESPONSE ", state_action: {update: {" delta "}}}}\n"
#define DELETION(id)        "< {reply: {command_id: " id ", " RESPONSE ", state_action: {delete: {}}}}\n"
#define MESSAGE(id)         "< {streamed_message: {command_id: " id ", " RESPONSE "}}\n"
#define LAST(id)            "< {streamed_message: {command_id: " id ", " RESPONSE ", end_stream: true}}\n"
#define CANCELLED(id, more) "< {stream_cancelled_response: {command_id: " id more "}}\n"
#define FAILURE(id)         "< {failure: {command_id: " id "}}\n"
#define BYE                 "half-close\nend 0\n"
#define CR                  TCK_CONVERSATION_CRDT

#define STRING(hex) "{'@type': p.cloudstate.io/string, '@value': {hex: '" hex "'}}"
#define A           STRING("0a0141")
#define B           STRING("0a0142")
#define UNTYPED     "{'@fields': {}}"
/* One update of the user function on a fresh stream. */
#define OWN(delta) INIT COMMAND("1") UPDATE("1", delta) BYE

static void conversations_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", CR,
          INIT_WITH("gcounter: {increment: 42}") COMMAND("1") UPDATE("1", "gcounter: {increment: 1}")
              DELTA("gcounter: {increment: 2}") COMMAND("2") REPLY("2") BYE,
          false },
        { "", CR,
          INIT DELTA("vote: {votes_for: 3, total_voters: 5}") COMMAND("1") UPDATE("1", "vote: {self_vote: true}") BYE,
          false },
        { "", CR,
          INIT DELTA("vote: {total_voters: 3}") DELTA("vote: {self_vote: true, votes_for: 3, total_voters: 3}") BYE,
          false },
        { "", CR, OWN("gset: {added: [" A ", " B "]}"), false },
        { "", CR, OWN("orset: {cleared: true, removed: [" A "], added: [" B "]}"), false },
        { "", CR, OWN("orset: {}"), false },
        { "", CR, OWN("lwwregister: {value: " A ", clock: CUSTOM, custom_clock_value: -1}"), false },
        { "", CR, OWN("lwwregister: {value: " A ", clock: CUSTOM_AUTO_INCREMENT, custom_clock_value: 7}"), false },
        { "", CR, OWN("flag: {}"), false },
        { "", CR, OWN("flag: {value: true}"), false },
        { "", CR, INIT_WITH("flag: {value: true}") DELTA("flag: {}") COMMAND("1") REPLY("1") BYE, false },
        { "", CR,
          OWN("ormap: {cleared: true, removed: [" A "], added: [{key: " A ", delta: {ormap: {added: [{key: " A
              ", delta: {vote: {self_vote: true}}}]}}}], updated: [{key: " B ", delta: {orset: {removed: [" A "]}}}]}"),
          false },
        /* a delta that cannot be read, noticed late */
        { "", CR, INIT_WITH("gset: {}") COMMAND("1") "end 13\n", false },
        { "", CR, INIT DELTA("gset: {}") COMMAND("1") "end 13\n", false },
        /* deletion by either side; whatever comes after begins anew */
        { "", CR, INIT COMMAND("1") UPDATE("1", "flag: {value: true}") COMMAND("2") DELETION("2") BYE, false },
        { "", CR, INIT COMMAND("1") DELETION("1") "end 0\n", false },
        { "", CR, INIT "> {delete: {}}\n" BYE, false },
        { "", CR, INIT "> {delete: {}}\nend 0\n", false },
        { "", CR,
          INIT_WITH("flag: {value: true}") "> {delete: {}}\n" COMMAND("1") UPDATE("1", "gcounter: {increment: 1}") BYE,
          false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void streams_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", CR,
          INIT STREAMED("1") ACCEPT("1") COMMAND("2") UPDATE("2", "gcounter: {increment: 1}") MESSAGE("1")
              DELTA("gcounter: {increment: 2}") MESSAGE("1") BYE,
          false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") COMMAND("2") MESSAGE("1") REPLY("2") LAST("1") BYE, false },
        { "", CR, INIT STREAMED("1") "< {reply: {command_id: 1, streamed: true}}\n" BYE, false },
        { "", CR, INIT STREAMED("1") REPLY("1") BYE, false },
        { "", CR, INIT STREAMED("1") STREAMED("2") ACCEPT("2") ACCEPT("1") MESSAGE("1") MESSAGE("2") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") "< {streamed_message: {command_id: 1, end_stream: true}}\n" BYE,
          false },
        { "", CR,
          INIT STREAMED("1") ACCEPT("1") CANCEL("1")
              CANCELLED("1", ", state_action: {update: {pncounter: {change: -42}}}") COMMAND("2") REPLY("2") BYE,
          false },
        /* the cancellation overtakes the reply, a message or the end */
        { "", CR, INIT STREAMED("1") CANCEL("1") ACCEPT("1") CANCELLED("1", "") BYE, false },
        { "", CR, INIT STREAMED("1") CANCEL("1") REPLY("1") BYE, false },
        { "", CR, INIT STREAMED("1") CANCEL("1") CANCELLED("1", "") ACCEPT("1") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") MESSAGE("1") CANCELLED("1", "") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") LAST("1") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") LAST("1") CANCELLED("1", "") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") LAST("1") CANCEL("1") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") LAST("1") CANCEL("1") CANCELLED("1", "") BYE, false },
        /* failures */
        { "", CR, INIT STREAMED("1") FAILURE("1") COMMAND("2") REPLY("2") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") FAILURE("1") COMMAND("2") REPLY("2") BYE, false },
        { "", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") FAILURE("1") BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void mistakes_of_the_proxy_are_named_and_free_the_user_function(void **state)
{
    static const struct judge_case cases[] = {
        { "proxy ST-INIT-1@1", CR, DELTA("gcounter: {increment: 1}") FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-1@1", CR, "> {delete: {}}\n" FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-1@1", CR, CANCEL("1") "end 2\n", false },
        { "proxy CR-DELTA-1@2", CR, INIT "> {delta: {}}\n" FAILURE("0") "end 0\n", false },
        { "proxy CR-DELTA-1@1", CR, INIT_WITH("") "end 2\n", false },
        { "proxy CR-DELTA-2@2", CR, INIT_WITH("gcounter: {}") DELTA("pncounter: {change: 1}") FAILURE("0") "end 0\n",
          false },
        { "proxy CR-DELTA-2@4, ST-REFUSE-1@6", CR,
          INIT COMMAND("1") UPDATE("1", "gset: {}") DELTA("orset: {}") COMMAND("2") REPLY("2") "cut\n", false },
        { "proxy CR-DELTA-3@3", CR, INIT COMMAND("1") DELTA("gset: {}") REPLY("1") BYE, false },
        { "proxy CR-DELTA-3@3, ST-REPLY-4@0", CR, INIT COMMAND("1") DELTA("gset: {}") BYE, false },
        { "proxy CR-DELTA-4@5", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") DELTA("gset: {}") CANCELLED("1", "") BYE,
          false },
        { "proxy CR-ELEMENT-1@2", CR, INIT DELTA("gset: {added: [" UNTYPED "]}") "end 2\n", false },
        { "proxy CR-ORMAP-6@2", CR, INIT DELTA("ormap: {added: [{key: " A "}]}") "end 2\n", false },
        { "proxy CR-VOTE-7@2", CR, INIT DELTA("vote: {votes_for: 2, total_voters: 1}") COMMAND("1") REPLY("1") BYE,
          false },
        { "proxy CR-VOTE-7@2", CR, INIT DELTA("vote: {votes_for: -1, total_voters: 1}") BYE, false },
        { "proxy CR-VOTE-7@2", CR, INIT DELTA("vote: {self_vote: true, total_voters: 1}") BYE, false },
        { "proxy CR-CANCELLED-5@4", CR,
          INIT STREAMED("1") ACCEPT("1") "> {stream_cancelled: {entity_id: other, id: 1}}\n" CANCELLED("1", "") BYE,
          false },
        { "proxy CR-CANCELLED-5@2", CR, INIT CANCEL("9") CANCELLED("9", "") BYE, false },
        { "proxy CR-CANCELLED-5@3", CR, INIT COMMAND("1") CANCEL("1") REPLY("1") BYE, false },
        { "proxy CR-CANCELLED-5@5", CR,
          INIT STREAMED("1") ACCEPT("1") CANCEL("1") CANCEL("1") CANCELLED("1", "") CANCELLED("1", "") BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void deltas_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "CR-DELTA-1@3", CR, OWN(""), false },
        { "CR-DELTA-2@3", CR, INIT_WITH("gset: {}") COMMAND("1") UPDATE("1", "orset: {}") BYE, false },
        { "CR-DELTA-2@5", CR, INIT COMMAND("1") UPDATE("1", "gset: {}") COMMAND("2") UPDATE("2", "flag: {}") BYE,
          false },
        { "CR-ELEMENT-1@3", CR, OWN("gset: {added: [" A ", " UNTYPED "]}"), false },
        { "CR-ELEMENT-1@3", CR, OWN("orset: {removed: [" UNTYPED "]}"), false },
        { "CR-ELEMENT-1@3", CR, OWN("orset: {added: [" UNTYPED "]}"), false },
        { "CR-ELEMENT-1@3", CR, OWN("ormap: {removed: [" UNTYPED "]}"), false },
        { "CR-ELEMENT-1@3", CR, OWN("ormap: {added: [{key: " UNTYPED ", delta: {flag: {}}}]}"), false },
        { "CR-LWWREGISTER-7@3", CR, OWN("lwwregister: {}"), false },
        { "CR-LWWREGISTER-8@3", CR, OWN("lwwregister: {value: " A ", clock: 4}"), false },
        { "CR-LWWREGISTER-9@3", CR, OWN("lwwregister: {value: " A ", custom_clock_value: 1}"), false },
        { "CR-LWWREGISTER-9@3", CR, OWN("lwwregister: {value: " A ", clock: REVERSE, custom_clock_value: 1}"), false },
        { "CR-FLAG-6@3", CR, INIT_WITH("flag: {value: true}") COMMAND("1") UPDATE("1", "flag: {}") BYE, false },
        { "CR-FLAG-6@5", CR,
          INIT COMMAND("1") UPDATE("1", "flag: {value: true}") COMMAND("2") UPDATE("2", "flag: {}") BYE, false },
        { "CR-ORMAP-6@3", CR, OWN("ormap: {added: [{delta: {flag: {}}}]}"), false },
        { "CR-ORMAP-6@3", CR, OWN("ormap: {added: [{key: " A "}]}"), false },
        { "CR-ORMAP-6@3", CR, OWN("ormap: {updated: [{key: " A ", delta: {}}]}"), false },
        { "CR-ORMAP-6@3", CR,
          OWN("ormap: {updated: [{key: " A ", delta: {ormap: {added: [{key: " A ", delta: {}}]}}}]}"), false },
        { "CR-ORMAP-7@3", CR,
          OWN("ormap: {updated: [{key: " A ", delta: {flag: {}}}], added: [{key: " A ", delta: {flag: {}}}]}"), false },
        { "CR-ORMAP-7@3", CR, OWN("ormap: {removed: [" B ", " A ", " B "]}"), false },
        { "CR-VOTE-6@3", CR, OWN("vote: {self_vote: true, votes_for: 1, total_voters: 1}"), false },
        { "CR-VOTE-6@3", CR, OWN("ormap: {added: [{key: " A ", delta: {vote: {total_voters: 1}}}]}"), false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void answers_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "CR-ACTION-1@3", CR, INIT COMMAND("1") "< {reply: {command_id: 1, " RESPONSE ", state_action: {}}}\n" BYE,
          false },
        { "CR-ACTION-2@3", CR,
          INIT COMMAND("1") "< {reply: {command_id: 1, " RESPONSE
                            ", state_action: {update: {flag: {}}, write_consistency: 3}}}\n" BYE,
          false },
        { "CR-ACTION-3@3", CR,
          INIT COMMAND(
              "1") "< {reply: {command_id: 1, client_action: {failure: {command_id: 1}}, state_action: {update: "
                   "{flag: {}}}}}\n" BYE,
          false },
        { "CR-DELETE-3@5", CR, INIT COMMAND("1") DELETION("1") COMMAND("2") DELETION("2") BYE, false },
        { "CR-DELETE-3@5", CR, INIT COMMAND("1") DELETION("1") COMMAND("2") UPDATE("2", "flag: {}") BYE, false },
        { "ST-REPLY-5@3", CR, INIT COMMAND("1") "< {reply: {command_id: 1}}\n" BYE, false },
        { "ST-REPLY-5@4", CR,
          INIT STREAMED("1") ACCEPT("1") "< {streamed_message: {command_id: 1, client_action: {}}}\n" BYE, false },
        { "CR-STREAMED-7@3", CR, INIT COMMAND("1") ACCEPT("1") BYE, false },
        { "CR-STREAMED-8@3", CR, INIT COMMAND("1") MESSAGE("2") REPLY("1") BYE, false },
        { "CR-STREAMED-8@3", CR, INIT COMMAND("1") MESSAGE("1") REPLY("1") BYE, false },
        { "CR-STREAMED-9@3", CR, INIT STREAMED("1") MESSAGE("1") ACCEPT("1") BYE, false },
        { "CR-STREAMED-10@4", CR, INIT STREAMED("1") REPLY("1") MESSAGE("1") BYE, false },
        { "CR-STREAMED-10@5", CR, INIT STREAMED("1") ACCEPT("1") LAST("1") MESSAGE("1") BYE, false },
        { "CR-STREAMED-10@5", CR, INIT STREAMED("1") ACCEPT("1") LAST("1") LAST("1") BYE, false },
        { "CR-STREAMED-10@5", CR, INIT STREAMED("1") ACCEPT("1") FAILURE("1") MESSAGE("1") BYE, false },
        { "CR-STREAMED-10@6", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") CANCELLED("1", "") MESSAGE("1") BYE,
          false },
        { "CR-STREAMED-10@6", CR, INIT STREAMED("1") CANCEL("1") CANCELLED("1", "") ACCEPT("1") MESSAGE("1") BYE,
          false },
        { "CR-STREAMED-9@3, CR-STREAMED-10@5", CR, INIT STREAMED("1") LAST("1") ACCEPT("1") MESSAGE("1") BYE, false },
        { "CR-CANCELLED-3@4", CR, INIT STREAMED("1") ACCEPT("1") CANCELLED("1", "") BYE, false },
        { "CR-CANCELLED-3@6", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") CANCELLED("1", "") CANCELLED("1", "") BYE,
          false },
        { "CR-CANCELLED-3@3", CR, INIT COMMAND("1") CANCELLED("2", "") REPLY("1") BYE, false },
        { "CR-CANCELLED-4@0", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") BYE, false },
        { "CR-ACTION-1@5", CR, INIT STREAMED("1") ACCEPT("1") CANCEL("1") CANCELLED("1", ", state_action: {}") BYE,
          false },
        { "SE-EFFECT-6@5, SE-EFFECT-8@5", CR,
          INIT STREAMED("1") ACCEPT("1") CANCEL("1") CANCELLED("1", ", side_effects: [{}]") BYE, false },
        { "SE-EFFECT-6@4, SE-EFFECT-8@4", CR,
          INIT STREAMED("1") ACCEPT("1") "< {streamed_message: {command_id: 1, side_effects: [{}]}}\n" BYE, false },
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
        cmocka_unit_test(streams_that_keep_the_rules_are_found_clean),
        cmocka_unit_test(mistakes_of_the_proxy_are_named_and_free_the_user_function),
        cmocka_unit_test(deltas_that_break_a_rule_are_found),
        cmocka_unit_test(answers_that_break_a_rule_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
