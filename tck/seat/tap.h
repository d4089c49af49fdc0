/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/tap.h — the kit between a proxy and a user function: forwards every call and message, and keeps what passed.
 *
 *     r = tck_tap_new(&options, &tap, err);                            // listens as the user function
 *     … the proxy is told tck_tap_address(tap) …
 *     r = tck_tap_await(tap, &key, deadline, &passage, err);           // the conversation for this entity
 *     r = tck_passage_next(passage, deadline, &passed, err);           // what went through it next, either way
 *
 * Everything goes on byte for byte: messages, metadata both ways, half-close, status and trailers, deadlines,
 * cancellation; a side that does not read holds the other one back. Only what belongs to one connection is made anew:
 * user-agent, content-type, te, the grpc- headers of timeout, encodings and status. The half-close of a call in which the
 * proxy says one thing leaves together with that. Both directions are noted with one clock (tck_now), a message at the
 * moment it is handed on.
 *
 * What the times promise. `at` is taken after the thing came, so after its sender sent it; `gone` right before it is handed
 * to the other side's call, so before its receiver can know of it. Handing on and noting are one step, under one lock of
 * the conversation. Hence
 *   - at <= gone, and in one passage `gone` never falls from one thing to the next, both ways taken together;
 *   - whatever the receiver does because of a thing is later than its `gone`: a reply that the proxy releases to its client
 *     because of an ANSWER is not received by that client, nor is another COMMAND's `at`, at an earlier time;
 *   - who sees such an effect finds the thing in the passage, without waiting.
 * The converse does not hold: a later time alone does not say that it was because of it.
 *
 * Calls that are no conversations of Cloudstate are forwarded too and noted under their method.
 *
 * A scenario asks for its own conversations: of entities by service and entity id (read from the init message), of actions
 * by service and command name and, where given, a text that the first payload contains. Conversations that nobody asks
 * for are dropped when they ended, after TCK_TAP_KEPT newer ones, or when those that ended take more than 256 MiB.
 *
 * Interference, where a scenario asks for it: see tck_tap_interfere.
 *
 * Threads: all functions from any thread. Memory: what is noted of one conversation is bounded by TCK_PASSAGE_BYTES
 * (what passes beyond is forwarded, and only counted).
 */
#ifndef TCK_SEAT_TAP_H
#define TCK_SEAT_TAP_H

#include <signal.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "judge/judge.h"
#include "transport/client.h"

struct tck_tap;
struct tck_passage;

#define TCK_TAP_KEPT      1000
#define TCK_PASSAGE_BYTES ((size_t)64 << 20)
#define TCK_REPORTS       1000

struct tck_tap_options {
    const char *address; /* to listen at: "127.0.0.1:8090", port 0 for any */
    const char *target;  /* the user function; NULL: calls end with UNAVAILABLE until tck_tap_set_target */
    size_t max_message;  /* 0: TCK_GRPC_MAX_MESSAGE */
};

/* Errors: TCK_BAD_INPUT (address), TCK_NO_SHOW (port taken), TCK_KIT. */
int tck_tap_new(const struct tck_tap_options *options, struct tck_tap **ret_tap, struct tck_error *err);
/* Cuts off what is open. Passages that are still held stay readable. Takes NULL. */
void tck_tap_free(struct tck_tap *tap);
TCK_DEFINE_FREEP(struct tck_tap, tck_tap_free)
const char *tck_tap_address(const struct tck_tap *tap);
int tck_tap_port(const struct tck_tap *tap);
/* Another user function from now on (it was restarted, say). */
int tck_tap_set_target(struct tck_tap *tap, const char *target, struct tck_error *err);
/* The EntitySpec that the user function answered last, and the ProxyInfo that the proxy asked with last (bytes;
 * TCK_NO_SHOW: none yet, TCK_KIT), and how often discover was called; texts of reportError since a mark (the last
 * TCK_REPORTS are kept). */
int tck_tap_proxy_info(struct tck_tap *tap, struct tck_buffer *ret_info);
int tck_tap_entity_spec(struct tck_tap *tap, struct tck_buffer *ret_spec);
unsigned tck_tap_discoveries(struct tck_tap *tap);
size_t tck_tap_report_mark(struct tck_tap *tap);
/* Waits until a report since mark contains `part`. 0, or TCK_TIMED_OUT. ret_text (may be NULL): the report. */
int tck_tap_await_report(struct tck_tap *tap, size_t mark, const char *part, int64_t deadline,
                         struct tck_buffer *ret_text);

/* ---- what passed ---- */

/* A text that is NULL stands for any. */
struct tck_passage_key {
    enum tck_conversation conversation; /* TCK_CONVERSATION_COUNT: another call */
    const char *service;                /* of another call: its method, "/cloudstate.EntityDiscovery/discover" */
    const char *entity_id;              /* of entities */
    const char *command;                /* of actions; NULL: any */
    const char *contains;               /* of actions: bytes that the first payload holds; NULL: any */
};

/* The oldest passage with this key that was not awaited before; waits until there is one. The caller holds a reference.
 * Returns 0, TCK_TIMED_OUT, or a negative status. */
int tck_tap_await(struct tck_tap *tap, const struct tck_passage_key *key, int64_t deadline,
                  const volatile sig_atomic_t *interrupted, struct tck_passage **ret_passage, struct tck_error *err);
struct tck_passage *tck_passage_ref(struct tck_passage *passage);
struct tck_passage *tck_passage_unref(struct tck_passage *passage); /* takes NULL, returns NULL */

/* id, who did it, meaning */
#define TCK_PASSED_MAP(XX)                                                  \
    XX(OPENED, PROXY, "the proxy opened it")                                \
    XX(COMMAND, PROXY, "a message of the proxy")                            \
    XX(HALF_CLOSED, PROXY, "the proxy said that it will send nothing more") \
    XX(CANCELLED, PROXY, "the proxy reset it")                              \
    XX(ANSWER, USER_FUNCTION, "a message of the user function")             \
    XX(ENDED, USER_FUNCTION, "the user function ended it")

#define XX(id, ...) TCK_PASSED_##id,
enum tck_passed_kind { TCK_PASSED_MAP(XX) TCK_PASSED_COUNT };
#undef XX

/* What interference did to it. */
enum tck_meddled {
    TCK_NOT_MEDDLED,
    TCK_MEDDLED_DROPPED,
    TCK_MEDDLED_ALTERED,
    TCK_MEDDLED_INJECTED,
    TCK_MEDDLED_DELAYED,
    TCK_MEDDLED_DUPLICATED
};

struct tck_passed {
    enum tck_passed_kind kind;
    int64_t at;             /* came in */
    int64_t gone;           /* was handed on; 0: it never was (dropped, or the other side was gone already) */
    struct tck_bytes bytes; /* as handed on (of a dropped one: as it came); lives as long as the passage */
    struct tck_bytes came;  /* as it came, where that was altered */
    int code;               /* ENDED: gRPC status */
    const char *message;
    bool from_user_function; /* ENDED: it sent this status; false: lost connection, deadline, severed */
    enum tck_meddled meddled;
};

/* The next thing that passed (each is given once; in the order in which they were handed on, or dropped); waits for it.
 * Returns 0, TCK_TIMED_OUT (also after the last thing, then at once), or a negative status. */
int tck_passage_next(struct tck_passage *passage, int64_t deadline, const volatile sig_atomic_t *interrupted,
                     struct tck_passed *ret_passed, struct tck_error *err);
/* What is there already, by number from 0, without waiting; false: there is no such yet. */
bool tck_passage_at(struct tck_passage *passage, size_t i, struct tck_passed *ret_passed);
/* How many things are not noted, as they did not fit any more. */
size_t tck_passage_missed(struct tck_passage *passage);
bool tck_passage_ended(struct tck_passage *passage); /* ended, or cancelled, and nothing is on its way */
const char *tck_passage_method(const struct tck_passage *passage);
const struct tck_metadata *tck_passage_metadata(const struct tck_passage *passage); /* of the proxy's call */
/* Of those that are kept (TCK_TAP_KEPT). What overlaps by less than a tenth of a second before a reset does not count for
 * `most`: the tap may see the reset and the next opening in the other order. */
size_t tck_passage_open_now(struct tck_tap *tap, const struct tck_passage_key *key); /* how many are open at once */
size_t tck_passage_most(struct tck_tap *tap, const struct tck_passage_key *key);     /* and were, at most */

/* ---- interference ---- */

enum tck_meddle {
    TCK_MEDDLE_DELAY, /* holds it, and all behind it on that side of the conversation, for so long */
    TCK_MEDDLE_DROP,
    TCK_MEDDLE_DUPLICATE,
    TCK_MEDDLE_ALTER,  /* other bytes in its place */
    TCK_MEDDLE_INJECT, /* so many bytes after it, as one more message */
    TCK_MEDDLE_SEVER,  /* towards the proxy the call ends with this status; towards the user function it is cancelled */
    TCK_MEDDLE_HOLD,   /* holds it, and all behind it, until tck_tap_release(name) */
};

struct tck_interference {
    struct tck_passage_key key;
    enum tck_passed_kind kind; /* COMMAND, ANSWER, OPENED (SEVER and DELAY alone), HALF_CLOSED, ENDED */
    uint32_t field;            /* of COMMAND, ANSWER: only messages whose first field has this number; 0: all */
    unsigned skip;             /* so many such things pass untouched first, counted over all conversations of the key */
    unsigned times;            /* 0: every one from then on */
    enum tck_meddle meddle;
    int64_t delay;
    struct tck_bytes bytes; /* ALTER, INJECT; copied */
    /* ALTER: makes the bytes from those that came, in place of `bytes`; may be NULL. Called from the tap's threads. */
    int (*alter)(void *context, struct tck_bytes came, struct tck_buffer *ret_bytes);
    void *context;
    int code; /* SEVER */
    const char *message;
    const char *name; /* HOLD; copied */
};

/* In force until the tap is freed or tck_tap_forget(owner). owner: whatever tells scenarios apart. Where several apply to one
 * thing they do so in the order in which they were asked for; what one drops or severs the later ones count, but they do
 * nothing to it. With interference with openings in force, a conversation is opened only when it is known whose it is: at the first message.
 * Errors: TCK_BAD_INPUT for what cannot be done to such a thing, TCK_KIT. */
int tck_tap_interfere(struct tck_tap *tap, const void *owner, const struct tck_interference *interference,
                      struct tck_error *err);
/* What is held under the name goes on, and nothing more will be held under it: that a thing is released before it came
 * is no mistake. */
void tck_tap_release(struct tck_tap *tap, const void *owner, const char *name);
/* Waits until a thing came that is held under the name (it is noted only once it is handed on). 0 or TCK_TIMED_OUT. */
int tck_tap_await_held(struct tck_tap *tap, const void *owner, const char *name, int64_t deadline,
                       const volatile sig_atomic_t *interrupted);
/* Ends all interference of this owner: what is held or delayed goes on. No alter of his runs any more when it returns (so
 * it is not for an alter to call). */
void tck_tap_forget(struct tck_tap *tap, const void *owner);
/* Refuses connections (closes the port and all that is open) or listens again at the same address. For scenarios that
 * run alone. */
int tck_tap_refuse(struct tck_tap *tap, bool refuse, struct tck_error *err);

#endif
