/* SPDX-License-Identifier: Apache-2.0
 *
 * known/list.h — failures that are known, as a YAML file that a person keeps beside the configuration.
 *
 *     failing:                              # each of these scenarios fails, every time, in just this way
 *       - scenario: value-entity/failures/after-*  # a glob as for --scenario, or a list of them
 *         rule: VE-FAILURE-1                # the rule that it breaks
 *         step: 4                           # the step at which it fails; without it, any
 *         reason: the key is dead after a failed stream
 *         until: 2027-03-01                 # optional: the last day (UTC) on which the entry excuses anything
 *     flaky:                                # these may fail, but only in this way; nothing is tried again
 *       - scenario: crdt/streamed-commands/a-streamed-command-can-end-itself
 *         cause: timeout                    # where no rule is broken: a word of TCK_CAUSE_MAP
 *         reason: our scheduler starves it now and then
 *
 * An entry names the rule, or the cause, or both. A rule alone means that the rule was broken: a wait that ran out is no
 * broken rule, and needs `cause: timeout`. A cause alone means that no rule is known to be broken, but for timeouts,
 * of which no rule can be said. What ends more than its own scenario (a candidate that died or cannot be reached, a
 * kit or scenario at fault) cannot be known.
 *
 * A scenario may be in several entries of one kind that differ in how it fails: then it fails in one of these ways.
 *
 *     r = tck_known_load("known.yaml", spec, &list, &errors);
 *
 * Threads: immutable once loaded. Memory: one arena. The spec must outlive the list.
 */
#ifndef TCK_KNOWN_LIST_H
#define TCK_KNOWN_LIST_H

#include "spec/spec.h"
#include "verdict/verdict.h"

struct tck_known_entry {
    struct tck_known_fact fact; /* kind, place, reason and until; no note */
    struct tck_strings globs;
    const char *rule;     /* or NULL */
    enum tck_cause cause; /* NONE: whatever breaks the rule */
    size_t step;          /* 0: any */
    unsigned until;       /* 20270301, or 0 */
    const struct tck_tree *tree;
};

struct tck_known;

/* Every mistake of the file at once, with its place: unknown keys, rules, causes; bad dates; a glob that matches no
 * scenario of the spec; the same failure of a scenario in two entries; a scenario both failing and flaky. Returns the
 * worst status. */
int tck_known_load(const char *path, const struct tck_spec *spec, struct tck_known **ret_list,
                   struct tck_error_list *errors);
/* Text in place of a file. */
int tck_known_parse(const char *name, struct tck_bytes text, const struct tck_spec *spec, struct tck_known **ret_list,
                    struct tck_error_list *errors);
void tck_known_free(struct tck_known *list);
TCK_DEFINE_FREEP(struct tck_known, tck_known_free)

const char *tck_known_file(const struct tck_known *list);
const struct tck_tree *tck_known_root(const struct tck_known *list);
size_t tck_known_count(const struct tck_known *list);
const struct tck_known_entry *tck_known_entry(const struct tck_known *list, size_t i);

/* The entries that a scenario is in, in the order of the file, as indices: *ret_entries is borrowed. Returns how many. */
size_t tck_known_entries_of(const struct tck_known *list, const struct tck_scenario *scenario,
                            const size_t **ret_entries);
/* How many scenarios of the spec the entry is about. */
size_t tck_known_scenario_count(const struct tck_known *list, size_t entry);

/* How a scenario failed, as results and reports have it. */
struct tck_known_failure {
    enum tck_cause cause;
    const char *rule; /* or NULL */
    size_t step;
};
/* Is this the failure that the entry names? */
bool tck_known_names(const struct tck_known_entry *entry, const struct tck_known_failure *failure);
/* Can a failure of this cause be in a list? */
bool tck_known_can_name(enum tck_cause cause);
/* "rule PX-VE07 at step 4", "timeout": what the entry names, or what happened. Appends. */
void tck_known_say_entry(const struct tck_known_entry *entry, struct tck_buffer *out);
void tck_known_say_failure(const struct tck_known_failure *failure, struct tck_buffer *out);

/* Today in UTC, as 20270301. */
unsigned tck_known_today(void);

#endif
