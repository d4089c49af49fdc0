/* SPDX-License-Identifier: Apache-2.0
 *
 * Lines of a recording. Each is made as a tree, so that messages read as literals of the specs do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "trace/trace_internal.h"

#define TEXT_CEILING ((size_t)64 << 20)

/* A line while it is made. */
struct maker {
    struct tck_arena *arena;
    struct tck_tree *tree;
    bool failed; /* the arena is full */
};

static struct maker maker_in(struct tck_arena *arena)
{
    struct tck_tree *tree = tck_tree_map(arena, TCK_NOWHERE);

    return (struct maker){ .arena = arena, .tree = tree, .failed = !tree };
}

static void put(struct maker *maker, const char *key, const struct tck_tree *value)
{
    if (!maker->failed && !tck_tree_append(maker->arena, maker->tree, key, value))
        maker->failed = true;
}

static const struct tck_tree *null_tree(struct tck_arena *arena)
{
    return tck_tree_scalar(arena, TCK_TREE_NULL, "null", strlen("null"), TCK_NOWHERE);
}

/* Names and texts are a candidate's: they are made fit to be shown. */
static const struct tck_tree *text_tree(struct tck_arena *arena, const char *text)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer shown = TCK_BUFFER_INIT(TEXT_CEILING);

    if (!text)
        return null_tree(arena);
    tck_utf8_append_shown(text, strlen(text), &shown);
    return shown.failed ? NULL : tck_tree_string(arena, tck_buffer_string(&shown), TCK_NOWHERE);
}

static void put_text(struct maker *maker, const char *key, const char *text)
{
    put(maker, key, text_tree(maker->arena, text));
}

static void put_bool(struct maker *maker, const char *key, bool value)
{
    put(maker, key, tck_tree_bool(maker->arena, value, TCK_NOWHERE));
}

static void put_number(struct maker *maker, const char *key, int64_t value)
{
    put(maker, key, tck_tree_number(maker->arena, value, TCK_NOWHERE));
}

static void put_ms(struct maker *maker, const char *key, int64_t nanoseconds)
{
    char text[32];

    snprintf(text, sizeof text, "%.3f", (double)nanoseconds / 1e6);
    put(maker, key, tck_tree_scalar(maker->arena, TCK_TREE_NUMBER, text, strlen(text), TCK_NOWHERE));
}

static void put_bytes(struct maker *maker, const char *key, struct tck_bytes bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);

    if (bytes.size > TCK_TRACE_BYTES_MAX) {
        put(maker, key, null_tree(maker->arena));
        return;
    }
    tck_base64_encode(bytes, &text);
    if (text.failed)
        maker->failed = true;
    put(maker, key, tck_tree_string(maker->arena, tck_buffer_string(&text), TCK_NOWHERE));
}

static int finish(const struct maker *maker, struct tck_buffer *out)
{
    if (maker->failed)
        return TCK_KIT;
    tck_tree_print_json(maker->tree, out);
    tck_buffer_putc(out, '\n');
    return out->failed ? TCK_KIT : 0;
}

/* --- the header --- */

static const struct tck_tree *candidate_tree(const struct tck_candidate_facts *facts, struct tck_arena *arena)
{
    struct maker maker = maker_in(arena);

    put_text(&maker, "name", facts->name);
    put_text(&maker, "user_function", facts->user_function_address);
    put_text(&maker, "proxy", facts->proxy_address);
    put_text(&maker, "service_name", facts->service_name);
    put_text(&maker, "service_version", facts->service_version);
    put_text(&maker, "library_name", facts->library_name);
    put_text(&maker, "library_version", facts->library_version);
    put_text(&maker, "proxy_name", facts->proxy_name);
    put_text(&maker, "proxy_version", facts->proxy_version);
    return maker.failed ? NULL : maker.tree;
}

static void put_wall_clock(struct maker *maker, const char *key)
{
    struct timespec now;
    char text[64] = "", whole[32] = "";
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &tm))
        strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(text, sizeof text, "%s.%03ldZ", whole, now.tv_nsec / 1000000);
    put_text(maker, key, text);
}

int tck_trace_put_header(const struct tck_trace_header *header, struct tck_arena *arena, struct tck_buffer *out)
{
    const struct tck_scenario *scenario = header->scenario;
    const struct tck_run *run = header->run;
    struct maker maker = maker_in(arena);

    put_text(&maker, "kind", TCK_TRACE_HEADER);
    put_number(&maker, "version", TCK_TRACE_VERSION);
    put_text(&maker, "scenario", scenario->id);
    put_text(&maker, "name", scenario->name);
    put_text(&maker, "file", scenario->place.name);
    put_number(&maker, "line", scenario->place.line);
    put_text(&maker, "role", tck_role_word(scenario->suite->role));
    put_text(&maker, "level", tck_level_word(scenario->level));
    put_number(&maker, "repetition", header->repetition);
    put_text(&maker, "kit", run->kit_version);
    put(&maker, "candidate", candidate_tree(&run->candidate, arena));
    put_wall_clock(&maker, "started_at");
    put_number(&maker, "seed", (int64_t)run->seed);
    put_bool(&maker, "strict", run->strict);
    put_bool(&maker, "upstream", run->upstream);
    put_text(&maker, "descriptors", header->descriptors);
    return finish(&maker, out);
}

/* --- what passed --- */

static bool is_of_a_client(const struct tck_recorded *line)
{
    static const char *const protocols[] = { "client", "http", "reflection" };

    for (size_t i = 0; line->protocol && i < TCK_COUNT(protocols); i++)
        if (strcmp(line->protocol, protocols[i]) == 0)
            return true;
    return false;
}

/* In what the kit does itself it has the seat of a client, or of the proxy. */
static const char *said_by(const struct tck_recorded *line)
{
    const bool client = is_of_a_client(line);
    const char *near = client ? "client" : TCK_FROM_PROXY, *far = client ? TCK_FROM_PROXY : TCK_FROM_USER_FUNCTION;

    switch (line->kind) {
    case TCK_RECORDED_OPENED:
    case TCK_RECORDED_HALF_CLOSE:
    case TCK_RECORDED_RESET:
        return near;
    case TCK_RECORDED_MEDDLED:
        return "tap";
    default:
        return line->flow == TCK_SENT ? near : line->flow == TCK_CAME ? far : "kit";
    }
}

/* Counts the nodes; false: deeper or more than a reader should be asked to hold. */
static bool is_readable(const struct tck_tree *tree, unsigned depth, size_t *nodes)
{
    if (depth > TCK_TRACE_MESSAGE_DEPTH || ++*nodes > TCK_TRACE_MESSAGE_NODES)
        return false;
    for (const struct tck_tree *child = tree->first; child; child = child->next)
        if (!is_readable(child, depth + 1, nodes))
            return false;
    return true;
}

static const struct tck_tree *message_tree(const struct tck_recorded *line, const struct tck_pool *pool,
                                           struct tck_arena *arena)
{
    const struct tck_tree *tree;
    size_t nodes = 0;

    if (line->bytes.size > TCK_TRACE_MESSAGE_BYTES ||
        tck_message_to_tree(pool, line->message, arena, &tree, NULL) < 0 || !is_readable(tree, 0, &nodes))
        return null_tree(arena);
    return tree;
}

static void put_status(struct maker *maker, const struct tck_recorded *line)
{
    put_number(maker, "code", line->code);
    put_text(maker, "status", line->status);
    put_bool(maker, "from_peer", line->from_peer);
}

static void put_content(struct maker *maker, const struct tck_recorded *line, const struct tck_pool *pool)
{
    switch (line->kind) {
    case TCK_RECORDED_MESSAGE:
        put_text(maker, "type", line->message->descriptor->name);
        put(maker, "message", message_tree(line, pool, maker->arena));
        put_bytes(maker, "bytes", line->bytes);
        return;
    case TCK_RECORDED_UNDECODABLE:
        put_bytes(maker, "bytes", line->bytes);
        return;
    case TCK_RECORDED_END:
        put_status(maker, line);
        return;
    case TCK_RECORDED_CONCLUDED:
        put_number(maker, "code", line->code);
        put_bool(maker, "from_peer", line->from_peer);
        put_bool(maker, "waited", line->waited);
        return;
    case TCK_RECORDED_MEDDLED:
        put_bool(maker, "unjudged", line->unjudged);
        put_text(maker, "text", line->text);
        return;
    case TCK_RECORDED_REQUEST:
    case TCK_RECORDED_ANSWER:
        if (line->kind == TCK_RECORDED_ANSWER)
            put_number(maker, "code", line->code);
        put_text(maker, "text", line->text);
        put_bytes(maker, "bytes", line->bytes);
        return;
    default:
        put_text(maker, line->kind == TCK_RECORDED_OPENED ? "method" : "text", line->text);
    }
}

int tck_trace_put_line(const struct tck_recorded *line, int64_t began, const struct tck_pool *pool,
                       struct tck_arena *arena, struct tck_buffer *out)
{
    struct maker maker = maker_in(arena);

    put_text(&maker, "kind", tck_recorded_word(line->kind));
    put_ms(&maker, "at_ms", line->at - began);
    put_number(&maker, "stream", line->stream);
    put_text(&maker, "conversation", line->conversation);
    put_text(&maker, "protocol", line->protocol);
    put_text(&maker, "from", said_by(line));
    put_content(&maker, line, pool);
    return finish(&maker, out);
}

/* --- the verdict --- */

static const struct tck_tree *step_tree(const struct tck_result *result, struct tck_arena *arena)
{
    struct maker maker = maker_in(arena);

    if (!result->step)
        return null_tree(arena);
    put_number(&maker, "number", (int64_t)result->step);
    put_text(&maker, "file", result->step_place.name);
    put_number(&maker, "line", result->step_place.line);
    put_text(&maker, "text", result->step_text);
    return maker.failed ? NULL : maker.tree;
}

int tck_trace_put_verdict(const struct tck_result *result, struct tck_arena *arena, struct tck_buffer *out)
{
    struct maker maker = maker_in(arena);

    put_text(&maker, "kind", TCK_TRACE_VERDICT);
    put_text(&maker, "verdict", tck_verdict_word(result->verdict));
    put_text(&maker, "cause", tck_cause_word(result->cause));
    put_text(&maker, "reason", result->reason);
    put_text(&maker, "rule", result->rule);
    put_text(&maker, "blame", result->blame == TCK_BLAME_NONE ? NULL : tck_blame_word(result->blame));
    put(&maker, "step", step_tree(result, arena));
    put_ms(&maker, "duration_ms", result->duration);
    return finish(&maker, out);
}
