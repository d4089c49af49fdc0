/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdio.h>

#include "base/clock.h"
#include "judge/commands.h"
#include "judge_fixture.h"
#include "testing.h"

#include "cloudstate/crdt.pb-c.h"
#include "cloudstate/event_sourced.pb-c.h"

static void answer(struct tck_commands *commands, int64_t id)
{
    struct tck_command *command = tck_commands_find(commands, id);

    assert_non_null(command);
    tck_commands_answered(commands, command);
    tck_commands_settle(commands, command);
}

static void commands_are_found_by_id_and_leave_in_any_order(void **state)
{
    enum { COUNT = 1000 };
    struct tck_commands commands = { 0 };

    (void)state;
    assert_null(tck_commands_find(&commands, 1));
    assert_null(tck_commands_oldest(&commands));
    for (int64_t i = 0; i < COUNT; i++)
        assert_non_null(tck_commands_open(&commands, i * INT64_C(0x100000001)));
    assert_int_equal(commands.awaiting, COUNT);
    for (int64_t i = 0; i < COUNT; i++) { /* 7 has no factor in common with COUNT: each once */
        int64_t id = i * 7 % COUNT * INT64_C(0x100000001);

        answer(&commands, id);
        assert_null(tck_commands_find(&commands, id));
        assert_int_equal(commands.awaiting, COUNT - i - 1);
    }
    assert_null(tck_commands_oldest(&commands));
    tck_commands_done(&commands);
}

static void oldest_command_is_the_one_that_came_first_of_those_left(void **state)
{
    struct tck_commands commands = { 0 };

    (void)state;
    for (int64_t id = 1; id <= 5; id++)
        tck_commands_open(&commands, 10 - id);
    assert_int_equal(tck_commands_oldest(&commands)->id, 9);
    answer(&commands, 7);
    answer(&commands, 9);
    assert_int_equal(tck_commands_oldest(&commands)->id, 8);
    answer(&commands, 5);
    answer(&commands, 8);
    assert_int_equal(tck_commands_oldest(&commands)->id, 6);
    tck_commands_open(&commands, 9);
    answer(&commands, 6);
    assert_int_equal(tck_commands_oldest(&commands)->id, 9);
    tck_commands_done(&commands);
}

static void used_ids_are_known_for_as_many_runs_as_said(void **state)
{
    struct tck_commands commands = { 0 };

    (void)state;
    for (int64_t id = 1; id <= 100000; id++) {
        tck_commands_open(&commands, id);
        answer(&commands, id);
    }
    assert_true(tck_commands_used(&commands, 1));
    assert_true(tck_commands_used(&commands, 100000));
    assert_false(tck_commands_used(&commands, 0));
    assert_false(tck_commands_used(&commands, 100001));
    for (int64_t i = 1; i < TCK_ID_RUNS; i++) {
        tck_commands_open(&commands, -2 * i);
        answer(&commands, -2 * i);
    }
    assert_true(tck_commands_used(&commands, 50000));
    assert_true(tck_commands_used(&commands, -2));
    tck_commands_open(&commands, INT64_MIN); /* one run too many: that of the first ids goes */
    answer(&commands, INT64_MIN);
    assert_false(tck_commands_used(&commands, 50000));
    assert_true(tck_commands_used(&commands, -2));
    assert_true(tck_commands_used(&commands, INT64_MIN));
    tck_commands_done(&commands);
}

static void two_commands_of_one_id_are_both_answered(void **state)
{
    struct tck_commands commands = { 0 };

    (void)state;
    tck_commands_open(&commands, 1);
    tck_commands_open(&commands, 1);
    answer(&commands, 1);
    assert_int_equal(commands.awaiting, 1);
    answer(&commands, 1);
    assert_int_equal(commands.awaiting, 0);
    assert_null(tck_commands_find(&commands, 1));
    tck_commands_done(&commands);
}

/* --- a million commands --- */

#define MILLION 1000000

static size_t in_use(void)
{
    return mallinfo2().uordblks; /* 0 where a sanitizer has put its own allocator in place */
}

static void a_million_commands_take_no_more_memory_than_a_thousand(void **state)
{
    Google__Protobuf__Any payload = GOOGLE__PROTOBUF__ANY__INIT;
    Cloudstate__Eventsourced__EventSourcedInit init = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_INIT__INIT;
    Cloudstate__Command command = CLOUDSTATE__COMMAND__INIT;
    Cloudstate__Reply reply = CLOUDSTATE__REPLY__INIT;
    Cloudstate__ClientAction action = CLOUDSTATE__CLIENT_ACTION__INIT;
    Cloudstate__Eventsourced__EventSourcedReply answered = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_REPLY__INIT;
    Cloudstate__Eventsourced__EventSourcedStreamIn in = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__INIT;
    Cloudstate__Eventsourced__EventSourcedStreamOut out = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__INIT;
    struct tck_judge *judge;
    size_t after_thousand = 0;
    int64_t start;

    (void)state;
    assert_int_equal(tck_judge_new(TCK_CONVERSATION_EVENT_SOURCED, judge_fixture_pool(), &judge, NULL), 0);
    init.service_name = (char *)"cloudstate.tck.model.EventSourcedTckModel";
    init.entity_id = command.entity_id = (char *)"e";
    in.message_case = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_INIT;
    in.init = &init;
    tck_judge_message(judge, TCK_TO_USER_FUNCTION, &in.base);
    payload.type_url = (char *)"type.googleapis.com/cloudstate.tck.model.Request";
    command.name = (char *)"Process";
    command.payload = &payload;
    in.message_case = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_COMMAND;
    in.command = &command;
    action.action_case = CLOUDSTATE__CLIENT_ACTION__ACTION_REPLY;
    action.reply = &reply;
    answered.client_action = &action;
    out.message_case = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__MESSAGE_REPLY;
    out.reply = &answered;
    Google__Protobuf__Any response = GOOGLE__PROTOBUF__ANY__INIT;
    response.type_url = (char *)"type.googleapis.com/cloudstate.tck.model.Response";
    reply.payload = &response;

    start = tck_now();
    for (int64_t id = 1; id <= MILLION; id++) {
        command.id = answered.command_id = id;
        tck_judge_message(judge, TCK_TO_USER_FUNCTION, &in.base);
        tck_judge_message(judge, TCK_TO_PROXY, &out.base);
        if (id == 1000)
            after_thousand = in_use();
    }
    print_message("%.0f ns a message\n", (double)(tck_now() - start) / (2.0 * MILLION));
    assert_int_equal(in_use(), after_thousand);
    assert_string_equal(judge_fixture_breaches(judge), "");

    answered.command_id = MILLION / 2; /* it still knows which ids are done with */
    tck_judge_message(judge, TCK_TO_PROXY, &out.base);
    assert_string_equal(judge_fixture_breaches(judge), "ST-REPLY-2@2000002");
    tck_judge_free(judge);
}

/* The messages of a CRDT's stream that these tests need, with the command id to be filled in. */
struct cancellations {
    Cloudstate__Crdt__CrdtInit init;
    Cloudstate__StreamCancelled cancelled;
    Cloudstate__Crdt__CrdtStreamCancelledResponse response;
    Cloudstate__Crdt__CrdtStreamIn in;
    Cloudstate__Crdt__CrdtStreamOut out;
    struct tck_judge *judge;
};

static void cancellations_init(struct cancellations *stream)
{
    *stream = (struct cancellations){ CLOUDSTATE__CRDT__CRDT_INIT__INIT,
                                      CLOUDSTATE__STREAM_CANCELLED__INIT,
                                      CLOUDSTATE__CRDT__CRDT_STREAM_CANCELLED_RESPONSE__INIT,
                                      CLOUDSTATE__CRDT__CRDT_STREAM_IN__INIT,
                                      CLOUDSTATE__CRDT__CRDT_STREAM_OUT__INIT,
                                      NULL };
    assert_int_equal(tck_judge_new(TCK_CONVERSATION_CRDT, NULL, &stream->judge, NULL), 0);
    stream->init.service_name = stream->init.entity_id = stream->cancelled.entity_id = (char *)"e";
    stream->in.message_case = CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_INIT;
    stream->in.init = &stream->init;
    tck_judge_message(stream->judge, TCK_TO_USER_FUNCTION, &stream->in.base);
    stream->in.message_case = CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_STREAM_CANCELLED;
    stream->in.stream_cancelled = &stream->cancelled;
    stream->out.message_case = CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_STREAM_CANCELLED_RESPONSE;
    stream->out.stream_cancelled_response = &stream->response;
}

static void cancel(struct cancellations *stream, int64_t id)
{
    stream->cancelled.id = id;
    tck_judge_message(stream->judge, TCK_TO_USER_FUNCTION, &stream->in.base);
}

static void respond(struct cancellations *stream, int64_t id)
{
    stream->response.command_id = id;
    tck_judge_message(stream->judge, TCK_TO_PROXY, &stream->out.base);
}

static size_t breaches_by_function(const struct tck_judge *judge)
{
    size_t count = 0;

    for (size_t i = 0; i < tck_judge_breach_count(judge); i++)
        count += tck_judge_breach(judge, i)->by == TCK_SIDE_USER_FUNCTION;
    return count;
}

static void cancellations_that_nobody_answers_take_bounded_memory(void **state)
{
    struct cancellations stream;
    size_t after_thousands = 0;

    (void)state;
    cancellations_init(&stream);
    for (int64_t id = 1; id <= 100000; id++) {
        cancel(&stream, id);
        if (id == 2000)
            after_thousands = in_use();
    }
    assert_int_equal(in_use(), after_thousands);
    for (int64_t id = 1; id <= 100000; id++) /* and none of the answers is taken for a mistake */
        respond(&stream, id);
    assert_int_equal(breaches_by_function(stream.judge), 0);
    tck_judge_free(stream.judge);
}

static void cancellations_that_are_answered_do_not_add_up(void **state)
{
    struct cancellations stream;

    (void)state;
    cancellations_init(&stream);
    for (int64_t id = 1; id <= 5000; id++) {
        cancel(&stream, id);
        respond(&stream, id);
    }
    assert_int_equal(breaches_by_function(stream.judge), 0);
    respond(&stream, 5000); /* so it still knows that this one is too much */
    assert_int_equal(breaches_by_function(stream.judge), 1);
    tck_judge_free(stream.judge);
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
        cmocka_unit_test(commands_are_found_by_id_and_leave_in_any_order),
        cmocka_unit_test(oldest_command_is_the_one_that_came_first_of_those_left),
        cmocka_unit_test(used_ids_are_known_for_as_many_runs_as_said),
        cmocka_unit_test(two_commands_of_one_id_are_both_answered),
        cmocka_unit_test(a_million_commands_take_no_more_memory_than_a_thousand),
        cmocka_unit_test(cancellations_that_nobody_answers_take_bounded_memory),
        cmocka_unit_test(cancellations_that_are_answered_do_not_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
