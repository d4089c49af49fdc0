/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue of rules: specs/requirements.yaml, a list of {id, level, text, source, judged}.
 */
#include <string.h>

#include "spec/loader_internal.h"

const struct tck_requirement *tck_spec_find_requirement(const struct tck_spec *spec, const char *id)
{
    for (size_t i = 0; i < spec->requirement_count; i++)
        if (strcmp(spec->requirements[i].id, id) == 0)
            return &spec->requirements[i];
    return NULL;
}

static struct tck_requirement *add_slot(struct tck_loader *loader)
{
    struct tck_spec *spec = loader->spec;

    if (spec->requirement_count == spec->requirement_capacity) {
        size_t larger = spec->requirement_capacity ? 2 * spec->requirement_capacity : 64;
        struct tck_requirement *items = tck_loader_array(loader, larger, sizeof *items);

        if (!items)
            return NULL;
        if (spec->requirement_count)
            memcpy(items, spec->requirements, spec->requirement_count * sizeof *items);
        spec->requirements = items;
        spec->requirement_capacity = larger;
    }
    return &spec->requirements[spec->requirement_count++];
}

/* A rule of another file with this id is replaced, as suites are. */
static void add_requirement(struct tck_loader *loader, const struct tck_requirement *requirement)
{
    const struct tck_requirement *known = tck_spec_find_requirement(loader->spec, requirement->id);
    struct tck_requirement *slot;

    if (known && known->place.name == requirement->place.name) {
        tck_loader_mistake(loader, requirement->place, "the rule '%s' comes twice, first in line %u", requirement->id,
                           known->place.line);
        return;
    }
    slot = known ? &loader->spec->requirements[known - loader->spec->requirements] : add_slot(loader);
    if (slot)
        *slot = *requirement;
}

static void read_requirement(struct tck_loader *loader, const struct tck_tree *tree)
{
    struct tck_requirement requirement;

    if (tree->kind != TCK_TREE_MAP) {
        tck_loader_mistake(loader, tree->place, "a rule is a map of id, level, text and source, found %s",
                           tck_tree_kind_text(tree->kind));
        return;
    }
    if (!tck_loader_shape(loader, tree, TCK_SHAPE_REQUIREMENT))
        return;
    requirement = (struct tck_requirement){
        .id = tck_loader_text(tree, "id"),
        .text = tck_loader_text(tree, "text"),
        .level = (enum tck_level)tck_loader_level(tree, "level", TCK_LEVEL_MUST),
        .source = tck_loader_text(tree, "source"),
        .judged = tck_loader_true(tree, "judged"),
        .place = tree->place,
    };
    add_requirement(loader, &requirement);
}

int tck_spec_parse_requirements(struct tck_spec *spec, const char *file, struct tck_bytes text,
                                struct tck_error_list *errors)
{
    struct tck_loader loader = { .spec = spec,
                                 .arena = spec->arena,
                                 .errors = errors,
                                 .protocol = -1,
                                 .protocols = TCK_IN_ALL,
                                 .roles = TCK_FOR_ALL,
                                 .verb = -1 };
    const struct tck_tree *root;
    int r = tck_tree_parse_yaml(file, text, spec->arena, &root, errors);

    if (r < 0)
        return r;
    if (root->kind != TCK_TREE_LIST) {
        return tck_loader_mistake(&loader, root->place, "requirements are a list of rules, found %s",
                                  root->kind == TCK_TREE_NULL ? "nothing" : tck_tree_kind_text(root->kind));
    }
    for (const struct tck_tree *item = root->first; item; item = item->next)
        read_requirement(&loader, item);
    return loader.worst;
}
