/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/selection_internal.h — the criteria of a selection, as one table.
 */
#ifndef TCK_PLAN_SELECTION_INTERNAL_H
#define TCK_PLAN_SELECTION_INTERNAL_H

#include "plan/plan.h"

/* Told of each word of a scenario that a pattern of some criterion may hit. */
typedef void tck_word_visitor(void *context, const char *word);

struct tck_criterion {
    const char *missing; /* "no scenario has the tag": what is wrong with a pattern that hits nothing */
    size_t list;         /* offset of its struct tck_strings in struct tck_selection */
    bool excludes;
    bool (*matches)(const char *pattern, const struct tck_scenario *scenario);
    void (*visit)(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context);
};
extern const struct tck_criterion tck_criteria[];
extern const size_t tck_criterion_count;

static inline const struct tck_strings *tck_criterion_list(const struct tck_criterion *criterion,
                                                           const struct tck_selection *selection)
{
    return (const struct tck_strings *)((const char *)selection + criterion->list);
}

/* Not excluded, and hit by each list that is not empty. */
bool tck_selection_wants(const struct tck_selection *selection, const struct tck_scenario *scenario);

#endif
