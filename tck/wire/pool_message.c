/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/pool_build_internal.h"

#define LARGEST_NUMBER 536870911 /* 2^29 - 1: what a tag can hold */
#define RESERVED_FROM  19000     /* for protobuf's own implementation */
#define RESERVED_UPTO  19999
#define SLOT           8 /* every value and every flag begins on its own eight bytes: no type needs more */

/* enum of FieldDescriptorProto.Type, protobuf-c's type */
// clang-format off
#define TYPE_MAP(XX)                                                                                            \
    XX(DOUBLE)                                                                                                  \
    XX(FLOAT)                                                                                                   \
    XX(INT64) XX(UINT64) XX(INT32) XX(FIXED64) XX(FIXED32) XX(BOOL) XX(STRING) XX(MESSAGE) XX(BYTES) XX(UINT32) \
        XX(ENUM) XX(SFIXED32) XX(SFIXED64) XX(SINT32) XX(SINT64)
// clang-format on
#define PROTO_TYPE(name)  GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_##name
#define PROTO_LABEL(name) GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_##name

typedef Google__Protobuf__FieldDescriptorProto field_proto;

struct oneof {
    unsigned case_offset, value_offset; /* 0: no member yet */
};

struct layout {
    struct tck_pool_builder *builder;
    const struct tck_pool_pending *pending;
    ProtobufCMessageDescriptor *descriptor;
    ProtobufCFieldDescriptor *fields;
    struct tck_pool_field *extras;
    struct oneof *oneofs;
    size_t size; /* of the message's struct so far */
};

static int number_at(const void *fields, size_t i)
{
    return (int)((const ProtobufCFieldDescriptor *)fields)[i].id;
}

static int by_number(const void *a, const void *b)
{
    const field_proto *x = *(const field_proto *const *)a, *y = *(const field_proto *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static int by_name(const void *a, const void *b, void *fields)
{
    const ProtobufCFieldDescriptor *all = fields;

    return strcmp(all[*(const unsigned *)a].name, all[*(const unsigned *)b].name);
}

/* --- types --- */

static bool scalar_type(int type, ProtobufCType *ret_type)
{
    switch (type) {
#define XX(name)                            \
    case PROTO_TYPE(name):                  \
        *ret_type = PROTOBUF_C_TYPE_##name; \
        return true;
        TYPE_MAP(XX)
#undef XX
    default:
        return false;
    }
}

static int find_type(struct layout *layout, const field_proto *proto, const char *user, ProtobufCFieldDescriptor *field)
{
    struct tck_pool_builder *builder = layout->builder;
    const struct tck_pool_name *found;
    int r;

    if (proto->has_type && !scalar_type((int)proto->type, &field->type))
        return tck_pool_bad(builder, "field '%s' has the type %d, which does not exist", user, (int)proto->type);
    if (proto->has_type && field->type != PROTOBUF_C_TYPE_MESSAGE && field->type != PROTOBUF_C_TYPE_ENUM)
        return 0;
    if (!proto->type_name || !*proto->type_name)
        return tck_pool_bad(builder, "field '%s' names no type", user);
    r = tck_pool_resolve(builder, layout->descriptor->name, proto->type_name, user, &found);
    if (r < 0)
        return r;
    if (!proto->has_type)
        field->type = found->kind == TCK_POOL_ENUM ? PROTOBUF_C_TYPE_ENUM : PROTOBUF_C_TYPE_MESSAGE;
    if (found->kind != (field->type == PROTOBUF_C_TYPE_ENUM ? TCK_POOL_ENUM : TCK_POOL_MESSAGE))
        return tck_pool_bad(builder, "field '%s': '%s' is not of the kind that the field says", user, proto->type_name);
    field->descriptor = found->thing; /* the protobuf-c descriptor is the first member of each */
    return 0;
}

/* --- label, presence, place in memory --- */

static unsigned take_room(struct layout *layout, size_t size)
{
    size_t offset = layout->size;

    layout->size += (size + SLOT - 1) / SLOT * SLOT;
    return (unsigned)offset;
}

static int place_in_oneof(struct layout *layout, const field_proto *proto, const char *user,
                          ProtobufCFieldDescriptor *field)
{
    size_t count = layout->pending->proto->n_oneof_decl;
    struct oneof *oneof;

    if (proto->oneof_index < 0 || (size_t)proto->oneof_index >= count)
        return tck_pool_bad(layout->builder, "field '%s' belongs to a oneof that is not declared", user);
    if (proto->label != PROTO_LABEL(OPTIONAL))
        return tck_pool_bad(layout->builder, "field '%s' of a oneof must not be repeated or required", user);
    oneof = &layout->oneofs[proto->oneof_index];
    if (oneof->case_offset == 0) {
        oneof->case_offset = take_room(layout, sizeof(uint32_t));
        oneof->value_offset = take_room(layout, sizeof(ProtobufCBinaryData)); /* the largest member */
    }
    field->label = layout->pending->proto3 ? PROTOBUF_C_LABEL_NONE : PROTOBUF_C_LABEL_OPTIONAL;
    field->flags |= PROTOBUF_C_FIELD_FLAG_ONEOF;
    field->quantifier_offset = oneof->case_offset;
    field->offset = oneof->value_offset;
    return 0;
}

static bool is_packed(const struct layout *layout, const field_proto *proto, ProtobufCType type)
{
    if (type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES || type == PROTOBUF_C_TYPE_MESSAGE)
        return false;
    if (proto->options && proto->options->has_packed)
        return proto->options->packed;
    return layout->pending->proto3;
}

static int place_field(struct layout *layout, const field_proto *proto, const char *user,
                       ProtobufCFieldDescriptor *field)
{
    bool by_pointer = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;
    bool proto3 = layout->pending->proto3;

    if (proto->has_oneof_index && !(proto3 && proto->proto3_optional))
        return place_in_oneof(layout, proto, user, field);
    switch ((int)proto->label) {
    case PROTO_LABEL(REPEATED):
        field->label = PROTOBUF_C_LABEL_REPEATED;
        field->flags |= is_packed(layout, proto, field->type) ? PROTOBUF_C_FIELD_FLAG_PACKED : 0;
        field->quantifier_offset = take_room(layout, sizeof(size_t));
        field->offset = take_room(layout, sizeof(void *));
        return 0;
    case PROTO_LABEL(REQUIRED):
        if (proto3)
            return tck_pool_bad(layout->builder, "field '%s' is required, which proto3 does not have", user);
        field->label = PROTOBUF_C_LABEL_REQUIRED;
        break;
    case PROTO_LABEL(OPTIONAL):
        field->label = proto3 && !proto->proto3_optional ? PROTOBUF_C_LABEL_NONE : PROTOBUF_C_LABEL_OPTIONAL;
        break;
    default:
        return tck_pool_bad(layout->builder, "field '%s' has the label %d, which does not exist", user,
                            (int)proto->label);
    }
    /* Entries of maps are written with key and value, default or not, as all implementations do. The decoder knows that
     * neither is required of a peer. */
    if (field->label != PROTOBUF_C_LABEL_REPEATED && tck_descriptor_is_map_entry(layout->descriptor))
        field->label = PROTOBUF_C_LABEL_REQUIRED;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL && !by_pointer)
        field->quantifier_offset = take_room(layout, sizeof(protobuf_c_boolean));
    field->offset = take_room(layout, tck_type_size(field->type));
    return 0;
}

/* --- defaults --- */

static int set_default(struct layout *layout, const field_proto *proto, const char *user,
                       ProtobufCFieldDescriptor *field)
{
    const void *value = NULL;
    bool explicit = proto->default_value != NULL;
    int r;

    if (explicit && (layout->pending->proto3 || tck_field_is_repeated(field) || field->type == PROTOBUF_C_TYPE_MESSAGE))
        return tck_pool_bad(layout->builder, "field '%s' must not have a default", user);
    if (explicit) {
        r = tck_pool_default(layout->builder, field, proto->default_value, user, &value);
        if (r < 0)
            return r;
    } else if (field->type == PROTOBUF_C_TYPE_ENUM && !layout->pending->proto3 && !tck_field_is_repeated(field)) {
        const struct tck_pool_enum *ours = tck_pool_enum_of(field->descriptor);

        value = ours && ours->first_number != 0 ? &ours->first_number : NULL;
    } else if (field->type == PROTOBUF_C_TYPE_STRING &&
               (field->label == PROTOBUF_C_LABEL_NONE || field->label == PROTOBUF_C_LABEL_REQUIRED)) {
        value = protobuf_c_empty_string; /* what protoc-c gives such fields */
    }
    /* The members of a oneof share their memory: it must stay zero until one is set. */
    field->default_value = tck_field_in_oneof(field) ? NULL : value;
    return 0;
}

/* --- one field --- */

static const char *json_name(struct tck_pool_builder *builder, const field_proto *proto)
{
    char *name =
        tck_arena_strdup(builder->arena, proto->json_name && *proto->json_name ? proto->json_name : proto->name);
    bool capital = false;
    size_t size = 0;

    if (!name || (proto->json_name && *proto->json_name))
        return name;
    for (const char *c = proto->name; *c; c++) {
        if (*c != '_')
            name[size++] = capital && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        capital = *c == '_';
    }
    name[size] = '\0';
    return name;
}

static int build_field(struct layout *layout, const field_proto *proto, ProtobufCFieldDescriptor *field,
                       struct tck_pool_field *extra)
{
    struct tck_pool_builder *builder = layout->builder;
    char user[2 * TCK_POOL_MAX_NAME + 2];
    int r;

    r = tck_pool_check_identifier(builder, proto->name, "a field", layout->descriptor->name);
    if (r < 0)
        return r;
    snprintf(user, sizeof user, "%s.%s", layout->descriptor->name, proto->name);
    if (proto->number < 1 || proto->number > LARGEST_NUMBER ||
        (proto->number >= RESERVED_FROM && proto->number <= RESERVED_UPTO))
        return tck_pool_bad(builder, "field '%s' has the number %d, which is not allowed", user, proto->number);
    field->name = tck_arena_strdup(builder->arena, proto->name);
    field->id = (uint32_t)proto->number;
    field->flags = proto->options && proto->options->deprecated ? PROTOBUF_C_FIELD_FLAG_DEPRECATED : 0;
    extra->json_name = json_name(builder, proto);
    if (!field->name || !extra->json_name)
        return tck_no_memory(builder->err);
    r = find_type(layout, proto, user, field);
    if (r == 0)
        r = place_field(layout, proto, user, field);
    if (r == 0)
        r = set_default(layout, proto, user, field);
    if (r == 0)
        r = tck_pool_keep_options(builder, proto->options ? &proto->options->base : NULL, &extra->options);
    return r;
}

/* --- the whole message --- */

static bool is_group(const field_proto *proto)
{
    return proto->has_type && proto->type == PROTO_TYPE(GROUP);
}

/* Fields in the order of numbers, without groups: those are kept as unknown fields. */
static int collect(struct tck_pool_builder *builder, const Google__Protobuf__DescriptorProto *proto,
                   const field_proto ***ret_fields, size_t *ret_count)
{
    const field_proto **fields = tck_arena_array(builder->scratch, proto->n_field, sizeof *fields);
    size_t count = 0;

    if (!fields)
        return tck_no_memory(builder->err);
    for (size_t i = 0; i < proto->n_field; i++)
        if (!is_group(proto->field[i]))
            fields[count++] = proto->field[i];
    qsort(fields, count, sizeof(*fields), by_number);
    *ret_fields = fields;
    *ret_count = count;
    return 0;
}

static int index_names(struct layout *layout, unsigned count)
{
    unsigned *order = tck_arena_array(layout->builder->arena, count, sizeof *order);

    if (!order)
        return tck_no_memory(layout->builder->err);
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    qsort_r(order, count, sizeof(*order), by_name, layout->fields);
    for (unsigned i = 1; i < count; i++)
        if (strcmp(layout->fields[order[i - 1]].name, layout->fields[order[i]].name) == 0)
            return tck_pool_bad(layout->builder, "message '%s' has the field '%s' twice", layout->descriptor->name,
                                layout->fields[order[i]].name);
    layout->descriptor->fields_sorted_by_name = order;
    return 0;
}

static int build_fields(struct layout *layout, const field_proto **protos, size_t count)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (i > 0 && protos[i]->number == protos[i - 1]->number)
            return tck_pool_bad(layout->builder, "message '%s' has two fields with the number %d",
                                layout->descriptor->name, protos[i]->number);
        r = build_field(layout, protos[i], &layout->fields[i], &layout->extras[i]);
    }
    return r;
}

/* A map's key may be any integer, bool or string. */
static bool can_be_key(ProtobufCType type)
{
    return type != PROTOBUF_C_TYPE_MESSAGE && type != PROTOBUF_C_TYPE_BYTES && type != PROTOBUF_C_TYPE_ENUM &&
           type != PROTOBUF_C_TYPE_FLOAT && type != PROTOBUF_C_TYPE_DOUBLE;
}

static int check_map_entry(const struct layout *layout)
{
    const ProtobufCFieldDescriptor *fields = layout->fields;

    if (!tck_descriptor_is_map_entry(layout->descriptor))
        return 0;
    if (layout->descriptor->n_fields != 2 || fields[0].id != 1 || fields[1].id != 2 ||
        strcmp(fields[0].name, "key") != 0 || strcmp(fields[1].name, "value") != 0 ||
        tck_field_is_repeated(&fields[0]) || tck_field_is_repeated(&fields[1]) || tck_field_in_oneof(&fields[0]) ||
        tck_field_in_oneof(&fields[1]) || !can_be_key(fields[0].type))
        return tck_pool_bad(layout->builder, "message '%s' says that it is a map's entry, but is not made like one",
                            layout->descriptor->name);
    return 0;
}

/* Once fields are found by number. */
static int index_declarations(struct tck_pool_builder *builder, const struct tck_pool_pending *pending)
{
    const ProtobufCMessageDescriptor *descriptor = &pending->message->descriptor;
    unsigned *declared = tck_arena_array(builder->arena, descriptor->n_fields, sizeof *declared);
    unsigned count = 0;

    if (!declared)
        return tck_no_memory(builder->err);
    for (size_t i = 0; i < pending->proto->n_field; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)pending->proto->field[i]->number);

        if (!is_group(pending->proto->field[i]))
            declared[count++] = (unsigned)(field - descriptor->fields);
    }
    pending->message->declared = declared;
    return 0;
}

int tck_pool_build_message(struct tck_pool_builder *builder, const struct tck_pool_pending *pending)
{
    struct layout layout = { .builder = builder,
                             .pending = pending,
                             .descriptor = &pending->message->descriptor,
                             .size = sizeof(ProtobufCMessage) };
    const field_proto **protos;
    size_t count;
    int r;

    r = collect(builder, pending->proto, &protos, &count);
    if (r < 0)
        return r;
    layout.fields = tck_arena_array(builder->arena, count, sizeof *layout.fields);
    layout.extras = tck_arena_array(builder->arena, count, sizeof *layout.extras);
    layout.oneofs = tck_arena_array(builder->scratch, pending->proto->n_oneof_decl, sizeof *layout.oneofs);
    if (!layout.fields || !layout.extras || !layout.oneofs)
        return tck_no_memory(builder->err);
    r = build_fields(&layout, protos, count);
    if (r == 0)
        r = index_names(&layout, (unsigned)count);
    if (r < 0)
        return r;
    layout.descriptor->sizeof_message = layout.size;
    layout.descriptor->n_fields = (unsigned)count;
    layout.descriptor->fields = layout.fields;
    pending->message->fields = layout.extras;
    r = check_map_entry(&layout);
    if (r < 0)
        return r;
    r = tck_pool_make_ranges(builder, count, number_at, layout.fields, &layout.descriptor->n_field_ranges,
                             &layout.descriptor->field_ranges);
    return r < 0 ? r : index_declarations(builder, pending);
}
