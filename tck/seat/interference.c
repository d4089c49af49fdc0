/* SPDX-License-Identifier: Apache-2.0 */
#include "seat/interference_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a scenario's alter may make of one message. */
#define ALTERED_BYTES ((size_t)64 << 20)

struct tck_meddling {
    atomic_uint refs;
    struct tck_meddling *next;
    const void *owner;
    struct tck_interference what; /* its texts and bytes are owned, in `copies` */
    struct tck_arena *copies;
    atomic_bool over; /* holds and delays nothing any more */
    /* under the table's lock */
    unsigned seen;    /* things that matched */
    unsigned held;    /* of them were held */
    unsigned running; /* threads in alter, or about to be */
};

// clang-format off
#define MESSAGES ((1U << TCK_PASSED_COMMAND) | (1U << TCK_PASSED_ANSWER))
#define ENDS     ((1U << TCK_PASSED_HALF_CLOSED) | (1U << TCK_PASSED_ENDED))
#define OPENING  (1U << TCK_PASSED_OPENED)

/* sort, kinds of things it can be done to, word */
#define MEDDLE_MAP(XX)                              \
    XX(DELAY, MESSAGES | ENDS | OPENING, "delayed") \
    XX(DROP, MESSAGES | ENDS, "dropped")            \
    XX(DUPLICATE, MESSAGES, "duplicated")           \
    XX(ALTER, MESSAGES, "altered")                  \
    XX(INJECT, MESSAGES, "followed by another")     \
    XX(SEVER, MESSAGES | ENDS | OPENING, "severed") \
    XX(HOLD, MESSAGES | ENDS, "held")
// clang-format on

static const struct meddle_row {
    unsigned kinds;
    const char *word;
} rows[] = {
#define XX(id, kinds_, word_) [TCK_MEDDLE_##id] = { kinds_, word_ },
    MEDDLE_MAP(XX)
#undef XX
};

static const char *const things[TCK_PASSED_COUNT] = {
#define XX(id, side, meaning) [TCK_PASSED_##id] = meaning,
    TCK_PASSED_MAP(XX)
#undef XX
};

/* ---- one interference ---- */

static void unref(struct tck_meddling *meddling)
{
    if (atomic_fetch_sub(&meddling->refs, 1) > 1)
        return;
    tck_arena_free(meddling->copies);
    free(meddling);
}

/* False when memory runs out. */
static bool keep_all(struct tck_meddling *meddling)
{
    struct tck_interference *what = &meddling->what;
    const char **texts[] = { &what->key.service,  &what->key.entity_id, &what->key.command,
                             &what->key.contains, &what->message,       &what->name };

    for (size_t i = 0; i < TCK_COUNT(texts); i++) {
        if (!*texts[i])
            continue;
        *texts[i] = tck_arena_strdup(meddling->copies, *texts[i]);
        if (!*texts[i])
            return false;
    }
    what->bytes.data = tck_arena_memdup(meddling->copies, what->bytes.data, what->bytes.size);
    return what->bytes.data != NULL;
}

static int check(const struct tck_interference *what, struct tck_error *err)
{
    assert((size_t)what->meddle < TCK_COUNT(rows) && what->kind < TCK_PASSED_COUNT);
    if (!(rows[what->meddle].kinds & (1U << what->kind)))
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "this cannot be %s: %s", rows[what->meddle].word,
                        things[what->kind]);
    if (what->meddle == TCK_MEDDLE_HOLD && !what->name)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "what is held needs a name by which it is released");
    return 0;
}

/* ---- the table ---- */

void tck_meddlings_init(struct tck_meddlings *meddlings)
{
    *meddlings = (struct tck_meddlings){ 0 };
    pthread_mutex_init(&meddlings->lock, NULL);
    tck_changed_init(&meddlings->changed);
    meddlings->last = &meddlings->first;
}

void tck_meddlings_done(struct tck_meddlings *meddlings)
{
    struct tck_meddling *next;

    for (struct tck_meddling *meddling = meddlings->first; meddling; meddling = next) {
        next = meddling->next;
        unref(meddling);
    }
    pthread_cond_destroy(&meddlings->changed);
    pthread_mutex_destroy(&meddlings->lock);
}

int tck_meddlings_add(struct tck_meddlings *meddlings, const void *owner, const struct tck_interference *interference,
                      struct tck_error *err)
{
    struct tck_meddling *meddling;
    int r;

    r = check(interference, err);
    if (r < 0)
        return r;
    meddling = calloc(1, sizeof *meddling);
    if (!meddling)
        return tck_no_memory(err);
    atomic_init(&meddling->refs, 1);
    meddling->owner = owner;
    meddling->what = *interference;
    if (tck_arena_new(0, &meddling->copies, NULL) < 0 || !keep_all(meddling)) {
        unref(meddling);
        return tck_no_memory(err);
    }
    pthread_mutex_lock(&meddlings->lock);
    *meddlings->last = meddling;
    meddlings->last = &meddling->next;
    atomic_fetch_add(&meddlings->count, 1);
    pthread_mutex_unlock(&meddlings->lock);
    return 0;
}

static bool is_named(const struct tck_meddling *meddling, const void *owner, const char *name)
{
    return meddling->owner == owner && meddling->what.name && strcmp(meddling->what.name, name) == 0;
}

void tck_meddlings_release(struct tck_meddlings *meddlings, const void *owner, const char *name)
{
    pthread_mutex_lock(&meddlings->lock);
    for (struct tck_meddling *meddling = meddlings->first; meddling; meddling = meddling->next)
        if (is_named(meddling, owner, name))
            atomic_store(&meddling->over, true);
    pthread_mutex_unlock(&meddlings->lock);
}

/* With the lock held, which is given up while alter functions run: they end by themselves. */
static void take_out(struct tck_meddlings *meddlings, struct tck_meddling **place)
{
    struct tck_meddling *meddling = *place;

    *place = meddling->next;
    if (meddlings->last == &meddling->next)
        meddlings->last = place;
    atomic_fetch_sub(&meddlings->count, 1);
    atomic_store(&meddling->over, true);
    while (meddling->running)
        pthread_cond_wait(&meddlings->changed, &meddlings->lock);
    unref(meddling);
}

static struct tck_meddling **find_of(struct tck_meddlings *meddlings, const void *owner)
{
    struct tck_meddling **place = &meddlings->first;

    while (*place && (*place)->owner != owner)
        place = &(*place)->next;
    return *place ? place : NULL;
}

void tck_meddlings_forget(struct tck_meddlings *meddlings, const void *owner)
{
    struct tck_meddling **place;

    pthread_mutex_lock(&meddlings->lock);
    while ((place = find_of(meddlings, owner))) /* from the start: the lock may have been given up */
        take_out(meddlings, place);
    pthread_mutex_unlock(&meddlings->lock);
}

static bool is_held(struct tck_meddlings *meddlings, const void *owner, const char *name)
{
    for (struct tck_meddling *meddling = meddlings->first; meddling; meddling = meddling->next)
        if (is_named(meddling, owner, name) && meddling->held)
            return true;
    return false;
}

int tck_meddlings_await_held(struct tck_meddlings *meddlings, const void *owner, const char *name, int64_t deadline,
                             const volatile sig_atomic_t *interrupted)
{
    bool held;

    pthread_mutex_lock(&meddlings->lock);
    while (!(held = is_held(meddlings, owner, name)) &&
           tck_changed_wait(&meddlings->changed, &meddlings->lock, deadline, interrupted))
        ;
    pthread_mutex_unlock(&meddlings->lock);
    return held ? 0 : TCK_TIMED_OUT;
}

bool tck_meddlings_want_openings(struct tck_meddlings *meddlings, enum tck_conversation conversation)
{
    bool want = false;

    if (conversation == TCK_CONVERSATION_COUNT || !atomic_load(&meddlings->count))
        return false;
    pthread_mutex_lock(&meddlings->lock);
    for (struct tck_meddling *meddling = meddlings->first; meddling && !want; meddling = meddling->next)
        want = meddling->what.kind == TCK_PASSED_OPENED && meddling->what.key.conversation == conversation;
    pthread_mutex_unlock(&meddlings->lock);
    return want;
}

/* ---- what applies to one thing ---- */

/* With the lock held: counts the thing; is it its turn? */
/* The number of a message's first field: what it is, where the message is a oneof. 0: none. */
static uint32_t first_field(struct tck_bytes bytes)
{
    const unsigned char *data = bytes.data;
    uint32_t tag = 0;

    for (size_t i = 0; i < bytes.size && i < 5; i++) {
        tag |= (uint32_t)(data[i] & 0x7f) << (7 * i);
        if (!(data[i] & 0x80))
            return tag >> 3;
    }
    return 0;
}

static bool applies(struct tck_meddling *meddling, const struct tck_identity *identity, enum tck_passed_kind kind,
                    struct tck_bytes bytes)
{
    const struct tck_interference *what = &meddling->what;
    unsigned number;

    if (what->kind != kind || !tck_identity_matches(identity, &what->key) ||
        (what->field && first_field(bytes) != what->field))
        return false;
    number = meddling->seen;
    if (number < UINT_MAX)
        meddling->seen++;
    return number >= what->skip && (what->times == 0 || number - what->skip < what->times);
}

/* With the lock held. */
static void put(struct tck_fate *fate, struct tck_meddling *meddling)
{
    atomic_fetch_add(&meddling->refs, 1);
    fate->meddlings[fate->count++] = meddling;
    meddling->held += meddling->what.meddle == TCK_MEDDLE_HOLD && !atomic_load(&meddling->over);
    meddling->running += meddling->what.meddle == TCK_MEDDLE_ALTER;
}

int tck_meddlings_find(struct tck_meddlings *meddlings, const struct tck_identity *identity, enum tck_passed_kind kind,
                       struct tck_bytes bytes, struct tck_fate *ret_fate)
{
    struct tck_fate fate = { 0 };
    bool gone = false; /* what is dropped or severed is counted by those that were asked for later, and no more */

    if (!atomic_load(&meddlings->count))
        return 0;
    pthread_mutex_lock(&meddlings->lock);
    fate.meddlings = calloc(atomic_load(&meddlings->count) + 1, sizeof *fate.meddlings);
    for (struct tck_meddling *meddling = meddlings->first; meddling && fate.meddlings; meddling = meddling->next) {
        if (!applies(meddling, identity, kind, bytes) || gone)
            continue;
        put(&fate, meddling);
        gone = meddling->what.meddle == TCK_MEDDLE_DROP || meddling->what.meddle == TCK_MEDDLE_SEVER;
    }
    pthread_cond_broadcast(&meddlings->changed);
    pthread_mutex_unlock(&meddlings->lock);
    if (!fate.meddlings)
        return TCK_KIT;
    if (fate.count == 0)
        free(TCK_TAKE(fate.meddlings));
    *ret_fate = fate;
    return 0;
}

void tck_fate_done(struct tck_fate *fate)
{
    for (size_t i = 0; i < fate->count; i++)
        unref(fate->meddlings[i]);
    free(fate->meddlings);
    *fate = (struct tck_fate){ 0 };
}

static int alter(const struct tck_interference *what, struct tck_buffer *bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer made = TCK_BUFFER_INIT(ALTERED_BYTES);
    int r = 0;

    if (what->alter)
        r = what->alter(what->context, tck_buffer_bytes(bytes), &made);
    else
        tck_buffer_append(&made, what->bytes.data, what->bytes.size);
    if (r == 0)
        r = tck_buffer_check(&made, NULL);
    if (r < 0)
        return r;
    tck_buffer_done(bytes);
    *bytes = made;
    made = (struct tck_buffer){ 0 };
    return 0;
}

int tck_fate_alter(struct tck_meddlings *meddlings, const struct tck_fate *fate, struct tck_bytes came,
                   struct tck_buffer *ret_altered, bool *ret_is_altered)
{
    int r = 0;

    for (size_t i = 0; i < fate->count; i++) {
        struct tck_meddling *meddling = fate->meddlings[i];

        if (meddling->what.meddle != TCK_MEDDLE_ALTER)
            continue;
        if (!*ret_is_altered) {
            *ret_altered = (struct tck_buffer)TCK_BUFFER_INIT(ALTERED_BYTES);
            tck_buffer_append(ret_altered, came.data, came.size);
            *ret_is_altered = true;
        }
        if (r == 0)
            r = alter(&meddling->what, ret_altered);
        pthread_mutex_lock(&meddlings->lock);
        meddling->running--;
        pthread_cond_broadcast(&meddlings->changed);
        pthread_mutex_unlock(&meddlings->lock);
    }
    return r;
}

static bool is_waited_for(const struct tck_meddling *meddling, enum tck_meddle meddle)
{
    return meddling->what.meddle == meddle && !atomic_load(&meddling->over);
}

static int64_t due_of(const struct tck_meddling *meddling, int64_t at)
{
    int64_t due;

    return __builtin_add_overflow(at, meddling->what.delay, &due) ? TCK_NEVER : due;
}

bool tck_fate_ready(const struct tck_fate *fate, int64_t at, int64_t now)
{
    for (size_t i = 0; i < fate->count; i++) {
        if (is_waited_for(fate->meddlings[i], TCK_MEDDLE_HOLD) ||
            (is_waited_for(fate->meddlings[i], TCK_MEDDLE_DELAY) && now < due_of(fate->meddlings[i], at)))
            return false;
    }
    return true;
}

int64_t tck_fate_due(const struct tck_fate *fate, int64_t at)
{
    int64_t due = at;

    for (size_t i = 0; i < fate->count; i++) {
        if (is_waited_for(fate->meddlings[i], TCK_MEDDLE_HOLD))
            return TCK_NEVER;
        if (is_waited_for(fate->meddlings[i], TCK_MEDDLE_DELAY) && due_of(fate->meddlings[i], at) > due)
            due = due_of(fate->meddlings[i], at);
    }
    return due;
}

const struct tck_interference *tck_fate_next(const struct tck_fate *fate, enum tck_meddle meddle, size_t *i)
{
    while (*i < fate->count) {
        const struct tck_interference *what = &fate->meddlings[(*i)++]->what;

        if (what->meddle == meddle)
            return what;
    }
    return NULL;
}

const struct tck_interference *tck_fate_first(const struct tck_fate *fate, enum tck_meddle meddle)
{
    size_t i = 0;

    return tck_fate_next(fate, meddle, &i);
}
