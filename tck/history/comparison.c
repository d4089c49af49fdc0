/* SPDX-License-Identifier: Apache-2.0 */
#include "history/comparison.h"

#include <string.h>

#define XX(id, word) [TCK_CHANGE_##id] = word,
static const char *const change_words[TCK_CHANGE_COUNT] = { TCK_CHANGE_MAP(XX) };
#undef XX
#define XX(id, word) [TCK_PROOF_##id] = word,
static const char *const proof_words[TCK_PROOF_COUNT] = { TCK_PROOF_MAP(XX) };
#undef XX

const char *tck_change_word(enum tck_change_kind kind)
{
    return change_words[kind];
}

const char *tck_proof_word(enum tck_proof state)
{
    return proof_words[state];
}

void tck_comparison_free(struct tck_comparison *comparison)
{
    if (comparison)
        tck_arena_free(comparison->arena); /* it lives in it */
}

/* The comparison while it is made: its arrays can be written, and have room for all there can be. */
struct maker {
    struct tck_comparison *comparison;
    struct tck_change *changes;
    struct tck_deviation_change *deviations;
};

/* --- scenarios --- */

#define SAME (-1)

/* The table of the header: what it is, and whether that is worse. */
static const struct {
    int kind;
    bool worse;
} table[TCK_PAST_STATE_COUNT][TCK_PAST_STATE_COUNT] = {
    [TCK_PAST_NOT_RUN] = { [TCK_PAST_NOT_RUN] = { SAME, false },
                           [TCK_PAST_SKIPPED] = { TCK_CHANGE_APPEARED, false },
                           [TCK_PAST_PASSES] = { TCK_CHANGE_APPEARED, false },
                           [TCK_PAST_FAILS] = { TCK_CHANGE_APPEARED, false } },
    [TCK_PAST_SKIPPED] = { [TCK_PAST_NOT_RUN] = { TCK_CHANGE_DISAPPEARED, false },
                           [TCK_PAST_SKIPPED] = { SAME, false },
                           [TCK_PAST_PASSES] = { TCK_CHANGE_NEWLY_PASSING, false },
                           [TCK_PAST_FAILS] = { TCK_CHANGE_NEWLY_FAILING, true } },
    [TCK_PAST_PASSES] = { [TCK_PAST_NOT_RUN] = { TCK_CHANGE_DISAPPEARED, true },
                          [TCK_PAST_SKIPPED] = { TCK_CHANGE_SKIPPED_NOW, true },
                          [TCK_PAST_PASSES] = { SAME, false },
                          [TCK_PAST_FAILS] = { TCK_CHANGE_NEWLY_FAILING, true } },
    [TCK_PAST_FAILS] = { [TCK_PAST_NOT_RUN] = { TCK_CHANGE_DISAPPEARED, false },
                         [TCK_PAST_SKIPPED] = { TCK_CHANGE_SKIPPED_NOW, false },
                         [TCK_PAST_PASSES] = { TCK_CHANGE_NEWLY_PASSING, false },
                         [TCK_PAST_FAILS] = { SAME, false } },
};

static enum tck_past_state state_of(const struct tck_past_result *result)
{
    return result ? tck_past_state(result) : TCK_PAST_NOT_RUN;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_failure(const struct tck_past_result *a, const struct tck_past_result *b)
{
    return a->cause == b->cause && (tck_cause_verdict(a->cause) != TCK_VERDICT_FAILED || same_text(a->rule, b->rule));
}

static bool has_deviation(const struct tck_past_result *result, const struct tck_remark *wanted)
{
    for (size_t i = 0; i < result->deviation_count; i++)
        if (same_text(result->deviations[i].rule, wanted->rule) &&
            (wanted->rule || same_text(result->deviations[i].text, wanted->text)))
            return true;
    return false;
}

/* Those of one that the other has not. */
static void note_deviations(struct maker *maker, const struct tck_past_result *of, const struct tck_past_result *other,
                            bool came)
{
    for (size_t i = 0; i < of->deviation_count; i++) {
        if (has_deviation(other, &of->deviations[i]))
            continue;
        maker->deviations[maker->comparison->deviation_count++] =
            (struct tck_deviation_change){ .scenario = of->scenario, .remark = &of->deviations[i], .came = came };
        maker->comparison->worse = maker->comparison->worse || came;
    }
}

static void compare_scenario(struct maker *maker, const struct tck_past_result *before,
                             const struct tck_past_result *after)
{
    struct tck_comparison *comparison = maker->comparison;
    const enum tck_past_state was = state_of(before), is = state_of(after);
    struct tck_change change = { .worse = table[was][is].worse, .before = before, .after = after };
    int kind = table[was][is].kind;

    if (was == TCK_PAST_FAILS && is == TCK_PAST_FAILS && !same_failure(before, after)) {
        kind = TCK_CHANGE_FAILS_OTHERWISE;
        change.worse = true;
    }
    if (was == TCK_PAST_PASSES && is == TCK_PAST_PASSES) {
        note_deviations(maker, before, after, false);
        note_deviations(maker, after, before, true);
    }
    if (kind == SAME) {
        comparison->same += before && after;
        return;
    }
    change.kind = (enum tck_change_kind)kind;
    comparison->counts[kind]++;
    comparison->worse = comparison->worse || change.worse;
    maker->changes[comparison->change_count++] = change;
}

/* Both runs are sorted by scenario: one walk through both. */
static void compare_scenarios(struct maker *maker, const struct tck_past *before, const struct tck_past *after)
{
    size_t b = 0, a = 0;

    while (b < before->count || a < after->count) {
        int order = b == before->count  ? 1
                    : a == after->count ? -1
                                        : strcmp(before->results[b].scenario, after->results[a].scenario);
        const size_t were = order <= 0 ? tck_past_group(before, b) : 0, are = order >= 0 ? tck_past_group(after, a) : 0;

        compare_scenario(maker, were ? tck_past_telling(&before->results[b], were) : NULL,
                         are ? tck_past_telling(&after->results[a], are) : NULL);
        b += were;
        a += are;
    }
}

static const char *scenario_of(const struct tck_change *change)
{
    return change->before ? change->before->scenario : change->after->scenario;
}

static int by_kind(const void *a, const void *b)
{
    const struct tck_change *left = a, *right = b;

    return left->kind != right->kind ? (left->kind > right->kind) - (left->kind < right->kind)
                                     : strcmp(scenario_of(left), scenario_of(right));
}

/* --- rules --- */

static int by_rule(const void *a, const void *b)
{
    return strcmp(((const struct tck_rule_change *)a)->rule, ((const struct tck_rule_change *)b)->rule);
}

typedef void rule_visitor(void *context, const char *rule, enum tck_proof state, bool after);

/* Every rule that a run speaks of, with what this result says of it. */
static void visit_rules(const struct tck_past *past, bool after, rule_visitor *visit, void *context)
{
    for (size_t i = 0; i < past->count; i++) {
        const struct tck_past_result *result = &past->results[i];
        const enum tck_past_state state = tck_past_state(result);

        for (size_t k = 0; k < result->requirements.count; k++)
            visit(context, result->requirements.items[k],
                  state == TCK_PAST_PASSES ? TCK_PROOF_KEPT : TCK_PROOF_UNPROVEN, after);
        for (size_t k = 0; k < result->deviation_count && state == TCK_PAST_PASSES; k++)
            if (result->deviations[k].rule)
                visit(context, result->deviations[k].rule, TCK_PROOF_DEVIATED, after);
        if (result->rule && state == TCK_PAST_FAILS && tck_cause_verdict(result->cause) == TCK_VERDICT_FAILED)
            visit(context, result->rule, TCK_PROOF_BROKEN, after);
    }
}

struct rules {
    struct tck_rule_change *items; /* NULL: only counted */
    size_t count;
};

static void collect_rule(void *context, const char *rule, enum tck_proof state, bool after)
{
    struct rules *rules = context;

    (void)state;
    (void)after;
    if (rules->items)
        rules->items[rules->count].rule = rule;
    rules->count++;
}

static void note_rule(void *context, const char *rule, enum tck_proof state, bool after)
{
    struct rules *rules = context;
    const struct tck_rule_change wanted = { .rule = rule };
    struct tck_rule_change *found = bsearch(&wanted, rules->items, rules->count, sizeof wanted, by_rule);
    enum tck_proof *known = after ? &found->after : &found->before;

    if (state > *known)
        *known = state;
}

/* A deviation that is not seen any more leaves a rule that only judges watch unproven, which is nothing bad. */
static bool is_worse(const struct tck_rule_change *rule)
{
    return rule->before == TCK_PROOF_KEPT || (rule->before == TCK_PROOF_DEVIATED && rule->after == TCK_PROOF_BROKEN);
}

static int compare_rules(struct maker *maker, const struct tck_past *before, const struct tck_past *after)
{
    struct tck_comparison *comparison = maker->comparison;
    struct rules rules = { 0 };
    size_t distinct = 0;

    visit_rules(before, false, collect_rule, &rules);
    visit_rules(after, true, collect_rule, &rules);
    rules.items = tck_arena_array(comparison->arena, rules.count, sizeof *rules.items);
    if (!rules.items)
        return TCK_KIT;
    rules.count = 0;
    visit_rules(before, false, collect_rule, &rules);
    visit_rules(after, true, collect_rule, &rules);
    qsort(rules.items, rules.count, sizeof *rules.items, by_rule);
    for (size_t i = 0; i < rules.count; i++)
        if (i == 0 || by_rule(&rules.items[i], &rules.items[distinct - 1]) != 0)
            rules.items[distinct++] = rules.items[i];
    rules.count = distinct;
    visit_rules(before, false, note_rule, &rules);
    visit_rules(after, true, note_rule, &rules);
    for (size_t i = 0; i < rules.count; i++) {
        struct tck_rule_change rule = rules.items[i];

        if (rule.before == rule.after)
            continue;
        rule.worse = is_worse(&rule);
        comparison->worse = comparison->worse || rule.worse;
        rules.items[comparison->rule_count++] = rule;
    }
    comparison->rules = rules.items;
    return 0;
}

/* --- the whole --- */

static size_t deviations_of(const struct tck_past *past)
{
    size_t count = 0;

    for (size_t i = 0; i < past->count; i++)
        count += past->results[i].deviation_count;
    return count;
}

int tck_comparison_new(const struct tck_past *before, const struct tck_past *after,
                       struct tck_comparison **ret_comparison, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct maker maker;
    int r = tck_arena_new(0, &arena, err);

    if (r < 0)
        return r;
    maker.comparison = TCK_NEW(arena, struct tck_comparison);
    maker.changes = tck_arena_array(arena, before->count + after->count, sizeof *maker.changes);
    maker.deviations = tck_arena_array(arena, deviations_of(before) + deviations_of(after), sizeof *maker.deviations);
    if (!maker.comparison || !maker.changes || !maker.deviations)
        return tck_no_memory(err);
    maker.comparison->arena = arena;
    maker.comparison->judged_otherwise = before->strict != after->strict || before->upstream != after->upstream;
    compare_scenarios(&maker, before, after);
    qsort(maker.changes, maker.comparison->change_count, sizeof *maker.changes, by_kind);
    maker.comparison->changes = maker.changes;
    maker.comparison->deviations = maker.deviations;
    if (compare_rules(&maker, before, after) < 0)
        return tck_no_memory(err);
    TCK_TAKE(arena);
    *ret_comparison = maker.comparison;
    return 0;
}
