/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "judge_fixture.h"
#include "judge_replay.h"
#include "testing.h"

/* Random conversations, written field by field along the descriptors with few values to choose from, so that ids meet
 * and types agree often enough for the judges to get somewhere. */

#define CONVERSATIONS 3000
#define MESSAGES_MAX  40
#define DEPTH_MAX     6

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407); /* Knuth's MMIX generator */
    return (uint32_t)(seed >> 33) % below;
}

static void put_varint(struct tck_buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        tck_buffer_putc(out, (char)(value | 0x80));
    tck_buffer_putc(out, (char)value);
}

static void put_bytes(struct tck_buffer *out, const void *data, size_t size)
{
    put_varint(out, size);
    tck_buffer_append(out, data, size);
}

static const char *const strings[] = {
    "e",
    "e",
    "",
    "other",
    "Process",
    "Call",
    "ProcessUnary",
    "cloudstate.tck.model.EventSourcedTckModel",
    "cloudstate.tck.model.crdt.CrdtTckModel",
    "cloudstate.tck.model.action.ActionTckModel",
    "type.googleapis.com/cloudstate.tck.model.Request",
    "type.googleapis.com/cloudstate.tck.model.crdt.Response",
    "ce-id",
    "ce-type",
    "a very long string with control characters \x01\x1b[31m and ümläuts, so that it has to be cut somewhere in the "
    "middle",
};

static const uint64_t numbers[] = { 0, 1, 1, 1, 2, 2, 3, 4, 7, UINT64_MAX, UINT64_C(1) << 63, UINT64_MAX >> 1 };

static void put_message(struct tck_buffer *out, const ProtobufCMessageDescriptor *type, unsigned depth);

static void put_value(struct tck_buffer *out, const ProtobufCFieldDescriptor *field, unsigned depth)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer inner = TCK_BUFFER_INIT(1 << 20);
    const char *text = strings[draw(TCK_COUNT(strings))];

    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(&inner, field->descriptor, depth + 1);
        put_varint(out, field->id << 3 | 2);
        put_bytes(out, inner.data, inner.size);
        break;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
        put_varint(out, field->id << 3 | 2);
        put_bytes(out, text, strlen(text));
        break;
    default: /* the protocol has varints only */
        put_varint(out, field->id << 3);
        put_varint(out, numbers[draw(TCK_COUNT(numbers))]);
    }
}

static void put_message(struct tck_buffer *out, const ProtobufCMessageDescriptor *type, unsigned depth)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        unsigned times = field->label == PROTOBUF_C_LABEL_REPEATED ? draw(3) : draw(8) > 0;

        if (field->type == PROTOBUF_C_TYPE_MESSAGE && depth >= DEPTH_MAX)
            times = 0;
        if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) /* the last one written counts */
            times = draw(type->n_fields) == 0;
        for (unsigned k = 0; k < times; k++)
            put_value(out, field, depth);
    }
}

static void put_record(struct tck_buffer *out, enum replay_record what, const struct tck_buffer *content)
{
    size_t size = content->size < 0xffff ? content->size : 0xffff;

    tck_buffer_putc(out, (char)what);
    tck_buffer_putc(out, (char)size);
    tck_buffer_putc(out, (char)(size >> 8));
    tck_buffer_append(out, content->data, size);
}

static void put_conversation(struct tck_buffer *out, enum tck_conversation conversation)
{
    const struct tck_conversation_row *row = tck_conversation(conversation);
    tck_cleanup(tck_buffer_done) struct tck_buffer content = TCK_BUFFER_INIT(1 << 20);
    uint32_t messages = draw(MESSAGES_MAX);

    tck_buffer_putc(out, (char)(conversation | (draw(2) ? 0x80u : 0u)));
    for (uint32_t i = 0; i < messages; i++) {
        bool to_function = draw(2);

        tck_buffer_clear(&content);
        put_message(&content, to_function ? row->to_user_function : row->to_proxy, 0);
        if (draw(50) == 0)
            tck_buffer_putc(&content, 0x0a); /* and so it is cut short */
        put_record(out, to_function ? REPLAY_TO_USER_FUNCTION : REPLAY_TO_PROXY, &content);
    }
    tck_buffer_clear(&content);
    put_record(out, REPLAY_HALF_CLOSE, &content);
    tck_buffer_putc(&content, draw(2) ? 0 : 2);
    tck_buffer_putc(&content, (char)draw(4));
    put_record(out, REPLAY_END, &content);
}

static void random_conversations_keep_the_laws_of_the_judge(void **state)
{
    size_t found = 0;

    (void)state;
    for (uint64_t i = 0; i < CONVERSATIONS; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(16 << 20);

        seed = i;
        put_conversation(&bytes, (enum tck_conversation)(i % TCK_CONVERSATION_COUNT));
        assert_int_equal(tck_buffer_check(&bytes, NULL), 0);
        found += judge_replay(judge_fixture_pool(), (const uint8_t *)bytes.data, bytes.size);
    }
    assert_true(found > CONVERSATIONS); /* else the generator makes nothing worth judging */
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
        cmocka_unit_test(random_conversations_keep_the_laws_of_the_judge),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
