/* SPDX-License-Identifier: Apache-2.0
 *
 * Several messages in any order: each is given to one expectation so that all find their match (Kuhn's algorithm, grown
 * by one message at a time, so that the first message with no place is told at once).
 */
#include <string.h>

#include "engine/run_internal.h"

#define NOBODY SIZE_MAX

struct assignment {
    size_t count; /* of expectations, and of messages to come */
    struct tck_wanted *wanted;
    struct tck_arrival *arrivals;
    bool *fits;    /* count × count: message, expectation */
    size_t *owner; /* of each expectation: the message, or NOBODY */
    bool *tried;
};

static bool fits(const struct assignment *a, size_t message, size_t expectation)
{
    return a->fits[message * a->count + expectation];
}

/* Gives the message an expectation, moving others if that helps. */
static bool assign(struct assignment *a, size_t message)
{
    for (size_t i = 0; i < a->count; i++) {
        if (!fits(a, message, i) || a->tried[i])
            continue;
        a->tried[i] = true;
        if (a->owner[i] == NOBODY || assign(a, a->owner[i])) {
            a->owner[i] = message;
            return true;
        }
    }
    return false;
}

static int prepare(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                   struct assignment *a, struct tck_error *err)
{
    size_t n = op->expected_count, spoken_for = 0;

    a->count = n;
    a->wanted = tck_arena_array(run->arena, n, sizeof *a->wanted);
    a->arrivals = tck_arena_array(run->arena, n, sizeof *a->arrivals);
    a->fits = tck_arena_array(run->arena, n * n, sizeof *a->fits);
    a->owner = tck_arena_array(run->arena, n, sizeof *a->owner);
    a->tried = tck_arena_array(run->arena, n, sizeof *a->tried);
    if (!a->wanted || !a->arrivals || !a->fits || !a->owner || !a->tried)
        return tck_no_memory(err);
    for (size_t i = 0; i < n; i++) {
        const struct tck_expected *expected = &op->expected[i];
        int r = tck_want(run, talk, expected, spoken_for, &a->wanted[i], err);

        if (r < 0)
            return r;
        if (!expected->id && expected->about == TCK_ABOUT_REPLY)
            spoken_for++; /* the next such one is for the next command */
        a->owner[i] = NOBODY;
    }
    return 0;
}

/* Compares the message with all expectations. The nearest of those still free explains a message without a place. */
static int compare_all(struct tck_scenario_run *run, struct assignment *a, size_t message, size_t *ret_nearest,
                       struct tck_match *ret_match, struct tck_error *err)
{
    size_t nearest = NOBODY;

    for (size_t i = 0; i < a->count; i++) {
        struct tck_match match;
        int r = tck_compare(run, &a->wanted[i], &a->arrivals[message], false, &match, err);

        if (r < 0)
            return r;
        a->fits[message * a->count + i] = r > 0;
        if (a->owner[i] == NOBODY && (nearest == NOBODY || match.difference_count < ret_match->difference_count)) {
            nearest = i;
            *ret_match = match;
        }
    }
    *ret_nearest = nearest;
    return 0;
}

static int take_one(struct tck_scenario_run *run, struct tck_talk *talk, struct assignment *a, size_t message,
                    struct tck_error *err)
{
    struct tck_arrival *arrival = &a->arrivals[message];
    struct tck_match match = { 0 };
    size_t nearest;
    int r;

    r = tck_talk_take(run, talk, run->until, arrival, err);
    if (r != 0)
        return r;
    r = compare_all(run, a, message, &nearest, &match, err);
    if (r < 0)
        return r;
    memset(a->tried, 0, a->count * sizeof *a->tried);
    if (assign(a, message))
        return tck_find_breaches(run, talk);
    return tck_find_mismatch(
        run, talk, &a->wanted[nearest], arrival, &match,
        tck_say(run, "message %zu of %zu in any order; the nearest that is still wanted: ", message + 1, a->count));
}

int tck_op_any_order(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_talk *talk;
    struct assignment a;
    struct tck_match match;
    int r = tck_talk_open(run, op, &talk, err);

    if (r < 0)
        return r;
    r = prepare(run, op, talk, &a, err);
    for (size_t message = 0; r == 0 && message < a.count; message++)
        r = take_one(run, talk, &a, message, err);
    /* Once more in the order of the steps, to bind what they capture. */
    for (size_t i = 0; r == 0 && i < a.count; i++) {
        if (a.owner[i] == NOBODY) /* a message without a place was tolerated */
            continue;
        r = tck_compare(run, &a.wanted[i], &a.arrivals[a.owner[i]], true, &match, err);
        r = r < 0 ? r : 0;
    }
    return r;
}
