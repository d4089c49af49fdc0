/* SPDX-License-Identifier: Apache-2.0
 *
 * What passed through one call: notes, and waiting for them.
 */
#include <stdlib.h>
#include <string.h>

#include "seat/passage_internal.h"

/* How often a wait looks whether the run was interrupted: soon for a person, and nothing to a processor. */
#define LOOK_UP TCK_MS(50)

void tck_changed_init(pthread_cond_t *changed)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool tck_changed_wait(pthread_cond_t *changed, pthread_mutex_t *lock, int64_t deadline,
                      const volatile sig_atomic_t *interrupted)
{
    int64_t until = tck_after(LOOK_UP);
    struct timespec time;

    if ((interrupted && *interrupted) || tck_now() >= deadline)
        return false;
    if (until > deadline)
        until = deadline;
    time = (struct timespec){ .tv_sec = until / TCK_SECONDS(1), .tv_nsec = until % TCK_SECONDS(1) };
    pthread_cond_timedwait(changed, lock, &time);
    return true;
}

struct tck_passage *tck_passage_ref(struct tck_passage *passage)
{
    atomic_fetch_add(&passage->refs, 1);
    return passage;
}

struct tck_passage *tck_passage_unref(struct tck_passage *passage)
{
    if (!passage || atomic_fetch_sub(&passage->refs, 1) > 1)
        return NULL;
    tck_arena_free(passage->arena);
    tck_metadata_done(&passage->metadata);
    pthread_cond_destroy(&passage->changed);
    pthread_mutex_destroy(&passage->lock);
    free(passage->things);
    free(passage->method);
    free(passage);
    return NULL;
}

/* ---- noting ---- */

static bool is_end(enum tck_passed_kind kind)
{
    return kind == TCK_PASSED_ENDED || kind == TCK_PASSED_CANCELLED;
}

/* Room for one more; false when memory runs out. */
static bool reserve(struct tck_passage *passage)
{
    struct tck_passed *things;
    size_t capacity = passage->capacity ? passage->capacity * 2 : 8;

    if (passage->count < passage->capacity)
        return true;
    things = reallocarray(passage->things, capacity, sizeof *things);
    if (!things)
        return false;
    passage->things = things;
    passage->capacity = capacity;
    return true;
}

/* False when it does not fit any more. */
static bool keep_bytes(struct tck_passage *passage, struct tck_bytes *bytes)
{
    if (!bytes->data)
        return true;
    bytes->data = tck_arena_memdup(passage->arena, bytes->data, bytes->size);
    return bytes->data != NULL;
}

void tck_passage_note(struct tck_passage *passage, const struct tck_passed *passed)
{
    size_t size = sizeof *passed + passed->bytes.size + passed->came.size;
    struct tck_passed own = *passed;
    bool fits = size <= TCK_PASSAGE_BYTES && passage->used <= TCK_PASSAGE_BYTES - size;

    if (is_end(passed->kind))
        fits = true;
    if (!fits || !reserve(passage) || !keep_bytes(passage, &own.bytes) || !keep_bytes(passage, &own.came)) {
        passage->missed++;
    } else {
        /* The text of an end is bounded by what transport takes. */
        own.message = tck_arena_strdup(passage->arena, passed->message ? passed->message : "");
        if (!own.message)
            own.message = "";
        passage->used += size;
        passage->things[passage->count++] = own;
    }
    pthread_cond_broadcast(&passage->changed);
}

/* ---- reading ---- */

int tck_passage_next(struct tck_passage *passage, int64_t deadline, const volatile sig_atomic_t *interrupted,
                     struct tck_passed *ret_passed, struct tck_error *err)
{
    int r = TCK_TIMED_OUT;

    (void)err; /* nothing can fail: what could not be noted is counted */
    pthread_mutex_lock(&passage->lock);
    while (passage->next_given == passage->count && !passage->over &&
           tck_changed_wait(&passage->changed, &passage->lock, deadline, interrupted))
        ;
    if (passage->next_given < passage->count) {
        *ret_passed = passage->things[passage->next_given++];
        r = 0;
    }
    pthread_mutex_unlock(&passage->lock);
    return r;
}

bool tck_passage_at(struct tck_passage *passage, size_t i, struct tck_passed *ret_passed)
{
    bool there;

    pthread_mutex_lock(&passage->lock);
    there = i < passage->count;
    if (there)
        *ret_passed = passage->things[i];
    pthread_mutex_unlock(&passage->lock);
    return there;
}

bool tck_passage_ended(struct tck_passage *passage)
{
    bool over;

    pthread_mutex_lock(&passage->lock);
    over = passage->over;
    pthread_mutex_unlock(&passage->lock);
    return over;
}

size_t tck_passage_missed(struct tck_passage *passage)
{
    size_t missed;

    pthread_mutex_lock(&passage->lock);
    missed = passage->missed;
    pthread_mutex_unlock(&passage->lock);
    return missed;
}

const char *tck_passage_method(const struct tck_passage *passage)
{
    return passage->method;
}

const struct tck_metadata *tck_passage_metadata(const struct tck_passage *passage)
{
    return &passage->metadata;
}
