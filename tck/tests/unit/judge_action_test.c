/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_fixture.h"
#include "testing.h"

#define MODEL      "service_name: cloudstate.tck.model.action.ActionTckModel"
#define PAYLOAD    "payload: {'@type': cloudstate.tck.model.action.Request}"
#define CALL(name) "> {" MODEL ", name: " name ", " PAYLOAD "}\n"
#define OPEN(name) "> {" MODEL ", name: " name "}\n"
#define MORE       "> {" PAYLOAD "}\n"
#define REPLY      "< {reply: {payload: {'@type': cloudstate.tck.model.action.Response}}}\n"
#define NOTHING    "< {}\n"
#define FAILURE    "< {failure: {description: no}}\n"
#define FORWARD                                                                                                 \
    "< {forward: {service_name: cloudstate.tck.model.action.ActionTwo, command_name: Call, payload: {'@type': " \
    "cloudstate.tck.model.action.OtherRequest}}}\n"
#define EFFECT \
    "service_name: cloudstate.tck.model.action.ActionTwo, command_name: Call, payload: {'@type': a/b, '@value': ''}"
#define UNARY  TCK_CONVERSATION_ACTION_UNARY
#define IN     TCK_CONVERSATION_ACTION_STREAMED_IN
#define OUT    TCK_CONVERSATION_ACTION_STREAMED_OUT
#define DUPLEX TCK_CONVERSATION_ACTION_DUPLEX

static void calls_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", UNARY, CALL("ProcessUnary") REPLY "end 0\n", false },
        { "", UNARY, CALL("ProcessUnary") NOTHING "end 0\n", false },
        { "", UNARY, CALL("ProcessUnary") FORWARD "end 0\n", false },
        { "", UNARY, CALL("ProcessUnary") FAILURE "end 0\n", false },
        { "", UNARY, CALL("ProcessUnary") "< {failure: {}, side_effects: [{" EFFECT "}]}\nend 0\n", false },
        { "", UNARY, CALL("ProcessUnary") "end 13\n", false },
        { "", UNARY, CALL("ProcessUnary") "cut\n", false },
        { "", IN, OPEN("ProcessStreamedIn") MORE MORE "half-close\n" REPLY "end 0\n", false },
        { "", IN, OPEN("ProcessStreamedIn") "half-close\n" NOTHING "end 0\n", false },
        { "", IN, OPEN("ProcessStreamedIn") MORE REPLY "end 0\n" MORE, false },
        { "", OUT, CALL("ProcessStreamedOut") REPLY NOTHING FORWARD FAILURE REPLY "end 0\n", false },
        { "", OUT, CALL("ProcessStreamedOut") "end 0\n", false },
        { "", OUT, CALL("ProcessStreamedOut") REPLY "end 5\n", false },
        { "", OUT, CALL("ProcessStreamedOut") "half-close\nhang\n", false },
        { "", DUPLEX, OPEN("ProcessStreamed") MORE REPLY MORE REPLY REPLY "half-close\n" REPLY "end 0\n", false },
        { "", DUPLEX, OPEN("ProcessStreamed") REPLY "half-close\nend 0\n", false },
        { "", DUPLEX, "half-close\n" FAILURE "end 0\n", false },
        { "", IN, "half-close\n" FAILURE "end 0\n", false },
        { "", DUPLEX,
          "> {" MODEL ", name: ProcessStreamed, metadata: {entries: [{key: a}]}}\n> {" PAYLOAD
          ", metadata: {}}\nend 0\n",
          false },
        { "", DUPLEX, OPEN("ProcessStreamed") "> {" PAYLOAD ", metadata: {entries: [{key: a}]}}\nend 0\n", false },
        { "", UNARY, "> {service_name: no.Such, name: Nope, " PAYLOAD "}\n" REPLY "end 0\n", true },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void calls_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "proxy AC-CALL-1@1", UNARY, "> {name: ProcessUnary, " PAYLOAD "}\n" FAILURE "end 0\n", false },
        { "proxy AC-CALL-1@1", UNARY, "> {" MODEL ", name: Nope, " PAYLOAD "}\n" FAILURE "end 0\n", false },
        { "proxy AC-CALL-1@1", IN, "> {service_name: no.Such, name: Nope}\nend 12\n", false },
        { "proxy AC-CALL-2@1", UNARY, "> {" MODEL ", name: ProcessUnary}\n" NOTHING "end 0\n", false },
        { "proxy AC-CALL-2@2", UNARY, CALL("ProcessUnary") CALL("ProcessUnary") NOTHING "end 0\n", false },
        { "proxy AC-CALL-3@1", IN, CALL("ProcessStreamedIn") "end 2\n", false },
        { "proxy AC-CALL-3@2", IN, OPEN("ProcessStreamedIn") "> {}\nend 2\n", false },
        { "proxy AC-CALL-3@2", DUPLEX, OPEN("ProcessStreamed") CALL("ProcessStreamed") "half-close\nend 0\n", false },
        { "proxy AC-CALL-4@2", DUPLEX,
          "> {" MODEL ", name: ProcessStreamed, metadata: {entries: [{key: a}]}}\n> {" PAYLOAD
          ", metadata: {entries: [{key: a}]}}\nend 0\n",
          false },
        { "proxy AC-MESSAGE-1@1", UNARY, "> garbage\nend 13\n", false },
        { "AC-MESSAGE-1@2", UNARY, CALL("ProcessUnary") "< garbage\ncut\n", false },
        { "AC-RESPONSE-1@1", DUPLEX, REPLY OPEN("ProcessStreamed") "half-close\nend 0\n", false },
        { "AC-RESPONSE-1@1", DUPLEX, "half-close\n" REPLY "end 0\n", false },
        { "AC-RESPONSE-2@3", UNARY, CALL("ProcessUnary") REPLY REPLY "end 0\n", false },
        { "AC-RESPONSE-2@3", IN, OPEN("ProcessStreamedIn") REPLY NOTHING "end 0\n", false },
        { "AC-RESPONSE-3@0", UNARY, CALL("ProcessUnary") "end 0\n", false },
        { "AC-RESPONSE-3@0", IN, OPEN("ProcessStreamedIn") "half-close\nend 0\n", false },
        { "AC-RESPONSE-3@0", IN, OPEN("ProcessStreamedIn") "half-close\nhang\n", false },
        { "proxy AC-CALL-1@1, AC-RESPONSE-4@2", OUT, "> {" MODEL ", name: Nope, " PAYLOAD "}\n" REPLY "end 0\n",
          false },
        { "proxy AC-CALL-1@1, AC-RESPONSE-4@0", DUPLEX, "> {" MODEL ", name: Nope}\nhalf-close\nend 0\n", false },
        { "AC-RESPONSE-5@2", UNARY, CALL("ProcessUnary") "< {reply: {}}\nend 0\n", false },
        { "AC-RESPONSE-6@2", UNARY, CALL("ProcessUnary") "< {reply: {" PAYLOAD "}}\nend 0\n", false },
        { "AC-END-1@2", UNARY, CALL("ProcessUnary") "end 12\n" REPLY, false },
        { "FW-FORWARD-4@2, FW-FORWARD-6@2", UNARY, CALL("ProcessUnary") "< {forward: {}}\nend 0\n", false },
        { "SE-EFFECT-6@2, SE-EFFECT-8@2", OUT, CALL("ProcessStreamedOut") "< {side_effects: [{}]}\nend 0\n", false },
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
        cmocka_unit_test(calls_that_keep_the_rules_are_found_clean),
        cmocka_unit_test(calls_that_break_a_rule_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
