/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/discovery.h"

#include <stdlib.h>
#include <string.h>

#include <google/protobuf/descriptor.pb-c.h>

#include "seat/protocol_client.h"
#include "spec/spec.h"

/* What an EntitySpec may take once it is read: far above any real one. */
#define SPEC_CEILING ((size_t)64 << 20)

int tck_proxy_info_pack(struct tck_buffer *out, struct tck_error *err)
{
    Cloudstate__ProxyInfo info = CLOUDSTATE__PROXY_INFO__INIT;
    char *types[TCK_PROTOCOL_COUNT];
    size_t count = 0;

    for (int i = TCK_PROTOCOL_DISCOVERY + 1; i < TCK_PROTOCOL_COUNT; i++)
        types[count++] = (char *)tck_protocol_service((enum tck_protocol)i); /* protobuf-c knows no const strings */
    info.protocol_minor_version = 2;
    info.proxy_name = (char *)"tck";
    info.proxy_version = (char *)TCK_VERSION;
    info.n_supported_entity_types = count;
    info.supported_entity_types = types;
    return tck_message_pack(&info.base, out, err);
}

void tck_discovery_free(struct tck_discovery *discovery)
{
    if (!discovery)
        return;
    tck_pool_free(discovery->pool);
    tck_arena_free(discovery->arena); /* the object itself lives in it */
}

bool tck_discovery_offers(const struct tck_discovery *discovery, const char *service)
{
    for (size_t i = 0; i < discovery->spec->n_entities; i++)
        if (strcmp(discovery->spec->entities[i]->service_name, service) == 0)
            return true;
    return false;
}

/* --- examining a spec --- */

/* The first flaw is the one that is told. */
static int say(const char *text, const char **ret_flaw, struct tck_error *err)
{
    if (!text)
        return tck_no_memory(err);
    if (!*ret_flaw)
        *ret_flaw = text;
    return 0;
}

static bool is_declared_before(const Cloudstate__EntitySpec *spec, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (strcmp(spec->entities[before]->service_name, spec->entities[i]->service_name) == 0)
            return true;
    return false;
}

static bool defines(const struct tck_pool *pool, const char *service)
{
    for (size_t i = 0; i < tck_pool_service_count(pool); i++)
        if (strcmp(tck_pool_service(pool, i)->full_name, service) == 0)
            return true;
    return false;
}

static int examine_entities(const Cloudstate__EntitySpec *spec, const struct tck_pool *pool, struct tck_arena *arena,
                            const char **ret_flaw, struct tck_error *err)
{
    for (size_t i = 0; i < spec->n_entities; i++) {
        const char *name = spec->entities[i]->service_name;
        int r = 0;

        if (is_declared_before(spec, i))
            r = say(tck_arena_printf(arena, "the service '%.200s' is declared twice", name), ret_flaw, err);
        else if (pool && !defines(pool, name))
            r = say(tck_arena_printf(
                        arena, "the service '%.200s' is declared, but no file of the descriptor set defines it", name),
                    ret_flaw, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool is_in_set(const Google__Protobuf__FileDescriptorSet *set, const char *name)
{
    for (size_t i = 0; i < set->n_file; i++)
        if (strcmp(set->file[i]->name, name) == 0)
            return true;
    return false;
}

/* The pool finds the kit's own files as well, which a proxy need not have. It has read the set before, so all files
 * have names. */
static int examine_imports(const Cloudstate__EntitySpec *spec, struct tck_arena *arena, const char **ret_flaw,
                           struct tck_error *err)
{
    const Google__Protobuf__FileDescriptorSet *set;
    ProtobufCMessage *message;
    int r = tck_message_unpack(&google__protobuf__file_descriptor_set__descriptor,
                               tck_bytes(spec->proto.data, spec->proto.len), arena, &message, err);

    if (r < 0)
        return r;
    set = (const Google__Protobuf__FileDescriptorSet *)message;
    for (size_t i = 0; i < set->n_file; i++)
        for (size_t j = 0; j < set->file[i]->n_dependency; j++)
            if (!is_in_set(set, set->file[i]->dependency[j]))
                return say(tck_arena_printf(arena, "the file '%.200s' imports '%.200s', which is not in the set",
                                            set->file[i]->name, set->file[i]->dependency[j]),
                           ret_flaw, err);
    return 0;
}

/* --- options: what a tool on the way to the descriptor set may drop without anybody noticing --- */

/* number, what it says; of the method or of a field of its input */
#define TCK_METHOD_OPTION_MAP(XX) \
    XX(72295728, "the HTTP rule") \
    XX(1081, "the source of its events")
#define TCK_ENTITY_KEY 1080

static const char *lost_method_option(const struct tck_method *known, const struct tck_method *method)
{
    static const struct {
        uint32_t number;
        const char *what;
    } options[] = {
#define XX(number, what) { number, what },
        TCK_METHOD_OPTION_MAP(XX)
#undef XX
    };
    struct tck_bytes bytes;

    for (size_t i = 0; i < TCK_COUNT(options); i++)
        if (tck_option_bytes(known->options, options[i].number, &bytes) &&
            !tck_option_bytes(method->options, options[i].number, &bytes))
            return options[i].what;
    return NULL;
}

/* The name of a field that is an entity key to the kit and none to the candidate, or NULL. */
static const char *lost_key(const ProtobufCMessageDescriptor *known, const ProtobufCMessageDescriptor *message)
{
    for (unsigned i = 0; i < known->n_fields; i++) {
        const ProtobufCFieldDescriptor *field;
        uint64_t key;

        if (!tck_option_varint(tck_pool_field_options(NULL, known, &known->fields[i]), TCK_ENTITY_KEY, &key) || !key)
            continue;
        field = protobuf_c_message_descriptor_get_field(message, known->fields[i].id);
        if (!field || !tck_option_varint(tck_pool_field_options(NULL, message, field), TCK_ENTITY_KEY, &key) || !key)
            return known->fields[i].name;
    }
    return NULL;
}

/* The kit knows what options its models have. */
static int examine_options(const struct tck_service *service, const struct tck_pool *builtin, struct tck_arena *arena,
                           const char **ret_flaw, struct tck_error *err)
{
    for (size_t i = 0; i < service->method_count; i++) {
        const struct tck_method *method = &service->methods[i];
        const struct tck_method *known = tck_pool_find_method(builtin, service->full_name, method->name);
        const char *lost;
        int r = 0;

        if (!known)
            continue;
        if ((lost = lost_method_option(known, method)))
            r = say(tck_arena_printf(arena, "the descriptor of %.200s lacks %s", method->full_name, lost), ret_flaw,
                    err);
        else if ((lost = lost_key(known->input, method->input)))
            r = say(tck_arena_printf(arena, "the field '%s' of %.200s lacks the option that makes it the entity key",
                                     lost, method->input->name),
                    ret_flaw, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int tck_spec_examine(const Cloudstate__EntitySpec *spec, const struct tck_pool *builtin, struct tck_arena *arena,
                     struct tck_pool **ret_pool, const char **ret_flaw, struct tck_error *err)
{
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    char text[1024];
    int r;

    *ret_flaw = NULL;
    r = tck_pool_new(builtin, &pool, err);
    if (r < 0)
        return r;
    r = tck_pool_add(pool, "the candidate's descriptors", tck_bytes(spec->proto.data, spec->proto.len), &why);
    if (r == TCK_KIT) {
        tck_error_move(err, &why);
        return r;
    }
    if (r < 0) {
        r = say(tck_arena_printf(arena, "its descriptor set is broken: %s", tck_error_text(&why, text, sizeof text)),
                ret_flaw, err);
        if (r < 0)
            return r;
        tck_pool_free(TCK_TAKE(pool));
    }
    r = examine_entities(spec, pool, arena, ret_flaw, err);
    if (r == 0 && pool)
        r = examine_imports(spec, arena, ret_flaw, err);
    for (size_t i = 0; r == 0 && pool && i < tck_pool_service_count(pool); i++)
        r = examine_options(tck_pool_service(pool, i), builtin, arena, ret_flaw, err);
    if (r < 0)
        return r;
    *ret_pool = TCK_TAKE(pool);
    return 0;
}

/* --- the call --- */

static int call(struct tck_channel *channel, int64_t deadline, const volatile sig_atomic_t *interrupted,
                struct tck_buffer *response, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer request = TCK_BUFFER_INIT(4096);
    struct tck_call_status status;
    char code[16];
    int r;

    r = tck_proxy_info_pack(&request, err);
    if (r < 0)
        return r;
    r = tck_seat_call(channel, TCK_DISCOVER_METHOD, tck_buffer_bytes(&request), deadline, interrupted, response,
                      &status, err);
    if (r < 0)
        return r;
    if (r == TCK_TIMED_OUT)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "discovery was not answered in time");
    if (status.code != 0)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "discovery was answered with %s%s%s",
                        tck_grpc_code_name(status.code, code), status.message[0] ? ": " : "", status.message);
    return 0;
}

int tck_discover(struct tck_channel *channel, const struct tck_pool *builtin, int64_t deadline,
                 const volatile sig_atomic_t *interrupted, struct tck_discovery **ret_discovery, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_discovery *discovery;
    ProtobufCMessage *message;
    int r;

    r = call(channel, deadline, interrupted, &response, err);
    if (r < 0)
        return r;
    r = tck_arena_new(SPEC_CEILING, &arena, err);
    if (r < 0)
        return r;
    discovery = TCK_NEW(arena, struct tck_discovery);
    if (!discovery)
        return tck_no_memory(err);
    r = tck_message_unpack(&cloudstate__entity_spec__descriptor, tck_buffer_bytes(&response), arena, &message, err);
    if (r == TCK_BROKEN) {
        tck_wrap(err, r, "discovery was answered with bytes that are no EntitySpec");
        if (err)
            err->status = TCK_NO_SHOW;
        return TCK_NO_SHOW;
    }
    if (r < 0)
        return r;
    discovery->spec = (const Cloudstate__EntitySpec *)message;
    r = tck_spec_examine(discovery->spec, builtin, arena, &discovery->pool, &discovery->flaw, err);
    if (r < 0)
        return r;
    discovery->arena = TCK_TAKE(arena);
    *ret_discovery = discovery;
    return 0;
}

int tck_discovery_ready(void *context, const char *address, int64_t deadline, struct tck_error *err)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    int r;

    (void)context;
    r = tck_channel_new(address, NULL, &channel, err);
    return r < 0 ? r : call(channel, deadline, NULL, &response, err);
}
