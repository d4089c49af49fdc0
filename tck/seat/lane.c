/* SPDX-License-Identifier: Apache-2.0 */
#include "seat/lane_internal.h"

#include <stdlib.h>
#include <string.h>

void tck_lane_init(struct tck_lane *lane, const struct tck_lane_way *way, void *owner, bool pairs)
{
    *lane = (struct tck_lane){ .way = way, .owner = owner, .pairs = pairs };
    lane->last = &lane->first;
}

/* ---- things that wait ---- */

void tck_thing_free(struct tck_thing *thing)
{
    for (size_t i = 0; i < TCK_COUNT(thing->copies); i++)
        free(thing->copies[i]);
    tck_metadata_done(&thing->own_trailers);
    tck_fate_done(&thing->fate);
    free(thing);
}

static const void *keep(struct tck_thing *thing, size_t i, const void *data, size_t size)
{
    if (!data)
        return NULL;
    thing->copies[i] = malloc(size + 1);
    if (thing->copies[i] && size)
        memcpy(thing->copies[i], data, size);
    return thing->copies[i];
}

/* A thing of its own, which has taken the other's fate; NULL when memory runs out. */
static struct tck_thing *keep_thing(struct tck_thing *thing)
{
    struct tck_thing *own = calloc(1, sizeof *own);
    const struct tck_passed *passed = &thing->passed;
    bool lost;

    if (!own)
        return NULL;
    own->passed = *passed;
    own->passed.bytes.data = keep(own, 0, passed->bytes.data, passed->bytes.size);
    own->passed.came.data = keep(own, 1, passed->came.data, passed->came.size);
    own->passed.message = keep(own, 2, passed->message, passed->message ? strlen(passed->message) + 1 : 0);
    lost = (passed->bytes.data && !own->copies[0]) || (passed->came.data && !own->copies[1]) ||
           (passed->message && !own->copies[2]);
    if (thing->trailers) {
        lost |= tck_metadata_copy(&own->own_trailers, thing->trailers, NULL) < 0;
        own->trailers = &own->own_trailers;
    }
    if (lost) {
        tck_thing_free(own);
        return NULL;
    }
    own->fate = thing->fate;
    thing->fate = (struct tck_fate){ 0 };
    return own;
}

static void append(struct tck_lane *lane, struct tck_thing *take_thing)
{
    *lane->last = take_thing;
    lane->last = &take_thing->next;
    lane->count++;
    lane->bytes += take_thing->passed.bytes.size + take_thing->passed.came.size;
}

static struct tck_thing *take_first(struct tck_lane *lane)
{
    struct tck_thing *thing = lane->first;

    lane->first = thing->next;
    if (!lane->first)
        lane->last = &lane->first;
    lane->count--;
    lane->bytes -= thing->passed.bytes.size + thing->passed.came.size;
    return thing;
}

struct tck_thing *tck_lane_take(struct tck_lane *lane, enum tck_passed_kind kind)
{
    if (!lane->first || lane->first->passed.kind != kind || lane->first->fate.count)
        return NULL;
    return take_first(lane);
}

void tck_lane_done(struct tck_lane *lane)
{
    while (lane->first)
        tck_thing_free(take_first(lane));
}

/* ---- going through ---- */

static bool waits_for_next(const struct tck_lane *lane, const struct tck_thing *thing)
{
    return lane->pairs && thing->passed.kind == TCK_PASSED_COMMAND && !thing->next;
}

/* thing is the first, or would be. */
static bool may_go(const struct tck_lane *lane, const struct tck_thing *thing)
{
    if (lane->dead)
        return true;
    if (waits_for_next(lane, thing))
        return false;
    return tck_fate_ready(&thing->fate, thing->passed.at, tck_now());
}

static void pass_on(struct tck_lane *lane, struct tck_thing *thing)
{
    lane->passing = true;
    lane->way->pass_on(lane->owner, thing);
    lane->passing = false;
}

void tck_lane_pump(struct tck_lane *lane)
{
    while (lane->first && !lane->passing && may_go(lane, lane->first)) {
        struct tck_thing *thing = take_first(lane);

        pass_on(lane, thing);
        tck_thing_free(thing);
    }
    tck_lane_pace(lane);
}

int tck_lane_offer(struct tck_lane *lane, struct tck_thing *thing)
{
    struct tck_thing *own;

    thing->next = NULL;
    if (!lane->first && !lane->passing && may_go(lane, thing)) {
        pass_on(lane, thing);
        tck_fate_done(&thing->fate);
        tck_lane_pace(lane);
        return 0;
    }
    own = keep_thing(thing);
    tck_fate_done(&thing->fate);
    if (!own)
        return TCK_KIT;
    append(lane, own);
    tck_lane_pump(lane);
    return 0;
}

int64_t tck_lane_due(const struct tck_lane *lane)
{
    const struct tck_thing *thing = lane->first;

    return thing && !waits_for_next(lane, thing) ? tck_fate_due(&thing->fate, thing->passed.at) : TCK_NEVER;
}

/* ---- back-pressure ---- */

/* A command that waits for what follows must not keep it from coming, however large it is. */
static bool is_full(const struct tck_lane *lane)
{
    if (lane->dead || (lane->first && waits_for_next(lane, lane->first)))
        return false;
    return lane->count >= TCK_LANE_THINGS || lane->bytes >= TCK_LANE_BYTES || lane->way->is_full(lane->owner);
}

void tck_lane_pace(struct tck_lane *lane)
{
    bool full = is_full(lane);

    if (full == lane->held)
        return;
    lane->held = full;
    if (full)
        lane->way->hold(lane->owner);
    else
        lane->way->release(lane->owner);
}

void tck_lane_die(struct tck_lane *lane)
{
    lane->dead = true;
    tck_lane_pump(lane);
}
