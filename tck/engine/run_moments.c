/* SPDX-License-Identifier: Apache-2.0
 *
 * Moments: named by steps, and compared.
 */
#include <string.h>

#include "engine/run_internal.h"

int tck_mark(struct tck_scenario_run *run, int64_t at, struct tck_error *err)
{
    struct tck_moment *moment;
    int r;

    if (run->marked || !run->op || !run->op->step->at)
        return 0;
    moment = TCK_NEW(run->arena, struct tck_moment);
    if (!moment)
        return tck_no_memory(err);
    r = tck_resolve_text(run, run->op->step->at, &moment->name, err);
    if (r < 0)
        return r;
    moment->at = at;
    pthread_mutex_lock(&run->shared->lock);
    moment->next = run->shared->moments;
    run->shared->moments = moment;
    pthread_mutex_unlock(&run->shared->lock);
    run->marked = true;
    return 0;
}

static int find_moment(struct tck_scenario_run *run, const struct tck_tree *name, const struct tck_moment **ret_moment,
                       struct tck_error *err)
{
    const struct tck_moment *moment;
    const char *text;
    int r = tck_resolve_tree_text(run, name, &text, err);

    if (r < 0)
        return r;
    pthread_mutex_lock(&run->shared->lock);
    for (moment = run->shared->moments; moment && strcmp(moment->name, text) != 0; moment = moment->next)
        ;
    pthread_mutex_unlock(&run->shared->lock);
    *ret_moment = moment;
    return moment ? 0 : tck_fail(err, TCK_BAD_INPUT, name->place, "no step before this one named a moment '%s'", text);
}

static const char *apart_text(int64_t from, int64_t to, char buf[32])
{
    return tck_duration_text(to - from, buf);
}

int tck_op_order(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const struct tck_moment *before = NULL;

    run->blame = TCK_BLAME_PROXY;
    for (const struct tck_tree *name = op->tree->first; name; name = name->next) {
        const struct tck_moment *moment;
        char text[32];
        int r = find_moment(run, name, &moment, err);

        if (r < 0)
            return r;
        if (before && moment->at < before->at)
            return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "'%s' came %s before '%s', and not after it",
                            moment->name, apart_text(moment->at, before->at, text), before->name);
        before = moment;
    }
    return 0;
}

int tck_op_apart(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const struct tck_moment *from, *to;
    char was[32], wanted[32];
    int r;

    run->blame = TCK_BLAME_PROXY;
    r = find_moment(run, op->tree->first, &from, err);
    if (r == 0)
        r = find_moment(run, op->tree->first->next, &to, err);
    if (r < 0)
        return r;
    if (to->at < from->at)
        return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "'%s' came %s before '%s', and not after it", to->name,
                        apart_text(to->at, from->at, was), from->name);
    if (op->at_least && to->at - from->at < op->at_least)
        return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "'%s' came %s after '%s', expected at least %s", to->name,
                        apart_text(from->at, to->at, was), from->name, tck_duration_text(op->at_least, wanted));
    if (op->at_most && to->at - from->at > op->at_most)
        return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "'%s' came %s after '%s', expected at most %s", to->name,
                        apart_text(from->at, to->at, was), from->name, tck_duration_text(op->at_most, wanted));
    return 0;
}

int tck_op_overlap(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_passage_key key = { .conversation = op->conversation };
    size_t most;
    int r;

    run->blame = TCK_BLAME_PROXY;
    r = tck_resolve_tree_text(run, op->service, &key.service, err);
    if (r == 0)
        r = tck_resolve_tree_text(run, op->tree, &key.entity_id, err);
    if (r < 0)
        return r;
    most = tck_passage_most(run->world->tap, &key);
    if ((int64_t)most <= op->times)
        return 0;
    return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL,
                    "%zu conversations for '%s' of %s were open at once, expected at most %lld", most, key.entity_id,
                    key.service, (long long)op->times);
}
