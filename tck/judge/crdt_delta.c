/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "judge/judge_internal.h"

/* Maps nest; what comes off the wire is at most TCK_MESSAGE_MAX_DEPTH deep, but the judge does not rely on its feeder.
 */
#define DEPTH_MAX TCK_MESSAGE_MAX_DEPTH
/* Keys of one delta that are compared with each other: all of any delta that people look at, and the cost stays
 * bounded. */
#define KEYS_COMPARED 48

static const char *const type_names[] = {
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA__NOT_SET] = "no type",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_GCOUNTER] = "GCounter",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_PNCOUNTER] = "PNCounter",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_GSET] = "GSet",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_ORSET] = "ORSet",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_LWWREGISTER] = "LWWRegister",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_FLAG] = "Flag",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_ORMAP] = "ORMap",
    [CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_VOTE] = "Vote",
};

/* Who sent what is looked at. */
struct sender {
    struct tck_judge *judge;
    enum tck_direction direction;
};

#define BLAME(sender, ...) tck_judge_blame_sender((sender)->judge, (sender)->direction, TCK_MAY_REFUSE, __VA_ARGS__)

static void content(const struct sender *sender, const Cloudstate__Crdt__CrdtDelta *delta, unsigned depth);

static void elements(const struct sender *sender, Google__Protobuf__Any *const *any, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (!tck_any_typed(any[i]))
            BLAME(sender, TCK_RULE_CR_ELEMENT_1, "%s %zu has no type url", what, i + 1);
}

static void gset(const struct sender *sender, const Cloudstate__Crdt__GSetDelta *delta)
{
    elements(sender, delta->added, delta->n_added, "added element");
}

static void orset(const struct sender *sender, const Cloudstate__Crdt__ORSetDelta *delta)
{
    elements(sender, delta->removed, delta->n_removed, "removed element");
    elements(sender, delta->added, delta->n_added, "added element");
}

static void lwwregister(const struct sender *sender, const Cloudstate__Crdt__LWWRegisterDelta *delta)
{
    if (sender->direction == TCK_TO_USER_FUNCTION) /* the proxy judges clocks, so its own say nothing */
        return;
    if (!tck_any_typed(delta->value))
        BLAME(sender, TCK_RULE_CR_LWWREGISTER_7, "the register's delta has no value with a type url");
    if (!protobuf_c_enum_descriptor_get_value(&cloudstate__crdt__crdt_clock__descriptor, (int)delta->clock))
        BLAME(sender, TCK_RULE_CR_LWWREGISTER_8, "the register's clock is %d", (int)delta->clock);
    else if (delta->custom_clock_value != 0 && delta->clock != CLOUDSTATE__CRDT__CRDT_CLOCK__CUSTOM &&
             delta->clock != CLOUDSTATE__CRDT__CRDT_CLOCK__CUSTOM_AUTO_INCREMENT)
        BLAME(sender, TCK_RULE_CR_LWWREGISTER_9,
              "the register's delta has custom clock value %" PRId64 " with clock %d", delta->custom_clock_value,
              (int)delta->clock);
}

static void vote(const struct sender *sender, const Cloudstate__Crdt__VoteDelta *delta)
{
    if (sender->direction == TCK_TO_PROXY) {
        if (delta->votes_for != 0 || delta->total_voters != 0)
            BLAME(sender, TCK_RULE_CR_VOTE_6, "the vote's delta says %" PRId32 " votes of %" PRId32, delta->votes_for,
                  delta->total_voters);
    } else if (delta->votes_for < 0 || delta->votes_for > delta->total_voters ||
               (delta->self_vote && delta->votes_for == 0)) {
        /* The user function takes the counts as they are. */
        tck_judge_blame_proxy(sender->judge, TCK_GOES_ON, TCK_RULE_CR_VOTE_7,
                              "the vote's delta says %" PRId32 " votes of %" PRId32 "%s", delta->votes_for,
                              delta->total_voters, delta->self_vote ? ", and the own vote is yes" : "");
    }
}

/* --- maps --- */

enum part { REMOVED = 1, UPDATED = 2, ADDED = 4 };

struct key {
    const Google__Protobuf__Any *any;
    enum part part;
};

static bool same_key(const Google__Protobuf__Any *a, const Google__Protobuf__Any *b)
{
    return a->value.len == b->value.len &&
           (a->value.len == 0 || memcmp(a->value.data, b->value.data, a->value.len) == 0) &&
           strcmp(tck_text(a->type_url), tck_text(b->type_url)) == 0;
}

static void compare_keys(const struct sender *sender, const struct key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if ((keys[i].part | keys[k].part) == (REMOVED | ADDED) || !same_key(keys[i].any, keys[k].any))
                continue;
            BLAME(sender, TCK_RULE_CR_ORMAP_7, "the map's delta has a key of %zu bytes twice", keys[i].any->value.len);
            return;
        }
    }
}

static size_t add_key(struct key *keys, size_t count, const Google__Protobuf__Any *any, enum part part)
{
    if (count < KEYS_COMPARED && any)
        keys[count++] = (struct key){ any, part };
    return count;
}

static void entries(const struct sender *sender, Cloudstate__Crdt__ORMapEntryDelta *const *entry, size_t count,
                    const char *what, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        const Cloudstate__Crdt__CrdtDelta *delta = entry[i]->delta;

        if (!entry[i]->key)
            BLAME(sender, TCK_RULE_CR_ORMAP_6, "%s entry %zu has no key", what, i + 1);
        else if (!tck_any_typed(entry[i]->key))
            BLAME(sender, TCK_RULE_CR_ELEMENT_1, "the key of %s entry %zu has no type url", what, i + 1);
        if (!delta || delta->delta_case == CLOUDSTATE__CRDT__CRDT_DELTA__DELTA__NOT_SET)
            BLAME(sender, TCK_RULE_CR_ORMAP_6, "%s entry %zu has no delta with a type", what, i + 1);
        else
            content(sender, delta, depth + 1);
    }
}

static void ormap(const struct sender *sender, const Cloudstate__Crdt__ORMapDelta *delta, unsigned depth)
{
    struct key keys[KEYS_COMPARED];
    size_t count = 0;

    elements(sender, delta->removed, delta->n_removed, "removed key");
    entries(sender, delta->updated, delta->n_updated, "updated", depth);
    entries(sender, delta->added, delta->n_added, "added", depth);
    for (size_t i = 0; i < delta->n_removed; i++)
        count = add_key(keys, count, delta->removed[i], REMOVED);
    for (size_t i = 0; i < delta->n_updated; i++)
        count = add_key(keys, count, delta->updated[i]->key, UPDATED);
    for (size_t i = 0; i < delta->n_added; i++)
        count = add_key(keys, count, delta->added[i]->key, ADDED);
    compare_keys(sender, keys, count);
}

/* --- any type --- */

static void content(const struct sender *sender, const Cloudstate__Crdt__CrdtDelta *delta, unsigned depth)
{
    switch (delta->delta_case) {
    case CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_GSET:
        gset(sender, delta->gset);
        break;
    case CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_ORSET:
        orset(sender, delta->orset);
        break;
    case CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_LWWREGISTER:
        lwwregister(sender, delta->lwwregister);
        break;
    case CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_VOTE:
        vote(sender, delta->vote);
        break;
    case CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_ORMAP:
        if (depth < DEPTH_MAX)
            ormap(sender, delta->ormap, depth);
        break;
    default: /* counters and flags cannot be malformed */
        break;
    }
}

static void flag(struct tck_judge *judge, enum tck_direction direction, const Cloudstate__Crdt__FlagDelta *delta)
{
    if (delta->value)
        judge->crdt.flag_on = true;
    else if (judge->crdt.flag_on && direction == TCK_TO_PROXY)
        tck_judge_blame(judge, TCK_RULE_CR_FLAG_6, "the flag's delta is false, but the flag is on");
}

void tck_crdt_delta(struct tck_judge *judge, enum tck_direction direction, const Cloudstate__Crdt__CrdtDelta *delta)
{
    const struct sender sender = { judge, direction };
    struct tck_crdt_state *crdt = &judge->crdt;

    if (delta->delta_case == CLOUDSTATE__CRDT__CRDT_DELTA__DELTA__NOT_SET) {
        tck_judge_blame_sender(judge, direction, TCK_MUST_REFUSE, TCK_RULE_CR_DELTA_1, "a delta has no type");
        return;
    }
    if (crdt->type && delta->delta_case != crdt->type) {
        tck_judge_blame_sender(judge, direction, TCK_MUST_REFUSE, TCK_RULE_CR_DELTA_2,
                               "a delta of type %s for an entity of type %s", type_names[delta->delta_case],
                               type_names[crdt->type]);
        return;
    }
    crdt->type = delta->delta_case;
    if (delta->delta_case == CLOUDSTATE__CRDT__CRDT_DELTA__DELTA_FLAG)
        flag(judge, direction, delta->flag);
    content(&sender, delta, 0);
}
