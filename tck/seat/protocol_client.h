/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/protocol_client.h — the kit in the proxy's seat: one conversation with a user function.
 *
 * It opens the stream (or call) of a kind of conversation, sends messages or raw bytes, and takes what arrives, one
 * thing at a time: a message, bytes that are no message, the end, or nothing until a deadline. All of it is recorded
 * and told to a judge. It decides nothing: what was wanted is the scenario's affair, and what is allowed the judge's.
 *
 *     r = tck_protocol_client_open(&options, &client, err);
 *     r = tck_protocol_client_send(client, &init->base, deadline, err);
 *     r = tck_protocol_client_receive(client, deadline, &arrival, err);
 *     …
 *     tck_protocol_client_close(client);
 *
 * Every wait has a deadline, and ends early when options.interrupted becomes non-zero.
 * Threads: one conversation, one thread.
 * Memory: messages that arrive live in the arena given; the object itself is freed by close.
 */
#ifndef TCK_SEAT_PROTOCOL_CLIENT_H
#define TCK_SEAT_PROTOCOL_CLIENT_H

#include <signal.h>

#include "judge/judge.h"
#include "seat/recording.h"
#include "transport/client.h"

struct tck_protocol_client_options {
    const char *name; /* of the conversation, for the recording; borrowed */
    enum tck_conversation conversation;
    struct tck_channel *channel;
    const struct tck_pool *pool; /* of the payloads */
    struct tck_arena *arena;
    struct tck_recording *recording;
    const volatile sig_atomic_t *interrupted; /* or NULL */
};

struct tck_protocol_client;

/* Starts the call; does not wait for anything. */
int tck_protocol_client_open(const struct tck_protocol_client_options *options, struct tck_protocol_client **ret_client,
                             struct tck_error *err);
/* Cancels what is still open and frees; takes NULL. Says nothing to the judge: see tck_protocol_client_conclude. */
void tck_protocol_client_close(struct tck_protocol_client *client);
TCK_DEFINE_FREEP(struct tck_protocol_client, tck_protocol_client_close)

enum tck_send {
    TCK_SEND_DONE = 0,
    TCK_SEND_ENDED = 1,     /* the call is over, the message did not go out; receive tells how it ended */
    TCK_SEND_TIMED_OUT = 2, /* flow control held it back until the deadline; the call is cancelled */
};

/* Sends a message of the compiled type of the conversation. message must live in the arena. Returns enum tck_send, or a
 * negative status. A conversation in which the proxy says one thing only is half-closed by it. */
int tck_protocol_client_send(struct tck_protocol_client *client, const ProtobufCMessage *message, int64_t deadline,
                             struct tck_error *err);
int tck_protocol_client_send_bytes(struct tck_protocol_client *client, struct tck_bytes bytes, int64_t deadline,
                                   struct tck_error *err);
/* No more messages from us. Does nothing when that was said before. Returns as send. */
int tck_protocol_client_half_close(struct tck_protocol_client *client, int64_t deadline, struct tck_error *err);
/* Resets the stream. */
void tck_protocol_client_abort(struct tck_protocol_client *client);

/* id, meaning; the last two only where others are observed (seat/observer.h) */
#define TCK_ARRIVAL_MAP(XX)                              \
    XX(MESSAGE, "a message")                             \
    XX(UNDECODABLE, "bytes that are not such a message") \
    XX(END, "the end of the stream")                     \
    XX(NOTHING, "nothing until the deadline")            \
    XX(INTERRUPTED, "the run was interrupted meanwhile") \
    XX(HALF_CLOSE, "the proxy's half-close")             \
    XX(RESET, "the proxy's reset of the stream")

#define XX(id, ...) TCK_ARRIVAL_##id,
enum tck_arrival_kind { TCK_ARRIVAL_MAP(XX) TCK_ARRIVAL_COUNT };
#undef XX

struct tck_arrival {
    enum tck_arrival_kind kind;
    int64_t at;
    const ProtobufCMessage *message; /* MESSAGE: of the compiled type of the conversation */
    const char *why;                 /* UNDECODABLE: a sentence */
    struct tck_call_status status;   /* END */
    size_t breaches;                 /* how many breaches by the user function the judge found in it */
};

/* The next thing that arrives. After the end, the end again. Returns 0 or a negative status of ours. */
int tck_protocol_client_receive(struct tck_protocol_client *client, int64_t deadline, struct tck_arrival *ret_arrival,
                                struct tck_error *err);

/* Nothing more will be asked of this conversation: the judge is told how it ended (once). waited: it had time to end
 * after the half-close. */
void tck_protocol_client_conclude(struct tck_protocol_client *client, bool waited);

const char *tck_protocol_client_name(const struct tck_protocol_client *client);
enum tck_conversation tck_protocol_client_conversation(const struct tck_protocol_client *client);
const struct tck_judge *tck_protocol_client_judge(const struct tck_protocol_client *client);
bool tck_protocol_client_ended(const struct tck_protocol_client *client); /* a receive found the end, or we aborted */
bool tck_protocol_client_half_closed(const struct tck_protocol_client *client);

/* One unary call outside of any conversation (discovery, error reports) that an interruption ends early. Returns 0 with
 * *ret_status filled, TCK_TIMED_OUT, or a negative status. */
int tck_seat_call(struct tck_channel *channel, const char *method, struct tck_bytes request, int64_t deadline,
                  const volatile sig_atomic_t *interrupted, struct tck_buffer *ret_response,
                  struct tck_call_status *ret_status, struct tck_error *err);

#endif
