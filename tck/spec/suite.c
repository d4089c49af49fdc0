/* SPDX-License-Identifier: Apache-2.0
 *
 * A suite, its scenarios and their rows.
 */
#include <string.h>

#include "spec/loader_internal.h"

/* What a suite hands on to its scenarios. */
struct inheritance {
    struct tck_strings services, tags, needs;
    const struct tck_tree *defaults;
    enum tck_level level;
    int64_t timeout, within;
};

/* The scenarios as they are found: one for each row. */
struct scenario_list {
    const struct tck_scenario **items;
    size_t count, capacity;
};

/* --- defaults --- */

static const struct tck_tree *merge_defaults(struct tck_loader *loader, const struct tck_tree *under,
                                             const struct tck_tree *over, struct tck_place place)
{
    struct tck_tree *merged = tck_tree_map(loader->arena, place);
    bool kept = merged != NULL;

    if (under && under->kind == TCK_TREE_MAP)
        for (const struct tck_tree *entry = under->first; entry && kept; entry = entry->next)
            if (!tck_tree_get(over, entry->key))
                kept = tck_tree_append(loader->arena, merged, entry->key, entry);
    if (over && over->kind == TCK_TREE_MAP)
        for (const struct tck_tree *entry = over->first; entry && kept; entry = entry->next)
            kept = tck_tree_append(loader->arena, merged, entry->key, entry);
    if (!kept)
        tck_loader_no_memory(loader);
    return merged;
}

/* --- rows --- */

static bool is_scalar(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_STRING || tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_BOOL;
}

/* A column that one row lacks would be a variable without value when that row runs. */
static void check_columns(struct tck_loader *loader, const struct tck_tree *row, const struct tck_tree *first)
{
    for (const struct tck_tree *column = first->first; column; column = column->next)
        if (strcmp(column->key, "row") != 0 && !tck_tree_get(row, column->key))
            tck_loader_mistake(loader, row->place, "this row has no '%s', which the first row has", column->key);
    for (const struct tck_tree *column = row->first; column; column = column->next)
        if (strcmp(column->key, "row") != 0 && !tck_tree_get(first, column->key))
            tck_loader_mistake(loader, column->key_place, "the first row has no '%s'", column->key);
}

/* The row's name as it is written in ids, or NULL. */
static const char *row_slug(struct tck_loader *loader, const struct tck_tree *row, const struct tck_tree *first)
{
    const struct tck_tree *name;
    const char *slug;

    if (row->kind != TCK_TREE_MAP) {
        tck_loader_mistake(loader, row->place, "a row is a map of variables, found %s", tck_tree_kind_text(row->kind));
        return NULL;
    }
    tck_loader_value(loader, "rows", TCK_VALUE_VARIABLES, row);
    if (first->kind == TCK_TREE_MAP && row != first)
        check_columns(loader, row, first);
    name = tck_tree_get(row, "row");
    if (!name) {
        tck_loader_mistake(loader, row->place, "a row needs 'row', its name");
        return NULL;
    }
    if (!is_scalar(name)) {
        tck_loader_mistake(loader, name->place, "'row' takes a text, found %s", tck_tree_kind_text(name->kind));
        return NULL;
    }
    slug = tck_slug(loader->arena, name->text);
    if (!slug)
        tck_loader_no_memory(loader);
    else if (*slug == '\0')
        tck_loader_mistake(loader, name->place, "the name of a row needs a letter or a digit of ASCII, found '%s'",
                           name->text);
    return slug && *slug ? slug : NULL;
}

/* --- scenarios --- */

static void add_scenario(struct tck_loader *loader, struct scenario_list *list, const struct tck_scenario *scenario)
{
    struct tck_scenario *copy = TCK_LOADER_NEW(loader, struct tck_scenario);

    if (!copy)
        return;
    *copy = *scenario;
    if (list->count == list->capacity) {
        size_t larger = list->capacity ? 2 * list->capacity : 16;
        const struct tck_scenario **items = tck_loader_array(loader, larger, sizeof *items);

        if (!items)
            return;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = larger;
    }
    list->items[list->count++] = copy;
}

/* One scenario for each row; they share all but id, name and row. */
static void add_rows(struct tck_loader *loader, struct scenario_list *list, const struct tck_scenario *scenario,
                     const struct tck_tree *rows)
{
    if (rows->count == 0)
        tck_loader_mistake(loader, rows->place, "'rows' has no rows");
    for (const struct tck_tree *row = rows->first; row; row = row->next) {
        struct tck_scenario one = *scenario;
        const char *slug = row_slug(loader, row, rows->first);

        if (!slug)
            continue;
        one.id = tck_arena_printf(loader->arena, "%s[%s]", scenario->id, slug);
        one.name = tck_arena_printf(loader->arena, "%s [%s]", scenario->name, tck_tree_get(row, "row")->text);
        one.place = row->place;
        one.row = row;
        if (!one.id || !one.name)
            tck_loader_no_memory(loader);
        else
            add_scenario(loader, list, &one);
    }
}

static const char *scenario_id(struct tck_loader *loader, const struct tck_tree *name)
{
    const char *slug = tck_slug(loader->arena, name->text), *id;

    if (slug && *slug == '\0') {
        tck_loader_mistake(loader, name->place, "'name' needs a letter or a digit of ASCII, found '%s'", name->text);
        return NULL;
    }
    id = slug ? tck_arena_printf(loader->arena, "%s/%s", loader->entry->id, slug) : NULL;
    if (!id)
        tck_loader_no_memory(loader);
    return id;
}

static void read_scenario(struct tck_loader *loader, const struct tck_tree *tree, const struct inheritance *suite,
                          struct scenario_list *list)
{
    const struct tck_tree *name = tck_tree_get(tree, "name"), *upstream = tck_tree_get(tree, "upstream");
    const struct tck_tree *rows = tck_tree_get(tree, "rows");
    struct tck_scenario scenario = { .place = tree->place };
    struct tck_step_list steps;

    if (tree->kind != TCK_TREE_MAP) {
        tck_loader_mistake(loader, tree->place, "a scenario is a map, found %s", tck_tree_kind_text(tree->kind));
        return;
    }
    tck_loader_shape(loader, tree, TCK_SHAPE_SCENARIO);
    scenario.name = tck_loader_text(tree, "name");
    scenario.upstream = tck_loader_text(tree, "upstream");
    scenario.why = tck_loader_text(tree, "why");
    scenario.level = (enum tck_level)tck_loader_level(tree, "level", (int)suite->level);
    scenario.covers = tck_loader_strings(loader, (struct tck_strings){ 0 }, tree, "covers");
    scenario.tags = tck_loader_strings(loader, suite->tags, tree, "tags");
    scenario.services = tck_loader_strings(loader, suite->services, tree, "services");
    scenario.needs = tck_loader_strings(loader, suite->needs, tree, "needs");
    scenario.defaults = merge_defaults(loader, suite->defaults, tck_tree_get(tree, "defaults"), tree->place);
    scenario.timeout = tck_loader_duration(tree, "timeout", suite->timeout);
    scenario.within = tck_loader_duration(tree, "within", suite->within);
    scenario.exclusive = tck_loader_true(tree, "exclusive");
    steps = tck_loader_steps(loader, tck_tree_get(tree, "steps"), "main");
    scenario.steps = steps.items;
    scenario.step_count = steps.count;
    tck_loader_rules(loader, tree);
    if (scenario.upstream)
        tck_loader_mention(loader, &loader->entry->upstreams, upstream);
    if (!scenario.name || !(scenario.id = scenario_id(loader, name)))
        return;
    if (rows && rows->kind == TCK_TREE_LIST)
        add_rows(loader, list, &scenario, rows);
    else
        add_scenario(loader, list, &scenario);
}

static int by_id_and_place(const void *a, const void *b)
{
    const struct tck_scenario *x = *(const struct tck_scenario *const *)a, *y = *(const struct tck_scenario *const *)b;
    int order = strcmp(x->id, y->id);

    if (order == 0)
        order = (x->place.line > y->place.line) - (x->place.line < y->place.line);
    if (order == 0)
        order = (x->place.column > y->place.column) - (x->place.column < y->place.column);
    return order;
}

static void check_names(struct tck_loader *loader, const struct scenario_list *list)
{
    const struct tck_scenario **sorted = tck_loader_array(loader, list->count, sizeof *sorted);

    if (!sorted || list->count == 0)
        return;
    memcpy(sorted, list->items, list->count * sizeof *sorted);
    qsort(sorted, list->count, sizeof *sorted, by_id_and_place);
    for (size_t i = 1; i < list->count; i++) {
        const struct tck_scenario *one = sorted[i - 1], *other = sorted[i];

        if (strcmp(one->id, other->id) == 0)
            tck_loader_mistake(loader, other->place, "the name '%s' gives the same id as '%s' of line %u: %s",
                               other->name, one->name, one->place.line, other->id);
    }
}

/* --- the suite --- */

static void know_language(struct tck_loader *loader, const struct tck_tree *root)
{
    const char *word = tck_loader_text(root, "protocol"), *role = tck_loader_text(root, "role");

    loader->roles = role && tck_role_parse(role) >= 0 ? 1u << tck_role_parse(role) : TCK_FOR_ALL;

    loader->protocol = word ? tck_protocol_parse(word) : -1;
    loader->protocols = loader->protocol < 0 ? TCK_IN_ALL : 1u << loader->protocol;
}

static struct inheritance read_inheritance(struct tck_loader *loader, const struct tck_tree *root)
{
    return (struct inheritance){
        .services = tck_loader_strings(loader, (struct tck_strings){ 0 }, root, "services"),
        .tags = tck_loader_strings(loader, (struct tck_strings){ 0 }, root, "tags"),
        .needs = tck_loader_strings(loader, (struct tck_strings){ 0 }, root, "needs"),
        .defaults = tck_tree_get(root, "defaults"),
        .level = (enum tck_level)tck_loader_level(root, "level", TCK_LEVEL_MUST),
        .timeout = tck_loader_duration(root, "timeout", TCK_DEFAULT_TIMEOUT),
        .within = tck_loader_duration(root, "within", TCK_DEFAULT_WITHIN),
    };
}

/* Only once all is well: a suite with mistakes never becomes one. */
static void finish_suite(struct tck_loader *loader, const struct tck_tree *root, const struct scenario_list *list)
{
    struct tck_suite *suite = TCK_LOADER_NEW(loader, struct tck_suite);

    if (!suite)
        return;
    *suite = (struct tck_suite){
        .id = loader->entry->id,
        .title = tck_loader_text(root, "suite"),
        .file = root->place.name,
        .place = root->place,
        .role = (enum tck_role)tck_role_parse(tck_loader_text(root, "role")),
        .protocol = (enum tck_protocol)loader->protocol,
        .scenarios = list->items,
        .scenario_count = list->count,
    };
    for (size_t i = 0; i < list->count; i++)
        ((struct tck_scenario *)list->items[i])->suite = suite; /* made by add_scenario, and not shared yet */
    loader->entry->suite = suite;
}

void tck_loader_suite(struct tck_loader *loader, const struct tck_tree *root)
{
    const struct tck_tree *scenarios = tck_tree_get(root, "scenarios");
    struct scenario_list list = { 0 };
    struct inheritance inheritance;

    if (root->kind != TCK_TREE_MAP) {
        tck_loader_mistake(loader, root->place, "a suite is a map with suite, role, protocol and scenarios, found %s",
                           root->kind == TCK_TREE_NULL ? "nothing" : tck_tree_kind_text(root->kind));
        return;
    }
    know_language(loader, root);
    tck_loader_shape(loader, root, TCK_SHAPE_SUITE);
    inheritance = read_inheritance(loader, root);
    if (scenarios && scenarios->kind == TCK_TREE_LIST) {
        if (scenarios->count == 0)
            tck_loader_mistake(loader, scenarios->place, "'scenarios' has no scenarios");
        for (const struct tck_tree *item = scenarios->first; item; item = item->next)
            read_scenario(loader, item, &inheritance, &list);
        check_names(loader, &list);
    }
    if (loader->worst == 0)
        finish_suite(loader, root, &list);
}
