/* SPDX-License-Identifier: Apache-2.0
 *
 * The spec: suites in the order in which they came, and what can be checked only when all are there.
 */
#include <string.h>

#include "base/suggest.h"
#include "spec/loader_internal.h"

int tck_spec_new(struct tck_spec **ret_spec, struct tck_error *err)
{
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = calloc(1, sizeof *spec);
    int r;

    if (!spec)
        return tck_no_memory(err);
    r = tck_arena_new(0, &spec->arena, err);
    if (r < 0)
        return r;
    *ret_spec = TCK_TAKE(spec);
    return 0;
}

void tck_spec_free(struct tck_spec *spec)
{
    if (!spec)
        return;
    tck_arena_free(spec->arena);
    free(spec);
}

size_t tck_spec_suite_count(const struct tck_spec *spec)
{
    return spec->suite_count;
}

const struct tck_suite *tck_spec_suite(const struct tck_spec *spec, size_t i)
{
    return i < spec->suite_count ? spec->suites[i] : NULL;
}

size_t tck_spec_requirement_count(const struct tck_spec *spec)
{
    return spec->requirement_count;
}

const struct tck_requirement *tck_spec_requirement(const struct tck_spec *spec, size_t i)
{
    return i < spec->requirement_count ? &spec->requirements[i] : NULL;
}

/* The entry of that id, made empty again if there was one: the suite that comes now replaces it. */
static struct tck_spec_entry *entry_for(struct tck_loader *loader, const char *id)
{
    struct tck_spec *spec = loader->spec;
    struct tck_spec_entry *entry = spec->entries;

    while (entry && strcmp(entry->id, id) != 0)
        entry = entry->next;
    if (entry) {
        *entry = (struct tck_spec_entry){ .id = entry->id, .next = entry->next };
        return entry;
    }
    entry = TCK_LOADER_NEW(loader, struct tck_spec_entry);
    if (!entry)
        return NULL;
    entry->id = tck_arena_strdup(loader->arena, id);
    if (!entry->id) {
        tck_loader_no_memory(loader);
        return NULL;
    }
    if (spec->last_entry)
        spec->last_entry->next = entry;
    else
        spec->entries = entry;
    spec->last_entry = entry;
    return entry;
}

static void collect_suites(struct tck_loader *loader)
{
    struct tck_spec *spec = loader->spec;
    size_t count = 0;

    for (const struct tck_spec_entry *entry = spec->entries; entry; entry = entry->next)
        count += entry->suite != NULL;
    spec->suite_count = 0;
    spec->suites = tck_loader_array(loader, count, sizeof *spec->suites);
    if (!spec->suites)
        return;
    for (const struct tck_spec_entry *entry = spec->entries; entry; entry = entry->next)
        if (entry->suite)
            spec->suites[spec->suite_count++] = entry->suite;
}

int tck_spec_parse(struct tck_spec *spec, const char *file, const char *id, struct tck_bytes text,
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
    loader.entry = entry_for(&loader, id);
    if (loader.entry) {
        tck_loader_suite(&loader, root);
        collect_suites(&loader);
    }
    return loader.worst;
}

/* --- when all files are there --- */

static const char *requirement_at(const void *context, size_t i)
{
    return tck_spec_requirement(context, i)->id;
}

static void check_rules(struct tck_loader *loader, const struct tck_mentions *mentions)
{
    const struct tck_spec *spec = loader->spec;

    for (const struct tck_mention *mention = mentions->first; mention; mention = mention->next)
        if (!tck_spec_find_requirement(spec, mention->text))
            tck_loader_mistake(
                loader, mention->place, "no rule '%s' in requirements.yaml%s", mention->text,
                tck_loader_hint(loader, tck_suggest(mention->text, spec->requirement_count, requirement_at, spec)));
}

struct ordered_mention {
    const struct tck_mention *mention;
    size_t order;
};

static int by_text_and_order(const void *a, const void *b)
{
    const struct ordered_mention *x = a, *y = b;
    int order = strcmp(x->mention->text, y->mention->text);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

/* Two scenarios that stand for one of the original kit's would let one of the others be forgotten unseen. */
static void check_upstreams(struct tck_loader *loader)
{
    struct ordered_mention *all;
    size_t count = 0;

    for (const struct tck_spec_entry *entry = loader->spec->entries; entry; entry = entry->next)
        for (const struct tck_mention *mention = entry->upstreams.first; mention; mention = mention->next)
            count++;
    all = tck_loader_array(loader, count, sizeof *all);
    if (!all)
        return;
    count = 0;
    for (const struct tck_spec_entry *entry = loader->spec->entries; entry; entry = entry->next)
        for (const struct tck_mention *mention = entry->upstreams.first; mention; mention = mention->next, count++)
            all[count] = (struct ordered_mention){ .mention = mention, .order = count };
    qsort(all, count, sizeof *all, by_text_and_order);
    for (size_t i = 1; i < count; i++) {
        const struct tck_mention *one = all[i - 1].mention, *other = all[i].mention;

        if (strcmp(one->text, other->text) == 0)
            tck_loader_mistake(loader, other->place, "'%s' is the upstream name of another scenario too, in %s:%u",
                               other->text, one->place.name, one->place.line);
    }
}

int tck_spec_finish(struct tck_spec *spec, struct tck_error_list *errors)
{
    struct tck_loader loader = { .spec = spec,
                                 .arena = spec->arena,
                                 .errors = errors,
                                 .protocol = -1,
                                 .protocols = TCK_IN_ALL,
                                 .roles = TCK_FOR_ALL,
                                 .verb = -1 };

    for (const struct tck_spec_entry *entry = spec->entries; entry; entry = entry->next)
        check_rules(&loader, &entry->rules);
    check_upstreams(&loader);
    return loader.worst;
}
