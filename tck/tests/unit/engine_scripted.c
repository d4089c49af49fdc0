/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_scripted.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <builtin_descriptors.h>

#include "engine/discovery.h"
#include "judge/judge.h"
#include "transport/server.h"
#include "wire/text.h"

struct scripted {
    const struct tck_pool *pool;
    struct tck_server *server;
    pthread_mutex_t lock; /* of what follows: the server's threads read it */
    const char *script;
    size_t calls;
    struct tck_buffer received;
    struct tck_buffer shown; /* a copy for the test's own thread */
};

/* --- the scripted user function --- */

struct call {
    struct scripted *scripted;
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
static void pack(struct scripted *scripted, const ProtobufCMessageDescriptor *type, const char *line,
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
        tck_message_from_tree(scripted->pool, type, tree, NULL, arena, &message, &err) < 0 ||
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

/* "3" or "3 once FILE". */
static void die(const char *line)
{
    char file[256];
    int status;

    if (sscanf(line, "%d once %255s", &status, file) == 2 && open(file, O_CREAT | O_EXCL | O_WRONLY, 0600) < 0)
        return;
    syscall(SYS_exit_group, status); /* at once: sanitizers take their time over _exit() */
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

            pack(call->scripted, call->row->to_proxy, text + 2, &out);
            tck_server_call_send(server_call, tck_buffer_bytes(&out), NULL);
        } else if (begins(text, "end ")) {
            end_with(server_call, text + 4);
            call->ended = true;
            return;
        } else if (begins(text, "die ")) {
            die(text + 4);
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

/* extra: one more service that is declared, or NULL. */
static void default_spec(char *extra, struct tck_buffer *out)
{
    Cloudstate__EntitySpec spec = CLOUDSTATE__ENTITY_SPEC__INIT;
    Cloudstate__ServiceInfo info = CLOUDSTATE__SERVICE_INFO__INIT;
    Cloudstate__Entity entities[TCK_COUNT(models) + 1], *pointers[TCK_COUNT(models) + 1];

    for (size_t i = 0; i < TCK_COUNT(entities); i++) {
        cloudstate__entity__init(&entities[i]);
        entities[i].service_name = i < TCK_COUNT(models) ? (char *)models[i] : extra;
        pointers[i] = &entities[i];
    }
    info.service_name = (char *)"scripted";
    info.support_library_name = (char *)"fixture";
    info.protocol_minor_version = 2;
    spec.service_info = &info;
    spec.n_entities = TCK_COUNT(models) + (extra != NULL);
    spec.entities = pointers;
    spec.proto.data = (uint8_t *)tck_builtin_descriptors;
    spec.proto.len = tck_builtin_descriptors_size;
    if (tck_message_pack(&spec.base, out, NULL) < 0)
        abort();
}

static void answer_discovery(struct scripted *scripted, struct tck_server_call *server_call)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(16 << 20);
    const char *line;
    char extra[128];

    pthread_mutex_lock(&scripted->lock);
    line = scripted->script;
    pthread_mutex_unlock(&scripted->lock);
    while (line && !begins(skip_spaces(line), "discover "))
        line = next_line(line);
    if (line && begins(skip_spaces(line), "discover end ")) {
        end_with(server_call, skip_spaces(line) + strlen("discover end "));
        return;
    }
    if (line && begins(skip_spaces(line), "discover stay"))
        return;
    if (line && sscanf(skip_spaces(line), "discover add %127s", extra) == 1)
        default_spec(extra, &out);
    else if (line)
        pack(scripted, &cloudstate__entity_spec__descriptor, skip_spaces(line) + strlen("discover "), &out);
    else
        default_spec(NULL, &out);
    tck_server_call_send(server_call, tck_buffer_bytes(&out), NULL);
    tck_server_call_finish(server_call, 0, NULL, NULL, NULL);
}

static void opened(void *context, struct tck_server_call *server_call, void **ret_user)
{
    struct scripted *scripted = context;
    const char *method = tck_server_call_method(server_call);
    struct call *call = calloc(1, sizeof *call);

    if (!call)
        abort();
    call->scripted = scripted;
    *ret_user = call;
    for (int i = 0; i < TCK_CONVERSATION_COUNT; i++)
        if (strcmp(tck_conversation((enum tck_conversation)i)->method, method) == 0)
            call->row = tck_conversation((enum tck_conversation)i);
    if (!call->row)
        return;
    pthread_mutex_lock(&scripted->lock);
    call->script = script_of_call(scripted->script, ++scripted->calls);
    pthread_mutex_unlock(&scripted->lock);
    trigger(server_call, call, "0");
}

static void note_received(struct call *call, struct tck_bytes bytes)
{
    struct scripted *scripted = call->scripted;
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    ProtobufCMessage *message;

    if (tck_arena_new(0, &arena, NULL) < 0)
        abort();
    pthread_mutex_lock(&scripted->lock);
    if (tck_message_unpack(call->row->to_user_function, bytes, arena, &message, NULL) == 0)
        tck_message_to_text(scripted->pool, message, 2000, &scripted->received);
    else
        tck_buffer_puts(&scripted->received, "(garbage)");
    tck_buffer_putc(&scripted->received, '\n');
    pthread_mutex_unlock(&scripted->lock);
}

static void message(struct tck_server_call *server_call, void *user, struct tck_bytes bytes)
{
    struct call *call = user;
    char number[16];

    if (!call->row) {
        if (strcmp(tck_server_call_method(server_call), TCK_DISCOVER_METHOD) == 0) {
            answer_discovery(call->scripted, server_call);
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
    struct call *call = user;

    (void)cancelled;
    call->ended = false;
    trigger(server_call, call, "closed");
    free(call);
}

static const struct tck_server_handler handler = {
    .opened = opened,
    .message = message,
    .half_closed = half_closed,
    .closed = closed,
};

/* --- the object --- */

struct scripted *scripted_new(const struct tck_pool *pool, int port, int *ret_port)
{
    struct scripted *scripted = calloc(1, sizeof *scripted);
    struct tck_error err = { 0 };
    char address[32];
    int r;

    if (!scripted)
        abort();
    scripted->pool = pool;
    scripted->received = (struct tck_buffer)TCK_BUFFER_INIT(1 << 20);
    scripted->shown = (struct tck_buffer)TCK_BUFFER_INIT(1 << 20);
    pthread_mutex_init(&scripted->lock, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    r = tck_server_new(&(struct tck_server_options){ .handler = &handler, .context = scripted }, &scripted->server,
                       &err);
    if (r == 0)
        r = tck_server_listen(scripted->server, address, ret_port, &err);
    if (r == 0)
        r = tck_server_start(scripted->server, &err);
    if (r == 0)
        return scripted;
    fprintf(stderr, "%s\n", err.text);
    scripted_free(scripted);
    return NULL;
}

void scripted_free(struct scripted *scripted)
{
    if (!scripted)
        return;
    tck_server_free(scripted->server);
    tck_buffer_done(&scripted->received);
    tck_buffer_done(&scripted->shown);
    pthread_mutex_destroy(&scripted->lock);
    free(scripted);
}

void scripted_answer(struct scripted *scripted, const char *script)
{
    pthread_mutex_lock(&scripted->lock);
    scripted->script = script;
    scripted->calls = 0;
    tck_buffer_clear(&scripted->received);
    pthread_mutex_unlock(&scripted->lock);
}

const char *scripted_received(struct scripted *scripted)
{
    pthread_mutex_lock(&scripted->lock);
    tck_buffer_clear(&scripted->shown);
    tck_buffer_append(&scripted->shown, scripted->received.data, scripted->received.size);
    pthread_mutex_unlock(&scripted->lock);
    return tck_buffer_string(&scripted->shown);
}
