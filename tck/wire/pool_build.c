/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "wire/message.h"
#include "wire/pool_build_internal.h"

/* --- what all steps use --- */

int tck_pool_check_identifier(struct tck_pool_builder *builder, const char *text, const char *of, const char *in)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    static const char digits[] = "0123456789";

    if (!text || !*text)
        return tck_pool_bad(builder, "%s in '%s' has no name", of, in);
    for (const char *c = text; *c; c++)
        if (!strchr(first, *c) && (c == text || !strchr(digits, *c)))
            return tck_pool_bad(builder, "%s in '%s' has a name that is not an identifier: '%.60s'", of, in, text);
    if (strlen(text) > TCK_POOL_MAX_NAME)
        return tck_pool_bad(builder, "%s in '%s' has a name longer than %d", of, in, TCK_POOL_MAX_NAME);
    return 0;
}

int tck_pool_full_name(struct tck_pool_builder *builder, const char *scope, const char *name,
                       const char **ret_full_name)
{
    if (strlen(scope) + 1 + strlen(name) > TCK_POOL_MAX_NAME)
        return tck_pool_bad(builder, "'%.60s' in '%.60s' has a full name longer than %d", name, scope,
                            TCK_POOL_MAX_NAME);
    *ret_full_name = tck_arena_printf(builder->arena, "%s%s%s", scope, *scope ? "." : "", name);
    return *ret_full_name ? 0 : tck_no_memory(builder->err);
}

int tck_pool_register(struct tck_pool_builder *builder, const char *full_name, enum tck_pool_kind kind, void *thing)
{
    struct tck_pool_name *slot = tck_pool_slot(&builder->set->names, full_name);

    if (slot->name)
        return tck_pool_bad(builder, "'%s' is defined twice", full_name);
    for (const struct tck_pool_set *set = builder->pool->sets; set; set = set->next)
        if (tck_pool_lookup(&set->names, full_name))
            return tck_pool_bad(builder, "'%s' is defined twice, here and in a file that was known before", full_name);
    *slot = (struct tck_pool_name){ full_name, kind, thing };
    return 0;
}

int tck_pool_resolve(struct tck_pool_builder *builder, const char *scope, const char *type_name, const char *user,
                     const struct tck_pool_name **ret_name)
{
    char name[2 * TCK_POOL_MAX_NAME + 2];
    size_t size = *type_name == '.' ? 0 : strlen(scope); /* of the scope to look in, from the innermost outward */

    if (strlen(type_name) > TCK_POOL_MAX_NAME)
        return tck_pool_bad(builder, "'%s' wants a type whose name is longer than %d", user, TCK_POOL_MAX_NAME);
    for (;;) {
        const struct tck_pool_name *found;

        snprintf(name, sizeof name, "%.*s%s%s", (int)size, scope, size ? "." : "", type_name + (*type_name == '.'));
        found = tck_pool_lookup(&builder->set->names, name);
        if (!found)
            found = tck_pool_find(builder->pool, name);
        if (found) {
            *ret_name = found;
            return 0;
        }
        if (size == 0)
            return tck_pool_bad(builder, "'%s' wants the type '%s', which is not in the set", user, type_name);
        while (size > 0 && scope[--size] != '.')
            ;
    }
}

int tck_pool_keep_options(struct tck_pool_builder *builder, const ProtobufCMessage *options,
                          struct tck_bytes *ret_bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TCK_POOL_MAX_BYTES);
    void *copy;
    int r;

    *ret_bytes = tck_bytes(NULL, 0);
    if (!options)
        return 0;
    r = tck_message_pack(options, &out, builder->err);
    if (r < 0 || out.size == 0)
        return r;
    copy = tck_arena_memdup(builder->arena, out.data, out.size);
    if (!copy)
        return tck_no_memory(builder->err);
    *ret_bytes = tck_bytes(copy, out.size);
    return 0;
}

int tck_pool_make_ranges(struct tck_pool_builder *builder, size_t count,
                         int (*number_at)(const void *context, size_t i), const void *context, unsigned *ret_count,
                         const ProtobufCIntRange **ret_ranges)
{
    ProtobufCIntRange *ranges;
    unsigned made = 0;

    for (size_t i = 0; i < count; i++)
        made += i == 0 || (int64_t)number_at(context, i) != (int64_t)number_at(context, i - 1) + 1;
    ranges = tck_arena_array(builder->arena, (size_t)made + 1, sizeof *ranges);
    if (!ranges)
        return tck_no_memory(builder->err);
    made = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || (int64_t)number_at(context, i) != (int64_t)number_at(context, i - 1) + 1)
            ranges[made++] = (ProtobufCIntRange){ number_at(context, i), (unsigned)i };
    ranges[made].orig_index = (unsigned)count; /* protobuf-c takes a range's length from the one after it */
    *ret_count = made;
    *ret_ranges = ranges;
    return 0;
}

/* --- names and memory of all types --- */

struct parts {
    size_t messages, enums, services, members;
};

static void count_message(const Google__Protobuf__DescriptorProto *proto, struct parts *parts)
{
    parts->messages++;
    parts->members += proto->n_field + proto->n_oneof_decl;
    for (size_t i = 0; i < proto->n_nested_type; i++)
        count_message(proto->nested_type[i], parts);
    for (size_t i = 0; i < proto->n_enum_type; i++, parts->enums++)
        parts->members += proto->enum_type[i]->n_value;
}

static void count_file(const Google__Protobuf__FileDescriptorProto *file, struct parts *parts)
{
    for (size_t i = 0; i < file->n_message_type; i++)
        count_message(file->message_type[i], parts);
    for (size_t i = 0; i < file->n_enum_type; i++, parts->enums++)
        parts->members += file->enum_type[i]->n_value;
    for (size_t i = 0; i < file->n_service; i++, parts->services++)
        parts->members += file->service[i]->n_method;
}

static int make_room(struct tck_pool_builder *builder)
{
    struct tck_pool_set *set = builder->set;
    struct parts parts = { 0 };

    for (size_t i = 0; i < builder->file_count; i++)
        count_file(builder->files[i], &parts);
    if (parts.messages + parts.enums + parts.services + parts.members > TCK_POOL_MAX_PARTS)
        return tck_pool_bad(builder, "there are more than %d types, fields, values and methods", TCK_POOL_MAX_PARTS);
    set->messages = tck_arena_array(builder->arena, parts.messages, sizeof(*set->messages));
    set->services = tck_arena_array(builder->arena, parts.services, sizeof(*set->services));
    builder->pending = tck_arena_array(builder->scratch, parts.messages, sizeof(*builder->pending));
    if (!set->messages || !set->services || !builder->pending ||
        !tck_pool_names_init(&set->names, parts.messages + parts.enums + parts.services, builder->arena))
        return tck_no_memory(builder->err);
    return 0;
}

static int name_message(struct tck_pool_builder *builder, const Google__Protobuf__DescriptorProto *proto,
                        const char *scope, bool proto3)
{
    struct tck_pool_message *message = TCK_NEW(builder->arena, struct tck_pool_message);
    struct tck_pool_set *set = builder->set;
    const char *full_name;
    int r;

    if (!message)
        return tck_no_memory(builder->err);
    r = tck_pool_check_identifier(builder, proto->name, "a message", scope);
    if (r == 0)
        r = tck_pool_full_name(builder, scope, proto->name, &full_name);
    if (r == 0)
        r = tck_pool_register(builder, full_name, TCK_POOL_MESSAGE, message);
    if (r < 0)
        return r;
    message->map_entry = proto->options && proto->options->map_entry;
    message->descriptor =
        (ProtobufCMessageDescriptor){ .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
                                      .name = full_name,
                                      .short_name = full_name + strlen(full_name) - strlen(proto->name),
                                      .c_name = full_name,
                                      .package_name = "",
                                      .reserved1 = &message->descriptor };
    builder->pending[set->message_count] = (struct tck_pool_pending){ message, proto, proto3 };
    set->messages[set->message_count++] = message;
    for (size_t i = 0; r == 0 && i < proto->n_nested_type; i++)
        r = name_message(builder, proto->nested_type[i], full_name, proto3);
    for (size_t i = 0; r == 0 && i < proto->n_enum_type; i++)
        r = tck_pool_build_enum(builder, proto->enum_type[i], full_name, proto3);
    return r;
}

static int name_types(struct tck_pool_builder *builder)
{
    int r = 0;

    for (size_t f = 0; r == 0 && f < builder->file_count; f++) {
        const Google__Protobuf__FileDescriptorProto *file = builder->files[f];
        const char *package = file->package ? file->package : "";
        bool proto3 = file->syntax && strcmp(file->syntax, "proto3") == 0;

        for (size_t i = 0; r == 0 && i < file->n_message_type; i++)
            r = name_message(builder, file->message_type[i], package, proto3);
        for (size_t i = 0; r == 0 && i < file->n_enum_type; i++)
            r = tck_pool_build_enum(builder, file->enum_type[i], package, proto3);
    }
    return r;
}

/* --- services --- */

static int find_message(struct tck_pool_builder *builder, const char *scope, const char *type_name, const char *user,
                        const ProtobufCMessageDescriptor **ret_descriptor)
{
    const struct tck_pool_name *found;
    int r;

    if (!type_name || !*type_name)
        return tck_pool_bad(builder, "method '%s' names no type", user);
    r = tck_pool_resolve(builder, scope, type_name, user, &found);
    if (r < 0)
        return r;
    if (found->kind != TCK_POOL_MESSAGE)
        return tck_pool_bad(builder, "method '%s': '%s' is not a message", user, type_name);
    *ret_descriptor = &((const struct tck_pool_message *)found->thing)->descriptor;
    return 0;
}

static int build_method(struct tck_pool_builder *builder, const Google__Protobuf__MethodDescriptorProto *proto,
                        const char *service, struct tck_method *method)
{
    int r = tck_pool_check_identifier(builder, proto->name, "a method", service);

    if (r < 0)
        return r;
    method->full_name = tck_arena_printf(builder->arena, "/%s/%s", service, proto->name);
    if (!method->full_name)
        return tck_no_memory(builder->err);
    method->name = method->full_name + 1 + strlen(service) + 1;
    method->client_streaming = proto->client_streaming;
    method->server_streaming = proto->server_streaming;
    r = find_message(builder, service, proto->input_type, method->full_name, &method->input);
    if (r == 0)
        r = find_message(builder, service, proto->output_type, method->full_name, &method->output);
    if (r == 0)
        r = tck_pool_keep_options(builder, proto->options ? &proto->options->base : NULL, &method->options);
    return r;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_methods(struct tck_pool_builder *builder, const struct tck_service *service)
{
    const char **names = tck_arena_array(builder->scratch, service->method_count, sizeof *names);

    if (!names)
        return tck_no_memory(builder->err);
    for (size_t i = 0; i < service->method_count; i++)
        names[i] = service->methods[i].name;
    qsort(names, service->method_count, sizeof(*names), by_name);
    for (size_t i = 1; i < service->method_count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return tck_pool_bad(builder, "service '%s' has the method '%s' twice", service->full_name, names[i]);
    return 0;
}

static int build_service(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                         const Google__Protobuf__ServiceDescriptorProto *proto)
{
    struct tck_service *service = &builder->set->services[builder->set->service_count];
    struct tck_method *methods = tck_arena_array(builder->arena, proto->n_method, sizeof *methods);
    const char *package = file->package ? file->package : "";
    int r = tck_pool_check_identifier(builder, proto->name, "a service", file->name);

    if (r == 0)
        r = tck_pool_full_name(builder, package, proto->name, &service->full_name);
    if (r == 0)
        r = tck_pool_register(builder, service->full_name, TCK_POOL_SERVICE, service);
    if (r < 0)
        return r;
    service->file = tck_pool_lookup(&builder->set->files, file->name)->name;
    service->methods = methods;
    service->method_count = proto->n_method;
    if (!methods)
        return tck_no_memory(builder->err);
    for (size_t i = 0; r == 0 && i < proto->n_method; i++)
        r = build_method(builder, proto->method[i], service->full_name, &methods[i]);
    builder->set->service_count++;
    return r < 0 ? r : check_methods(builder, service);
}

static int build_services(struct tck_pool_builder *builder)
{
    int r = 0;

    for (size_t f = 0; r == 0 && f < builder->file_count; f++)
        for (size_t i = 0; r == 0 && i < builder->files[f]->n_service; i++)
            r = build_service(builder, builder->files[f], builder->files[f]->service[i]);
    return r;
}

/* --- the whole --- */

static int build(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorSet *files)
{
    int r;

    r = tck_pool_choose_files(builder, files);
    if (r == 0)
        r = make_room(builder);
    if (r == 0)
        r = name_types(builder);
    for (size_t i = 0; r == 0 && i < builder->set->message_count; i++)
        r = tck_pool_build_message(builder, &builder->pending[i]);
    return r < 0 ? r : build_services(builder);
}

static int parse(struct tck_pool_builder *builder, struct tck_bytes bytes,
                 Google__Protobuf__FileDescriptorSet **ret_files)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    if (bytes.size > TCK_POOL_MAX_BYTES)
        return tck_pool_bad(builder, "the descriptors take %zu bytes; at most %zu are read", bytes.size,
                            TCK_POOL_MAX_BYTES);
    r = tck_message_unpack(&google__protobuf__file_descriptor_set__descriptor, bytes, builder->scratch, &message, &why);
    /* The arena's largest request is a list that doubles, so one that is a quarter full was filled by the input. */
    if (r == TCK_KIT && tck_arena_used(builder->scratch) > TCK_ARENA_CEILING / 4)
        return tck_pool_bad(builder, "the descriptors take more than %zu bytes of memory", TCK_ARENA_CEILING);
    if (r == TCK_BROKEN)
        return tck_pool_bad(builder, "the descriptors are damaged: %s", why.text);
    if (r < 0)
        tck_error_move(builder->err, &why);
    else
        *ret_files = (Google__Protobuf__FileDescriptorSet *)message;
    return r;
}

static int new_set(struct tck_pool_set **ret_set, struct tck_error *err)
{
    tck_cleanup(tck_pool_set_freep) struct tck_pool_set *set = calloc(1, sizeof *set);
    int r;

    if (!set)
        return tck_no_memory(err);
    r = tck_arena_new(0, &set->arena, err);
    if (r < 0)
        return r;
    *ret_set = TCK_TAKE(set);
    return 0;
}

int tck_pool_build(const struct tck_pool *pool, const char *what, struct tck_bytes file_descriptor_set,
                   struct tck_pool_set **ret_set, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *scratch = NULL;
    tck_cleanup(tck_pool_set_freep) struct tck_pool_set *set = NULL;
    struct tck_pool_builder builder = { .pool = pool, .place = { .name = what }, .err = err };
    Google__Protobuf__FileDescriptorSet *files;
    int r;

    r = tck_arena_new(0, &scratch, err);
    if (r == 0)
        r = new_set(&set, err);
    if (r < 0)
        return r;
    builder.scratch = scratch;
    builder.set = set;
    builder.arena = set->arena;
    r = parse(&builder, file_descriptor_set, &files);
    if (r == 0)
        r = build(&builder, files);
    if (r < 0)
        return r;
    *ret_set = TCK_TAKE(set);
    return 0;
}
