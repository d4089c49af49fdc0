/* SPDX-License-Identifier: Apache-2.0 */
#include "seat/observer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seat/seat_internal.h"

/* Of google.protobuf.Any: field 2, of a length. */
#define ANY_VALUE_TAG 0x12

struct queued {
    struct tck_arrival arrival;
    struct queued *next;
};

struct queue {
    struct queued *first, *last;
};

struct tck_observer {
    struct tck_observer_options options;
    const struct tck_conversation_row *row;
    struct tck_judge *judge;
    struct queue queues[2]; /* by enum tck_direction */
    bool meddled;           /* something was: the judge hears nothing more */
    bool answered;          /* the proxy was given an answer */
    bool over;              /* the end passed */
    bool half_closed;       /* the proxy did, and may send more than one message */
    bool reset;             /* the proxy did it: what the user function's end says then is our doing */
    bool ended;             /* somebody took the end */
    bool concluded;
    struct tck_call_status status; /* once over */
    unsigned stream;               /* its number in the recording */
};

int tck_observer_new(const struct tck_observer_options *options, struct tck_observer **ret_observer,
                     struct tck_error *err)
{
    tck_cleanup(tck_observer_freep) struct tck_observer *observer = calloc(1, sizeof *observer);
    int r;

    if (!observer)
        return tck_no_memory(err);
    observer->options = *options;
    observer->row = tck_conversation(options->conversation);
    tck_passage_ref(options->passage);
    r = tck_judge_new(options->conversation, options->pool, &observer->judge, err);
    if (r < 0)
        return r;
    observer->stream = tck_recording_stream(options->recording);
    *ret_observer = TCK_TAKE(observer);
    return 0;
}

void tck_observer_free(struct tck_observer *observer)
{
    if (!observer)
        return;
    tck_passage_unref(observer->options.passage);
    tck_judge_free(observer->judge);
    free(observer);
}

/* --- what passed --- */

static int64_t time_of(const struct tck_passed *passed)
{
    return passed->gone ? passed->gone : passed->at;
}

/* One more line of this conversation. */
static void tell(struct tck_observer *observer, struct tck_recorded line)
{
    line.conversation = observer->options.name;
    line.protocol = observer->row->word;
    line.stream = observer->stream;
    tck_recording_note(observer->options.recording, &line);
}

static int put(struct tck_observer *observer, enum tck_direction direction, const struct tck_arrival *arrival,
               struct tck_error *err)
{
    struct queue *queue = &observer->queues[direction];
    struct queued *queued = TCK_NEW(observer->options.arena, struct queued);

    if (!queued)
        return tck_no_memory(err);
    queued->arrival = *arrival;
    *(queue->last ? &queue->last->next : &queue->first) = queued;
    queue->last = queued;
    return 0;
}

/* What the tap did to it, for the reader of a transcript. */
static const char *meddled_text(enum tck_meddled meddled)
{
    static const char *const texts[] = {
        [TCK_NOT_MEDDLED] = NULL,
        [TCK_MEDDLED_DROPPED] = "(the tap dropped this)",
        [TCK_MEDDLED_ALTERED] = "(the tap put another message in its place)",
        [TCK_MEDDLED_INJECTED] = "(the tap added something here)",
        [TCK_MEDDLED_DELAYED] = "(the tap held this back)",
        [TCK_MEDDLED_DUPLICATED] = "(the tap repeated this)",
    };

    return texts[meddled];
}

static int take_message(struct tck_observer *observer, const struct tck_passed *passed, enum tck_direction direction,
                        struct tck_error *err)
{
    const bool to_proxy = direction == TCK_TO_PROXY;
    const struct tck_bytes bytes = passed->came.data ? passed->came : passed->bytes;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    struct tck_arrival arrival = { .kind = TCK_ARRIVAL_MESSAGE, .at = time_of(passed) };
    ProtobufCMessage *message;
    int r;

    r = tck_message_unpack(to_proxy ? observer->row->to_proxy : observer->row->to_user_function, bytes,
                           observer->options.arena, &message, &why);
    if (r == TCK_KIT) {
        tck_error_move(err, &why);
        return r;
    }
    if (r < 0) {
        arrival.kind = TCK_ARRIVAL_UNDECODABLE;
        arrival.why = tck_arena_strdup(observer->options.arena, why.text);
        if (!arrival.why)
            return tck_no_memory(err);
        tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_UNDECODABLE,
                                              .at = arrival.at,
                                              .flow = to_proxy ? TCK_CAME : TCK_SENT,
                                              .bytes = bytes,
                                              .text = tck_arena_printf(observer->options.arena, "(%zu raw bytes: %s)",
                                                                       bytes.size, arrival.why) });
        if (!observer->meddled)
            tck_judge_undecodable(observer->judge, direction, why.text);
    } else {
        arrival.message = message;
        tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_MESSAGE,
                                              .at = arrival.at,
                                              .flow = to_proxy ? TCK_CAME : TCK_SENT,
                                              .message = message,
                                              .bytes = bytes });
        if (!observer->meddled)
            tck_judge_message(observer->judge, direction, message);
    }
    observer->answered = observer->answered || to_proxy;
    return put(observer, direction, &arrival, err);
}

static int take_half_close(struct tck_observer *observer, const struct tck_passed *passed, struct tck_error *err)
{
    const struct tck_arrival arrival = { .kind = TCK_ARRIVAL_HALF_CLOSE, .at = time_of(passed) };

    tell(observer,
         (struct tck_recorded){
             .kind = TCK_RECORDED_HALF_CLOSE, .at = arrival.at, .flow = TCK_SENT, .text = "the proxy half-closes" });
    observer->half_closed = observer->row->proxy_streams;
    if (!observer->meddled)
        tck_judge_half_close(observer->judge);
    /* With one message it comes by itself, and nobody asks for it. */
    return observer->row->proxy_streams ? put(observer, TCK_TO_USER_FUNCTION, &arrival, err) : 0;
}

static void tell_end(struct tck_observer *observer, bool by_user_function, bool waited)
{
    const struct tck_conversation_end end = { .code = observer->status.code,
                                              .by_user_function = by_user_function,
                                              .waited = waited };

    if (observer->concluded)
        return;
    observer->concluded = true;
    tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_CONCLUDED,
                                          .flow = TCK_HAPPENED,
                                          .code = end.code,
                                          .from_peer = end.by_user_function,
                                          .waited = end.waited });
    if (!observer->meddled)
        tck_judge_end(observer->judge, &end);
}

static int put_end(struct tck_observer *observer, int64_t at, struct tck_error *err)
{
    const struct tck_arrival arrival = { .kind = TCK_ARRIVAL_END, .at = at, .status = observer->status };

    observer->over = true;
    return put(observer, TCK_TO_PROXY, &arrival, err);
}

static int take_reset(struct tck_observer *observer, const struct tck_passed *passed, struct tck_error *err)
{
    const struct tck_arrival arrival = { .kind = TCK_ARRIVAL_RESET, .at = time_of(passed) };
    int r;

    if (observer->over)
        return 0; /* it had ended: there is nothing left to reset */
    tell(observer,
         (struct tck_recorded){
             .kind = TCK_RECORDED_RESET, .at = arrival.at, .flow = TCK_SENT, .text = "the proxy resets the stream" });
    /* Where there is one answer and the proxy has it, it may let go before the end, as clients of gRPC do: nothing is
     * lost, and whether end or reset came first is chance. */
    if (observer->answered && !observer->row->user_function_streams && !observer->meddled) {
        observer->status = (struct tck_call_status){ .from_peer = true };
        tell_end(observer, false, false);
        return put_end(observer, arrival.at, err);
    }
    observer->reset = true;
    /* Who asks what the user function says next shall not take it for a lost connection. */
    observer->status = (struct tck_call_status){ .code = tck_grpc_code_parse("CANCELLED"), .from_peer = true };
    snprintf(observer->status.message, sizeof observer->status.message, "the proxy reset it");
    tell_end(observer, false, false);
    r = put(observer, TCK_TO_USER_FUNCTION, &arrival, err);
    return r < 0 ? r : put_end(observer, arrival.at, err);
}

static int take_end(struct tck_observer *observer, const struct tck_passed *passed, struct tck_error *err)
{
    const bool severed = passed->meddled == TCK_MEDDLED_INJECTED;
    char code[16];

    if (observer->over)
        return 0;
    observer->status =
        (struct tck_call_status){ .code = passed->code, .from_peer = passed->from_user_function || severed };
    snprintf(observer->status.message, sizeof observer->status.message, "%s", passed->message ? passed->message : "");
    tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_END,
                                          .at = time_of(passed),
                                          .flow = TCK_CAME,
                                          .code = passed->code,
                                          .status = observer->status.message,
                                          .from_peer = passed->from_user_function,
                                          .text = tck_arena_printf(observer->options.arena, "the stream ends: %s%s%s",
                                                                   tck_grpc_code_name(passed->code, code),
                                                                   observer->status.message[0] ? ": " : "",
                                                                   observer->status.message) });
    tell_end(observer, passed->from_user_function, passed->from_user_function);
    return put_end(observer, time_of(passed), err);
}

static int take_passed(struct tck_observer *observer, const struct tck_passed *passed, struct tck_error *err)
{
    const char *meddled = meddled_text(passed->meddled);
    const bool made_up = passed->meddled == TCK_MEDDLED_INJECTED || passed->meddled == TCK_MEDDLED_DUPLICATED;

    const bool unjudged = passed->meddled != TCK_NOT_MEDDLED && passed->meddled != TCK_MEDDLED_DELAYED;

    if (meddled)
        tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_MEDDLED,
                                              .at = time_of(passed),
                                              .flow = TCK_HAPPENED,
                                              .unjudged = unjudged,
                                              .text = meddled });
    if (unjudged)
        observer->meddled = true;
    switch (passed->kind) {
    case TCK_PASSED_COMMAND:
        return made_up ? 0 : take_message(observer, passed, TCK_TO_USER_FUNCTION, err);
    case TCK_PASSED_ANSWER:
        return made_up ? 0 : take_message(observer, passed, TCK_TO_PROXY, err);
    case TCK_PASSED_HALF_CLOSED:
        return take_half_close(observer, passed, err);
    case TCK_PASSED_CANCELLED:
        return take_reset(observer, passed, err);
    case TCK_PASSED_ENDED:
        return take_end(observer, passed, err);
    case TCK_PASSED_OPENED:
        tell(observer, (struct tck_recorded){ .kind = TCK_RECORDED_OPENED,
                                              .at = time_of(passed),
                                              .flow = TCK_HAPPENED,
                                              .text = observer->row->method });
        return 0;
    default:
        return 0;
    }
}

/* One thing more. Returns 0 or a negative status; TCK_TIMED_OUT: nothing came. */
static int look_on(struct tck_observer *observer, int64_t deadline, struct tck_error *err)
{
    struct tck_passed passed;
    int r = tck_passage_next(observer->options.passage, deadline, observer->options.interrupted, &passed, err);

    if (r == 0)
        return take_passed(observer, &passed, err);
    if (r == TCK_TIMED_OUT && !observer->over && tck_passage_ended(observer->options.passage)) {
        /* What ended it was not noted; nothing will come all the same. */
        observer->status = (struct tck_call_status){ .code = tck_grpc_code_parse("UNKNOWN"), .from_peer = true };
        tell_end(observer, false, false);
        return put_end(observer, tck_now(), err);
    }
    return r;
}

int tck_observer_look(struct tck_observer *observer, struct tck_error *err)
{
    int r;

    while ((r = look_on(observer, 0, err)) == 0)
        ;
    return r < 0 ? r : 0;
}

/* --- taking --- */

int tck_observer_take(struct tck_observer *observer, enum tck_direction direction, int64_t deadline,
                      struct tck_arrival *ret_arrival, struct tck_error *err)
{
    struct queue *queue = &observer->queues[direction];
    int r = 0;

    while (!queue->first && !observer->over && r == 0)
        r = look_on(observer, deadline, err);
    if (r < 0)
        return r;
    if (queue->first) {
        *ret_arrival = queue->first->arrival;
        queue->first = queue->first->next;
        if (!queue->first)
            queue->last = NULL;
    } else if (tck_seat_interrupted(observer->options.interrupted)) {
        *ret_arrival = (struct tck_arrival){ .kind = TCK_ARRIVAL_INTERRUPTED, .at = tck_now() };
    } else if (observer->over) {
        *ret_arrival = (struct tck_arrival){ .kind = TCK_ARRIVAL_END, .at = tck_now(), .status = observer->status };
    } else {
        *ret_arrival = (struct tck_arrival){ .kind = TCK_ARRIVAL_NOTHING, .at = tck_now() };
    }
    if (ret_arrival->kind == TCK_ARRIVAL_END || ret_arrival->kind == TCK_ARRIVAL_RESET)
        observer->ended = true;
    return 0;
}

/* --- looking at it --- */

void tck_observer_conclude(struct tck_observer *observer)
{
    tell_end(observer, false, false); /* it goes on without us, so nothing is owed */
}

const struct tck_judge *tck_observer_judge(const struct tck_observer *observer)
{
    return observer->judge;
}

bool tck_observer_ended(const struct tck_observer *observer)
{
    return observer->ended;
}

bool tck_observer_was_reset(const struct tck_observer *observer)
{
    return observer->reset;
}

bool tck_observer_was_half_closed(const struct tck_observer *observer)
{
    return observer->half_closed;
}

bool tck_observer_meddled(const struct tck_observer *observer)
{
    return observer->meddled;
}

size_t tck_observer_open_commands(const struct tck_observer *observer)
{
    return tck_judge_open_commands(observer->judge);
}

bool tck_observer_said(const struct tck_observer *observer, struct tck_bytes bytes)
{
    struct tck_passed passed;

    for (size_t i = 0; tck_passage_at(observer->options.passage, i, &passed); i++) {
        const bool said =
            passed.kind == TCK_PASSED_ANSWER && memmem(passed.bytes.data, passed.bytes.size, bytes.data, bytes.size);
        const bool ended = passed.kind == TCK_PASSED_ENDED && passed.message &&
                           memmem(passed.message, strlen(passed.message), bytes.data, bytes.size);

        if (said || ended)
            return true;
    }
    return false;
}

static bool says_failure(const struct tck_observer *observer, struct tck_bytes answer)
{
    const ProtobufCMessageDescriptor *type = tck_conversation(observer->options.conversation)->to_proxy;
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, "failure");
    struct tck_bytes failure;

    return field && tck_option_bytes(answer, field->id, &failure);
}

bool tck_observer_gave_up(const struct tck_observer *observer)
{
    const bool is_entity = observer->options.conversation <= TCK_CONVERSATION_CRDT;
    struct tck_passed passed;

    for (size_t i = 0; tck_passage_at(observer->options.passage, i, &passed); i++) {
        if ((passed.meddled != TCK_NOT_MEDDLED && passed.meddled != TCK_MEDDLED_DELAYED) ||
            passed.kind == TCK_PASSED_CANCELLED || (is_entity && passed.kind == TCK_PASSED_HALF_CLOSED))
            return false; /* what it did afterwards it may have been driven to */
        if (passed.kind == TCK_PASSED_ENDED)
            return passed.from_user_function && (is_entity || passed.code != 0);
        if (is_entity && passed.kind == TCK_PASSED_ANSWER && says_failure(observer, passed.bytes))
            return true;
    }
    return false;
}

/* Is there an Any of this type in the answer, and has the last one no value? */
static bool says_nothing_as(struct tck_bytes answer, const char *type, bool *ret_mentions)
{
    const uint8_t *at = answer.data, *end = at + answer.size, *found;
    bool nothing = false;

    while ((found = memmem(at, (size_t)(end - at), type, strlen(type)))) {
        at = found + strlen(type);
        *ret_mentions = true;
        nothing = end - at < 2 || at[0] != ANY_VALUE_TAG || at[1] == 0;
    }
    return nothing;
}

bool tck_observer_said_nothing_as(const struct tck_observer *observer, const char *type, bool *ret_once)
{
    struct tck_passed passed;
    bool nothing = false;

    for (size_t i = 0; tck_passage_at(observer->options.passage, i, &passed); i++) {
        bool mentions = false, now;

        if (passed.kind != TCK_PASSED_ANSWER)
            continue;
        now = says_nothing_as(passed.bytes, type, &mentions);
        if (mentions)
            nothing = now;
        *ret_once = *ret_once || now;
    }
    return nothing;
}
