/* SPDX-License-Identifier: Apache-2.0 */
#include "seat/recording.h"

#include <pthread.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/text.h"

struct tck_recording {
    pthread_mutex_t lock; /* of adding */
    const struct tck_pool *pool;
    struct tck_recorded lines[TCK_RECORDING_LINES]; /* a ring: line n is at n % TCK_RECORDING_LINES */
    size_t total;
    unsigned streams;
    void (*listener)(void *context, const struct tck_recorded *line);
    void *context;
};

int tck_recording_new(const struct tck_pool *pool, struct tck_arena *arena, struct tck_recording **ret_recording,
                      struct tck_error *err)
{
    struct tck_recording *recording = TCK_NEW(arena, struct tck_recording);

    if (!recording)
        return tck_no_memory(err);
    recording->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* lives in an arena: it is never destroyed */
    recording->pool = pool;
    *ret_recording = recording;
    return 0;
}

void tck_recording_listen(struct tck_recording *recording,
                          void (*listener)(void *context, const struct tck_recorded *line), void *context)
{
    recording->listener = listener;
    recording->context = context;
}

/* What a listener may see is not all that can be kept: the bytes are their owner's. */
static void keep(struct tck_recording *recording, const struct tck_recorded *line)
{
    struct tck_recorded *place = &recording->lines[recording->total++ % TCK_RECORDING_LINES];

    *place = *line;
    place->bytes = (struct tck_bytes){ 0 };
}

void tck_recording_note(struct tck_recording *recording, const struct tck_recorded *given)
{
    struct tck_recorded line = *given;

    if (!line.at)
        line.at = tck_now();
    if (!line.text)
        line.text = "";
    pthread_mutex_lock(&recording->lock);
    if (line.kind != TCK_RECORDED_CONCLUDED)
        keep(recording, &line);
    if (recording->listener)
        recording->listener(recording->context, &line);
    pthread_mutex_unlock(&recording->lock);
}

unsigned tck_recording_stream(struct tck_recording *recording)
{
    unsigned number;

    pthread_mutex_lock(&recording->lock);
    number = ++recording->streams;
    pthread_mutex_unlock(&recording->lock);
    return number;
}

void tck_recording_message(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                           const ProtobufCMessage *message)
{
    tck_recording_note(
        recording, &(struct tck_recorded){
                       .conversation = conversation, .flow = flow, .kind = TCK_RECORDED_MESSAGE, .message = message });
}

void tck_recording_event(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                         const char *text)
{
    tck_recording_note(recording, &(struct tck_recorded){ .conversation = conversation, .flow = flow, .text = text });
}

size_t tck_recording_count(const struct tck_recording *recording)
{
    return recording->total < TCK_RECORDING_LINES ? recording->total : TCK_RECORDING_LINES;
}

size_t tck_recording_dropped(const struct tck_recording *recording)
{
    return recording->total - tck_recording_count(recording);
}

const struct tck_recorded *tck_recording_line(const struct tck_recording *recording, size_t i)
{
    return &recording->lines[(tck_recording_dropped(recording) + i) % TCK_RECORDING_LINES];
}

void tck_recording_text(const struct tck_recording *recording, const struct tck_recorded *line, size_t limit,
                        struct tck_buffer *out)
{
    size_t size;

    if (line->message) {
        tck_message_to_text(recording->pool, line->message, limit, out);
        return;
    }
    size = strlen(line->text);
    tck_utf8_append_shown(line->text, limit && size > limit ? limit : size, out);
}

const char *tck_flow_arrow(enum tck_flow flow)
{
    static const char *const arrows[] = { [TCK_SENT] = "->", [TCK_CAME] = "<-", [TCK_HAPPENED] = "--" };

    return arrows[flow];
}

const char *tck_recorded_word(enum tck_recorded_kind kind)
{
#define XX(id, word) [TCK_RECORDED_##id] = (word),
    static const char *const words[] = { TCK_RECORDED_MAP(XX) };
#undef XX

    return words[kind];
}
