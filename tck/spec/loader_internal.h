/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/loader_internal.h — what the files of the loader share: the spec under construction and the reading of one file.
 *
 * Reading goes on after a mistake, so that all of a file's are reported. A function that returns NULL or false has
 * noted its mistake (or that memory ran out) with the loader; its caller goes on with what is next. loader.worst tells
 * in the end.
 */
#ifndef TCK_SPEC_LOADER_INTERNAL_H
#define TCK_SPEC_LOADER_INTERNAL_H

#include "spec/language.h"

#define TCK_LIST_MAX 1000 /* elements of tags, services, covers, … of one map: they are compared with each other */

/* A word of a file that must be looked up, or compared with other files, once all of them are loaded. */
struct tck_mention {
    const char *text;
    struct tck_place place;
    struct tck_mention *next;
};
struct tck_mentions {
    struct tck_mention *first, *last;
};

/* A suite of the spec. One with mistakes stays NULL, but what it mentions is checked all the same. */
struct tck_spec_entry {
    const char *id;
    const struct tck_suite *suite;
    struct tck_mentions rules, upstreams;
    struct tck_spec_entry *next;
};

struct tck_spec {
    struct tck_arena *arena;
    struct tck_spec_entry *entries, *last_entry;
    const struct tck_suite **suites; /* those of the entries that have one, in the same order */
    size_t suite_count;
    struct tck_requirement *requirements;
    size_t requirement_count, requirement_capacity;
};

struct tck_loader {
    struct tck_spec *spec;
    struct tck_arena *arena; /* the spec's */
    struct tck_error_list *errors;
    int worst;          /* status of the worst mistake so far, 0: none */
    int protocol;       /* the suite's, or -1 where it is not known (then nothing is refused for it) */
    unsigned protocols; /* 1 << protocol, or TCK_IN_ALL */
    unsigned roles;     /* 1 << the suite's role, or TCK_FOR_ALL */
    bool in_parallel;   /* the steps are those of a client of `parallel` */
    int verb;           /* of the step whose keys are looked at, or -1 */
    unsigned depth;     /* of steps in steps */
    struct tck_spec_entry *entry;
};

/* Notes a mistake; returns its status. */
int tck_loader_mistake(struct tck_loader *loader, struct tck_place place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tck_loader_no_memory(struct tck_loader *loader);
/* From the arena; NULL (noted) when memory runs out. */
void *tck_loader_array(struct tck_loader *loader, size_t count, size_t size);
#define TCK_LOADER_NEW(loader, type) ((type *)tck_loader_array((loader), 1, sizeof(type)))
/* "; did you mean 'x'?", or "" if nearest is NULL. */
const char *tck_loader_hint(struct tck_loader *loader, const char *nearest);
/* "a, b and c"; joint: " and ", " or ". */
const char *tck_loader_words(struct tck_loader *loader, size_t count, const char *const words[], const char *joint);
/* "event-sourced", "value-entity or crdt", … of a set of protocols. */
const char *tck_loader_protocols(struct tck_loader *loader, unsigned protocols);
/* Remembers a word for tck_spec_finish. */
void tck_loader_mention(struct tck_loader *loader, struct tck_mentions *mentions, const struct tck_tree *tree);

/* --- values (value.c): does a tree hold what the tables say? --- */

bool tck_is_variable(const struct tck_tree *tree); /* "$name" as a whole */
bool tck_is_matcher(const struct tck_tree *tree);  /* a map whose first key begins with '$' */
/* Checks a value; word is its key, for sentences. What lies in lists of steps, alternatives, rows and scenarios is not
 * looked at: those who build them do. */
bool tck_loader_value(struct tck_loader *loader, const char *word, enum tck_value value, const struct tck_tree *tree);

/* --- keys (keys.c): may these keys stand here? --- */

/* Checks that all keys of a map may stand there, that none is missing, and their values. `except`: a key to pass over
 * (a step's verb), or NULL. */
bool tck_loader_keys(struct tck_loader *loader, const struct tck_tree *map, const struct tck_keys *keys,
                     const char *except);
bool tck_loader_shape(struct tck_loader *loader, const struct tck_tree *map, enum tck_shape shape);

/* Readers of values that were checked already; what was wrong gives the default. */
const char *tck_loader_text(const struct tck_tree *map, const char *key);
int64_t tck_loader_duration(const struct tck_tree *map, const char *key, int64_t otherwise);
int tck_loader_level(const struct tck_tree *map, const char *key, int otherwise);
bool tck_loader_true(const struct tck_tree *map, const char *key);
/* The strings of `first` and then those of the list under key, each once. */
struct tck_strings tck_loader_strings(struct tck_loader *loader, struct tck_strings first, const struct tck_tree *map,
                                      const char *key);
void tck_loader_rules(struct tck_loader *loader, const struct tck_tree *map);

/* --- steps (step.c, alternative.c) --- */

struct tck_step_list {
    const struct tck_step *const *items;
    size_t count;
};
/* Reads a list of steps (none if it is no list); `on` is their conversation where they name none. */
struct tck_step_list tck_loader_steps(struct tck_loader *loader, const struct tck_tree *list, const char *on);
/* The alternatives of a step, which is `either` or has it beside its verb. */
void tck_loader_alternatives(struct tck_loader *loader, const struct tck_tree *list, struct tck_step *step);
/* The expectations among the keys of two maps (either may be NULL), with a look at those that exclude each other. */
void tck_loader_expectations(struct tck_loader *loader, const struct tck_tree *beside, const struct tck_tree *inside,
                             struct tck_expectations *ret_expectations);

/* --- suites (suite.c) --- */

/* Reads the suite of loader.entry. */
void tck_loader_suite(struct tck_loader *loader, const struct tck_tree *root);

/* Lower case, a '-' for every run of characters other than ASCII letters and digits, none at the ends. NULL: no memory.
 */
char *tck_slug(struct tck_arena *arena, const char *text);

#endif
