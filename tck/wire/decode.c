/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/decode_internal.h"
#include "wire/fields_internal.h"

/* Where in the message the walk is, for errors: a chain through the stack, made into text only when needed. */
struct frame {
    const struct frame *up;
    const ProtobufCFieldDescriptor *field; /* of the message above this one; NULL at the root */
    size_t index;                          /* in a list */
};

struct decoder {
    const ProtobufCMessageDescriptor *root;
    const uint8_t *start;
    struct tck_arena *arena;
    struct tck_error *err;
};

/* One message being filled. */
struct target {
    ProtobufCMessage *message;
    const struct frame *frame;
    unsigned depth;
    uint8_t *seen; /* a bit a field, for required ones; NULL if the type has none */
};

static void put_path(const struct frame *frame, struct tck_buffer *path)
{
    if (!frame->field)
        return;
    put_path(frame->up, path);
    tck_buffer_printf(path, "%s%s", path->size ? "." : "", frame->field->name);
    if (tck_field_is_repeated(frame->field))
        tck_buffer_printf(path, "[%zu]", frame->index);
}

static int report(const struct decoder *decoder, int status, const struct frame *frame, const uint8_t *at,
                  const char *text)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer path = TCK_BUFFER_INIT(300); /* what an error can hold */

    put_path(frame, &path);
    return tck_fail(decoder->err, status, TCK_NOWHERE, "not a %s: %s%sat byte %zu: %s", decoder->root->name,
                    tck_buffer_string(&path), path.size ? ", " : "", (size_t)(at - decoder->start), text);
}

static int broken(const struct decoder *decoder, const struct frame *frame, const uint8_t *at, const char *text)
{
    return report(decoder, TCK_BROKEN, frame, at, text);
}

static int arena_full(const struct decoder *decoder, const struct frame *frame, const uint8_t *at)
{
    return report(decoder, TCK_KIT, frame, at, "out of memory, or the message takes more of it than is allowed");
}

static ProtobufCWireType wire_type_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    default:
        return PROTOBUF_C_WIRE_TYPE_VARINT;
    }
}

/* The number as the type reads it: 32-bit types take the low half of what was sent, as protobuf does. */
static void store_number(ProtobufCType type, uint64_t number, void *slot)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)slot = number != 0;
        return;
    case PROTOBUF_C_TYPE_SINT32:
        *(uint32_t *)slot = (uint32_t)number >> 1 ^ (0 - ((uint32_t)number & 1));
        return;
    case PROTOBUF_C_TYPE_SINT64:
        *(uint64_t *)slot = number >> 1 ^ (0 - (number & 1));
        return;
    default:
        if (tck_type_size(type) == 8)
            *(uint64_t *)slot = number;
        else
            *(uint32_t *)slot = (uint32_t)number;
    }
}

static int add_unknown(const struct decoder *decoder, const struct target *target, const struct tck_wire_field *field,
                       const uint8_t *at)
{
    if (tck_message_add_unknown(target->message, field, decoder->arena))
        return 0;
    return arena_full(decoder, target->frame, at);
}

static int add_number(const struct decoder *decoder, const struct target *target, const ProtobufCFieldDescriptor *field,
                      uint64_t number, const uint8_t *at)
{
    void *slot;

    if (field->type == PROTOBUF_C_TYPE_ENUM && tck_enum_is_closed(field->descriptor) &&
        !tck_enum_by_number(field->descriptor, (int32_t)(uint32_t)number)) {
        struct tck_wire_field unknown = { .number = field->id, .varint = number };

        return add_unknown(decoder, target, &unknown, at);
    }
    slot = tck_field_add(target->message, field, decoder->arena);
    if (!slot)
        return arena_full(decoder, target->frame, at);
    store_number(field->type, number, slot);
    return 0;
}

static int add_packed(const struct decoder *decoder, const struct target *target, const ProtobufCFieldDescriptor *field,
                      struct tck_bytes payload)
{
    ProtobufCWireType type = wire_type_of(field->type);
    unsigned step = type == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
    const struct frame here = { target->frame, field, tck_field_count(target->message, field) };
    struct tck_wire_input input = { payload.data, payload.data + payload.size };
    int r = 0;

    if (type != PROTOBUF_C_WIRE_TYPE_VARINT && payload.size % step != 0)
        return broken(decoder, &here, payload.data, "a packed list ends inside a number");
    while (r == 0 && input.at < input.end) {
        const uint8_t *at = input.at;
        uint64_t number = 0;

        if (type == PROTOBUF_C_WIRE_TYPE_VARINT) {
            const char *problem = tck_wire_read_varint(&input, &number);

            if (problem)
                return broken(decoder, &here, at, problem);
        } else {
            for (unsigned i = 0; i < step; i++)
                number |= (uint64_t)*input.at++ << (8 * i);
        }
        r = add_number(decoder, target, field, number, at);
    }
    return r;
}

static int add_string(const struct decoder *decoder, const struct target *target, const ProtobufCFieldDescriptor *field,
                      struct tck_bytes payload)
{
    const struct frame here = { target->frame, field, tck_field_count(target->message, field) };
    const char *text = payload.size ? (const char *)payload.data : "";
    const void *nul = memchr(text, '\0', payload.size);
    size_t offset;
    char **slot;

    if (!tck_utf8_valid(text, payload.size, &offset))
        return broken(decoder, &here, payload.data + offset, "the string is not UTF-8");
    if (nul)
        return broken(decoder, &here, nul, "the string holds a NUL character, which this program cannot represent");
    slot = tck_field_add(target->message, field, decoder->arena);
    if (!slot || !(*slot = tck_arena_strndup(decoder->arena, text, payload.size)))
        return arena_full(decoder, target->frame, payload.data);
    return 0;
}

static int add_bytes(const struct decoder *decoder, const struct target *target, const ProtobufCFieldDescriptor *field,
                     struct tck_bytes payload)
{
    ProtobufCBinaryData *slot = tck_field_add(target->message, field, decoder->arena);

    if (!slot)
        return arena_full(decoder, target->frame, payload.data);
    if (payload.size == 0) /* no pointer: protobuf-c would take it for a present value where there is no presence */
        return 0;
    slot->data = tck_arena_memdup(decoder->arena, payload.data, payload.size);
    if (!slot->data)
        return arena_full(decoder, target->frame, payload.data);
    slot->len = payload.size;
    return 0;
}

static int decode(const struct decoder *decoder, ProtobufCMessage *message, struct tck_bytes bytes, bool merging,
                  const struct frame *frame, unsigned depth);

static int add_message(const struct decoder *decoder, const struct target *target,
                       const ProtobufCFieldDescriptor *field, struct tck_bytes payload)
{
    const struct frame here = { target->frame, field, tck_field_count(target->message, field) };
    ProtobufCMessage *part = NULL, **slot;
    bool merging;

    if (target->depth == TCK_MESSAGE_MAX_DEPTH)
        return broken(decoder, &here, payload.data, "nested too deep");
    if (!tck_field_is_repeated(field) && tck_field_count(target->message, field) > 0)
        part = *(ProtobufCMessage *const *)tck_field_at(target->message, field, 0);
    merging = part != NULL;
    if (!part) {
        part = tck_message_new(field->descriptor, decoder->arena);
        slot = part ? tck_field_add(target->message, field, decoder->arena) : NULL;
        if (!slot)
            return arena_full(decoder, target->frame, payload.data);
        *slot = part;
    }
    return decode(decoder, part, payload, merging, &here, target->depth + 1);
}

static int add_field(const struct decoder *decoder, const struct target *target, const ProtobufCFieldDescriptor *field,
                     const struct tck_wire_field *wire, const uint8_t *at)
{
    ProtobufCWireType wanted = wire_type_of(field->type);

    if (wire->wire_type != wanted) {
        if (tck_field_is_repeated(field) && wire->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
            return add_packed(decoder, target, field, wire->payload);
        return add_unknown(decoder, target, wire, at);
    }
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return add_string(decoder, target, field, wire->payload);
    case PROTOBUF_C_TYPE_BYTES:
        return add_bytes(decoder, target, field, wire->payload);
    case PROTOBUF_C_TYPE_MESSAGE:
        return add_message(decoder, target, field, wire->payload);
    default:
        return add_number(decoder, target, field, wire->varint, at);
    }
}

static bool has_required(const ProtobufCMessageDescriptor *descriptor)
{
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED)
            return true;
    return false;
}

static int check_required(const struct decoder *decoder, const struct target *target, const uint8_t *at)
{
    const ProtobufCMessageDescriptor *descriptor = target->message->descriptor;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const struct frame missing = { target->frame, &descriptor->fields[i], 0 };

        if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED && !(target->seen[i / 8] & 1U << i % 8))
            return broken(decoder, &missing, at, "the required field is missing");
    }
    return 0;
}

/* An entry without a value has the default one; for messages that is an empty message, not none. */
static int complete_map_entry(const struct decoder *decoder, const struct target *target, const uint8_t *at)
{
    const ProtobufCFieldDescriptor *value = &target->message->descriptor->fields[1];
    ProtobufCMessage **slot;

    if (value->type != PROTOBUF_C_TYPE_MESSAGE || tck_value_message(tck_field_at(target->message, value, 0)))
        return 0;
    slot = tck_field_add(target->message, value, decoder->arena);
    if (!slot || !(*slot = tck_message_new(value->descriptor, decoder->arena)))
        return arena_full(decoder, target->frame, at);
    return 0;
}

static int decode(const struct decoder *decoder, ProtobufCMessage *message, struct tck_bytes bytes, bool merging,
                  const struct frame *frame, unsigned depth)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    bool map_entry = tck_descriptor_is_map_entry(descriptor);
    struct tck_wire_input input = { bytes.data, bytes.data + bytes.size };
    struct target target = { .message = message, .frame = frame, .depth = depth };
    int r = 0;

    /* A part that is merged into an earlier one may leave out what that one had. Entries are never short of anything.
     */
    if (!merging && !map_entry && has_required(descriptor)) {
        target.seen = tck_arena_alloc(decoder->arena, descriptor->n_fields / 8 + 1);
        if (!target.seen)
            return arena_full(decoder, frame, input.at);
    }
    while (r == 0 && input.at < input.end) {
        const uint8_t *at = input.at;
        const ProtobufCFieldDescriptor *field;
        struct tck_wire_field wire;
        const char *problem = tck_wire_read(&input, TCK_MESSAGE_MAX_DEPTH - depth, &wire);

        if (problem)
            return broken(decoder, frame, input.at, problem);
        field = protobuf_c_message_descriptor_get_field(descriptor, wire.number);
        if (!field)
            r = add_unknown(decoder, &target, &wire, at);
        else
            r = add_field(decoder, &target, field, &wire, at);
        if (field && target.seen)
            target.seen[(field - descriptor->fields) / 8] |= (uint8_t)(1U << (field - descriptor->fields) % 8);
    }
    if (r == 0 && target.seen)
        r = check_required(decoder, &target, input.end);
    if (r == 0 && map_entry)
        r = complete_map_entry(decoder, &target, input.end);
    return r;
}

int tck_message_unpack(const ProtobufCMessageDescriptor *descriptor, struct tck_bytes bytes, struct tck_arena *arena,
                       ProtobufCMessage **ret_message, struct tck_error *err)
{
    static const uint8_t nothing[1];
    const struct frame root = { 0 };
    const struct decoder decoder = { descriptor, bytes.data ? bytes.data : nothing, arena, err };
    ProtobufCMessage *message = tck_message_new(descriptor, arena);
    int r;

    if (!message)
        return arena_full(&decoder, &root, decoder.start);
    r = decode(&decoder, message, tck_bytes(decoder.start, bytes.size), false, &root, 0);
    if (r < 0)
        return r;
    *ret_message = message;
    return 0;
}
