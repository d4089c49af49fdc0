/* SPDX-License-Identifier: Apache-2.0
 *
 * The passages that a tap keeps: asked for by key, dropped when there are too many.
 */
#include <stdlib.h>
#include <string.h>

#include "seat/passage_internal.h"

/* A reset and the opening after it cross the tap in different calls, whose events may be looked at in the other order:
 * what overlaps by less before a reset is no overlap. */
#define BLUR TCK_MS(100)

void tck_passages_init(struct tck_passages *passages)
{
    *passages = (struct tck_passages){ 0 };
    pthread_mutex_init(&passages->lock, NULL);
    tck_changed_init(&passages->changed);
}

void tck_passages_done(struct tck_passages *passages)
{
    struct tck_passage *next;

    for (struct tck_passage *passage = passages->first; passage; passage = next) {
        next = passage->next;
        tck_passage_unref(passage);
    }
    pthread_cond_destroy(&passages->changed);
    pthread_mutex_destroy(&passages->lock);
}

/* ---- with the table's lock ---- */

static void append(struct tck_passages *passages, struct tck_passage *passage)
{
    passage->previous = passages->last;
    *(passages->last ? &passages->last->next : &passages->first) = passage;
    passages->last = passage;
    passage->listed = true;
}

static void take_out(struct tck_passages *passages, struct tck_passage *passage)
{
    *(passage->previous ? &passage->previous->next : &passages->first) = passage->next;
    *(passage->next ? &passage->next->previous : &passages->last) = passage->previous;
    passage->next = passage->previous = NULL;
    passage->listed = false;
}

/* What a passage that is over takes; its notes do not change any more. */
static size_t weight(const struct tck_passage *passage)
{
    return sizeof *passage + passage->capacity * sizeof *passage->things + tck_arena_used(passage->arena);
}

/* ---- for the tap ---- */

int tck_passages_open(struct tck_passages *passages, const char *method, enum tck_conversation conversation,
                      const struct tck_metadata *metadata, struct tck_passage **ret_passage)
{
    struct tck_passage *passage = calloc(1, sizeof *passage);

    if (!passage)
        return TCK_KIT;
    atomic_init(&passage->refs, 1);
    pthread_mutex_init(&passage->lock, NULL);
    tck_changed_init(&passage->changed);
    passage->method = strdup(method);
    passage->opened_at = tck_now();
    /* What is known of a call that is no conversation is its method. */
    passage->identity.conversation = conversation;
    if (conversation == TCK_CONVERSATION_COUNT)
        passage->identity.service = passage->method;
    if (!passage->method || tck_metadata_copy(&passage->metadata, metadata, NULL) < 0 ||
        tck_arena_new(2 * TCK_PASSAGE_BYTES, &passage->arena, NULL) < 0) {
        tck_passage_unref(passage);
        return TCK_KIT;
    }
    pthread_mutex_lock(&passages->lock);
    append(passages, tck_passage_ref(passage));
    pthread_cond_broadcast(&passages->changed);
    pthread_mutex_unlock(&passages->lock);
    *ret_passage = passage;
    return 0;
}

void tck_passages_identify(struct tck_passages *passages, struct tck_passage *passage,
                           const struct tck_identity *identity)
{
    pthread_mutex_lock(&passages->lock);
    passage->identity = *identity;
    pthread_cond_broadcast(&passages->changed);
    pthread_mutex_unlock(&passages->lock);
}

void tck_passages_closed(struct tck_passages *passages, struct tck_passage *passage, bool cancelled, int64_t at)
{
    pthread_mutex_lock(&passages->lock);
    if (!passage->closed) {
        passage->closed = true;
        passage->cancelled = cancelled;
        passage->closed_at = at;
    }
    pthread_mutex_unlock(&passages->lock);
}

/* The oldest that is over goes, as long as there are too many of them. */
static void drop_oldest(struct tck_passages *passages)
{
    struct tck_passage *next;

    for (struct tck_passage *passage = passages->first;
         passage && (passages->over_count > TCK_TAP_KEPT || passages->over_bytes > TCK_PASSAGES_BYTES);
         passage = next) {
        next = passage->next;
        if (!passage->over)
            continue;
        passages->over_count--;
        passages->over_bytes -= weight(passage);
        take_out(passages, passage);
        tck_passage_unref(passage);
    }
}

void tck_passages_over(struct tck_passages *passages, struct tck_passage *passage)
{
    pthread_mutex_lock(&passage->lock);
    pthread_mutex_lock(&passages->lock);
    passage->over = true;
    passages->over_count++;
    passages->over_bytes += weight(passage);
    pthread_cond_broadcast(&passage->changed);
    pthread_mutex_unlock(&passage->lock);
    drop_oldest(passages);
    pthread_mutex_unlock(&passages->lock);
}

/* ---- asking ---- */

static bool is(const char *text, const char *wanted)
{
    return !wanted || (text && strcmp(text, wanted) == 0);
}

bool tck_identity_matches(const struct tck_identity *identity, const struct tck_passage_key *key)
{
    if (identity->conversation != key->conversation || !identity->service || !is(identity->service, key->service) ||
        !is(identity->entity_id, key->entity_id) || !is(identity->command, key->command))
        return false;
    return !key->contains || (identity->payload.data && memmem(identity->payload.data, identity->payload.size,
                                                               key->contains, strlen(key->contains)));
}

/* With the lock held: the oldest that nobody has awaited. */
static struct tck_passage *find(struct tck_passages *passages, const struct tck_passage_key *key)
{
    for (struct tck_passage *passage = passages->first; passage; passage = passage->next)
        if (!passage->awaited && tck_identity_matches(&passage->identity, key))
            return passage;
    return NULL;
}

struct tck_passage *tck_passages_await(struct tck_passages *passages, const struct tck_passage_key *key,
                                       int64_t deadline, const volatile sig_atomic_t *interrupted)
{
    struct tck_passage *found;

    pthread_mutex_lock(&passages->lock);
    while (!(found = find(passages, key)) &&
           tck_changed_wait(&passages->changed, &passages->lock, deadline, interrupted))
        ;
    if (found) {
        found->awaited = true;
        tck_passage_ref(found);
    }
    pthread_mutex_unlock(&passages->lock);
    return found;
}

size_t tck_passages_open_now(struct tck_passages *passages, const struct tck_passage_key *key)
{
    size_t count = 0;

    pthread_mutex_lock(&passages->lock);
    for (struct tck_passage *passage = passages->first; passage; passage = passage->next)
        count += !passage->closed && tck_identity_matches(&passage->identity, key);
    pthread_mutex_unlock(&passages->lock);
    return count;
}

static bool is_open_at(const struct tck_passage *passage, int64_t time)
{
    if (passage->opened_at > time)
        return false;
    return !passage->closed || time < passage->closed_at - (passage->cancelled ? BLUR : 0);
}

/* The most are open at once when one of them was just opened. */
size_t tck_passages_most(struct tck_passages *passages, const struct tck_passage_key *key)
{
    size_t most = 0;

    pthread_mutex_lock(&passages->lock);
    for (struct tck_passage *passage = passages->first; passage; passage = passage->next) {
        size_t count = 1;

        if (!tck_identity_matches(&passage->identity, key))
            continue;
        for (struct tck_passage *earlier = passage->previous; earlier; earlier = earlier->previous)
            count += tck_identity_matches(&earlier->identity, key) && is_open_at(earlier, passage->opened_at);
        if (count > most)
            most = count;
    }
    pthread_mutex_unlock(&passages->lock);
    return most;
}
