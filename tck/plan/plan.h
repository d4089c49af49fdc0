/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/plan.h — which scenarios run, in what order, how often.
 *
 * A selection names what is wanted; a plan is the answer. Nothing is run or asked of a candidate here: what a candidate
 * does not offer is found out, and skipped, by the engine.
 *
 *     struct tck_selection selection = TCK_SELECTION_ALL;
 *     selection.tags = (struct tck_strings){ .items = tags, .count = 2 };
 *     r = tck_plan_build(spec, &selection, &plan, err);
 *     for (size_t i = 0; i < tck_plan_count(plan); i++)
 *         … tck_plan_item(plan, i)->scenario …
 *
 * Each list that is not empty narrows the selection; within a list, one hit is enough. Whatever is asked for must
 * exist: a pattern that matches no scenario of the spec is TCK_BAD_INPUT, and so is a selection that selects nothing. A
 * gate that tests nothing because of a slip of the pen would be green for ever.
 */
#ifndef TCK_PLAN_PLAN_H
#define TCK_PLAN_PLAN_H

#include "spec/spec.h"

struct tck_selection {
    /* Globs (base/suggest.h) over a scenario's id, over any run of whole parts of it ("snapshots", "crdt/flag",
     * "crdt/g*"), or over its name; the "[row]" of a row may be left out. Case matters not. */
    struct tck_strings names;
    struct tck_strings skips; /* the same, for what is not wanted */
    struct tck_strings ids;   /* whole ids, no globs: such as an earlier run's failures */
    struct tck_strings tags;
    struct tck_strings sections; /* the first part of the suite's id: "event-sourced" */
    struct tck_strings services; /* globs over full names, or over what is after the last dot */
    struct tck_strings rules;    /* globs over rule ids that the scenario or one of its steps covers */
    struct tck_strings upstream; /* globs over upstream names: "event-sourced | model | *" */
    int role;                    /* enum tck_role, or -1: any */
    bool shuffle;
    uint64_t seed;   /* of the shuffle: the same seed gives the same order, on every machine */
    unsigned repeat; /* how often each is to run; 0 is 1. All of a round run before the next begins */
};
#define TCK_SELECTION_ALL       \
    {                           \
        .role = -1, .repeat = 1 \
    }
#define TCK_PLAN_MAX 10000000 /* runs; more is a slip of the pen */

struct tck_plan_item {
    const struct tck_scenario *scenario; /* the spec's: it must outlive the plan */
    unsigned repetition;                 /* from 1 */
};

struct tck_plan;

int tck_plan_build(const struct tck_spec *spec, const struct tck_selection *selection, struct tck_plan **ret_plan,
                   struct tck_error *err);
void tck_plan_free(struct tck_plan *plan);
TCK_DEFINE_FREEP(struct tck_plan, tck_plan_free)

size_t tck_plan_count(const struct tck_plan *plan);
const struct tck_plan_item *tck_plan_item(const struct tck_plan *plan, size_t i);

/* Does the glob hit the scenario's id, a run of its parts, or its name? */
bool tck_plan_name_matches(const char *glob, const struct tck_scenario *scenario);

#endif
