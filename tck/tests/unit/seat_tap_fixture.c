/* SPDX-License-Identifier: Apache-2.0 */
#include "seat_tap_fixture.h"

#include <cloudstate/action.pb-c.h>
#include <cloudstate/event_sourced.pb-c.h>
#include <stdio.h>

#include "wire/message.h"

void reconnect(struct tapped_fixture *tapped)
{
    tck_channel_free(tapped->fixture->channel);
    assert_int_equal(tck_channel_new(tck_tap_address(tapped->tap), NULL, &tapped->fixture->channel, NULL), 0);
}

int tapped_setup(void **state)
{
    struct tapped_fixture *tapped = calloc(1, sizeof *tapped);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_tap_options options = { .address = "127.0.0.1:0" };

    tapped->fixture = fixture_new(NULL, NULL);
    options.target = tapped->fixture->target;
    assert_done(tck_tap_new(&options, &tapped->tap, &err), &err);
    reconnect(tapped);
    *state = tapped;
    return 0;
}

int tapped_teardown(void **state)
{
    struct tapped_fixture *tapped = *state;

    tck_tap_free(tapped->tap);
    fixture_free(tapped->fixture);
    free(tapped);
    return 0;
}

void pack_init(const char *entity_id, struct tck_buffer *ret_bytes)
{
    Cloudstate__Eventsourced__EventSourcedInit init = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_INIT__INIT;
    Cloudstate__Eventsourced__EventSourcedStreamIn in = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__INIT;

    init.service_name = (char *)"s";
    init.entity_id = (char *)entity_id;
    in.message_case = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_INIT;
    in.init = &init;
    tck_buffer_clear(ret_bytes);
    assert_int_equal(tck_message_pack(&in.base, ret_bytes, NULL), 0);
}

void pack_action(const char *service, const char *name, const char *payload, struct tck_buffer *ret_bytes)
{
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
    Cloudstate__Action__ActionCommand command = CLOUDSTATE__ACTION__ACTION_COMMAND__INIT;

    if (service)
        command.service_name = (char *)service;
    if (name)
        command.name = (char *)name;
    if (payload) {
        any.type_url = (char *)"t/T";
        any.value = (ProtobufCBinaryData){ strlen(payload), (uint8_t *)payload };
        command.payload = &any;
    }
    tck_buffer_clear(ret_bytes);
    assert_int_equal(tck_message_pack(&command.base, ret_bytes, NULL), 0);
}

struct tck_passage_key entity(const char *entity_id)
{
    return (struct tck_passage_key){ TCK_CONVERSATION_EVENT_SOURCED, .service = "s", .entity_id = entity_id };
}

void send_buffer(struct tck_call *call, const struct tck_buffer *bytes)
{
    assert_int_equal(tck_call_send(call, tck_buffer_bytes(bytes), soon(), NULL), 0);
}

void assert_receives_buffer(struct tck_call *call, const struct tck_buffer *bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer received = TCK_BUFFER_INIT(16 << 20);

    assert_int_equal(tck_call_receive(call, soon(), &received, NULL), TCK_RECEIVED);
    assert_int_equal(received.size, bytes->size);
    assert_memory_equal(received.data, bytes->data, bytes->size);
}

void assert_silent(struct tck_call *call)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer received = TCK_BUFFER_INIT(16 << 20);

    assert_int_equal(tck_call_receive(call, tck_after(TCK_MS(50)), &received, NULL), TCK_TIMED_OUT);
}

struct tck_call *converse_with(struct tapped_fixture *tapped, const char *entity_id)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer init = TCK_BUFFER_INIT(1 << 20);
    struct tck_call *call = start(tapped->fixture, EVENT_SOURCED);

    pack_init(entity_id, &init);
    send_buffer(call, &init);
    assert_receives_buffer(call, &init);
    return call;
}

struct tck_passage *await_passage(struct tapped_fixture *tapped, struct tck_passage_key key)
{
    struct tck_passage *passage = NULL;

    assert_int_equal(tck_tap_await(tapped->tap, &key, soon(), NULL, &passage, NULL), 0);
    return passage;
}

struct tck_passed assert_passed(struct tck_passage *passage, enum tck_passed_kind kind, const char *bytes)
{
    struct tck_passed passed;

    assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), 0);
    assert_int_equal(passed.kind, kind);
    if (bytes) {
        assert_int_equal(passed.bytes.size, strlen(bytes));
        assert_memory_equal(passed.bytes.data, bytes, strlen(bytes));
    }
    return passed;
}
