/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose turn it is, and who must wait for whom.
 */
#include <stdlib.h>

#include "engine/schedule_internal.h"

static enum tck_turn turn_of(const struct tck_prepared *prepared)
{
    const bool in_front = tck_schedule_in_front(prepared->scenario);

    if (!prepared->scenario->exclusive)
        return in_front ? TCK_TURN_IN_FRONT : TCK_TURN_DIRECT;
    return in_front && prepared->script && !prepared->script->ends_user_function ? TCK_TURN_ALONE_IN_FRONT
                                                                                 : TCK_TURN_ALONE;
}

void tck_schedule_turns_init(struct tck_schedule_turns *turns)
{
    pthread_rwlockattr_t attributes;

    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&turns->all, &attributes);
    pthread_rwlock_init(&turns->in_front, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    pthread_cond_init(&turns->changed, NULL);
}

void tck_schedule_turns_done(struct tck_schedule_turns *turns)
{
    pthread_cond_destroy(&turns->changed);
    pthread_rwlock_destroy(&turns->in_front);
    pthread_rwlock_destroy(&turns->all);
}

static const struct tck_prepared *prepared_of(const struct tck_schedule *schedule, size_t index)
{
    return tck_schedule_find(schedule, tck_plan_item(schedule->plan, index)->scenario);
}

/* What waits by the clock costs nothing while others run, if only it begins early: the longest first, else as planned. */
struct waiting {
    size_t index;
    int64_t waits;
};

static int by_waits(const void *a, const void *b)
{
    const struct waiting *left = a, *right = b;

    if (left->waits != right->waits)
        return left->waits > right->waits ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

static void put_item(struct tck_schedule_turns *turns, enum tck_turn turn, size_t index)
{
    struct tck_turn_queue *queue = &turns->queues[turn];

    queue->items[queue->count++] = index;
}

static int put_sorted(struct tck_schedule *schedule, size_t count, struct tck_error *err)
{
    tck_cleanup(tck_freep) struct waiting *all = calloc(count + 1, sizeof *all);

    if (!all)
        return tck_no_memory(err);
    for (size_t i = 0; i < count; i++) {
        const struct tck_prepared *prepared = prepared_of(schedule, i);

        all[i] = (struct waiting){ i, prepared->script ? prepared->script->waits : 0 };
    }
    qsort(all, count, sizeof *all, by_waits);
    for (size_t i = 0; i < count; i++)
        put_item(&schedule->turns, turn_of(prepared_of(schedule, all[i].index)), all[i].index);
    return 0;
}

int tck_schedule_turns_fill(struct tck_schedule *schedule, struct tck_error *err)
{
    const size_t count = tck_plan_count(schedule->plan);

    for (int turn = 0; turn < TCK_TURN_COUNT; turn++) {
        struct tck_turn_queue *queue = &schedule->turns.queues[turn];

        queue->items = tck_arena_array(schedule->run->arena, count, sizeof *queue->items);
        if (!queue->items)
            return tck_no_memory(err);
    }
    if (schedule->run->jobs > 1)
        return put_sorted(schedule, count, err);
    for (size_t i = 0; i < count; i++)
        put_item(&schedule->turns, TCK_TURN_IN_FRONT, i);
    return 0;
}

static bool has_next(const struct tck_schedule_turns *turns, enum tck_turn turn)
{
    return turns->queues[turn].next < turns->queues[turn].count;
}

static enum tck_turn next_turn(const struct tck_schedule_turns *turns)
{
    enum tck_turn turn = 0;

    while (turn < TCK_TURN_COUNT && !has_next(turns, turn))
        turn++;
    return turn == TCK_TURN_ALONE_IN_FRONT && turns->alone_in_front && has_next(turns, TCK_TURN_DIRECT)
               ? TCK_TURN_DIRECT
               : turn;
}

bool tck_schedule_turns_wait(struct tck_schedule *schedule)
{
    struct tck_schedule_turns *turns = &schedule->turns;

    if (schedule->stop != TCK_STOP_NOT || next_turn(turns) != TCK_TURN_ALONE_IN_FRONT || !turns->alone_in_front)
        return false;
    pthread_cond_wait(&turns->changed, &schedule->lock);
    return true;
}

bool tck_schedule_turns_take(struct tck_schedule_turns *turns, size_t *ret_index)
{
    const enum tck_turn turn = next_turn(turns);

    if (turn == TCK_TURN_COUNT)
        return false;
    turns->alone_in_front += turn == TCK_TURN_ALONE_IN_FRONT;
    *ret_index = turns->queues[turn].items[turns->queues[turn].next++];
    return true;
}

void tck_schedule_turn_begin(struct tck_schedule *schedule, const struct tck_prepared *prepared)
{
    const enum tck_turn turn = turn_of(prepared);

    if (turn == TCK_TURN_ALONE)
        pthread_rwlock_wrlock(&schedule->turns.all);
    else
        pthread_rwlock_rdlock(&schedule->turns.all);
    if (turn == TCK_TURN_ALONE_IN_FRONT)
        pthread_rwlock_wrlock(&schedule->turns.in_front);
    if (turn == TCK_TURN_IN_FRONT)
        pthread_rwlock_rdlock(&schedule->turns.in_front);
}

void tck_schedule_turn_end(struct tck_schedule *schedule, const struct tck_prepared *prepared)
{
    const enum tck_turn turn = turn_of(prepared);

    if (turn == TCK_TURN_ALONE_IN_FRONT || turn == TCK_TURN_IN_FRONT)
        pthread_rwlock_unlock(&schedule->turns.in_front);
    pthread_rwlock_unlock(&schedule->turns.all);
    if (turn != TCK_TURN_ALONE_IN_FRONT)
        return;
    pthread_mutex_lock(&schedule->lock);
    schedule->turns.alone_in_front -= schedule->turns.alone_in_front > 0;
    pthread_cond_broadcast(&schedule->turns.changed);
    pthread_mutex_unlock(&schedule->lock);
}
