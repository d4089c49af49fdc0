/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/pool_build_internal.h"

/* A value as declared; sorted by number, and among aliases by declaration, so that the first name is the number's name.
 */
struct declared {
    const char *name;
    int32_t number;
    size_t order;
};

static int by_number(const void *a, const void *b)
{
    const struct declared *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_name(const void *a, const void *b)
{
    const ProtobufCEnumValueIndex *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int number_at(const void *values, size_t i)
{
    return ((const ProtobufCEnumValue *)values)[i].value;
}

static int collect(struct tck_pool_builder *builder, const Google__Protobuf__EnumDescriptorProto *proto,
                   const char *name, struct declared **ret_declared)
{
    struct declared *declared = tck_arena_array(builder->scratch, proto->n_value, sizeof *declared);

    if (!declared)
        return tck_no_memory(builder->err);
    for (size_t i = 0; i < proto->n_value; i++) {
        const Google__Protobuf__EnumValueDescriptorProto *value = proto->value[i];
        int r = tck_pool_check_identifier(builder, value->name, "a value", name);

        if (r < 0)
            return r;
        declared[i] = (struct declared){ .number = value->number, .order = i };
        declared[i].name = tck_arena_strdup(builder->arena, value->name);
        if (!declared[i].name)
            return tck_no_memory(builder->err);
    }
    *ret_declared = declared;
    return 0;
}

static int fill(struct tck_pool_builder *builder, struct tck_pool_enum *made, struct declared *declared, size_t count)
{
    ProtobufCEnumDescriptor *descriptor = &made->descriptor;
    ProtobufCEnumValue *values = tck_arena_array(builder->arena, count, sizeof *values);
    ProtobufCEnumValueIndex *names = tck_arena_array(builder->arena, count, sizeof *names);
    unsigned distinct = 0;

    if (!values || !names)
        return tck_no_memory(builder->err);
    qsort(declared, count, sizeof(*declared), by_number);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || declared[i].number != declared[i - 1].number)
            values[distinct++] = (ProtobufCEnumValue){ declared[i].name, declared[i].name, declared[i].number };
        names[i] = (ProtobufCEnumValueIndex){ declared[i].name, distinct - 1 };
    }
    qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1].name, names[i].name) == 0)
            return tck_pool_bad(builder, "enum '%s' has the value '%s' twice", descriptor->name, names[i].name);
    descriptor->n_values = distinct;
    descriptor->values = values;
    descriptor->n_value_names = (unsigned)count;
    descriptor->values_by_name = names;
    return tck_pool_make_ranges(builder, distinct, number_at, values, &descriptor->n_value_ranges,
                                &descriptor->value_ranges);
}

int tck_pool_build_enum(struct tck_pool_builder *builder, const Google__Protobuf__EnumDescriptorProto *proto,
                        const char *scope, bool proto3)
{
    struct tck_pool_enum *made = TCK_NEW(builder->arena, struct tck_pool_enum);
    struct declared *declared;
    const char *full_name;
    int r;

    if (!made)
        return tck_no_memory(builder->err);
    r = tck_pool_check_identifier(builder, proto->name, "an enum", scope);
    if (r == 0)
        r = tck_pool_full_name(builder, scope, proto->name, &full_name);
    if (r < 0)
        return r;
    if (proto->n_value == 0)
        return tck_pool_bad(builder, "enum '%s' has no values", full_name);
    r = collect(builder, proto, full_name, &declared);
    if (r < 0)
        return r;
    made->closed = !proto3;
    made->first_number = declared[0].number;
    made->descriptor = (ProtobufCEnumDescriptor){ .magic = PROTOBUF_C__ENUM_DESCRIPTOR_MAGIC,
                                                  .name = full_name,
                                                  .short_name = full_name + strlen(full_name) - strlen(proto->name),
                                                  .c_name = full_name,
                                                  .package_name = "",
                                                  .reserved1 = &made->descriptor };
    r = fill(builder, made, declared, proto->n_value);
    return r < 0 ? r : tck_pool_register(builder, full_name, TCK_POOL_ENUM, made);
}
