/* SPDX-License-Identifier: Apache-2.0
 *
 * judge/commands.h — the commands of one stream: which are open, which ids were used before. For this room alone.
 *
 * A command is kept while something may still come for it: its answer, messages of its stream, the response to its
 * cancellation. Of commands that are done only the id is remembered, to tell an answer that came twice from one to a
 * command that never was. Proxies count ids up, so runs of consecutive ids are kept, TCK_ID_RUNS of them at most;
 * beyond that the run that was extended least recently is forgotten. Ids in any other order are so remembered for the
 * last TCK_ID_RUNS commands.
 *
 * Memory: a slot for each command open at once. The memory of a peak is kept until the end.
 */
#ifndef TCK_JUDGE_COMMANDS_H
#define TCK_JUDGE_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tck_method;

struct tck_command {
    int64_t id;
    const struct tck_method *method; /* NULL: not known */
    bool awaits;                     /* there is no answer yet */
    bool streamed;                   /* the proxy asked for a stream */
    bool streaming;                  /* the user function said yes: messages may come */
    bool over;                       /* its cancellation was answered: no more messages */
    bool refused;                    /* it came after an error of the proxy that ends the stream */
    bool nameless;                   /* its service has no such method */
    bool cancelled;                  /* while open; the response is still owed */
    bool late;                       /* it had ended when it was cancelled: kept for the response that may come */
    unsigned cancels;                /* cancellations without a response, owed or not */
    uint32_t older, newer;           /* slots among those that await an answer, or 0 */
};

#define TCK_ID_RUNS 64

struct tck_id_run {
    int64_t low, high;
};

struct tck_commands {
    struct tck_command *slots; /* owned; slot 0 is not used, so that 0 is none */
    uint32_t capacity, top;    /* slots below top were used before */
    uint32_t free;             /* first of the free slots, linked by newer */
    uint32_t *index; /* owned; id to slot, open addressing; index_size is a power of two, at least twice capacity */
    uint32_t index_size;
    uint32_t oldest, newest; /* among those that await an answer */
    size_t awaiting;         /* how many do */
    size_t cancelled;        /* cancellations that are owed a response */
    struct tck_id_run runs[TCK_ID_RUNS];
    size_t run_count;
};

void tck_commands_done(struct tck_commands *commands);

/* A new command that awaits its answer; its id is from now on one that was used. NULL: no memory. Pointers to other
 * commands are not valid afterwards. */
struct tck_command *tck_commands_open(struct tck_commands *commands, int64_t id);
/* A place for what is owed to an id that is no longer open (a late cancellation): awaits no answer. */
struct tck_command *tck_commands_revive(struct tck_commands *commands, int64_t id);
/* A command with this id for which something may still come, or NULL. */
struct tck_command *tck_commands_find(const struct tck_commands *commands, int64_t id);
/* The one that waits longest for its answer, or NULL. */
struct tck_command *tck_commands_oldest(const struct tck_commands *commands);
/* It awaits no answer any more. */
void tck_commands_answered(struct tck_commands *commands, struct tck_command *command);
/* Its cancellation is owed no response any more. */
void tck_commands_excuse(struct tck_commands *commands, struct tck_command *command);
/* Forgets it if nothing more may come for it; the pointer is not valid afterwards. */
void tck_commands_settle(struct tck_commands *commands, struct tck_command *command);
/* Was the id used on this stream, as far as that is remembered? */
bool tck_commands_used(const struct tck_commands *commands, int64_t id);

#endif
