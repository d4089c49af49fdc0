/* SPDX-License-Identifier: Apache-2.0 */
#include "known/update.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "known/edit.h"

#define TEXT_CEILING ((size_t)16 << 20)
#define CHANGES_MAX  100000

void tck_known_update_free(struct tck_known_update *update)
{
    if (update)
        tck_arena_free(update->arena); /* it lives in it */
}

/* What the reports say of a scenario, beside what the list says. */
enum finding { UNKNOWN, AS_NAMED, OTHERWISE, PASSED, MIXED };

struct seen {
    const struct tck_scenario *scenario;
    const size_t *entries; /* of the list */
    size_t entry_count, passed, failed;
    const struct tck_past_result *unnamed; /* the first failure that no entry names, or NULL */
    bool settled;                          /* an entry was corrected for it */
};

struct updater {
    struct tck_known *list;
    struct tck_past *const *pasts;
    size_t past_count;
    struct seen *seen; /* every scenario of the spec */
    size_t seen_count;
    struct tck_edits edits;
    struct tck_buffer added[TCK_KNOWN_COUNT]; /* new entries as text, by kind */
    struct tck_arena *arena;
    const char **changes;
    size_t change_count, change_capacity;
    struct tck_error *err;
};

static int tell(struct updater *updater, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int tell(struct updater *updater, const char *fmt, ...)
{
    va_list args;
    const char *text;

    if (updater->change_count == updater->change_capacity) {
        size_t capacity = updater->change_capacity ? 2 * updater->change_capacity : 32;
        const char **changes = tck_arena_array(updater->arena, capacity, sizeof *changes);

        if (!changes || capacity > CHANGES_MAX)
            return tck_no_memory(updater->err);
        if (updater->change_count)
            memcpy(changes, updater->changes, updater->change_count * sizeof *changes);
        updater->changes = changes;
        updater->change_capacity = capacity;
    }
    va_start(args, fmt);
    text = tck_arena_vprintf(updater->arena, fmt, args);
    va_end(args);
    if (!text)
        return tck_no_memory(updater->err);
    updater->changes[updater->change_count++] = text;
    return 0;
}

static struct tck_known_failure failure_of(const struct tck_past_result *result)
{
    return (struct tck_known_failure){ .cause = result->cause, .rule = result->rule, .step = result->step };
}

static bool same_failure(const struct tck_known_failure *a, const struct tck_known_failure *b)
{
    return a->cause == b->cause && a->step == b->step &&
           (a->rule && b->rule ? strcmp(a->rule, b->rule) == 0 : a->rule == b->rule);
}

static const char *said(struct updater *updater, const struct tck_known_failure *failure)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TEXT_CEILING);
    const char *text;

    tck_known_say_failure(failure, &out);
    text = out.failed ? NULL : tck_arena_strdup(updater->arena, tck_buffer_string(&out));
    return text ? text : "";
}

/* --- what was seen --- */

/* The results of one scenario in one report. */
static const struct tck_past_result *results_of(const struct tck_past *past, const char *scenario, size_t *ret_count)
{
    size_t low = 0, high = past->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(past->results[middle].scenario, scenario) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret_count = 0;
    if (low < past->count && strcmp(past->results[low].scenario, scenario) == 0)
        *ret_count = tck_past_group(past, low);
    return past->results + low;
}

static bool is_named(const struct updater *updater, const struct seen *seen, const struct tck_known_failure *failure)
{
    for (size_t i = 0; i < seen->entry_count; i++)
        if (tck_known_names(tck_known_entry(updater->list, seen->entries[i]), failure))
            return true;
    return false;
}

static void look_at(const struct updater *updater, struct seen *seen)
{
    seen->entry_count = tck_known_entries_of(updater->list, seen->scenario, &seen->entries);
    for (size_t i = 0; i < updater->past_count; i++) {
        size_t count;
        const struct tck_past_result *results = results_of(updater->pasts[i], seen->scenario->id, &count);

        for (size_t k = 0; k < count; k++) {
            const struct tck_known_failure failure = failure_of(&results[k]);

            seen->passed += tck_past_state(&results[k]) == TCK_PAST_PASSES;
            if (!tck_known_can_name(results[k].cause))
                continue;
            seen->failed++;
            if (!seen->unnamed && !is_named(updater, seen, &failure))
                seen->unnamed = &results[k];
        }
    }
}

static enum finding finding_of(const struct seen *seen)
{
    if (seen->passed && seen->failed)
        return MIXED;
    if (seen->passed)
        return PASSED;
    if (!seen->failed)
        return UNKNOWN;
    return seen->unnamed ? OTHERWISE : AS_NAMED;
}

static bool is_about(const struct seen *seen, size_t entry)
{
    for (size_t i = 0; i < seen->entry_count; i++)
        if (seen->entries[i] == entry)
            return true;
    return false;
}

static int collect(struct updater *updater, const struct tck_spec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < tck_spec_suite_count(spec); i++)
        count += tck_spec_suite(spec, i)->scenario_count;
    updater->seen = tck_arena_array(updater->arena, count, sizeof *updater->seen);
    if (!updater->seen)
        return tck_no_memory(updater->err);
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(spec, i);

        for (size_t k = 0; k < suite->scenario_count; k++) {
            struct seen *seen = &updater->seen[updater->seen_count++];

            seen->scenario = suite->scenarios[k];
            look_at(updater, seen);
        }
    }
    return 0;
}

static bool is_there(const struct updater *updater, const char *scenario)
{
    for (size_t i = 0; i < updater->seen_count; i++)
        if (strcmp(updater->seen[i].scenario->id, scenario) == 0)
            return true;
    return false;
}

/* A list that names a scenario which there is not would stop every run. And what cannot be in a list is told. */
static int check_reports(struct updater *updater)
{
    for (size_t i = 0; i < updater->past_count; i++) {
        const struct tck_past *past = updater->pasts[i];

        for (size_t k = 0; k < past->count; k++) {
            const struct tck_past_result *result = &past->results[k];

            if (tck_past_state(result) != TCK_PAST_FAILS)
                continue;
            if (!is_there(updater, result->scenario))
                return tck_fail(updater->err, TCK_BAD_INPUT, (struct tck_place){ .name = past->file },
                                "'%s' failed, but there is no such scenario; --specs names those of your own",
                                result->scenario);
            if (!tck_known_can_name(result->cause) && tell(updater, "not added: %s: %s cannot be known beforehand",
                                                           result->scenario, tck_cause_word(result->cause)) < 0)
                return TCK_KIT;
        }
    }
    return 0;
}

/* --- one entry --- */

/* Can the entry be made to name the failure by changing what it has? */
static bool is_correctable(const struct tck_known_entry *entry, const struct tck_known_failure *failure)
{
    if (entry->step && failure->step == 0)
        return false;
    return !entry->rule || entry->cause == TCK_CAUSE_NONE || failure->rule;
}

static int set(struct updater *updater, const struct tck_known_entry *entry, const char *key, const char *new_key,
               const char *value)
{
    return tck_edit_set(&updater->edits, entry, key, new_key, value, updater->err);
}

static int correct(struct updater *updater, const struct tck_known_entry *entry,
                   const struct tck_known_failure *failure)
{
    const bool by_rule = failure->rule && failure->cause != TCK_CAUSE_TIMEOUT, both = entry->rule && entry->cause;
    const char *word = tck_cause_word(failure->cause);
    char step[32];
    int r = 0;

    if (both && strcmp(entry->rule, failure->rule) != 0)
        r = set(updater, entry, "rule", NULL, failure->rule);
    if (r == 0 && both && entry->cause != failure->cause)
        r = set(updater, entry, "cause", NULL, word);
    if (!both && entry->rule && by_rule && strcmp(entry->rule, failure->rule) != 0)
        r = set(updater, entry, "rule", NULL, failure->rule);
    if (!both && entry->rule && !by_rule)
        r = set(updater, entry, "rule", "cause", word);
    if (!both && entry->cause && by_rule)
        r = set(updater, entry, "cause", "rule", failure->rule);
    if (!both && entry->cause && !by_rule && entry->cause != failure->cause)
        r = set(updater, entry, "cause", NULL, word);
    if (r == 0 && entry->step && entry->step != failure->step) {
        snprintf(step, sizeof step, "%zu", failure->step);
        r = set(updater, entry, "step", NULL, step);
    }
    if (r < 0)
        return r;
    return tell(updater, "corrected: %s:%u: now %s", entry->fact.place.name, entry->fact.place.line,
                said(updater, failure));
}

/* Which of an entry's scenarios stay in it. */
struct sorting {
    size_t count, kept, passed, otherwise;
    const struct tck_past_result *failure; /* of those that fail otherwise, if all do so in one way */
    bool one_way;
};

static struct sorting sort_out(const struct updater *updater, size_t index)
{
    struct sorting sorting = { .one_way = true };

    for (size_t i = 0; i < updater->seen_count; i++) {
        const struct seen *seen = &updater->seen[i];
        enum finding finding = finding_of(seen);

        if (!is_about(seen, index))
            continue;
        sorting.count++;
        sorting.passed += finding == PASSED;
        sorting.otherwise += finding == OTHERWISE;
        sorting.kept += finding != PASSED && finding != OTHERWISE;
        if (finding == OTHERWISE) {
            const struct tck_known_failure own = failure_of(seen->unnamed),
                                           first = failure_of(sorting.failure ? sorting.failure : seen->unnamed);

            sorting.one_way = sorting.one_way && same_failure(&own, &first) && !seen->settled;
            sorting.failure = sorting.failure ? sorting.failure : seen->unnamed;
        }
    }
    return sorting;
}

/* The entry is about fewer scenarios from now on: those that keep says. */
static int narrow(struct updater *updater, size_t index, bool keep_otherwise)
{
    const struct tck_known_entry *entry = tck_known_entry(updater->list, index);
    tck_cleanup(tck_buffer_done) struct tck_buffer ids = TCK_BUFFER_INIT(TEXT_CEILING),
                                                   out = TCK_BUFFER_INIT(TEXT_CEILING);
    tck_cleanup(tck_buffer_done) struct tck_buffer list = TCK_BUFFER_INIT(TEXT_CEILING);
    size_t kept = 0;
    int r;

    for (size_t i = 0; i < updater->seen_count; i++) {
        const struct seen *seen = &updater->seen[i];
        const enum finding finding = finding_of(seen);

        if (!is_about(seen, index))
            continue;
        if (finding == PASSED || (finding == OTHERWISE && !keep_otherwise)) {
            tck_buffer_printf(&out, "%s%s (%s)", out.size ? ", " : "", seen->scenario->id,
                              finding == PASSED ? "passed" : "failed otherwise");
            continue;
        }
        if (kept++)
            tck_buffer_puts(&ids, ", ");
        tck_edit_say_id(seen->scenario->id, &ids);
    }
    if (kept > 1)
        tck_buffer_printf(&list, "[%s]", tck_buffer_string(&ids));
    else
        tck_buffer_puts(&list, tck_buffer_string(&ids));
    if (ids.failed || out.failed || list.failed)
        return tck_no_memory(updater->err);
    r = set(updater, entry, "scenario", NULL, tck_buffer_string(&list));
    if (r < 0)
        return r;
    return tell(updater, "taken out: %s:%u: %s", entry->fact.place.name, entry->fact.place.line,
                tck_buffer_string(&out));
}

static int drop(struct updater *updater, const struct tck_known_entry *entry, const struct sorting *sorting)
{
    int r = tck_edit_drop(&updater->edits, entry, updater->err);

    if (r < 0)
        return r;
    return tell(updater, "dropped: %s:%u: %s: %s", entry->fact.place.name, entry->fact.place.line,
                entry->globs.items[0], sorting->otherwise ? "it fails otherwise" : "passed");
}

static int update_failing(struct updater *updater, size_t index)
{
    const struct tck_known_entry *entry = tck_known_entry(updater->list, index);
    const struct sorting sorting = sort_out(updater, index);
    const struct tck_known_failure failure =
        sorting.failure ? failure_of(sorting.failure) : (struct tck_known_failure){ 0 };
    const bool corrects = sorting.kept == 0 && sorting.otherwise && sorting.one_way && is_correctable(entry, &failure);
    int r = 0;

    if (sorting.passed + sorting.otherwise == 0)
        return 0;
    if (corrects) {
        r = correct(updater, entry, &failure);
        for (size_t i = 0; i < updater->seen_count; i++)
            if (is_about(&updater->seen[i], index) && finding_of(&updater->seen[i]) == OTHERWISE)
                updater->seen[i].settled = true;
        return r == 0 && sorting.passed ? narrow(updater, index, true) : r;
    }
    return sorting.kept ? narrow(updater, index, false) : drop(updater, entry, &sorting);
}

/* --- failures that no entry names --- */

static int add_failure(struct updater *updater, const struct seen *seen, enum tck_known_kind kind,
                       const struct tck_past_result *result)
{
    const struct tck_known_failure failure = failure_of(result);

    tck_edit_entry(&updater->edits, updater->list, kind, seen->scenario->id, &failure,
                   result->reason && result->reason[0] ? result->reason : "the report says no reason",
                   &updater->added[kind]);
    return tell(updater, "added to %s: %s: %s", tck_known_word(kind), seen->scenario->id, said(updater, &failure));
}

/* Each way in which it failed once. */
static int add_failures(struct updater *updater, const struct seen *seen)
{
    const bool flaky =
        seen->entry_count && tck_known_entry(updater->list, seen->entries[0])->fact.kind == TCK_KNOWN_FLAKY;
    const struct tck_past_result *told[8];
    size_t told_count = 0;

    for (size_t i = 0; i < updater->past_count; i++) {
        size_t count;
        const struct tck_past_result *results = results_of(updater->pasts[i], seen->scenario->id, &count);

        for (size_t k = 0; k < count && told_count < TCK_COUNT(told); k++) {
            const struct tck_known_failure failure = failure_of(&results[k]);
            bool again = false;

            for (size_t t = 0; t < told_count; t++) {
                const struct tck_known_failure other = failure_of(told[t]);

                again = again || same_failure(&failure, &other);
            }
            if (again || !tck_known_can_name(results[k].cause) || is_named(updater, seen, &failure))
                continue;
            told[told_count++] = &results[k];
            if (add_failure(updater, seen, flaky || seen->passed ? TCK_KNOWN_FLAKY : TCK_KNOWN_FAILING, &results[k]) <
                0)
                return TCK_KIT;
        }
    }
    return 0;
}

static int update_scenario(struct updater *updater, const struct seen *seen)
{
    const struct tck_known_entry *first = seen->entry_count ? tck_known_entry(updater->list, seen->entries[0]) : NULL;

    if (first && first->fact.kind == TCK_KNOWN_FAILING && finding_of(seen) == MIXED)
        return tell(updater, "left as it is: %s:%u: %s failed %zu of %zu times; is it flaky?", first->fact.place.name,
                    first->fact.place.line, seen->scenario->id, seen->failed, seen->failed + seen->passed);
    return seen->unnamed && !seen->settled ? add_failures(updater, seen) : 0;
}

static int gather(struct updater *updater)
{
    int r = check_reports(updater);

    for (size_t i = 0; r == 0 && i < tck_known_count(updater->list); i++)
        if (tck_known_entry(updater->list, i)->fact.kind == TCK_KNOWN_FAILING)
            r = update_failing(updater, i);
    for (size_t i = 0; r == 0 && i < updater->seen_count; i++)
        r = update_scenario(updater, &updater->seen[i]);
    for (int kind = TCK_KNOWN_FAILING; r == 0 && kind < TCK_KNOWN_COUNT; kind++)
        if (updater->added[kind].size || updater->added[kind].failed)
            r = tck_edit_add(&updater->edits, updater->list, kind, &updater->added[kind], updater->err);
    return r;
}

/* --- the whole --- */

/* The new list is one, and there is nothing left to do. */
static int check_again(const struct updater *updater, const struct tck_buffer *text, const struct tck_spec *spec,
                       struct tck_error_list *errors)
{
    tck_cleanup(tck_known_freep) struct tck_known *list = NULL;
    struct updater again = { .pasts = updater->pasts, .past_count = updater->past_count };
    const char *file = tck_known_file(updater->list);
    int r = tck_known_parse(file, tck_buffer_bytes(text), spec, &list, errors);

    again.list = list;
    for (size_t i = 0; r == 0 && i < updater->seen_count; i++) {
        struct seen seen = { .scenario = updater->seen[i].scenario };
        enum finding finding;

        look_at(&again, &seen);
        finding = finding_of(&seen);
        if (finding == OTHERWISE || (finding == PASSED && seen.entry_count &&
                                     tck_known_entry(list, seen.entries[0])->fact.kind == TCK_KNOWN_FAILING))
            r = tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = file },
                                   "cannot be made to fit '%s' without breaking up its entries by hand",
                                   seen.scenario->id);
    }
    return r;
}

static int make(struct updater *updater, const struct tck_spec *spec, struct tck_known_update *update,
                struct tck_error_list *errors)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);
    int r = collect(updater, spec);

    if (r == 0)
        r = gather(updater);
    if (r == 0 && updater->edits.count) {
        r = tck_edits_make(&updater->edits, &text, updater->err);
        if (r == 0) {
            r = check_again(updater, &text, spec, errors);
            if (r < 0)
                return r;
            update->text = tck_arena_memdup(updater->arena, tck_buffer_string(&text), text.size + 1);
            update->size = text.size;
            r = update->text ? 0 : tck_no_memory(updater->err);
        }
    }
    update->changes = updater->changes;
    update->change_count = updater->change_count;
    return r < 0 ? tck_error_list_take(errors, updater->err) : 0;
}

static void updater_done(struct updater *updater)
{
    tck_known_free(updater->list);
    for (size_t i = 0; i < TCK_KNOWN_COUNT; i++)
        tck_buffer_done(&updater->added[i]);
}

int tck_known_update_new(const char *name, struct tck_bytes text, const struct tck_spec *spec,
                         struct tck_past *const *pasts, size_t past_count, struct tck_known_update **ret_update,
                         struct tck_error_list *errors)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(updater_done) struct updater updater = { .pasts = pasts, .past_count = past_count, .err = &err };
    struct tck_known_update *update;
    int r;

    for (size_t i = 0; i < TCK_KNOWN_COUNT; i++)
        updater.added[i] = (struct tck_buffer)TCK_BUFFER_INIT(TEXT_CEILING);
    if (tck_arena_new(0, &arena, &err) < 0)
        return tck_error_list_take(errors, &err);
    update = TCK_NEW(arena, struct tck_known_update);
    if (!update)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    updater.arena = arena;
    r = tck_known_parse(name, text, spec, &updater.list, errors);
    if (r < 0)
        return r;
    tck_edits_init(&updater.edits, text, arena);
    r = make(&updater, spec, update, errors);
    if (r < 0)
        return r;
    update->arena = TCK_TAKE(arena);
    *ret_update = update;
    return 0;
}
