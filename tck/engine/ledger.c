/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/ledger.h"

#include <string.h>

#include <cloudstate/crdt.pb-c.h>
#include <cloudstate/event_sourced.pb-c.h>
#include <cloudstate/value_entity.pb-c.h>

void tck_ledger_init(struct tck_ledger *ledger, enum tck_conversation conversation, struct tck_arena *arena)
{
    *ledger = (struct tck_ledger){ .conversation = conversation, .arena = arena, .sequence = 1 };
}

size_t tck_ledger_open(const struct tck_ledger *ledger)
{
    return ledger->open_end - ledger->open_first;
}

int64_t tck_ledger_open_id(const struct tck_ledger *ledger, size_t i)
{
    return ledger->open[ledger->open_first + i];
}

/* --- what was sent --- */

static int make_room(struct tck_ledger *ledger, struct tck_error *err)
{
    size_t count = tck_ledger_open(ledger), capacity = ledger->open_capacity;
    int64_t *open = ledger->open;

    if (ledger->open_end < capacity)
        return 0;
    if (count >= capacity / 2) { /* else the ids that were answered make room enough */
        capacity = capacity ? 2 * capacity : 16;
        open = tck_arena_array(ledger->arena, capacity, sizeof *open);
        if (!open)
            return tck_no_memory(err);
    }
    if (count)
        memmove(open, ledger->open + ledger->open_first, count * sizeof *open);
    ledger->open = open;
    ledger->open_capacity = capacity;
    ledger->open_first = 0;
    ledger->open_end = count;
    return 0;
}

static int sent_command(struct tck_ledger *ledger, const Cloudstate__Command *command, struct tck_error *err)
{
    int r;

    if (!command)
        return 0;
    r = make_room(ledger, err);
    if (r < 0)
        return r;
    ledger->commands++;
    ledger->latest = command->id;
    ledger->open[ledger->open_end++] = command->id;
    return 0;
}

/* Hostile scenarios go to the end of the range and around. */
static int64_t after(int64_t sequence)
{
    return (int64_t)((uint64_t)sequence + 1);
}

static int event_sourced_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err)
{
    const Cloudstate__Eventsourced__EventSourcedStreamIn *in = (const void *)message;

    if (in->message_case == CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_INIT && in->init) {
        ledger->entity = in->init->entity_id;
        ledger->sequence = in->init->snapshot ? after(in->init->snapshot->snapshot_sequence) : 1;
    } else if (in->message_case == CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_EVENT && in->event) {
        ledger->sequence = after(in->event->sequence);
    } else if (in->message_case == CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_COMMAND) {
        return sent_command(ledger, in->command, err);
    }
    return 0;
}

static int value_entity_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err)
{
    const Cloudstate__Valueentity__ValueEntityStreamIn *in = (const void *)message;

    if (in->message_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__MESSAGE_INIT && in->init)
        ledger->entity = in->init->entity_id;
    else if (in->message_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__MESSAGE_COMMAND)
        return sent_command(ledger, in->command, err);
    return 0;
}

static int crdt_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err)
{
    const Cloudstate__Crdt__CrdtStreamIn *in = (const void *)message;

    if (in->message_case == CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_INIT && in->init)
        ledger->entity = in->init->entity_id;
    else if (in->message_case == CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_COMMAND)
        return sent_command(ledger, in->command, err);
    return 0;
}

static int action_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err)
{
    (void)ledger; /* actions have no ids */
    (void)message;
    (void)err;
    return 0;
}

/* --- what arrived --- */

static void answered(struct tck_ledger *ledger, int64_t id)
{
    for (size_t i = ledger->open_first; i < ledger->open_end; i++) {
        if (ledger->open[i] != id)
            continue;
        if (i == ledger->open_first)
            ledger->open_first++;
        else
            memmove(ledger->open + i, ledger->open + i + 1, (--ledger->open_end - i) * sizeof *ledger->open);
        return;
    }
}

static void failed(struct tck_ledger *ledger, const Cloudstate__Failure *failure)
{
    ledger->failed = true;
    if (failure)
        answered(ledger, failure->command_id);
}

static void event_sourced_came(struct tck_ledger *ledger, const ProtobufCMessage *message)
{
    const Cloudstate__Eventsourced__EventSourcedStreamOut *out = (const void *)message;

    if (out->message_case == CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__MESSAGE_REPLY && out->reply)
        answered(ledger, out->reply->command_id);
    else if (out->message_case == CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__MESSAGE_FAILURE)
        failed(ledger, out->failure);
}

static void value_entity_came(struct tck_ledger *ledger, const ProtobufCMessage *message)
{
    const Cloudstate__Valueentity__ValueEntityStreamOut *out = (const void *)message;

    if (out->message_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_OUT__MESSAGE_REPLY && out->reply)
        answered(ledger, out->reply->command_id);
    else if (out->message_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_OUT__MESSAGE_FAILURE)
        failed(ledger, out->failure);
}

static void crdt_came(struct tck_ledger *ledger, const ProtobufCMessage *message)
{
    const Cloudstate__Crdt__CrdtStreamOut *out = (const void *)message;

    if (out->message_case == CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_REPLY && out->reply)
        answered(ledger, out->reply->command_id);
    else if (out->message_case == CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_FAILURE)
        failed(ledger, out->failure);
}

static void action_came(struct tck_ledger *ledger, const ProtobufCMessage *message)
{
    (void)ledger;
    (void)message;
}

static const struct {
    int (*sent)(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err);
    void (*came)(struct tck_ledger *ledger, const ProtobufCMessage *message);
} readers[TCK_CONVERSATION_COUNT] = {
    [TCK_CONVERSATION_EVENT_SOURCED] = { event_sourced_sent, event_sourced_came },
    [TCK_CONVERSATION_VALUE_ENTITY] = { value_entity_sent, value_entity_came },
    [TCK_CONVERSATION_CRDT] = { crdt_sent, crdt_came },
    [TCK_CONVERSATION_ACTION_UNARY] = { action_sent, action_came },
    [TCK_CONVERSATION_ACTION_STREAMED_IN] = { action_sent, action_came },
    [TCK_CONVERSATION_ACTION_STREAMED_OUT] = { action_sent, action_came },
    [TCK_CONVERSATION_ACTION_DUPLEX] = { action_sent, action_came },
};

int tck_ledger_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err)
{
    return readers[ledger->conversation].sent(ledger, message, err);
}

void tck_ledger_came(struct tck_ledger *ledger, const ProtobufCMessage *message)
{
    readers[ledger->conversation].came(ledger, message);
}
