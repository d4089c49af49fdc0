/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/recording.h — what crossed the conversations of one scenario, in order, by one clock.
 *
 * A line costs a few stores while the scenario runs: messages are kept as pointers and become text only when somebody
 * wants to read it, which for a scenario that passes is never. A listener is told of every line as it comes, with what
 * only it can use: the raw bytes, and which stream it was.
 *
 *     tck_recording_message(recording, "main", TCK_SENT, message);
 *     tck_recording_event(recording, "main", TCK_HAPPENED, "half-closed");
 *     …
 *     tck_recording_text(recording, line, TCK_TEXT_MAX, &out);
 *
 * Threads: lines are added from any thread; it is read when nobody adds any more.
 * Memory: in the arena given, and so must the messages be; the last TCK_RECORDING_LINES lines are kept.
 */
#ifndef TCK_SEAT_RECORDING_H
#define TCK_SEAT_RECORDING_H

#include "base/clock.h"
#include "wire/message.h"

#define TCK_RECORDING_LINES 200 /* nobody reads more of one scenario, and a stream may be endless */

enum tck_flow { TCK_SENT, TCK_CAME, TCK_HAPPENED };

/* What a line is. id, word in traces */
#define TCK_RECORDED_MAP(XX)       \
    XX(NOTE, "note")               \
    XX(OPENED, "opened")           \
    XX(MESSAGE, "message")         \
    XX(UNDECODABLE, "undecodable") \
    XX(HALF_CLOSE, "half-close")   \
    XX(RESET, "reset")             \
    XX(END, "end")                 \
    XX(MEDDLED, "meddled")         \
    XX(CONCLUDED, "concluded")     \
    XX(REQUEST, "request")         \
    XX(ANSWER, "answer")

#define XX(id, ...) TCK_RECORDED_##id,
enum tck_recorded_kind { TCK_RECORDED_MAP(XX) TCK_RECORDED_COUNT };
#undef XX
const char *tck_recorded_word(enum tck_recorded_kind kind);

struct tck_recorded {
    int64_t at; /* tck_now(); 0: it is now */
    const char *conversation;
    enum tck_flow flow;
    const ProtobufCMessage *message; /* or NULL, then */
    const char *text;                /* OPENED: the method */

    /* --- for listeners --- */
    enum tck_recorded_kind kind;
    const char *protocol;   /* "crdt", "client", "http", …; NULL: none */
    unsigned stream;        /* which of the recording: a conversation's name may come again; 0: none */
    struct tck_bytes bytes; /* as they crossed the wire; only while the listener is told */
    int code;               /* END, CONCLUDED: gRPC status; ANSWER: HTTP status */
    const char *status;     /* END: what the status says */
    bool from_peer;         /* END, CONCLUDED: the other side gave this status; false: lost, or cut off */
    bool waited;            /* CONCLUDED: it had time to end */
    bool unjudged;          /* MEDDLED: the kit broke the rules itself, so the judges hear nothing from here on */
};

struct tck_recording;

int tck_recording_new(const struct tck_pool *pool, struct tck_arena *arena, struct tck_recording **ret_recording,
                      struct tck_error *err);
/* All lines are told to listener at once as well (for tracing), one at a time; NULL for none. */
void tck_recording_listen(struct tck_recording *recording,
                          void (*listener)(void *context, const struct tck_recorded *line), void *context);

/* conversation and message are kept, not copied. */
void tck_recording_message(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                           const ProtobufCMessage *message);
/* The text is kept, not copied: a literal, or something in the arena. */
void tck_recording_event(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                         const char *text);

/* The number of one more stream, from 1. */
unsigned tck_recording_stream(struct tck_recording *recording);
/* A whole line. One that is CONCLUDED (nothing crossed the wire) is for listeners alone. */
void tck_recording_note(struct tck_recording *recording, const struct tck_recorded *line);

/* Lines that are kept, in the order in which they were told, the oldest first, and how many came before them. */
size_t tck_recording_count(const struct tck_recording *recording);
size_t tck_recording_dropped(const struct tck_recording *recording);
const struct tck_recorded *tck_recording_line(const struct tck_recording *recording, size_t i);
/* Appends the line's message or event as one line of text, cut after limit bytes. */
void tck_recording_text(const struct tck_recording *recording, const struct tck_recorded *line, size_t limit,
                        struct tck_buffer *out);
/* "->", "<-", "--" */
const char *tck_flow_arrow(enum tck_flow flow);

#endif
