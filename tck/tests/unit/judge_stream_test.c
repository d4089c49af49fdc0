/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "judge/judge_internal.h"
#include "judge_fixture.h"
#include "testing.h"

/* The rules that event sourced entities, value entities and CRDTs have in common, mostly shown on the first. */

#define MODEL       "cloudstate.tck.model.EventSourcedTckModel"
#define INIT        "> {init: {service_name: " MODEL ", entity_id: e}}\n"
#define PAYLOAD     "payload: {'@type': cloudstate.tck.model.Request, id: e}"
#define RESPONSE    "payload: {'@type': cloudstate.tck.model.Response, message: A}"
#define COMMAND(id) "> {command: {entity_id: e, id: " id ", name: Process, " PAYLOAD "}}\n"
#define REPLY(id)   "< {reply: {command_id: " id ", client_action: {reply: {" RESPONSE "}}}}\n"
#define FAILURE(id) "< {failure: {command_id: " id ", description: no}}\n"
#define DELIBERATE(id) \
    "< {reply: {command_id: " id ", client_action: {failure: {command_id: " id ", description: no}}}}\n"
#define BYE "half-close\nend 0\n"
#define ES  TCK_CONVERSATION_EVENT_SOURCED
#define VE  TCK_CONVERSATION_VALUE_ENTITY
#define CR  TCK_CONVERSATION_CRDT

#define VE_INIT "> {init: {service_name: cloudstate.tck.model.valueentity.ValueEntityTckModel, entity_id: e}}\n"
#define VE_COMMAND(id)                   \
    "> {command: {entity_id: e, id: " id \
    ", name: Process, payload: {'@type': cloudstate.tck.model.valueentity.Request}}}\n"
#define VE_REPLY(id)                                                                         \
    "< {reply: {command_id: " id                                                             \
    ", client_action: {reply: {payload: {'@type': cloudstate.tck.model.valueentity.Response" \
    "}}}}}\n"
#define CR_INIT "> {init: {service_name: cloudstate.tck.model.crdt.CrdtTckModel, entity_id: GSet-e}}\n"
#define CR_COMMAND(id)                        \
    "> {command: {entity_id: GSet-e, id: " id \
    ", name: Process, payload: {'@type': cloudstate.tck.model.crdt.Request}}}\n"
#define CR_REPLY(id)             \
    "< {reply: {command_id: " id \
    ", client_action: {reply: {payload: {'@type': cloudstate.tck.model.crdt.Response}}}}}\n"

static void conversations_that_keep_the_rules_are_found_clean(void **state)
{
    static const struct judge_case cases[] = {
        { "", ES, INIT COMMAND("1") REPLY("1") COMMAND("2") REPLY("2") BYE, false },
        { "", VE, VE_INIT VE_COMMAND("1") VE_REPLY("1") BYE, false },
        { "", CR, CR_INIT CR_COMMAND("1") CR_REPLY("1") BYE, false },
        { "", ES, INIT COMMAND("7") REPLY("7") COMMAND("3") REPLY("3") BYE, false },
        { "", ES, INIT COMMAND("9223372036854775807") REPLY("9223372036854775807") BYE, false },
        { "", ES, INIT COMMAND("-9223372036854775808") REPLY("-9223372036854775808") BYE, false },
        /* a half-close is no excuse, and takes no answer away */
        { "", ES, INIT COMMAND("1") "half-close\n" REPLY("1") "end 0\n", false },
        { "", ES, INIT BYE, false },
        /* deliberate failures leave the stream as it was */
        { "", ES, INIT COMMAND("1") DELIBERATE("1") COMMAND("2") REPLY("2") BYE, false },
        /* a failure of the stream answers its command and ends the stream, with whatever status */
        { "", ES, INIT COMMAND("1") FAILURE("1") "end 0\n", false },
        { "", ES, INIT COMMAND("1") FAILURE("1") "end 2\n", false },
        { "", ES, INIT COMMAND("1") FAILURE("0") "end 0\n", false },
        { "", ES, INIT FAILURE("0") "end 0\n", false },
        /* what cannot be read may be known to the user function alone */
        { "", ES, INIT "end 2\n", false },
        { "", ES, INIT COMMAND("1") "end 2\n", true },
        { "", VE,
          "> {init: {service_name: cloudstate.tck.model.valueentity.ValueEntityTckModel, entity_id: e, state: {value: "
          "{'@type': a/no.Such, '@value': ''}}}}\n" VE_COMMAND("1") "end 13\n",
          false },
        /* where the kit cut the stream off nothing is owed */
        { "", ES, INIT COMMAND("1") "cut\n", false },
        { "", ES, INIT COMMAND("1") "half-close\ncut\n", false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void mistakes_of_the_proxy_are_named_and_free_the_user_function(void **state)
{
    static const struct judge_case cases[] = {
        { "proxy ST-INIT-1@1", ES, COMMAND("1") FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-1@1", ES, COMMAND("1") FAILURE("1") "end 0\n", false },
        { "proxy ST-INIT-1@1", ES, COMMAND("1") "end 3\n", false },
        { "proxy ST-INIT-2@2", ES, INIT INIT FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-2@3", ES, INIT COMMAND("1") INIT REPLY("1") FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-3@1", ES, "> {init: {service_name: no.Such, entity_id: e}}\n" FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-3@1", ES, "> {init: {entity_id: e}}\n" FAILURE("0") "end 0\n", true },
        { "", ES, "> {init: {service_name: no.Such, entity_id: e}}\n" FAILURE("0") "end 0\n", true },
        { "proxy ST-MESSAGE-1@2", ES, INIT "> {}\n" FAILURE("0") "end 0\n", false },
        { "proxy ST-MESSAGE-1@2", ES, INIT "> {}\n" COMMAND("1") REPLY("1") BYE, false },
        { "proxy ST-MESSAGE-2@2", ES, INIT "> garbage\nend 13\n", false },
        { "proxy ST-COMMAND-1@2", ES,
          INIT "> {command: {entity_id: other, id: 1, name: Process, " PAYLOAD "}}\n" FAILURE("1") "end 0\n", false },
        { "proxy ST-COMMAND-2@2", ES, INIT COMMAND("0") "end 2\n", false },
        { "proxy ST-COMMAND-2@4", ES, INIT COMMAND("1") REPLY("1") COMMAND("1") REPLY("1") BYE, false },
        { "proxy ST-COMMAND-3@2", ES, INIT "> {command: {entity_id: e, id: 1, name: Process}}\n" REPLY("1") BYE,
          false },
        { "proxy ST-COMMAND-3@2", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Process, payload: {'@type': "
               "example.org/cloudstate.tck.model.Request}}}\n" FAILURE("1") "end 0\n",
          false },
        { "proxy ST-COMMAND-3@2", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Process, payload: {'@type': "
               "cloudstate.tck.model.Response}}}\n" FAILURE("1") "end 0\n",
          false },
        { "proxy ST-COMMAND-4@2", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Nope, " PAYLOAD "}}\n" FAILURE("1") BYE, false },
        { "proxy ST-COMMAND-4@2", ES, INIT "> {command: {entity_id: e, id: 1, " PAYLOAD "}}\n" DELIBERATE("1") BYE,
          false },
        /* these two free it of nothing */
        { "proxy ST-COMMAND-5@2", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Process, streamed: true, " PAYLOAD "}}\n" REPLY("1") BYE,
          false },
        { "proxy ST-COMMAND-5@2, ST-REPLY-4@0", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Process, streamed: true, " PAYLOAD "}}\n" BYE, false },
        { "proxy ST-COMMAND-6@3", ES, INIT COMMAND("1") COMMAND("2") REPLY("1") REPLY("2") BYE, false },
        { "proxy ST-COMMAND-6@3", VE, VE_INIT VE_COMMAND("1") VE_COMMAND("2") VE_REPLY("1") VE_REPLY("2") BYE, false },
        { "", CR, CR_INIT CR_COMMAND("1") CR_COMMAND("2") CR_REPLY("2") CR_REPLY("1") BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void answers_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "ST-SILENCE-1@1", ES, REPLY("1") "cut\n", false },
        { "ST-SILENCE-1@2", ES, INIT REPLY("1") "cut\n", false },
        { "ST-SILENCE-1@3", ES, INIT "> {event: {sequence: 1, " RESPONSE "}}\n" REPLY("1") "cut\n", false },
        { "ST-SILENCE-1@2, ST-MESSAGE-1@2", VE, VE_INIT "< {}\n", false },
        { "ST-MESSAGE-1@3", ES, INIT COMMAND("1") "< {}\ncut\n", false },
        { "ST-MESSAGE-2@3", CR, CR_INIT CR_COMMAND("1") "< garbage\ncut\n", false },
        { "ST-REPLY-1@3", ES, INIT COMMAND("1") REPLY("2") "cut\n", false },
        { "ST-REPLY-1@3", CR, CR_INIT CR_COMMAND("1") CR_REPLY("0") "cut\n", false },
        { "ST-REPLY-2@4", ES, INIT COMMAND("1") REPLY("1") REPLY("1") BYE, false },
        { "ST-REPLY-2@4", CR, CR_INIT CR_COMMAND("1") CR_REPLY("1") CR_REPLY("1") BYE, false },
        { "proxy ST-COMMAND-6@3, ST-REPLY-3@4", ES, INIT COMMAND("1") COMMAND("2") REPLY("2") REPLY("1") BYE, false },
        { "proxy ST-COMMAND-6@3, ST-REPLY-3@4", VE,
          VE_INIT VE_COMMAND("1") VE_COMMAND("2") VE_REPLY("2") VE_REPLY("1") BYE, false },
        { "ST-REPLY-4@0", ES, INIT COMMAND("1") BYE, false },
        { "ST-REPLY-5@3", ES, INIT COMMAND("1") "< {reply: {command_id: 1}}\n" BYE, false },
        { "ST-REPLY-5@3", VE, VE_INIT VE_COMMAND("1") "< {reply: {command_id: 1, client_action: {}}}\n" BYE, false },
        { "ST-REPLY-6@3", ES, INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {reply: {}}}}\n" BYE, false },
        { "ST-REPLY-7@3", ES,
          INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {reply: {payload: {'@type': "
                            "cloudstate.tck.model.Request}}}}}\n" BYE,
          false },
        { "proxy ST-COMMAND-4@2, ST-REPLY-8@3", ES,
          INIT "> {command: {entity_id: e, id: 1, name: Nope, " PAYLOAD "}}\n" REPLY("1") BYE, false },
        { "proxy ST-COMMAND-4@2, ST-REPLY-8@3", ES,
          INIT "> {command: {entity_id: e, id: 1, " PAYLOAD "}}\n" REPLY("1") BYE, false },
        { "FA-FAILURE-3@3", ES,
          INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {failure: {description: no}}}}\n" BYE, false },
        { "ST-FAILURE-1@3", ES, INIT COMMAND("1") FAILURE("2") "end 0\n", false },
        { "ST-FAILURE-1@4", ES, INIT COMMAND("1") REPLY("1") FAILURE("1") "end 0\n", false },
        { "ST-FAILURE-2@4", ES, INIT COMMAND("1") FAILURE("0") REPLY("1") "end 0\n", false },
        { "ST-FAILURE-2@4", CR, CR_INIT CR_COMMAND("1") FAILURE("0") CR_REPLY("1") "end 0\n", false },
        { "ST-FAILURE-3@5", ES, INIT COMMAND("1") FAILURE("1") COMMAND("2") REPLY("2") BYE, false },
        { "", CR, CR_INIT CR_COMMAND("1") FAILURE("1") CR_COMMAND("2") CR_REPLY("2") BYE, false },
        { "proxy ST-INIT-1@1, ST-REFUSE-1@2", ES, COMMAND("1") REPLY("1") "cut\n", false },
        { "proxy ST-INIT-2@2, ST-REFUSE-1@4", ES, INIT INIT COMMAND("1") REPLY("1") "cut\n", false },
        { "proxy ST-INIT-2@2, ST-FAILURE-2@4", ES, INIT INIT FAILURE("0") FAILURE("0") "end 0\n", false },
        { "proxy ST-INIT-2@4, ST-REFUSE-2@6", CR,
          CR_INIT CR_COMMAND("1") CR_COMMAND("2") CR_INIT FAILURE("1") FAILURE("2") "end 0\n", false },
        { "proxy ST-INIT-2@2, ST-REFUSE-3@0", VE, VE_INIT VE_INIT BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void ends_that_break_a_rule_are_found(void **state)
{
    static const struct judge_case cases[] = {
        { "ST-END-1@0", ES, INIT COMMAND("1") REPLY("1") "half-close\nhang\n", false },
        { "ST-END-1@0, ST-REPLY-4@0", ES, INIT COMMAND("1") "half-close\nhang\n", false },
        { "ST-END-1@0", ES, INIT COMMAND("1") FAILURE("0") "half-close\nhang\n", false },
        { "ST-END-2@0", ES, INIT COMMAND("1") REPLY("1") "half-close\nend 13\n", false },
        { "ST-END-2@0", ES, INIT COMMAND("1") "end 13\n", false },
        { "ST-END-2@0", CR, CR_INIT CR_COMMAND("1") CR_REPLY("1") "end 2\n", true },
        { "ST-END-3@0", ES, INIT COMMAND("1") REPLY("1") "end 0\n", false },
        { "ST-END-3@0", ES, INIT "end 0\n", false },
        { "ST-END-4@2", ES, INIT "half-close\nend 0\n" REPLY("1"), false },
        /* the proxy may not have learned of the end yet */
        { "ST-END-3@0", ES, INIT COMMAND("1") REPLY("1") "end 0\n" COMMAND("2"), false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

#define TARGET          "service_name: cloudstate.tck.model.EventSourcedTwo, command_name: Call"
#define FORWARD(fields) INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {forward: {" fields "}}}}\n" BYE
#define EFFECT(fields)                                                                                            \
    INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {reply: {" RESPONSE "}}, side_effects: [{" fields \
                      "}]}}\n" BYE
#define ATTRIBUTE(key) "{key: " key ", string_value: x}"

static void forwards_effects_and_metadata_are_looked_into(void **state)
{
    static const struct judge_case cases[] = {
        { "", ES, FORWARD(TARGET ", " PAYLOAD), false },
        { "", ES, EFFECT(TARGET ", synchronous: true, " PAYLOAD), false },
        { "FW-FORWARD-4@3", ES, FORWARD("command_name: Call, " PAYLOAD), false },
        { "FW-FORWARD-4@3", ES, FORWARD("service_name: cloudstate.tck.model.EventSourcedTwo, " PAYLOAD), false },
        { "FW-FORWARD-5@3", ES, FORWARD("service_name: no.Such, command_name: Call, " PAYLOAD), false },
        { "", ES, FORWARD("service_name: no.Such, command_name: Call, " PAYLOAD), true },
        { "FW-FORWARD-5@3", ES,
          FORWARD("service_name: cloudstate.tck.model.EventSourcedTwo, command_name: Nope, " PAYLOAD), false },
        { "FW-FORWARD-6@3", ES, FORWARD(TARGET), false },
        { "SE-EFFECT-6@3", ES, EFFECT("command_name: Call, " PAYLOAD), false },
        { "SE-EFFECT-7@3", ES, EFFECT("service_name: no.Such, command_name: Call, " PAYLOAD), false },
        { "SE-EFFECT-8@3", ES, EFFECT(TARGET), false },
        { "SE-EFFECT-9@3", ES,
          INIT COMMAND(
              "1") "< {reply: {command_id: 1, client_action: {failure: {command_id: 1}}, side_effects: [{" TARGET
                   ", " PAYLOAD "}]}}\n" BYE,
          false },
        { "", ES,
          FORWARD(
              TARGET
              ", " PAYLOAD ", metadata: {entries: [" ATTRIBUTE("ce-id") ", " ATTRIBUTE("CE-Source") ", " ATTRIBUTE(
                  "ce-specversion") ", " ATTRIBUTE("ce-type") ", " ATTRIBUTE("ce-subject") ", " ATTRIBUTE("other") "]"
                                                                                                                   "}"),
          false },
        { "", ES, FORWARD(TARGET ", " PAYLOAD ", metadata: {entries: [" ATTRIBUTE("cepheid") "]}"), false },
        { "MD-CLOUDEVENT-1@3", ES,
          EFFECT(TARGET ", " PAYLOAD ", metadata: {entries: [" ATTRIBUTE("ce-id") ", " ATTRIBUTE(
              "ce-source") ", " ATTRIBUTE("ce-specversion") "]}"),
          false },
        { "MD-CLOUDEVENT-1@3, MD-CLOUDEVENT-1@3, MD-CLOUDEVENT-1@3, MD-CLOUDEVENT-1@3", ES,
          INIT COMMAND("1") "< {reply: {command_id: 1, client_action: {reply: {" RESPONSE
                            ", metadata: {entries: [" ATTRIBUTE("ce-subject") "]}}}}}\n" BYE,
          false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

/* After each of these a command is open that is never answered; what a silent end then costs is the grade of the error.
 */
#define OPEN_COMMAND(id, entity, more) "> {command: {entity_id: " entity ", id: " id ", " more "}}\n"
#define SNAPSHOT(fields)               "> {init: {service_name: " MODEL ", entity_id: e, snapshot: {" fields "}}}\n"
#define CR_STREAMED(id)                                                                                      \
    "> {command: {entity_id: GSet-e, id: " id ", name: ProcessStreamed, streamed: true, payload: {'@type': " \
    "cloudstate.tck.model.crdt.StreamedRequest}}}\n"
#define CR_ACCEPT(id)         "< {reply: {command_id: " id ", streamed: true}}\n"
#define CR_CANCEL(entity, id) "> {stream_cancelled: {entity_id: " entity ", id: " id "}}\n"

static void errors_of_the_proxy_excuse_as_much_as_they_disturb(void **state)
{
    static const struct judge_case cases[] = {
        /* nothing */
        { "proxy ST-COMMAND-5@2, ST-REPLY-4@0", ES,
          INIT OPEN_COMMAND("1", "e", "name: Process, streamed: true, " PAYLOAD) BYE, false },
        { "proxy ST-COMMAND-6@3, ST-REPLY-4@0", ES, INIT COMMAND("1") COMMAND("2") BYE, false },
        { "proxy CR-DELTA-3@3, ST-REPLY-4@0", CR, CR_INIT CR_COMMAND("1") "> {delta: {gset: {}}}\n" BYE, false },
        { "proxy CR-VOTE-7@2, ST-REPLY-4@0", CR, CR_INIT "> {delta: {vote: {votes_for: 1}}}\n" CR_COMMAND("1") BYE,
          false },
        { "proxy CR-CANCELLED-5@3, ST-REPLY-4@0", CR, CR_INIT CR_COMMAND("1") CR_CANCEL("GSet-e", "9") BYE, false },
        { "proxy CR-CANCELLED-5@3, ST-REPLY-4@0", CR, CR_INIT CR_COMMAND("1") CR_CANCEL("GSet-e", "1") BYE, false },
        { "proxy CR-CANCELLED-5@3, proxy CR-CANCELLED-5@4, ST-REPLY-4@0", CR,
          CR_INIT CR_COMMAND("1") CR_CANCEL("GSet-e", "1") CR_CANCEL("GSet-e", "1") BYE, false },
        { "proxy CR-DELTA-4@5, ST-REPLY-4@0, CR-CANCELLED-4@0", CR,
          CR_INIT CR_STREAMED("1") CR_ACCEPT("1") CR_CANCEL("GSet-e", "1") "> {delta: {gset: {}}}\n" CR_COMMAND("2")
              BYE,
          false },
        /* the answers that are owed */
        { "proxy ST-COMMAND-3@2", ES,
          INIT OPEN_COMMAND("1", "e", "name: Process, payload: {'@type': cloudstate.tck.model.Response}") BYE, false },
        { "proxy ST-COMMAND-3@2", ES,
          INIT OPEN_COMMAND("1", "e", "name: Process, payload: {'@type': a/cloudstate.tck.model.Request}") BYE, false },
        { "proxy ST-COMMAND-4@2", ES, INIT OPEN_COMMAND("1", "e", PAYLOAD) BYE, false },
        { "proxy VE-INIT-3@1", VE,
          "> {init: {service_name: cloudstate.tck.model.valueentity.ValueEntityTckModel, entity_id: e, state: {value: "
          "{'@fields': {}}}}}\n" VE_COMMAND("1") BYE,
          false },
        { "proxy ST-MESSAGE-1@2", ES, INIT "> {}\n" COMMAND("1") BYE, false },
        { "proxy ST-COMMAND-1@2", ES, INIT OPEN_COMMAND("1", "other", "name: Process, " PAYLOAD) BYE, false },
        { "proxy ST-COMMAND-2@2", ES, INIT COMMAND("0") BYE, false },
        { "proxy ST-COMMAND-2@4", ES, INIT COMMAND("1") REPLY("1") COMMAND("1") BYE, false },
        { "proxy ST-COMMAND-3@2", ES, INIT OPEN_COMMAND("1", "e", "name: Process") BYE, false },
        { "proxy ST-COMMAND-4@2", ES, INIT OPEN_COMMAND("1", "e", "name: Nope, " PAYLOAD) BYE, false },
        { "proxy ES-SEQUENCE-1@2", ES, INIT "> {event: {sequence: 3, " RESPONSE "}}\n" COMMAND("1") BYE, false },
        { "proxy ES-SEQUENCE-3@2", ES, INIT "> {event: {sequence: 1}}\n" COMMAND("1") BYE, false },
        { "proxy ES-SEQUENCE-4@1", ES, SNAPSHOT("snapshot_sequence: 5") COMMAND("1") BYE, false },
        { "proxy CR-ORMAP-6@2, proxy CR-ORMAP-6@2", CR,
          CR_INIT "> {delta: {ormap: {added: [{}]}}}\n" CR_COMMAND("1") BYE, false },
        /* an end as if all were well is wrong */
        { "proxy ST-INIT-1@1, ST-REFUSE-3@0", ES, COMMAND("1") BYE, false },
        { "proxy ST-INIT-2@2, ST-REFUSE-3@0", ES, INIT INIT COMMAND("1") BYE, false },
        { "proxy ST-INIT-3@1, ST-REFUSE-3@0", ES, "> {init: {service_name: no.Such, entity_id: e}}\n" COMMAND("1") BYE,
          false },
        { "proxy ST-INIT-3@1, ST-REFUSE-3@0", ES, "> {init: {entity_id: e}}\n" COMMAND("1") BYE, true },
        { "proxy ST-MESSAGE-2@2, ST-REFUSE-3@0", ES, INIT "> garbage\n" COMMAND("1") BYE, false },
        { "proxy CR-DELTA-1@2, ST-REFUSE-3@0", CR, CR_INIT "> {delta: {}}\n" CR_COMMAND("1") BYE, false },
        { "proxy CR-DELTA-2@3, ST-REFUSE-3@0", CR,
          CR_INIT "> {delta: {gset: {}}}\n> {delta: {flag: {}}}\n" CR_COMMAND("1") BYE, false },
    };

    (void)state;
    judge_fixture_check(cases, TCK_COUNT(cases));
}

static void texts_tell_the_values_without_control_characters(void **state)
{
    struct tck_judge *judge = judge_fixture_play(
        ES, judge_fixture_pool(),
        INIT "> {command: {entity_id: \"a\\x07éééééééééééééééééééééééééééééééééééééé\", id: 7, name: Process, " PAYLOAD
             "}}\n");

    (void)state;
    assert_int_equal(tck_judge_breach_count(judge), 1);
    assert_string_equal(tck_judge_breach(judge, 0)->text,
                        "command 7 is for 'a?ééééééééééééééééééééééééééééééé'…, not for the entity of this stream");
    assert_int_equal(tck_judge_open_commands(judge), 1);
    assert_false(tck_judge_lost(judge));
    tck_judge_free(judge);
}

static void strings_from_the_wire_are_cut_and_cleaned(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        { NULL, "''" },
        { "", "''" },
        { "\x1b[31m\xff\x7f\xc2\x85", "'?[31m?"
                                      "?"
                                      "?'" },
        { "a234567890123456789012345678901234567890123456789012345678901234é",
          "'a234567890123456789012345678901234567890123456789012345678901234'…" },
        { "a2345678901234567890123456789012345678901234567890123456789012345",
          "'a2345678901234567890123456789012345678901234567890123456789012345'" },
        { "a23456789012345678901234567890123456789012345678901234567890123456",
          "'a2345678901234567890123456789012345678901234567890123456789012345'…" },
    };
    char buf[TCK_SHOWN_SIZE];

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++)
        assert_string_equal(tck_shown(cases[i].text, buf), cases[i].shown);
}

static void texts_that_do_not_fit_end_with_a_whole_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 4; shift++) { /* of 4-byte characters: each way to be cut */
        struct tck_judge *judge;
        char why[400] = "abc";
        const char *text;

        for (size_t at = shift; at + 4 < sizeof why; at += 4)
            memcpy(why + at, "😀", sizeof "😀");
        assert_int_equal(tck_judge_new(ES, NULL, &judge, NULL), 0);
        tck_judge_undecodable(judge, TCK_TO_PROXY, why);
        text = tck_judge_breach(judge, 0)->text;
        assert_true(strlen(text) > sizeof tck_judge_breach(judge, 0)->text - 5);
        assert_true(tck_utf8_valid(text, strlen(text), NULL));
        tck_judge_free(judge);
    }
}

static void one_rule_broken_often_leaves_room_for_others(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer script = TCK_BUFFER_INIT(1 << 20);
    struct tck_judge *judge;

    (void)state;
    tck_buffer_puts(&script, INIT COMMAND("1"));
    for (int i = 0; i < 100; i++)
        tck_buffer_puts(&script, REPLY("9"));
    tck_buffer_puts(&script, BYE);
    judge = judge_fixture_play(ES, judge_fixture_pool(), tck_buffer_string(&script));
    assert_string_equal(judge_fixture_breaches(judge),
                        "ST-REPLY-1@3, ST-REPLY-1@4, ST-REPLY-1@5, ST-REPLY-1@6, ST-REPLY-4@0");
    tck_judge_free(judge);
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
        cmocka_unit_test(ends_that_break_a_rule_are_found),
        cmocka_unit_test(forwards_effects_and_metadata_are_looked_into),
        cmocka_unit_test(errors_of_the_proxy_excuse_as_much_as_they_disturb),
        cmocka_unit_test(texts_tell_the_values_without_control_characters),
        cmocka_unit_test(strings_from_the_wire_are_cut_and_cleaned),
        cmocka_unit_test(texts_that_do_not_fit_end_with_a_whole_character),
        cmocka_unit_test(one_rule_broken_often_leaves_room_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
