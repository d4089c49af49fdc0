/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/rejudge.h"

#include <stdio.h>
#include <string.h>

#include "trace/trace_internal.h"

#define DESCRIPTORS_CEILING ((size_t)64 << 20)

/* One conversation of the recording. */
struct stream {
    struct tck_judge *judge; /* NULL: none of this number came yet */
    enum tck_conversation conversation;
    bool unjudged;
    size_t seen; /* breaches of the judge that were looked at */
};

struct rejudging {
    const struct tck_rejudge_options *options;
    const char *path;
    struct tck_trace_reader *reader;
    struct tck_pool *own; /* the candidate's types, or NULL */
    struct stream *streams;
    size_t stream_count;
    struct tck_rejudged_breach *breaches;
    size_t breach_count, breach_room;
    struct tck_rejudged *rejudged;
};

static void rejudging_done(struct rejudging *rejudging)
{
    for (size_t i = 0; i < rejudging->stream_count; i++)
        tck_judge_free(rejudging->streams[i].judge);
    free(rejudging->streams);
    free(rejudging->breaches);
    tck_trace_reader_free(rejudging->reader);
    tck_pool_free(rejudging->own);
    tck_rejudged_free(rejudging->rejudged);
}

static struct tck_place place_of(const struct rejudging *rejudging, unsigned line)
{
    return (struct tck_place){ .name = rejudging->path, .line = line };
}

/* --- the candidate's types --- */

/* The directory of the recording, or one above it: folders are as in the scenario's id. */
static int find_descriptors(const char *path, const char *name, struct tck_buffer *ret_bytes, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer file = TCK_BUFFER_INIT(1 << 16);
    size_t size = strlen(path);

    for (;;) {
        const char *slash = memrchr(path, '/', size);

        size = slash ? (size_t)(slash - path) : 0;
        tck_buffer_clear(&file);
        tck_buffer_printf(&file, "%.*s%s%s", (int)size, path, slash ? "/" : "", name);
        if (tck_buffer_check(&file, err) < 0)
            return TCK_KIT;
        if (tck_read_file(tck_buffer_string(&file), DESCRIPTORS_CEILING, ret_bytes, NULL) == 0)
            return 0;
        if (!slash || size == 0)
            return 1;
    }
}

static int lack_types(struct rejudging *rejudging, struct tck_error *err, const char *why)
{
    rejudging->rejudged->types_lack =
        tck_arena_printf(rejudging->rejudged->arena, "the candidate's own message types are not known: %s", why);
    return rejudging->rejudged->types_lack ? 0 : tck_no_memory(err);
}

static int load_types(struct rejudging *rejudging, struct tck_error *err)
{
    const char *name = tck_trace_reader_head(rejudging->reader)->descriptors;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(DESCRIPTORS_CEILING);
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    char expected[TCK_TRACE_DESCRIPTORS_SIZE], text[700];
    int r;

    if (!name)
        return 0;
    r = find_descriptors(rejudging->path, name, &bytes, err);
    if (r < 0)
        return r;
    if (r > 0) {
        snprintf(text, sizeof text, "%.200s is not beside the recording, nor above it", name);
        return lack_types(rejudging, err, text);
    }
    if (strcmp(tck_trace_descriptors_name(tck_buffer_bytes(&bytes), expected), name) != 0) {
        snprintf(text, sizeof text, "%.200s is not what was recorded", name);
        return lack_types(rejudging, err, text);
    }
    r = tck_pool_new(rejudging->options->builtin, &pool, err);
    if (r < 0)
        return r;
    r = tck_pool_add(pool, name, tck_buffer_bytes(&bytes), &why);
    if (r == TCK_KIT) {
        tck_error_move(err, &why);
        return r;
    }
    if (r < 0)
        return lack_types(rejudging, err, why.text);
    rejudging->own = TCK_TAKE(pool);
    return 0;
}

/* --- breaches --- */

static enum tck_level level_of(const struct rejudging *rejudging, const char *rule)
{
    const struct tck_requirement *requirement = tck_spec_find_requirement(rejudging->options->spec, rule);

    return requirement ? requirement->level : TCK_LEVEL_MUST;
}

/* Where the proxy alone is judged, what stands behind it is not held against it. */
static bool counts(const struct rejudging *rejudging, const struct tck_rejudged_breach *breach)
{
    return !breach->ours && (rejudging->rejudged->role != TCK_ROLE_PROXY || breach->by == TCK_SIDE_PROXY);
}

static int add_breach(struct rejudging *rejudging, const struct tck_breach *found, const char *on, unsigned line,
                      struct tck_error *err)
{
    struct tck_rejudged *rejudged = rejudging->rejudged;
    struct tck_rejudged_breach breach = { .rule = found->rule,
                                          .by = found->by,
                                          .level = level_of(rejudging, found->rule),
                                          .ours =
                                              rejudged->role == TCK_ROLE_USER_FUNCTION && found->by == TCK_SIDE_PROXY,
                                          .line = line,
                                          .on = tck_arena_strdup(rejudged->arena, on),
                                          .text = tck_arena_strdup(rejudged->arena, found->text) };

    if (rejudging->breach_count == TCK_REJUDGE_BREACHES_MAX)
        return 0;
    if (!breach.on || !breach.text)
        return tck_no_memory(err);
    breach.fails = counts(rejudging, &breach) &&
                   tck_level_fails(breach.level, rejudging->options->strict, rejudging->options->upstream);
    rejudged->failing += breach.fails;
    if (rejudging->breach_count == rejudging->breach_room) {
        const size_t room = rejudging->breach_room ? 2 * rejudging->breach_room : 16;
        struct tck_rejudged_breach *more = reallocarray(rejudging->breaches, room, sizeof *more);

        if (!more)
            return tck_no_memory(err);
        rejudging->breaches = more;
        rejudging->breach_room = room;
    }
    rejudging->breaches[rejudging->breach_count++] = breach;
    return 0;
}

static int take_breaches(struct rejudging *rejudging, struct stream *stream, const struct tck_trace_line *line,
                         struct tck_error *err)
{
    const size_t count = tck_judge_breach_count(stream->judge);
    int r = 0;

    while (r == 0 && stream->seen < count)
        r = add_breach(rejudging, tck_judge_breach(stream->judge, stream->seen++), line->on, line->number, err);
    return r < 0 ? r : tck_judge_lost(stream->judge) ? tck_no_memory(err) : 0;
}

/* --- lines --- */

static int stream_of(struct rejudging *rejudging, const struct tck_trace_line *line, struct stream **ret_stream,
                     struct tck_error *err)
{
    const size_t index = line->stream;
    struct stream *stream;
    int r;

    if (index >= TCK_REJUDGE_STREAMS_MAX)
        return tck_fail(err, TCK_BAD_INPUT, place_of(rejudging, line->number),
                        "stream %u: a recording has fewer than %d", line->stream, TCK_REJUDGE_STREAMS_MAX);
    if (index >= rejudging->stream_count) {
        const size_t count = index < 64 ? 64 : 2 * index;
        struct stream *more = reallocarray(rejudging->streams, count, sizeof *more);

        if (!more)
            return tck_no_memory(err);
        memset(more + rejudging->stream_count, 0, (count - rejudging->stream_count) * sizeof *more);
        rejudging->streams = more;
        rejudging->stream_count = count;
    }
    stream = &rejudging->streams[index];
    if (!stream->judge) {
        r = tck_judge_new(line->conversation, rejudging->own ? rejudging->own : rejudging->options->builtin,
                          &stream->judge, err);
        if (r < 0)
            return r;
        stream->conversation = line->conversation;
        rejudging->rejudged->conversations++;
    }
    if (stream->conversation != line->conversation)
        return tck_fail(err, TCK_BAD_INPUT, place_of(rejudging, line->number), "stream %u was %s before, and now is %s",
                        line->stream, tck_conversation_word(stream->conversation),
                        tck_conversation_word(line->conversation));
    *ret_stream = stream;
    return 0;
}

/* The bytes alone are believed, not what the recording calls them: judges hear what a live run would tell them. */
static int feed_message(struct rejudging *rejudging, struct stream *stream, const struct tck_trace_line *line,
                        struct tck_error *err)
{
    const struct tck_conversation_row *row = tck_conversation(stream->conversation);
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r = tck_arena_new(0, &arena, err);

    if (r < 0)
        return r;
    rejudging->rejudged->messages++;
    r = tck_message_unpack(line->direction == TCK_TO_PROXY ? row->to_proxy : row->to_user_function, line->bytes, arena,
                           &message, &why);
    if (r == TCK_KIT)
        return tck_fail(err, TCK_BAD_INPUT, place_of(rejudging, line->number),
                        "the message takes more memory than one is given");
    if (r < 0)
        tck_judge_undecodable(stream->judge, line->direction, why.text);
    else
        tck_judge_message(stream->judge, line->direction, message);
    return 0;
}

static int feed(struct rejudging *rejudging, const struct tck_trace_line *line, struct tck_error *err)
{
    struct stream *stream;
    int r = stream_of(rejudging, line, &stream, err);

    if (r < 0)
        return r;
    if (line->what == TCK_RECORDED_MEDDLED && line->unjudged)
        stream->unjudged = true;
    if (stream->unjudged)
        return 0;
    if (line->what == TCK_RECORDED_MESSAGE || line->what == TCK_RECORDED_UNDECODABLE)
        r = feed_message(rejudging, stream, line, err);
    else if (line->what == TCK_RECORDED_HALF_CLOSE)
        tck_judge_half_close(stream->judge);
    else if (line->what == TCK_RECORDED_CONCLUDED)
        tck_judge_end(stream->judge, &line->end);
    return r < 0 ? r : take_breaches(rejudging, stream, line, err);
}

/* --- the recorded verdict --- */

/* Would it have failed the recorded run, with that run's flags? */
static bool failed_then(const struct rejudging *rejudging, const struct tck_rejudged_breach *breach)
{
    const struct tck_trace_head *head = tck_trace_reader_head(rejudging->reader);

    return counts(rejudging, breach) && tck_level_fails(breach->level, head->strict, head->upstream);
}

static int compare(struct rejudging *rejudging, const struct tck_trace_verdict *verdict, struct tck_error *err)
{
    struct tck_rejudged *rejudged = rejudging->rejudged;
    const struct tck_rejudged_breach *first = NULL;
    const bool of_a_judge = verdict->rule && strcmp(verdict->cause, tck_cause_word(TCK_CAUSE_RULE)) == 0;
    const char *sentence = NULL;
    bool found = false;

    for (size_t i = 0; i < rejudging->breach_count; i++) {
        const struct tck_rejudged_breach *breach = &rejudging->breaches[i];

        found = found || (verdict->rule && strcmp(breach->rule, verdict->rule) == 0);
        if (!first && failed_then(rejudging, breach))
            first = breach;
    }
    rejudged->verdict = tck_arena_strdup(rejudged->arena, verdict->verdict);
    if (!rejudged->verdict)
        return tck_no_memory(err);
    if (of_a_judge && !found)
        sentence = tck_arena_printf(rejudged->arena, "recorded as %s for %s, which the judges find kept",
                                    verdict->verdict, verdict->rule);
    else if (first && strcmp(verdict->verdict, tck_verdict_word(TCK_VERDICT_PASSED)) == 0)
        sentence = tck_arena_printf(rejudged->arena, "recorded as %s, and the judges find %s broken", verdict->verdict,
                                    first->rule);
    else
        return 0;
    rejudged->disagrees = sentence;
    return sentence ? 0 : tck_no_memory(err);
}

/* --- the whole --- */

static int begin(struct rejudging *rejudging, struct tck_error *err)
{
    const struct tck_trace_head *head;
    struct tck_rejudged *rejudged;
    int r = tck_trace_reader_open(rejudging->path, &rejudging->reader, err);

    if (r < 0)
        return r;
    rejudged = rejudging->rejudged = calloc(1, sizeof *rejudged);
    if (!rejudged)
        return tck_no_memory(err);
    r = tck_arena_new(0, &rejudged->arena, err);
    if (r < 0)
        return r;
    head = tck_trace_reader_head(rejudging->reader);
    rejudged->role = head->role;
    rejudged->cut = true;
    rejudged->scenario = tck_arena_strdup(rejudged->arena, head->scenario);
    return rejudged->scenario ? load_types(rejudging, err) : tck_no_memory(err);
}

static int read_on(struct rejudging *rejudging, struct tck_error *err)
{
    struct tck_trace_line line;
    int r;

    while ((r = tck_trace_read(rejudging->reader, &line, err)) > 0) {
        if (line.kind == TCK_TRACE_LINE_VERDICT) {
            rejudging->rejudged->cut = false;
            r = compare(rejudging, &line.verdict, err);
        } else {
            r = line.is_judged ? feed(rejudging, &line, err) : 0;
        }
        if (r < 0)
            return r;
    }
    return r;
}

int tck_rejudge(const char *path, const struct tck_rejudge_options *options, struct tck_rejudged **ret_rejudged,
                struct tck_error *err)
{
    tck_cleanup(rejudging_done) struct rejudging rejudging = { .options = options, .path = path };
    struct tck_rejudged *rejudged;
    int r = begin(&rejudging, err);

    if (r == 0)
        r = read_on(&rejudging, err);
    if (r < 0)
        return r;
    rejudged = rejudging.rejudged;
    rejudged->breach_count = rejudging.breach_count;
    rejudged->breaches = tck_arena_memdup(rejudged->arena, rejudging.breaches ? rejudging.breaches : (void *)"",
                                          rejudging.breach_count * sizeof *rejudging.breaches);
    if (!rejudged->breaches)
        return tck_no_memory(err);
    *ret_rejudged = TCK_TAKE(rejudging.rejudged);
    return 0;
}

void tck_rejudged_free(struct tck_rejudged *rejudged)
{
    if (!rejudged)
        return;
    tck_arena_free(rejudged->arena);
    free(rejudged);
}
