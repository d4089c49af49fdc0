/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/recording.h — what crossed the conversations of one scenario, in order, by one clock.
 *
 * A line costs a few stores while the scenario runs: messages are kept as pointers and become text only when somebody
 * wants to read it, which for a scenario that passes is never.
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

struct tck_recorded {
    int64_t at; /* tck_now() */
    const char *conversation;
    enum tck_flow flow;
    const ProtobufCMessage *message; /* or NULL, then */
    const char *text;
};

struct tck_recording;

int tck_recording_new(const struct tck_pool *pool, struct tck_arena *arena, struct tck_recording **ret_recording,
                      struct tck_error *err);
/* All lines are told to listener at once as well (for tracing); NULL for none. */
void tck_recording_listen(struct tck_recording *recording,
                          void (*listener)(void *context, const struct tck_recorded *line), void *context);

/* conversation and message are kept, not copied. */
void tck_recording_message(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                           const ProtobufCMessage *message);
/* The text is kept, not copied: a literal, or something in the arena. */
void tck_recording_event(struct tck_recording *recording, const char *conversation, enum tck_flow flow,
                         const char *text);

/* The same with a time of its own: of what is told later than it happened. */
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
