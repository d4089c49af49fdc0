/* SPDX-License-Identifier: Apache-2.0
 *
 * The roads of an `either`: each holds one answer, and the steps that follow on it.
 */
#include <string.h>

#include "spec/loader_internal.h"

/* The entry of the verb in an alternative, or NULL; a second one is a mistake. */
static const struct tck_tree *find_answer(struct tck_loader *loader, const struct tck_tree *tree,
                                          enum tck_verb *ret_verb)
{
    const struct tck_tree *found = NULL;

    for (const struct tck_tree *entry = tree->first; entry; entry = entry->next) {
        int verb = tck_verb_parse(entry->key);

        if (verb < 0 || !(TCK_ALTERNATIVE_VERBS & UINT64_C(1) << verb))
            continue;
        if (found)
            tck_loader_mistake(loader, entry->key_place, "an alternative holds one answer; this one has '%s' and '%s'",
                               found->key, entry->key);
        else
            *ret_verb = (enum tck_verb)verb;
        found = entry;
    }
    return found;
}

/* The answer as a step of its own, which waits where and as long as its `either`. */
static const struct tck_step *answer_step(struct tck_loader *loader, const struct tck_tree *tree,
                                          const struct tck_tree *value, enum tck_verb verb,
                                          const struct tck_step *either)
{
    struct tck_step *step = TCK_LOADER_NEW(loader, struct tck_step);

    if (!step)
        return NULL;
    *step = (struct tck_step){ .verb = verb,
                               .place = value->key_place,
                               .tree = tree,
                               .value = value,
                               .on = either->on,
                               .within = either->within,
                               .level = -1 };
    if (tck_shapes[tck_values[tck_verb_value(verb)].shape].expectations)
        tck_loader_expectations(loader, NULL, value, &step->expectations);
    return step;
}

static void read_alternative(struct tck_loader *loader, const struct tck_tree *tree, const struct tck_step *either,
                             struct tck_alternative *ret_alternative)
{
    const struct tck_tree *value;
    struct tck_step_list then;
    enum tck_verb verb;
    bool good;

    ret_alternative->place = tree->place;
    if (tree->kind != TCK_TREE_MAP) {
        tck_loader_mistake(loader, tree->place, "an alternative is a map, found %s", tck_tree_kind_text(tree->kind));
        return;
    }
    good = tck_loader_shape(loader, tree, TCK_SHAPE_ALTERNATIVE);
    ret_alternative->as = tck_loader_text(tree, "as");
    tck_loader_expectations(loader, tree, NULL, &ret_alternative->expectations);
    value = find_answer(loader, tree, &verb);
    if (value && ret_alternative->expectations.any)
        tck_loader_mistake(loader, value->key_place, "an alternative holds expectations or one answer, not both");
    else if (value)
        ret_alternative->expects = answer_step(loader, tree, value, verb, either);
    else if (good && !ret_alternative->expectations.any)
        tck_loader_mistake(loader, tree->place,
                           "an alternative needs an answer: expectations, or closed, silence, receive, …");
    then = tck_loader_steps(loader, tck_tree_get(tree, "then"), "main");
    ret_alternative->then = then.items;
    ret_alternative->then_count = then.count;
}

void tck_loader_alternatives(struct tck_loader *loader, const struct tck_tree *list, struct tck_step *step)
{
    struct tck_alternative *items;
    size_t count = 0;

    if (list->kind != TCK_TREE_LIST)
        return;
    if (list->count < 2)
        tck_loader_mistake(loader, list->place, "'either' needs at least two alternatives");
    if (list->count > TCK_LIST_MAX) {
        tck_loader_mistake(loader, list->place, "'either' has more than %d alternatives", TCK_LIST_MAX);
        return;
    }
    items = tck_loader_array(loader, list->count, sizeof *items);
    if (!items)
        return;
    for (const struct tck_tree *item = list->first; item; item = item->next, count++) {
        read_alternative(loader, item, step, &items[count]);
        for (size_t i = 0; i < count && items[count].as; i++)
            if (items[i].as && strcmp(items[i].as, items[count].as) == 0)
                tck_loader_mistake(loader, items[count].place, "two alternatives are named '%s'", items[i].as);
    }
    step->alternatives = items;
    step->alternative_count = count;
}
