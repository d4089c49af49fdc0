/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <string.h>

#include "base/suggest.h"
#include "plan/selection_internal.h"

struct tck_plan {
    struct tck_plan_item *items; /* owned */
    size_t count;
};

void tck_plan_free(struct tck_plan *plan)
{
    if (!plan)
        return;
    free(plan->items);
    free(plan);
}

size_t tck_plan_count(const struct tck_plan *plan)
{
    return plan->count;
}

const struct tck_plan_item *tck_plan_item(const struct tck_plan *plan, size_t i)
{
    return i < plan->count ? &plan->items[i] : NULL;
}

typedef bool scenario_visitor(void *context, const struct tck_scenario *scenario);

/* Calls visit for each scenario until it returns false; true if it never did. */
static bool for_each_scenario(const struct tck_spec *spec, scenario_visitor *visit, void *context)
{
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++)
            if (!visit(context, suite->scenarios[k]))
                return false;
    }
    return true;
}

/* --- what was asked for must exist --- */

/* Words that a pattern could have hit, copied. */
struct words {
    const struct tck_criterion *criterion;
    const char **items; /* owned, each item too */
    size_t count, capacity;
    bool failed;
};

static void words_done(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free((char *)words->items[i]);
    free(words->items);
}

static void add_word(void *context, const char *word)
{
    struct words *words = context;

    if (words->count == words->capacity) {
        size_t capacity = words->capacity ? 2 * words->capacity : 64;
        const char **items = reallocarray(words->items, capacity, sizeof *items);

        words->failed = words->failed || !items;
        if (!items)
            return;
        words->items = items;
        words->capacity = capacity;
    }
    words->items[words->count] = strdup(word);
    words->failed = words->failed || !words->items[words->count];
    words->count += words->items[words->count] != NULL;
}

static bool collect_words(void *context, const struct tck_scenario *scenario)
{
    struct words *words = context;

    words->criterion->visit(scenario, add_word, words);
    return !words->failed;
}

static int refuse_pattern(const struct tck_spec *spec, const struct tck_criterion *criterion, const char *pattern,
                          struct tck_error *err)
{
    tck_cleanup(words_done) struct words words = { .criterion = criterion };
    const char *nearest;

    if (!for_each_scenario(spec, collect_words, &words))
        return tck_no_memory(err);
    nearest = tck_suggest_in(pattern, words.count, words.items);
    if (nearest)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "%s '%s'; did you mean '%s'?", criterion->missing, pattern,
                        nearest);
    return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "%s '%s'; `tck list` shows what there is", criterion->missing,
                    pattern);
}

struct question {
    const struct tck_criterion *criterion;
    const char *pattern;
};

static bool is_missed(void *context, const struct tck_scenario *scenario)
{
    const struct question *question = context;

    return !question->criterion->matches(question->pattern, scenario);
}

static int check_patterns(const struct tck_spec *spec, const struct tck_selection *selection, struct tck_error *err)
{
    for (size_t i = 0; i < tck_criterion_count; i++) {
        const struct tck_strings *patterns = tck_criterion_list(&tck_criteria[i], selection);

        for (size_t k = 0; k < patterns->count; k++) {
            struct question question = { .criterion = &tck_criteria[i], .pattern = patterns->items[k] };

            if (for_each_scenario(spec, is_missed, &question))
                return refuse_pattern(spec, &tck_criteria[i], patterns->items[k], err);
        }
    }
    return 0;
}

/* --- order --- */

/* splitmix64: a few lines that give the same numbers everywhere, which rand() does not. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Below bound, without favour: what lies above the last whole multiple is drawn again. */
static uint64_t random_below(uint64_t *state, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound, drawn;

    do
        drawn = next_random(state);
    while (drawn >= limit);
    return drawn % bound;
}

static void shuffle(struct tck_plan_item *items, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)random_below(state, i);
        struct tck_plan_item item = items[i - 1];

        items[i - 1] = items[k];
        items[k] = item;
    }
}

/* --- the plan --- */

struct chosen {
    const struct tck_selection *selection;
    struct tck_plan *plan; /* its items NULL: counts only */
    size_t count;
};

static bool choose(void *context, const struct tck_scenario *scenario)
{
    struct chosen *chosen = context;

    if (!tck_selection_wants(chosen->selection, scenario))
        return true;
    if (chosen->plan->items)
        chosen->plan->items[chosen->count] = (struct tck_plan_item){ .scenario = scenario, .repetition = 1 };
    chosen->count++;
    return true;
}

/* The rounds after the first: the same scenarios again, each round in an order of its own if shuffled. */
static void repeat_rounds(struct tck_plan *plan, size_t count, unsigned repeat)
{
    for (unsigned round = 1; round < repeat; round++)
        for (size_t i = 0; i < count; i++)
            plan->items[round * count + i] =
                (struct tck_plan_item){ .scenario = plan->items[i].scenario, .repetition = round + 1 };
    plan->count = count * repeat;
}

int tck_plan_build(const struct tck_spec *spec, const struct tck_selection *selection, struct tck_plan **ret_plan,
                   struct tck_error *err)
{
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
    unsigned repeat = selection->repeat ? selection->repeat : 1;
    struct chosen chosen = { .selection = selection };
    uint64_t state = selection->seed;
    size_t count;
    int r;

    r = check_patterns(spec, selection, err);
    if (r < 0)
        return r;
    plan = calloc(1, sizeof *plan);
    if (!plan)
        return tck_no_memory(err);
    chosen.plan = plan;
    for_each_scenario(spec, choose, &chosen);
    count = chosen.count;
    if (count == 0)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "no scenario is selected by all that was asked for");
    if (count > TCK_PLAN_MAX / repeat)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "%zu scenarios %u times are more than %d runs", count, repeat,
                        TCK_PLAN_MAX);
    plan->items = calloc(count * repeat, sizeof *plan->items);
    if (!plan->items)
        return tck_no_memory(err);
    chosen.count = 0;
    for_each_scenario(spec, choose, &chosen);
    repeat_rounds(plan, count, repeat);
    for (unsigned round = 0; round < repeat && selection->shuffle; round++)
        shuffle(plan->items + round * count, count, &state);
    *ret_plan = TCK_TAKE(plan);
    return 0;
}
