/* SPDX-License-Identifier: Apache-2.0 */
#include "known/list.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "plan/plan.h"

#define FILE_CEILING ((size_t)1 << 20) /* a list is written by hand, and kept short */
#define STEP_MAX     1000000

/* The entries that one scenario is in. */
struct about {
    const struct tck_scenario *scenario;
    size_t *entries;
    size_t count;
};

struct tck_known {
    struct tck_arena *arena;
    const char *file;
    const struct tck_tree *root;
    struct tck_known_entry *entries;
    size_t count;
    struct about *abouts; /* sorted by the address of the scenario; those in no entry are not here */
    size_t about_count;
    size_t *scenario_counts; /* by entry */
};

void tck_known_free(struct tck_known *list)
{
    if (list)
        tck_arena_free(list->arena); /* the list itself lives in it */
}

const char *tck_known_file(const struct tck_known *list)
{
    return list->file;
}

const struct tck_tree *tck_known_root(const struct tck_known *list)
{
    return list->root;
}

size_t tck_known_count(const struct tck_known *list)
{
    return list->count;
}

const struct tck_known_entry *tck_known_entry(const struct tck_known *list, size_t i)
{
    return &list->entries[i];
}

size_t tck_known_scenario_count(const struct tck_known *list, size_t entry)
{
    return list->scenario_counts[entry];
}

static int by_address(const void *a, const void *b)
{
    const struct tck_scenario *const left = ((const struct about *)a)->scenario;
    const struct tck_scenario *const right = ((const struct about *)b)->scenario;

    return left < right ? -1 : left > right;
}

size_t tck_known_entries_of(const struct tck_known *list, const struct tck_scenario *scenario,
                            const size_t **ret_entries)
{
    const struct about wanted = { .scenario = scenario };
    const struct about *found = bsearch(&wanted, list->abouts, list->about_count, sizeof wanted, by_address);

    *ret_entries = found ? found->entries : NULL;
    return found ? found->count : 0;
}

/* --- what an entry names --- */

bool tck_known_can_name(enum tck_cause cause)
{
    return cause != TCK_CAUSE_UNEXPECTED_PASS &&
           (tck_cause_verdict(cause) == TCK_VERDICT_FAILED || cause == TCK_CAUSE_TIMEOUT);
}

bool tck_known_names(const struct tck_known_entry *entry, const struct tck_known_failure *failure)
{
    const bool broken = tck_cause_verdict(failure->cause) == TCK_VERDICT_FAILED;

    if (entry->step && entry->step != failure->step)
        return false;
    if (entry->cause != TCK_CAUSE_NONE && entry->cause != failure->cause)
        return false;
    if (entry->rule)
        return failure->rule && strcmp(entry->rule, failure->rule) == 0 && (broken || entry->cause != TCK_CAUSE_NONE);
    return !broken || !failure->rule;
}

static void say(const char *rule, enum tck_cause cause, size_t step, struct tck_buffer *out)
{
    if (rule)
        tck_buffer_printf(out, "rule %s", rule);
    if (cause != TCK_CAUSE_NONE)
        tck_buffer_printf(out, "%s%s", rule ? ", " : "", tck_cause_word(cause));
    if (step)
        tck_buffer_printf(out, " at step %zu", step);
}

void tck_known_say_entry(const struct tck_known_entry *entry, struct tck_buffer *out)
{
    say(entry->rule, entry->cause, entry->step, out);
}

void tck_known_say_failure(const struct tck_known_failure *failure, struct tck_buffer *out)
{
    say(failure->cause == TCK_CAUSE_TIMEOUT ? NULL : failure->rule, failure->cause, failure->step, out);
}

unsigned tck_known_today(void)
{
    const time_t now = time(NULL);
    struct tm tm = { 0 };

    gmtime_r(&now, &tm);
    return (unsigned)(tm.tm_year + 1900) * 10000 + (unsigned)(tm.tm_mon + 1) * 100 + (unsigned)tm.tm_mday;
}

/* --- reading --- */

struct reader {
    struct tck_known *list;
    const struct tck_spec *spec;
    const struct tck_scenario **scenarios; /* all of the spec */
    size_t scenario_count;
    struct tck_error_list *errors;
    int status; /* the last mistake's, TCK_KIT for good, or 0 */
};

#define MISTAKE(reader, place, ...) \
    note_status(reader, tck_error_list_add((reader)->errors, TCK_BAD_INPUT, place, __VA_ARGS__))

static void note_status(struct reader *reader, int r)
{
    if (reader->status != TCK_KIT && r < 0)
        reader->status = r;
}

static void *must(struct reader *reader, void *memory)
{
    if (!memory && reader->status != TCK_KIT)
        reader->status = tck_error_list_add(reader->errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    return memory;
}

static bool is_text(const struct tck_tree *tree)
{
    return (tree->kind == TCK_TREE_STRING || tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_BOOL) &&
           tree->text_size > 0;
}

static const char *read_text(struct reader *reader, const struct tck_tree *entry, const char *key)
{
    const struct tck_tree *tree = tck_tree_get(entry, key);

    if (!tree)
        return NULL;
    if (is_text(tree))
        return tree->text;
    MISTAKE(reader, tree->place, "'%s': expected a text, found %s", key,
            tree->kind == TCK_TREE_STRING ? "an empty one" : tck_tree_kind_text(tree->kind));
    return NULL;
}

static const char *rule_at(const void *context, size_t i)
{
    return tck_spec_requirement(context, i)->id;
}

static void read_rule(struct reader *reader, const struct tck_tree *tree, struct tck_known_entry *entry)
{
    const char *near;

    entry->rule = read_text(reader, tree, "rule");
    if (!entry->rule || tck_spec_find_requirement(reader->spec, entry->rule))
        return;
    near = tck_suggest(entry->rule, tck_spec_requirement_count(reader->spec), rule_at, reader->spec);
    MISTAKE(reader, tck_tree_get(tree, "rule")->place, "there is no rule '%.80s'%s%s%s", entry->rule,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void read_cause(struct reader *reader, const struct tck_tree *tree, struct tck_known_entry *entry)
{
    const char *word = read_text(reader, tree, "cause"), *words[TCK_CAUSE_COUNT], *near;
    const struct tck_place place = word ? tck_tree_get(tree, "cause")->place : TCK_NOWHERE;
    const int cause = word ? tck_cause_parse(word) : -1;
    size_t count = 0;

    if (!word)
        return;
    if (cause > TCK_CAUSE_NONE && tck_known_can_name(cause)) {
        entry->cause = cause;
        return;
    }
    if (cause > TCK_CAUSE_NONE) {
        MISTAKE(reader, place, "'%s' cannot be known beforehand: it is not the failure of one scenario", word);
        return;
    }
    for (int known = TCK_CAUSE_NONE + 1; known < TCK_CAUSE_COUNT; known++)
        if (tck_known_can_name(known))
            words[count++] = tck_cause_word(known);
    near = tck_suggest_in(word, count, words);
    MISTAKE(reader, place, "there is no cause '%.80s'%s%s%s", word, near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
}

static void read_step(struct reader *reader, const struct tck_tree *tree, struct tck_known_entry *entry)
{
    const struct tck_tree *item = tck_tree_get(tree, "step");
    unsigned long step = 0;
    char *end = NULL;

    if (!item)
        return;
    if (item->kind == TCK_TREE_NUMBER && isdigit((unsigned char)item->text[0]))
        step = strtoul(item->text, &end, 10);
    if (!end || *end || step == 0 || step > STEP_MAX)
        MISTAKE(reader, item->place, "a step is a number from 1, as failures tell it");
    else
        entry->step = step;
}

/* "2027-03-01" to 20270301; 0 if there is no such day. */
static unsigned parse_day(const char *text)
{
    static const unsigned days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned year, month, day;

    if (strlen(text) != 10 || strspn(text, "0123456789") != 4 || text[4] != '-' ||
        strspn(text + 5, "0123456789") != 2 || text[7] != '-' || strspn(text + 8, "0123456789") != 2)
        return 0;
    year = (unsigned)strtoul(text, NULL, 10);
    month = (unsigned)strtoul(text + 5, NULL, 10);
    day = (unsigned)strtoul(text + 8, NULL, 10);
    if (year == 0 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return 0;
    if (month == 2 && day == 29 && (year % 4 || (year % 100 == 0 && year % 400)))
        return 0;
    return year * 10000 + month * 100 + day;
}

static void read_until(struct reader *reader, const struct tck_tree *tree, struct tck_known_entry *entry)
{
    entry->fact.until = read_text(reader, tree, "until");
    if (!entry->fact.until)
        return;
    entry->until = parse_day(entry->fact.until);
    if (!entry->until)
        MISTAKE(reader, tck_tree_get(tree, "until")->place, "'%.40s' is no day; write for example 2027-03-01",
                entry->fact.until);
}

static const char *scenario_id_at(const void *context, size_t i)
{
    return ((const struct tck_scenario *const *)context)[i]->id;
}

static void check_glob(struct reader *reader, const struct tck_tree *glob)
{
    const char *near;

    for (size_t i = 0; i < reader->scenario_count; i++)
        if (tck_plan_name_matches(glob->text, reader->scenarios[i]))
            return;
    near = tck_suggest(glob->text, reader->scenario_count, scenario_id_at, reader->scenarios);
    if (near)
        MISTAKE(reader, glob->place, "no scenario is named '%s'; did you mean '%s'?", glob->text, near);
    else
        MISTAKE(reader, glob->place, "no scenario is named '%s'; `tck list` shows what there is", glob->text);
}

static void read_globs(struct reader *reader, const struct tck_tree *tree, struct tck_known_entry *entry)
{
    const struct tck_tree *given = tck_tree_get(tree, "scenario"), *glob;
    const char **globs;
    size_t count;

    if (!given) {
        MISTAKE(reader, tree->place, "the entry names no scenario");
        return;
    }
    if (!is_text(given) && (given->kind != TCK_TREE_LIST || given->count == 0)) {
        MISTAKE(reader, given->place, "'scenario': expected a glob or a list of globs, found %s",
                tck_tree_kind_text(given->kind));
        return;
    }
    count = given->kind == TCK_TREE_LIST ? given->count : 1;
    globs = must(reader, tck_arena_array(reader->list->arena, count, sizeof *globs));
    if (!globs)
        return;
    count = 0;
    for (glob = given->kind == TCK_TREE_LIST ? given->first : given; glob;
         glob = given->kind == TCK_TREE_LIST ? glob->next : NULL) {
        if (!is_text(glob)) {
            MISTAKE(reader, glob->place, "'scenario': expected a glob, found %s", tck_tree_kind_text(glob->kind));
            continue;
        }
        check_glob(reader, glob);
        globs[count++] = glob->text;
    }
    entry->globs = (struct tck_strings){ .items = globs, .count = count };
}

static void read_entry(struct reader *reader, const struct tck_tree *tree, enum tck_known_kind kind)
{
    static const char *const keys[] = { "scenario", "rule", "cause", "step", "reason", "until" };
    struct tck_known_entry *entry = &reader->list->entries[reader->list->count];

    if (tree->kind != TCK_TREE_MAP) {
        MISTAKE(reader, tree->place, "an entry is a map of scenario, rule or cause, and reason; found %s",
                tck_tree_kind_text(tree->kind));
        return;
    }
    reader->list->count++;
    entry->tree = tree;
    entry->fact.kind = kind;
    entry->fact.place = tree->place;
    note_status(reader, tck_tree_check_keys(tree, TCK_COUNT(keys), keys, reader->errors));
    read_globs(reader, tree, entry);
    read_rule(reader, tree, entry);
    read_cause(reader, tree, entry);
    read_step(reader, tree, entry);
    read_until(reader, tree, entry);
    entry->fact.reason = read_text(reader, tree, "reason");
    if (!tck_tree_get(tree, "rule") && !tck_tree_get(tree, "cause"))
        MISTAKE(reader, tree->place, "the entry names neither the rule that is broken nor the cause of the failure");
    if (!tck_tree_get(tree, "reason"))
        MISTAKE(reader, tree->place, "the entry says no reason");
}

static const struct tck_tree *entries_under(struct reader *reader, const struct tck_tree *root, const char *key)
{
    const struct tck_tree *list = tck_tree_get(root, key);

    if (!list || list->kind == TCK_TREE_NULL || list->kind == TCK_TREE_LIST)
        return list;
    MISTAKE(reader, list->place, "'%s': expected a list of entries, found %s", key, tck_tree_kind_text(list->kind));
    return NULL;
}

static void read_root(struct reader *reader)
{
    static const char *const keys[] = { "failing", "flaky" };
    const struct tck_tree *root = reader->list->root, *lists[2];
    size_t count = 0;

    if (root->kind == TCK_TREE_NULL)
        return;
    if (root->kind != TCK_TREE_MAP) {
        MISTAKE(reader, root->place, "a list of known failures is a map with failing, flaky or both; found %s",
                tck_tree_kind_text(root->kind));
        return;
    }
    note_status(reader, tck_tree_check_keys(root, TCK_COUNT(keys), keys, reader->errors));
    for (size_t i = 0; i < 2; i++) {
        lists[i] = entries_under(reader, root, keys[i]);
        count += lists[i] ? lists[i]->count : 0;
    }
    reader->list->entries = must(reader, tck_arena_array(reader->list->arena, count, sizeof(struct tck_known_entry)));
    for (size_t i = 0; i < 2 && reader->list->entries; i++)
        for (const struct tck_tree *item = lists[i] ? lists[i]->first : NULL; item; item = item->next)
            read_entry(reader, item, i == 0 ? TCK_KNOWN_FAILING : TCK_KNOWN_FLAKY);
}

/* --- which entries speak of which scenario --- */

/* Could one failure be that of both? */
static bool same_failure(const struct tck_known_entry *a, const struct tck_known_entry *b)
{
    if (a->step && b->step && a->step != b->step)
        return false;
    if (a->rule && b->rule)
        return strcmp(a->rule, b->rule) == 0 &&
               (a->cause == b->cause || a->cause == TCK_CAUSE_NONE || b->cause == TCK_CAUSE_NONE);
    return !a->rule && !b->rule && a->cause == b->cause;
}

/* Each pair of entries is told once, however many scenarios they share. */
static void check_overlap(struct reader *reader, const struct about *about, bool *told)
{
    for (size_t i = 1; i < about->count; i++) {
        const size_t later = about->entries[i];
        const struct tck_known_entry *b = &reader->list->entries[later];

        for (size_t k = 0; k < i && !told[later]; k++) {
            const struct tck_known_entry *a = &reader->list->entries[about->entries[k]];

            if (a->fact.kind == b->fact.kind && !same_failure(a, b))
                continue;
            told[later] = true;
            MISTAKE(reader, b->fact.place, "'%s' is %s by the entry in line %u already", about->scenario->id,
                    a->fact.kind == b->fact.kind ? "known to fail so" : tck_known_word(a->fact.kind),
                    a->fact.place.line);
        }
    }
}

static bool speaks_of(const struct tck_known_entry *entry, const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < entry->globs.count; i++)
        if (tck_plan_name_matches(entry->globs.items[i], scenario))
            return true;
    return false;
}

static void relate(struct reader *reader)
{
    struct tck_known *list = reader->list;
    size_t *found = must(reader, tck_arena_array(list->arena, list->count, sizeof *found));
    bool *told = must(reader, tck_arena_array(list->arena, list->count, sizeof *told));

    list->abouts = must(reader, tck_arena_array(list->arena, reader->scenario_count, sizeof *list->abouts));
    list->scenario_counts = must(reader, tck_arena_array(list->arena, list->count, sizeof *list->scenario_counts));
    if (!found || !told || !list->abouts || !list->scenario_counts)
        return;
    for (size_t i = 0; i < reader->scenario_count; i++) {
        struct about *about = &list->abouts[list->about_count];

        *about = (struct about){ .scenario = reader->scenarios[i] };
        for (size_t e = 0; e < list->count; e++)
            if (speaks_of(&list->entries[e], about->scenario)) {
                list->scenario_counts[e]++;
                found[about->count++] = e;
            }
        if (about->count == 0)
            continue;
        about->entries = must(reader, tck_arena_memdup(list->arena, found, about->count * sizeof *found));
        if (!about->entries)
            return;
        list->about_count++;
        check_overlap(reader, about, told);
    }
    qsort(list->abouts, list->about_count, sizeof *list->abouts, by_address);
}

static void collect_scenarios(struct reader *reader)
{
    for (size_t i = 0; i < tck_spec_suite_count(reader->spec); i++)
        reader->scenario_count += tck_spec_suite(reader->spec, i)->scenario_count;
    reader->scenarios =
        must(reader, tck_arena_array(reader->list->arena, reader->scenario_count, sizeof(struct tck_scenario *)));
    reader->scenario_count = 0;
    for (size_t i = 0; reader->scenarios && i < tck_spec_suite_count(reader->spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(reader->spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++)
            reader->scenarios[reader->scenario_count++] = suite->scenarios[k];
    }
}

int tck_known_parse(const char *name, struct tck_bytes text, const struct tck_spec *spec, struct tck_known **ret_list,
                    struct tck_error_list *errors)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_error err = { 0 };
    struct reader reader = { .spec = spec, .errors = errors };
    int r;

    if (tck_arena_new(0, &arena, &err) < 0)
        return tck_error_list_take(errors, &err);
    reader.list = must(&reader, TCK_NEW(arena, struct tck_known));
    if (!reader.list)
        return reader.status;
    reader.list->arena = arena;
    reader.list->file = must(&reader, tck_arena_strdup(arena, name));
    r = tck_tree_parse_yaml(name, text, arena, &reader.list->root, errors);
    if (r < 0)
        return r;
    collect_scenarios(&reader);
    if (reader.status == 0)
        read_root(&reader);
    if (reader.status != TCK_KIT)
        relate(&reader);
    if (reader.status < 0)
        return reader.status;
    TCK_TAKE(arena);
    *ret_list = reader.list;
    return 0;
}

int tck_known_load(const char *path, const struct tck_spec *spec, struct tck_known **ret_list,
                   struct tck_error_list *errors)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(FILE_CEILING);
    struct tck_error err = { 0 };

    if (tck_read_file(path, FILE_CEILING, &text, &err) < 0)
        return tck_error_list_take(errors, &err);
    return tck_known_parse(path, tck_buffer_bytes(&text), spec, ret_list, errors);
}
