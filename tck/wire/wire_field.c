/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/decode_internal.h"

const char *tck_wire_read_varint(struct tck_wire_input *input, uint64_t *ret_number)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte;

        if (input->at == input->end)
            return "it ends inside a number";
        byte = *input->at++;
        if (shift < 64)
            number |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80)) {
            *ret_number = number;
            return NULL;
        }
    }
    return "a number has more than 10 bytes";
}

size_t tck_wire_put_varint(uint64_t number, uint8_t out[10])
{
    size_t size = 0;

    for (; number >= 0x80; number >>= 7)
        out[size++] = (uint8_t)(number | 0x80);
    out[size++] = (uint8_t)number;
    return size;
}

static const char *read_fixed(struct tck_wire_input *input, unsigned bytes, uint64_t *ret_number)
{
    uint64_t number = 0;

    if ((size_t)(input->end - input->at) < bytes)
        return "it ends inside a number";
    for (unsigned i = 0; i < bytes; i++)
        number |= (uint64_t)*input->at++ << (8 * i);
    *ret_number = number;
    return NULL;
}

static const char *read_bytes(struct tck_wire_input *input, struct tck_bytes *ret_payload)
{
    struct tck_wire_input length = *input;
    const char *problem;
    uint64_t size;

    problem = tck_wire_read_varint(&length, &size);
    if (problem)
        return problem;
    if (size > (uint64_t)(length.end - length.at))
        return "a length is larger than what is left";
    *ret_payload = tck_bytes(length.at, (size_t)size);
    input->at = length.at + size;
    return NULL;
}

static const char *read_tag(struct tck_wire_input *input, struct tck_wire_field *field)
{
    struct tck_wire_input tag = *input;
    const char *problem;
    uint64_t number;

    problem = tck_wire_read_varint(&tag, &number);
    if (problem)
        return problem;
    if (number > UINT32_MAX || number >> 3 == 0)
        return "no field can have this tag";
    field->number = (uint32_t)(number >> 3);
    field->wire_type = number & 7;
    input->at = tag.at;
    return NULL;
}

/* Everything of a field but its tag and, of a group, its content. */
static const char *read_content(struct tck_wire_input *input, struct tck_wire_field *field)
{
    switch (field->wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return tck_wire_read_varint(input, &field->varint);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        return read_fixed(input, 8, &field->varint);
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return read_fixed(input, 4, &field->varint);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return read_bytes(input, &field->payload);
    default:
        return "there is no such wire type";
    }
}

/* Walks over groups with a stack of its own, so that the depth costs no recursion. */
static const char *skip_group(struct tck_wire_input *input, unsigned depth, struct tck_wire_field *group)
{
    uint32_t open[TCK_MESSAGE_MAX_DEPTH + 1];
    const uint8_t *start = input->at;
    unsigned count = 0;

    open[count++] = group->number;
    for (;;) {
        struct tck_wire_field field;
        const uint8_t *tag = input->at;
        const char *problem;

        if (input->at == input->end)
            return "it ends inside a group";
        problem = read_tag(input, &field);
        if (problem)
            return problem;
        if (field.wire_type == TCK_WIRE_START_GROUP) {
            if (count > depth || count == TCK_COUNT(open))
                return "nested too deep";
            open[count++] = field.number;
        } else if (field.wire_type == TCK_WIRE_END_GROUP) {
            if (field.number != open[--count])
                return "a group ends that was not the last to begin";
            if (count == 0) {
                group->payload = tck_bytes(start, (size_t)(tag - start));
                return NULL;
            }
        } else {
            problem = read_content(input, &field);
            if (problem)
                return problem;
        }
    }
}

const char *tck_wire_read(struct tck_wire_input *input, unsigned depth, struct tck_wire_field *ret_field)
{
    struct tck_wire_field field = { 0 };
    const char *problem = read_tag(input, &field);

    if (problem)
        return problem;
    if (field.wire_type == TCK_WIRE_END_GROUP)
        return "a group ends that did not begin";
    if (field.wire_type == TCK_WIRE_START_GROUP)
        problem = depth == 0 ? "nested too deep" : skip_group(input, depth - 1, &field);
    else
        problem = read_content(input, &field);
    if (!problem)
        *ret_field = field;
    return problem;
}

/* What follows the tag, in the bytes that protobuf-c writes back. */
static bool canonical(const struct tck_wire_field *field, struct tck_arena *arena,
                      ProtobufCMessageUnknownField *unknown)
{
    uint8_t head[10], tail[10];
    size_t head_size = 0, tail_size = 0;

    switch (field->wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        head_size = tck_wire_put_varint(field->varint, head);
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        head_size = field->wire_type == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4;
        for (size_t i = 0; i < head_size; i++)
            head[i] = (uint8_t)(field->varint >> (8 * i));
        break;
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        head_size = tck_wire_put_varint(field->payload.size, head);
        break;
    default:
        tail_size = tck_wire_put_varint((uint64_t)field->number << 3 | TCK_WIRE_END_GROUP, tail);
    }
    unknown->len = head_size + field->payload.size + tail_size;
    unknown->data = tck_arena_alloc(arena, unknown->len);
    if (!unknown->data)
        return false;
    memcpy(unknown->data, head, head_size);
    if (field->payload.size)
        memcpy(unknown->data + head_size, field->payload.data, field->payload.size);
    memcpy(unknown->data + head_size + field->payload.size, tail, tail_size);
    return true;
}

bool tck_message_add_unknown(ProtobufCMessage *message, const struct tck_wire_field *field, struct tck_arena *arena)
{
    unsigned count = message->n_unknown_fields;
    ProtobufCMessageUnknownField unknown = { .tag = field->number, .wire_type = (ProtobufCWireType)field->wire_type };

    if (!canonical(field, arena, &unknown))
        return false;
    if ((count & (count - 1)) == 0) { /* full: the capacity is the power of two that the count has reached */
        ProtobufCMessageUnknownField *more = tck_arena_array(arena, count ? 2 * (size_t)count : 1, sizeof *more);

        if (!more)
            return false;
        if (count)
            memcpy(more, message->unknown_fields, count * sizeof(*more));
        message->unknown_fields = more;
    }
    message->unknown_fields[message->n_unknown_fields++] = unknown;
    return true;
}
