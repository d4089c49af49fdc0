/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <builtin_descriptors.h>

#include "base/suggest.h"
#include "engine/builtin.h"
#include "engine/discovery.h"
#include "transport/server.h"
#include "wire/text.h"

#define SPECS_MAX 64

struct engine_fixture {
    struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_server *server;
    struct tck_channel *channel;
    char address[64];
    struct tck_fresh_ids ids;
    struct tck_world world;
    struct tck_spec *specs[SPECS_MAX];
    size_t spec_count;
    struct tck_result *result;
    struct tck_buffer mistakes;
    pthread_mutex_t lock; /* of what follows: the server's threads read it */
    const char *script;
    size_t calls;
    struct tck_buffer received;
};

/* --- the scripted user function --- */

struct call {
    struct engine_fixture *fixture;
    const struct tck_conversation_row *row; /* NULL: discovery */
    const char *script;                     /* of this call, or NULL */
    size_t messages;
    bool stays, ended;
};

static const char *next_line(const char *line)
{
    line = strchr(line, '\n');
    return line ? line + 1 : NULL;
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static const char *skip_spaces(const char *line)
{
    return line + strspn(line, " ");
}

/* The script of the n-th call, from 1; NULL if there is none. */
static const char *script_of_call(const char *script, size_t n)
{
    for (const char *line = script; line; line = next_line(line))
        if (begins(skip_spaces(line), "call") && --n == 0)
            return next_line(line);
    return NULL;
}

static size_t from_hex(const char *hex, uint8_t *bytes, size_t size)
{
    size_t n = 0;
    unsigned byte;

    while (n < size && sscanf(hex + 2 * n, "%2x", &byte) == 1)
        bytes[n++] = (uint8_t)byte;
    return n;
}

/* "{…}" or "hex …" as bytes. */
static void pack(struct engine_fixture *fixture, const ProtobufCMessageDescriptor *type, const char *line,
                 struct tck_buffer *out)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_error err = { 0 };
    const struct tck_tree *tree;
    ProtobufCMessage *message;
    size_t size = strcspn(line, "\n");
    uint8_t bytes[256];

    if (begins(line, "hex")) {
        size = from_hex(skip_spaces(line + 3), bytes, sizeof bytes);
        tck_buffer_append(out, bytes, size);
        return;
    }
    if (tck_arena_new(0, &arena, NULL) < 0 ||
        tck_tree_parse_yaml("candidate", tck_bytes(line, size), arena, &tree, &errors) < 0 ||
        tck_message_from_tree(fixture->pool, type, tree, NULL, arena, &message, &err) < 0 ||
        tck_message_pack(message, out, &err) < 0) {
        fprintf(stderr, "the candidate's script is wrong: %.*s: %s\n", (int)strcspn(line, "\n"), line,
                err.text[0]    ? err.text
                : errors.count ? errors.items[0].text
                               : "?");
        abort();
    }
}

static void end_with(struct tck_server_call *server_call, const char *line)
{
    char name[32] = "", message[256] = "";

    sscanf(line, "%31s %255[^\n]", name, message);
    tck_server_call_finish(server_call, tck_grpc_code_parse(name), message[0] ? message : NULL, NULL, NULL);
}

/* Does what follows the line of a trigger. */
static void perform(struct tck_server_call *server_call, struct call *call, const char *line)
{
    for (line = next_line(line); line; line = next_line(line)) {
        const char *text = skip_spaces(line);

        if (begins(text, "at ") || begins(text, "call"))
            return;
        if (begins(text, "< ")) {
            tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

            pack(call->fixture, call->row->to_proxy, text + 2, &out);
            tck_server_call_send(server_call, tck_buffer_bytes(&out), NULL);
        } else if (begins(text, "end ")) {
            end_with(server_call, text + 4);
            call->ended = true;
            return;
        } else if (begins(text, "stay")) {
            call->stays = true;
            return;
        }
    }
}

static void trigger(struct tck_server_call *server_call, struct call *call, const char *what)
{
    char wanted[32];

    snprintf(wanted, sizeof wanted, "at %s\n", what);
    for (const char *line = call->script; line && !call->stays && !call->ended; line = next_line(line)) {
        if (begins(skip_spaces(line), "call"))
            return;
        if (begins(skip_spaces(line), wanted)) {
            perform(server_call, call, line);
            return;
        }
    }
}

static const char *models[] = {
    "cloudstate.tck.model.EventSourcedTckModel",
    "cloudstate.tck.model.EventSourcedTwo",
    "cloudstate.tck.model.valueentity.ValueEntityTckModel",
    "cloudstate.tck.model.valueentity.ValueEntityTwo",
    "cloudstate.tck.model.crdt.CrdtTckModel",
    "cloudstate.tck.model.crdt.CrdtTwo",
    "cloudstate.tck.model.action.ActionTckModel",
    "cloudstate.tck.model.action.ActionTwo",
};

static void default_spec(struct tck_buffer *out)
{
    Cloudstate__EntitySpec spec = CLOUDSTATE__ENTITY_SPEC__INIT;
    Cloudstate__ServiceInfo info = CLOUDSTATE__SERVICE_INFO__INIT;
    Cloudstate__Entity entities[TCK_COUNT(models)], *pointers[TCK_COUNT(models)];

    for (size_t i = 0; i < TCK_COUNT(models); i++) {
        cloudstate__entity__init(&entities[i]);
        entities[i].service_name = (char *)models[i];
        pointers[i] = &entities[i];
    }
    info.service_name = (char *)"scripted";
    info.support_library_name = (char *)"fixture";
    info.protocol_minor_version = 2;
    spec.service_info = &info;
    spec.n_entities = TCK_COUNT(models);
    spec.entities = pointers;
    spec.proto.data = (uint8_t *)tck_builtin_descriptors;
    spec.proto.len = tck_builtin_descriptors_size;
    assert_int_equal(tck_message_pack(&spec.base, out, NULL), 0);
}

static void answer_discovery(struct engine_fixture *fixture, struct tck_server_call *server_call)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(16 << 20);
    const char *line;

    pthread_mutex_lock(&fixture->lock);
    line = fixture->script;
    pthread_mutex_unlock(&fixture->lock);
    while (line && !begins(skip_spaces(line), "discover "))
        line = next_line(line);
    if (line && begins(skip_spaces(line), "discover end ")) {
        end_with(server_call, skip_spaces(line) + strlen("discover end "));
        return;
    }
    if (line && begins(skip_spaces(line), "discover stay"))
        return;
    if (line)
        pack(fixture, &cloudstate__entity_spec__descriptor, skip_spaces(line) + strlen("discover "), &out);
    else
        default_spec(&out);
    tck_server_call_send(server_call, tck_buffer_bytes(&out), NULL);
    tck_server_call_finish(server_call, 0, NULL, NULL, NULL);
}

static void opened(void *context, struct tck_server_call *server_call, void **ret_user)
{
    struct engine_fixture *fixture = context;
    const char *method = tck_server_call_method(server_call);
    struct call *call = calloc(1, sizeof *call);

    if (!call)
        abort();
    call->fixture = fixture;
    *ret_user = call;
    for (int i = 0; i < TCK_CONVERSATION_COUNT; i++)
        if (strcmp(tck_conversation((enum tck_conversation)i)->method, method) == 0)
            call->row = tck_conversation((enum tck_conversation)i);
    if (!call->row)
        return;
    pthread_mutex_lock(&fixture->lock);
    call->script = script_of_call(fixture->script, ++fixture->calls);
    pthread_mutex_unlock(&fixture->lock);
    trigger(server_call, call, "0");
}

static void note_received(struct call *call, struct tck_bytes bytes)
{
    struct engine_fixture *fixture = call->fixture;
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    ProtobufCMessage *message;

    if (tck_arena_new(0, &arena, NULL) < 0)
        abort();
    pthread_mutex_lock(&fixture->lock);
    if (tck_message_unpack(call->row->to_user_function, bytes, arena, &message, NULL) == 0)
        tck_message_to_text(fixture->pool, message, 2000, &fixture->received);
    else
        tck_buffer_puts(&fixture->received, "(garbage)");
    tck_buffer_putc(&fixture->received, '\n');
    pthread_mutex_unlock(&fixture->lock);
}

static void message(struct tck_server_call *server_call, void *user, struct tck_bytes bytes)
{
    struct call *call = user;
    char number[16];

    if (!call->row) {
        if (strcmp(tck_server_call_method(server_call), TCK_DISCOVER_METHOD) == 0) {
            answer_discovery(call->fixture, server_call);
        } else {
            tck_server_call_send(server_call, tck_bytes("", 0), NULL);
            tck_server_call_finish(server_call, 0, NULL, NULL, NULL);
        }
        return;
    }
    note_received(call, bytes);
    snprintf(number, sizeof number, "%zu", ++call->messages);
    trigger(server_call, call, number);
}

static void half_closed(struct tck_server_call *server_call, void *user)
{
    struct call *call = user;

    trigger(server_call, call, "half-close");
    if (call->row && !call->stays && !call->ended)
        tck_server_call_finish(server_call, 0, NULL, NULL, NULL);
}

static void closed(struct tck_server_call *server_call, void *user, bool cancelled)
{
    (void)server_call;
    (void)cancelled;
    free(user);
}

static const struct tck_server_handler handler = { opened, message, half_closed, closed };

/* --- the fixture --- */

struct engine_fixture *engine_fixture_new(void)
{
    struct engine_fixture *fixture = calloc(1, sizeof *fixture);
    struct tck_error err = { 0 };
    int port, r;

    assert_non_null(fixture);
    pthread_mutex_init(&fixture->lock, NULL);
    fixture->received = fixture->mistakes = (struct tck_buffer)TCK_BUFFER_INIT(1 << 20);
    r = tck_grpc_init(&err);
    if (r == 0)
        r = tck_arena_new(0, &fixture->arena, &err);
    if (r == 0)
        r = tck_builtin_pool_new(&fixture->pool, &err);
    if (r == 0)
        r = tck_server_new(&(struct tck_server_options){ .handler = &handler, .context = fixture }, &fixture->server,
                           &err);
    if (r == 0)
        r = tck_server_listen(fixture->server, "127.0.0.1:0", &port, &err);
    if (r == 0)
        r = tck_server_start(fixture->server, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    snprintf(fixture->address, sizeof fixture->address, "127.0.0.1:%d", port);
    r = tck_channel_new(fixture->address, NULL, &fixture->channel, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    tck_fresh_ids_init(&fixture->ids);
    fixture->world = (struct tck_world){ .ids = &fixture->ids };
    return fixture;
}

void engine_fixture_free(struct engine_fixture *fixture)
{
    tck_result_free(fixture->result);
    tck_channel_free(fixture->channel);
    tck_server_free(fixture->server);
    for (size_t i = 0; i < fixture->spec_count; i++)
        tck_spec_free(fixture->specs[i]);
    tck_pool_free(fixture->pool);
    tck_arena_free(fixture->arena);
    tck_buffer_done(&fixture->received);
    tck_buffer_done(&fixture->mistakes);
    pthread_mutex_destroy(&fixture->lock);
    free(fixture);
    tck_grpc_shutdown();
}

int engine_fixture_setup(void **state)
{
    *state = engine_fixture_new();
    return 0;
}

int engine_fixture_teardown(void **state)
{
    engine_fixture_free(*state);
    return 0;
}

const struct tck_pool *engine_fixture_pool(struct engine_fixture *fixture)
{
    return fixture->pool;
}

const char *engine_fixture_address(const struct engine_fixture *fixture)
{
    return fixture->address;
}

void engine_fixture_answer(struct engine_fixture *fixture, const char *script)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->script = script;
    fixture->calls = 0;
    tck_buffer_clear(&fixture->received);
    pthread_mutex_unlock(&fixture->lock);
    fixture->world = (struct tck_world){ .ids = &fixture->ids };
}

struct tck_world *engine_fixture_world(struct engine_fixture *fixture)
{
    return &fixture->world;
}

const char *engine_fixture_received(struct engine_fixture *fixture)
{
    return tck_buffer_string(&fixture->received);
}

/* --- scenarios --- */

const struct tck_spec *engine_fixture_spec(struct engine_fixture *fixture, const char *yaml)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_spec *spec = NULL;
    int r;

    if (fixture->spec_count == SPECS_MAX) /* the oldest is done with */
        tck_spec_free(fixture->specs[--fixture->spec_count]);
    r = tck_spec_new(&spec, NULL);
    if (r == 0)
        r = tck_spec_parse(spec, "t.yaml", "t", tck_bytes(yaml, strlen(yaml)), &errors);
    if (r < 0) {
        char text[1024];

        fail_msg("%s\n%s", errors.count ? tck_error_text(&errors.items[0], text, sizeof text) : "?", yaml);
    }
    fixture->specs[fixture->spec_count++] = spec;
    return spec;
}

static const char *const heads[TCK_PROTOCOL_COUNT] = {
    [TCK_PROTOCOL_DISCOVERY] = "protocol: discovery\n",
    [TCK_PROTOCOL_EVENT_SOURCED] =
        "protocol: event-sourced\n"
        "services: [cloudstate.tck.model.EventSourcedTckModel, cloudstate.tck.model.EventSourcedTwo]\n"
        "defaults: {command: Process, event: cloudstate.tck.model.Persisted, target: {service: "
        "cloudstate.tck.model.EventSourcedTwo, command: Call}}\n",
    [TCK_PROTOCOL_VALUE_ENTITY] =
        "protocol: value-entity\n"
        "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\n"
        "defaults: {command: Process, state: cloudstate.tck.model.valueentity.Persisted, target: {service: "
        "cloudstate.tck.model.valueentity.ValueEntityTwo, command: Call}}\n",
    [TCK_PROTOCOL_CRDT] = "protocol: crdt\n"
                          "services: [cloudstate.tck.model.crdt.CrdtTckModel]\n"
                          "defaults: {command: Process, entity: GCounter, target: {service: "
                          "cloudstate.tck.model.crdt.CrdtTwo, command: Call}}\n",
    [TCK_PROTOCOL_ACTION] = "protocol: action\n"
                            "services: [cloudstate.tck.model.action.ActionTckModel]\n"
                            "defaults: {unary: ProcessUnary, streamed_in: ProcessStreamedIn, streamed_out: "
                            "ProcessStreamedOut, duplex: ProcessStreamed, target: {service: "
                            "cloudstate.tck.model.action.ActionTwo, command: Call}}\n",
};

const struct tck_scenario *engine_fixture_scenario(struct engine_fixture *fixture, enum tck_protocol protocol,
                                                   const char *extra, const char *steps)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);
    const struct tck_spec *spec;

    tck_buffer_printf(&yaml, "suite: t\nrole: user-function\n%sscenarios:\n  - name: s\n", heads[protocol]);
    if (extra)
        tck_buffer_printf(&yaml, "    %s\n", extra);
    tck_buffer_printf(&yaml, "    steps:\n");
    for (const char *line = steps; line && *line; line = next_line(line))
        tck_buffer_printf(&yaml, "      %.*s\n", (int)strcspn(line, "\n"), line);
    spec = engine_fixture_spec(fixture, tck_buffer_string(&yaml));
    return tck_spec_suite(spec, 0)->scenarios[0];
}

static const struct tck_script *compile(struct engine_fixture *fixture, const struct tck_scenario *scenario,
                                        struct tck_error_list *errors)
{
    const struct tck_script *script = NULL;
    int r = tck_compile(scenario, fixture->pool, fixture->arena, &script, errors);

    assert_int_equal(r<0, errors->count> 0);
    return script;
}

const char *engine_fixture_mistakes(struct engine_fixture *fixture, const struct tck_scenario *scenario)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

    tck_buffer_clear(&fixture->mistakes);
    compile(fixture, scenario, &errors);
    for (size_t i = 0; i < errors.count; i++)
        tck_buffer_printf(&fixture->mistakes, "%u: %s\n", errors.items[i].line, errors.items[i].text);
    return tck_buffer_string(&fixture->mistakes);
}

const struct tck_result *engine_fixture_run(struct engine_fixture *fixture, const struct tck_scenario *scenario)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const struct tck_script *script = compile(fixture, scenario, &errors);

    if (!script)
        fail_msg("%u: %s", errors.items[0].line, errors.items[0].text);
    tck_result_free(TCK_TAKE(fixture->result));
    assert_int_equal(tck_result_new(scenario, &fixture->result, NULL), 0);
    tck_scenario_run(&fixture->world, fixture->channel, script, fixture->result, NULL);
    return fixture->result;
}

static void describe(const struct tck_result *result, struct tck_buffer *out)
{
    if (result->verdict == TCK_VERDICT_PASSED) {
        tck_buffer_puts(out, "passed");
        for (size_t i = 0; i < result->deviation_count; i++)
            tck_buffer_printf(out, "; %s: %s", tck_level_word(result->deviations[i].level), result->deviations[i].text);
        for (size_t i = 0; i < result->choice_count; i++)
            tck_buffer_printf(out, "; took: %s", result->choices[i].text);
    } else {
        tck_buffer_printf(out, "%s: %s", tck_cause_word(result->cause), result->reason);
    }
}

void engine_fixture_check(struct engine_fixture *fixture, const struct engine_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer told = TCK_BUFFER_INIT(1 << 20);
        const struct tck_scenario *scenario =
            engine_fixture_scenario(fixture, cases[i].protocol, cases[i].extra, cases[i].steps);

        engine_fixture_answer(fixture, cases[i].candidate);
        describe(engine_fixture_run(fixture, scenario), &told);
        if (tck_glob_match(cases[i].wanted, tck_buffer_string(&told)))
            continue;
        wrong++;
        printf("case %zu\n  wanted %s\n  was    %s\n%s", i, cases[i].wanted, tck_buffer_string(&told), cases[i].steps);
        for (size_t line = 0; line < fixture->result->transcript_count; line++)
            printf("    %s %s\n", fixture->result->transcript[line].arrow, fixture->result->transcript[line].text);
    }
    if (wrong)
        fail_msg("%zu of %zu cases differ", wrong, count);
}
