/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "builtin_descriptors.h"
#include "cloudstate/action.pb-c.h"
#include "cloudstate/crdt.pb-c.h"
#include "cloudstate/entity.pb-c.h"
#include "cloudstate/event_sourced.pb-c.h"
#include "cloudstate/tck/model/crdt.pb-c.h"
#include "cloudstate/value_entity.pb-c.h"
#include "testing.h"
#include "wire/message.h"

extern const unsigned char wire_old[];
extern const size_t wire_old_size;

struct scene {
    struct tck_arena *arena;
    struct tck_pool *pool;
};

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);

    *state = scene;
    if (!scene || tck_arena_new(0, &scene->arena, NULL) < 0)
        return -1;
    return tck_pool_new(NULL, &scene->pool, NULL);
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    tck_pool_free(scene->pool);
    tck_arena_free(scene->arena);
    free(scene);
    return 0;
}

static struct tck_bytes builtin(void)
{
    return tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size);
}

static void add(struct scene *scene, struct tck_bytes set)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (tck_pool_add(scene->pool, "test", set, &err) < 0)
        fail_msg("%s", err.text);
}

/* A set from a literal of google.protobuf.FileDescriptorSet. */
static struct tck_bytes set_of(struct scene *scene, const char *yaml)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 24);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_error_list errors = { 0 };
    const ProtobufCMessageDescriptor *type = tck_pool_find_message(scene->pool, "google.protobuf.FileDescriptorSet");
    const struct tck_tree *tree = NULL;
    ProtobufCMessage *message = NULL;

    if (tck_tree_parse_yaml("set", tck_bytes(yaml, strlen(yaml)), scene->arena, &tree, &errors) < 0)
        fail_msg("%s: %s", yaml, errors.items[0].text);
    if (tck_message_from_tree(scene->pool, type, tree, NULL, scene->arena, &message, &err) < 0)
        fail_msg("%s: %s", yaml, err.text);
    assert_int_equal(tck_message_pack(message, &out, NULL), 0);
    return tck_bytes(tck_arena_memdup(scene->arena, out.data, out.size), out.size);
}

static void pool_knows_the_well_known_types(void **state)
{
    static const char *const names[] = { "Any",         "Empty",      "Timestamp",   "Duration",
                                         "Struct",      "Value",      "ListValue",   "FieldMask",
                                         "StringValue", "BytesValue", "DoubleValue", "BoolValue" };
    struct scene *scene = *state;
    char name[64];

    for (size_t i = 0; i < TCK_COUNT(names); i++) {
        snprintf(name, sizeof name, "google.protobuf.%s", names[i]);
        assert_non_null(tck_pool_find_message(scene->pool, name));
    }
    assert_non_null(tck_pool_find_enum(scene->pool, "google.protobuf.NullValue"));
    assert_null(tck_pool_find_message(scene->pool, "google.protobuf.NullValue")); /* an enum is no message */
    assert_int_equal(tck_pool_service_count(scene->pool), 0);
}

static void pool_lists_services_in_the_order_of_files_and_declarations(void **state)
{
    struct scene *scene = *state;
    const struct tck_service *service;
    const struct tck_method *method;

    add(scene, builtin());
    service = tck_pool_find_service(scene->pool, "cloudstate.eventsourced.EventSourced");
    assert_non_null(service);
    assert_string_equal(service->file, "cloudstate/event_sourced.proto");
    method = tck_pool_find_method(scene->pool, service->full_name, "handle");
    assert_non_null(method);
    assert_string_equal(method->full_name, "/cloudstate.eventsourced.EventSourced/handle");
    assert_true(method->client_streaming && method->server_streaming);
    assert_string_equal(method->input->name, "cloudstate.eventsourced.EventSourcedStreamIn");
    assert_string_equal(method->output->name, "cloudstate.eventsourced.EventSourcedStreamOut");
    assert_null(tck_pool_find_method(scene->pool, service->full_name, "Handle"));
    assert_null(tck_pool_service(scene->pool, tck_pool_service_count(scene->pool)));

    add(scene,
        set_of(
            scene,
            "{file: [{name: z.proto, package: z, service: [{name: Two}, {name: One}], message_type: [{name: M}]}]}"));
    assert_string_equal(tck_pool_service(scene->pool, tck_pool_service_count(scene->pool) - 2)->full_name, "z.Two");
    assert_string_equal(tck_pool_service(scene->pool, tck_pool_service_count(scene->pool) - 1)->full_name, "z.One");
    assert_string_equal(tck_pool_message_name(scene->pool, tck_pool_message_count(scene->pool) - 1), "z.M");
    assert_null(tck_pool_message_name(scene->pool, tck_pool_message_count(scene->pool)));
}

static void pool_keeps_custom_options(void **state)
{
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *request;
    const struct tck_method *method;
    struct tck_bytes options, rule, path;
    uint64_t value = 0;

    add(scene, builtin());
    request = tck_pool_find_message(scene->pool, "cloudstate.tck.model.Request");
    options =
        tck_pool_field_options(scene->pool, request, protobuf_c_message_descriptor_get_field_by_name(request, "id"));
    assert_true(tck_option_varint(options, 1080, &value));
    assert_int_equal(value, 1);
    assert_false(tck_option_varint(options, 50002, &value));
    options = tck_pool_field_options(scene->pool, request,
                                     protobuf_c_message_descriptor_get_field_by_name(request, "actions"));
    assert_int_equal(options.size, 0);
    assert_false(tck_option_varint(options, 1080, &value));
    method = tck_pool_find_method(scene->pool, "cloudstate.tck.model.EventSourcedTckModel", "Process");
    assert_true(tck_option_bytes(method->options, 72295728, &rule));
    assert_true(tck_option_bytes(rule, 4, &path)); /* HttpRule.post */
    assert_int_equal(path.size, strlen("/tck/model/eventsourced/{id}"));
    assert_memory_equal(path.data, "/tck/model/eventsourced/{id}", path.size);
    options = tck_pool_field_options(scene->pool, &cloudstate__reply__descriptor, cloudstate__reply__descriptor.fields);
    assert_int_equal(options.size, 0); /* compiled types keep none */
}

static void assert_same_type(const struct tck_pool *pool, const ProtobufCMessageDescriptor *compiled, unsigned depth)
{
    const ProtobufCMessageDescriptor *made = tck_pool_find_message(pool, compiled->name);

    assert_non_null(made);
    assert_int_equal(made->n_fields, compiled->n_fields);
    for (unsigned i = 0; i < made->n_fields; i++) {
        const ProtobufCFieldDescriptor *a = &made->fields[i], *b = &compiled->fields[i];
        char json[256], json_compiled[256];

        assert_string_equal(a->name, b->name);
        assert_int_equal(a->id, b->id);
        assert_int_equal(a->type, b->type);
        assert_int_equal(a->label, b->label);
        assert_int_equal(a->flags, b->flags);
        assert_ptr_equal(protobuf_c_message_descriptor_get_field(made, a->id), a);
        assert_ptr_equal(protobuf_c_message_descriptor_get_field_by_name(made, a->name), a);
        assert_string_equal(tck_pool_json_name(pool, made, a, json),
                            tck_pool_json_name(pool, compiled, b, json_compiled));
        if (a->type == PROTOBUF_C_TYPE_MESSAGE && depth < 5)
            assert_same_type(pool, b->descriptor, depth + 1);
    }
}

static void pool_makes_the_descriptors_that_the_compiler_makes(void **state)
{
    static const ProtobufCMessageDescriptor *const compiled[] = {
        &cloudstate__proxy_info__descriptor,
        &cloudstate__entity_spec__descriptor,
        &cloudstate__action__action_command__descriptor,
        &cloudstate__action__action_response__descriptor,
        &cloudstate__eventsourced__event_sourced_stream_in__descriptor,
        &cloudstate__eventsourced__event_sourced_stream_out__descriptor,
        &cloudstate__valueentity__value_entity_stream_out__descriptor,
        &cloudstate__crdt__crdt_stream_in__descriptor,
        &cloudstate__crdt__crdt_stream_out__descriptor,
        &cloudstate__tck__model__crdt__request__descriptor,
    };
    struct scene *scene = *state;

    add(scene, builtin());
    for (size_t i = 0; i < TCK_COUNT(compiled); i++)
        assert_same_type(scene->pool, compiled[i], 0);
}

static const ProtobufCFieldDescriptor *field(const ProtobufCMessageDescriptor *type, const char *name)
{
    const ProtobufCFieldDescriptor *found = protobuf_c_message_descriptor_get_field_by_name(type, name);

    if (!found)
        fail_msg("no field %s", name);
    return found;
}

static void pool_proto2_defaults_have_their_types(void **state)
{
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *old;
    const ProtobufCBinaryData *data;

    add(scene, tck_bytes(wire_old, wire_old_size));
    old = tck_pool_find_message(scene->pool, "tck.old.Old");
    assert_int_equal(*(const int32_t *)field(old, "count")->default_value, -7);
    assert_string_equal(field(old, "text")->default_value, "abc");
    data = field(old, "data")->default_value;
    assert_int_equal(data->len, 5);
    assert_memory_equal(data->data, "a\001\"\xffz", 5);
    assert_true(*(const double *)field(old, "ratio")->default_value == -INFINITY);
    assert_int_equal(*(const int32_t *)field(old, "mood")->default_value, 5); /* the value declared first */
    assert_int_equal(*(const int32_t *)field(old, "other_mood")->default_value, -3);
    assert_true(*(const protobuf_c_boolean *)field(old, "on")->default_value);
    assert_true(*(const uint64_t *)field(old, "big")->default_value == UINT64_MAX);
    assert_true(*(const float *)field(old, "small")->default_value == 1.5f);
    assert_null(field(old, "left")->default_value);
}

static void pool_proto2_fields_have_their_rules(void **state)
{
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *old;
    char buf[256];

    add(scene, tck_bytes(wire_old, wire_old_size));
    old = tck_pool_find_message(scene->pool, "tck.old.Old");
    assert_int_equal(field(old, "name")->label, PROTOBUF_C_LABEL_REQUIRED);
    assert_int_equal(field(old, "loose")->flags & PROTOBUF_C_FIELD_FLAG_PACKED, 0);
    assert_int_equal(field(old, "tight")->flags & PROTOBUF_C_FIELD_FLAG_PACKED, PROTOBUF_C_FIELD_FLAG_PACKED);
    assert_null(
        protobuf_c_message_descriptor_get_field(old, 11)); /* groups are unknown fields, and so are extensions */
    assert_null(protobuf_c_message_descriptor_get_field(old, 100));
    assert_int_equal(field(old, "left")->offset, field(old, "again")->offset);
    assert_int_equal(field(old, "left")->quantifier_offset, field(old, "right")->quantifier_offset);
    assert_true(tck_pool_is_map(scene->pool, old, field(old, "names")));
    assert_false(tck_pool_is_map(scene->pool, old, field(old, "loose")));
    assert_ptr_equal(field(tck_pool_find_message(scene->pool, "tck.old.Old.Nest.Deeper"), "back")->descriptor, old);
    assert_int_equal(field(old, "odd_Name_2")->flags, PROTOBUF_C_FIELD_FLAG_DEPRECATED);
    assert_string_equal(tck_pool_json_name(scene->pool, old, field(old, "odd_Name_2"), buf), "odd");
    assert_string_equal(tck_pool_json_name(scene->pool, old, field(old, "other_mood"), buf), "otherMood");
}

static void pool_knows_the_order_in_which_fields_are_declared(void **state)
{
    static const char *const declared[] = { "third", "first", "fourth", "second" };
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *shuffled;

    add(scene, tck_bytes(wire_old, wire_old_size));
    shuffled = tck_pool_find_message(scene->pool, "tck.old.Shuffled");
    assert_int_equal(shuffled->n_fields, TCK_COUNT(declared)); /* without the group */
    for (unsigned i = 0; i < TCK_COUNT(declared); i++)
        assert_string_equal(tck_pool_field_declared(scene->pool, shuffled, i)->name, declared[i]);
}

static void pool_enum_knows_aliases_and_the_first_name(void **state)
{
    struct scene *scene = *state;
    const ProtobufCEnumDescriptor *mood;

    add(scene, tck_bytes(wire_old, wire_old_size));
    mood = tck_pool_find_enum(scene->pool, "tck.old.Mood");
    assert_int_equal(mood->n_values, 3);
    assert_int_equal(mood->n_value_names, 4);
    assert_string_equal(protobuf_c_enum_descriptor_get_value(mood, 5)->name, "GLAD");
    assert_int_equal(protobuf_c_enum_descriptor_get_value_by_name(mood, "MERRY")->value, 5);
    assert_int_equal(protobuf_c_enum_descriptor_get_value_by_name(mood, "SAD")->value, -3);
}

static void pool_skips_a_file_that_it_has(void **state)
{
    struct scene *scene = *state;
    size_t before;

    add(scene, builtin());
    before = tck_pool_message_count(scene->pool);
    add(scene, builtin());
    assert_int_equal(tck_pool_message_count(scene->pool), before);
    add(scene, set_of(scene, "{file: [{name: a, message_type: [{name: A}]}, {name: a, message_type: [{name: A}]}]}"));
    assert_int_equal(tck_pool_message_count(scene->pool), before + 1);
}

static void pool_child_has_its_own_files_and_sees_its_parents(void **state)
{
    struct scene *scene = *state;
    tck_cleanup(tck_pool_freep) struct tck_pool *child = NULL;
    const ProtobufCMessageDescriptor *reply;

    add(scene, builtin());
    reply = tck_pool_find_message(scene->pool, "cloudstate.Reply");
    assert_int_equal(tck_pool_new(scene->pool, &child, NULL), 0);
    assert_ptr_equal(tck_pool_find_message(child, "cloudstate.Reply"), reply);
    assert_int_equal(tck_pool_message_count(child), 0);
    assert_int_equal(tck_pool_add(child, "child", builtin(), NULL), 0);
    assert_non_null(tck_pool_find_message(child, "cloudstate.Reply"));
    assert_ptr_not_equal(tck_pool_find_message(child, "cloudstate.Reply"), reply);
    assert_ptr_equal(tck_pool_find_message(scene->pool, "cloudstate.Reply"), reply);
}

static void pool_child_may_import_from_its_parents(void **state)
{
    struct scene *scene = *state;
    tck_cleanup(tck_pool_freep) struct tck_pool *child = NULL;
    struct tck_bytes set =
        set_of(scene, "{file: [{name: a, dependency: [google/protobuf/any.proto], message_type: [{name: A, "
                      "field: [{name: x, number: 1, label: LABEL_OPTIONAL, type: TYPE_MESSAGE, "
                      "type_name: .google.protobuf.Any}]}]}]}");

    assert_int_equal(tck_pool_new(scene->pool, &child, NULL), 0);
    assert_int_equal(tck_pool_add(child, "child", set, NULL), 0);
    assert_ptr_equal(tck_pool_find_message(child, "A")->fields[0].descriptor,
                     tck_pool_find_message(scene->pool, "google.protobuf.Any"));
}

static void pool_resolves_relative_names_from_the_inside_out(void **state)
{
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *inner;

    add(scene,
        set_of(scene, "{file: [{name: a, package: p.q, message_type: [{name: T}, {name: U}, {name: A, nested_type: ["
                      "{name: T}, {name: B, field: ["
                      "{name: t, number: 1, label: LABEL_OPTIONAL, type_name: T}, "
                      "{name: u, number: 2, label: LABEL_OPTIONAL, type_name: q.U}]}]}]}]}"));
    inner = tck_pool_find_message(scene->pool, "p.q.A.B");
    assert_ptr_equal(inner->fields[0].descriptor, tck_pool_find_message(scene->pool, "p.q.A.T"));
    assert_ptr_equal(inner->fields[1].descriptor, tck_pool_find_message(scene->pool, "p.q.U"));
}

#define FIELD(rest)      "{name: x, number: 1, label: LABEL_OPTIONAL, " rest "}"
#define MESSAGE(fields)  "{file: [{name: a, syntax: proto3, message_type: [{name: A, field: [" fields "]}]}]}"
#define MESSAGE2(fields) "{file: [{name: a, message_type: [{name: A, field: [" fields "]}]}]}"
#define ENTRY(fields) \
    "{file: [{name: a, syntax: proto3, message_type: [{name: E, options: {map_entry: true}, field: [" fields "]}]}]}"

// clang-format off
static const struct { const char *set, *says; } hostile[] = {
    { "{file: [{}]}", "a file has no name" },
    { "{file: [{name: a, syntax: editions}]}", "file 'a' has the syntax 'editions'; proto2 and proto3 are read" },
    { "{file: [{name: a, package: a..b}]}", "a part of a package in 'a' has no name" },
    { "{file: [{name: a, package: a.b.}]}", "file 'a': its package ends with a dot" },
    { "{file: [{name: a, dependency: [b]}]}", "file 'a' imports 'b', which is not in the set" },
    { "{file: [{name: a, dependency: [a]}]}", "files import each other in a circle: 'a' imports 'a'" },
    { "{file: [{name: a, dependency: [b]}, {name: b, dependency: [c]}, {name: c, dependency: [a]}]}",
      "files import each other in a circle: 'c' imports 'a'" },
    { "{file: [{name: a, message_type: [{}]}]}", "a message in '' has no name" },
    { "{file: [{name: a, message_type: [{name: \"a b\"}]}]}", "a message in '' has a name that is not an identifier: 'a b'" },
    { "{file: [{name: a, message_type: [{name: A}, {name: A}]}]}", "'A' is defined twice" },
    { "{file: [{name: a, message_type: [{name: A}], enum_type: [{name: A, value: [{name: X, number: 0}]}]}]}", "'A' is defined twice" },
    { "{file: [{name: b, package: google.protobuf, message_type: [{name: Any}]}]}",
      "'google.protobuf.Any' is defined twice, here and in a file that was known before" },
    { "{file: [{name: a, enum_type: [{name: E}]}]}", "enum 'E' has no values" },
    { "{file: [{name: a, enum_type: [{name: E, value: [{name: X, number: 0}, {name: X, number: 1}]}]}]}", "enum 'E' has the value 'X' twice" },
    { MESSAGE("{name: x, number: 0, label: LABEL_OPTIONAL, type: TYPE_INT32}"), "field 'A.x' has the number 0, which is not allowed" },
    { MESSAGE("{name: x, number: -1, label: LABEL_OPTIONAL, type: TYPE_INT32}"), "field 'A.x' has the number -1, which is not allowed" },
    { MESSAGE("{name: x, number: 536870912, label: LABEL_OPTIONAL, type: TYPE_INT32}"), "field 'A.x' has the number 536870912, which is not allowed" },
    { MESSAGE("{name: x, number: 19500, label: LABEL_OPTIONAL, type: TYPE_INT32}"), "field 'A.x' has the number 19500, which is not allowed" },
    { MESSAGE(FIELD("type: TYPE_INT32") "," FIELD("type: TYPE_INT32")), "message 'A' has two fields with the number 1" },
    { MESSAGE(FIELD("type: TYPE_INT32") ",{name: x, number: 2, label: LABEL_OPTIONAL, type: TYPE_INT32}"), "message 'A' has the field 'x' twice" },
    { MESSAGE("{name: x, number: 1, type: TYPE_INT32, label: 9}"), "field 'A.x' has the label 9, which does not exist" },
    { MESSAGE(FIELD("type: 99")), "field 'A.x' has the type 99, which does not exist" },
    { MESSAGE(FIELD("type: TYPE_MESSAGE")), "field 'A.x' names no type" },
    { MESSAGE(FIELD("type: TYPE_MESSAGE, type_name: .B")), "'A.x' wants the type '.B', which is not in the set" },
    { MESSAGE(FIELD("type: TYPE_ENUM, type_name: .A")), "field 'A.x': '.A' is not of the kind that the field says" },
    { MESSAGE(FIELD("type: TYPE_INT32, oneof_index: 0")), "field 'A.x' belongs to a oneof that is not declared" },
    { MESSAGE(FIELD("type: TYPE_INT32, oneof_index: -1")), "field 'A.x' belongs to a oneof that is not declared" },
    { MESSAGE("{name: x, number: 1, label: LABEL_REQUIRED, type: TYPE_INT32}"), "field 'A.x' is required, which proto3 does not have" },
    { MESSAGE(FIELD("type: TYPE_INT32, default_value: \"1\"")), "field 'A.x' must not have a default" },
    { MESSAGE2(FIELD("type: TYPE_INT32, default_value: \"2147483648\"")), "field 'A.x': its default '2147483648' does not fit its type" },
    { MESSAGE2(FIELD("type: TYPE_UINT64, default_value: \"-1\"")), "field 'A.x': its default '-1' does not fit its type" },
    { MESSAGE2(FIELD("type: TYPE_BOOL, default_value: \"1\"")), "field 'A.x': its default '1' does not fit its type" },
    { MESSAGE2(FIELD("type: TYPE_BYTES, default_value: \"\\\\8\"")), "field 'A.x': its default has a bad escape" },
    { MESSAGE2(FIELD("type: TYPE_BYTES, default_value: \"\\\\\"")), "field 'A.x': its default has a bad escape" },
    { ENTRY(FIELD("type: TYPE_INT32")), "message 'E' says that it is a map's entry, but is not made like one" },
    { ENTRY("{name: key, number: 1, label: LABEL_OPTIONAL, type: TYPE_DOUBLE}, {name: value, number: 2, label: LABEL_OPTIONAL, type: TYPE_INT32}"),
      "message 'E' says that it is a map's entry, but is not made like one" },
    { ENTRY("{name: key, number: 1, label: LABEL_REPEATED, type: TYPE_INT32}, {name: value, number: 2, label: LABEL_OPTIONAL, type: TYPE_INT32}"),
      "message 'E' says that it is a map's entry, but is not made like one" },
    { "{file: [{name: a, service: [{name: S, method: [{name: M}]}]}]}", "method '/S/M' names no type" },
    { "{file: [{name: a, service: [{name: S, method: [{name: M, input_type: .X}]}]}]}", "'/S/M' wants the type '.X', which is not in the set" },
    { "{file: [{name: a, message_type: [{name: A}], service: [{name: S, method: [{name: M, input_type: A, output_type: A}, {name: M, input_type: A, output_type: A}]}]}]}",
      "service 'S' has the method 'M' twice" },
    { "{file: [{name: a, message_type: [{name: A}], service: [{name: S, method: [{name: M, input_type: A, output_type: S}]}]}]}",
      "method '/S/M': 'S' is not a message" },
};
// clang-format on

static void pool_refuses_a_set_that_is_wrong_and_adds_nothing_of_it(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < TCK_COUNT(hostile); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        size_t before = tck_pool_message_count(scene->pool);

        assert_int_equal(tck_pool_add(scene->pool, "the candidate", set_of(scene, hostile[i].set), &err),
                         TCK_BAD_INPUT);
        assert_string_equal(err.text, hostile[i].says);
        assert_string_equal(err.name, "the candidate");
        assert_int_equal(tck_pool_message_count(scene->pool), before);
        assert_null(tck_pool_find_message(scene->pool, "A"));
    }
}

/* A DescriptorProto named A, nested in itself so many times, as the bytes of a set. */
static char *nested_messages(size_t depth, size_t *ret_size)
{
    size_t capacity = depth * 20 + 100, at = capacity;
    uint8_t *bytes = malloc(capacity);

    assert_non_null(bytes);
    for (size_t i = 0; i <= depth + 1; i++) { /* from the inside out: each level puts its tag and length in front */
        size_t size = capacity - at, length = size;
        uint8_t head[16];
        size_t n = 0;

        if (i <= depth) {
            bytes[--at] = 'A';
            bytes[--at] = 1;
            bytes[--at] = 0x0a;
            length = capacity - at;
        }
        head[n++] = i < depth ? 0x1a : i == depth ? 0x22 : 0x0a; /* nested_type, message_type, file */
        for (; length >= 0x80; length >>= 7)
            head[n++] = (uint8_t)(length | 0x80);
        head[n++] = (uint8_t)length;
        at -= n;
        memcpy(bytes + at, head, n);
    }
    memmove(bytes, bytes + at, capacity - at);
    *ret_size = capacity - at;
    return (char *)bytes;
}

static void pool_refuses_messages_nested_too_deep(void **state)
{
    static const size_t depths[] = { 120, 1000, 200000 };
    struct scene *scene = *state;

    for (size_t i = 0; i < TCK_COUNT(depths); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        tck_cleanup(tck_freep) char *bytes = NULL;
        size_t size;

        bytes = nested_messages(depths[i], &size);
        assert_int_equal(tck_pool_add(scene->pool, "deep", tck_bytes(bytes, size), &err), TCK_BAD_INPUT);
        assert_non_null(strstr(err.text, "nested too deep"));
    }
}

static void pool_refuses_a_set_that_would_take_too_much_memory(void **state)
{
    struct scene *scene = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    size_t size = (size_t)16 << 20;
    tck_cleanup(tck_freep) uint8_t *bytes = malloc(size + 2);

    assert_non_null(bytes);
    for (size_t i = 0; i < size + 2; i += 2) { /* empty files, two bytes each */
        bytes[i] = 0x0a;
        bytes[i + 1] = 0;
    }
    assert_int_equal(tck_pool_add(scene->pool, "bomb", tck_bytes(bytes, size), &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "the descriptors take more than 268435456 bytes of memory");
    assert_int_equal(tck_pool_add(scene->pool, "bomb", tck_bytes(bytes, size + 2), &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "the descriptors take 16777218 bytes; at most 16777216 are read");
}

static void pool_refuses_too_many_parts(void **state)
{
    struct scene *scene = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_buffer_done) struct tck_buffer set = TCK_BUFFER_INIT(1 << 24);
    uint8_t length[3] = { 0 };

    tck_buffer_append(&set, "\x0a\x00\x00\x00\x0a\x01x", 7);
    for (int i = 0; i < 210000; i++)
        tck_buffer_append(&set, "\x22\x00", 2);
    for (size_t i = 0, n = set.size - 4; i < 3; i++, n >>= 7)
        length[i] = (uint8_t)((n & 0x7f) | (i < 2 ? 0x80 : 0));
    memcpy(set.data + 1, length, 3);
    assert_int_equal(tck_pool_add(scene->pool, "many", tck_buffer_bytes(&set), &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, "there are more than 200000 types, fields, values and methods");
}

static void pool_follows_a_long_chain_of_imports(void **state)
{
    struct scene *scene = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 24);

    tck_buffer_puts(&yaml, "{file: [");
    for (int i = 0; i < 20000; i++)
        tck_buffer_printf(&yaml, "{name: f%d, dependency: [f%d]},", i, i + 1);
    tck_buffer_puts(&yaml, "{name: f20000}]}");
    add(scene, set_of(scene, tck_buffer_string(&yaml)));
}

/* A candidate's set may break off or be damaged anywhere: the result is a pool as before, or a good one. */
static void assert_no_harm(struct tck_bytes bytes)
{
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    assert_int_equal(tck_pool_new(NULL, &pool, NULL), 0);
    r = tck_pool_add(pool, "damaged", bytes, &err);
    assert_true(r == 0 || r == TCK_BAD_INPUT);
    assert_true(r == 0 || err.text[0]);
}

static void pool_survives_a_set_cut_off_anywhere(void **state)
{
    (void)state;
    for (size_t size = 0; size < wire_old_size; size++)
        assert_no_harm(tck_bytes(wire_old, size));
}

static void pool_survives_damaged_sets(void **state)
{
    tck_cleanup(tck_freep) uint8_t *bytes = malloc(wire_old_size);
    unsigned short seed[3] = { 1, 2, 3 };

    (void)state;
    assert_non_null(bytes);
    for (int round = 0; round < 3000; round++) {
        memcpy(bytes, wire_old, wire_old_size);
        for (long n = nrand48(seed) % 4; n >= 0; n--)
            bytes[nrand48(seed) % (long)wire_old_size] = (uint8_t)nrand48(seed);
        assert_no_harm(tck_bytes(bytes, wire_old_size));
    }
}

static void pool_find_by_url_goes_by_aliases_then_by_the_name(void **state)
{
    struct scene *scene = *state;
    const ProtobufCMessageDescriptor *string = tck_pool_find_message(scene->pool, "google.protobuf.StringValue");

    assert_int_equal(tck_pool_alias(scene->pool, "p.cloudstate.io/string", "google.protobuf.StringValue", NULL), 0);
    assert_int_equal(tck_pool_alias(scene->pool, "json.cloudstate.io/*", "google.protobuf.BytesValue", NULL), 0);
    assert_ptr_equal(tck_pool_find_by_url(scene->pool, "p.cloudstate.io/string"), string);
    assert_null(tck_pool_find_by_url(scene->pool, "p.cloudstate.io/strings"));
    assert_null(tck_pool_find_by_url(scene->pool, "p.cloudstate.io/strin"));
    assert_string_equal(tck_pool_find_by_url(scene->pool, "json.cloudstate.io/object")->name,
                        "google.protobuf.BytesValue");
    assert_ptr_equal(tck_pool_find_by_url(scene->pool, "type.googleapis.com/google.protobuf.StringValue"), string);
    assert_ptr_equal(tck_pool_find_by_url(scene->pool, "google.protobuf.StringValue"), string);
    assert_null(tck_pool_find_by_url(scene->pool, ""));
    assert_null(tck_pool_string_any(scene->pool));
    assert_int_equal(tck_pool_set_string_any(scene->pool, "p.cloudstate.io/string", NULL), 0);
    assert_string_equal(tck_pool_string_any(scene->pool), "p.cloudstate.io/string");
}

/* --- memory that runs out: the linker sends this program's calls here (-Wl,--wrap) --- */

static long allocations_left = -1; /* -1: no limit */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(memory, size);
}

static void pool_reports_any_allocation_that_fails(void **state)
{
    long n = 0;
    int r = -1;

    (void)state;
    for (; r != 0; n++) {
        struct tck_pool *pool = NULL;

        allocations_left = n;
        r = tck_pool_new(NULL, &pool, NULL);
        if (r == 0)
            r = tck_pool_add(pool, "old", tck_bytes(wire_old, wire_old_size), NULL);
        allocations_left = -1;
        assert_true(r == 0 || r == TCK_KIT);
        assert_true(r == 0 || !pool || !tck_pool_find_message(pool, "tck.old.Old"));
        tck_pool_free(pool);
    }
    assert_in_range(n, 10, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pool_knows_the_well_known_types, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_lists_services_in_the_order_of_files_and_declarations, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_keeps_custom_options, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_makes_the_descriptors_that_the_compiler_makes, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_proto2_defaults_have_their_types, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_proto2_fields_have_their_rules, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_knows_the_order_in_which_fields_are_declared, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_enum_knows_aliases_and_the_first_name, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_skips_a_file_that_it_has, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_child_has_its_own_files_and_sees_its_parents, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_child_may_import_from_its_parents, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_resolves_relative_names_from_the_inside_out, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_refuses_a_set_that_is_wrong_and_adds_nothing_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_refuses_messages_nested_too_deep, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_refuses_a_set_that_would_take_too_much_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_refuses_too_many_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(pool_follows_a_long_chain_of_imports, setup, teardown),
        cmocka_unit_test(pool_survives_a_set_cut_off_anywhere),
        cmocka_unit_test(pool_survives_damaged_sets),
        cmocka_unit_test_setup_teardown(pool_find_by_url_goes_by_aliases_then_by_the_name, setup, teardown),
        cmocka_unit_test(pool_reports_any_allocation_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
