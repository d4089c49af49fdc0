/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/match_internal.h — what the parts of matching share: the run, the path, the subject. For this room alone.
 *
 *     match.c             entry points, variables, the order of things
 *     match_literal.c     plain patterns: messages, lists, maps, Anys, well-known types, trees
 *     match_scalar.c      plain patterns: scalars
 *     match_operators.c   the matchers ($any, $regex, …)
 *     match_assignment.c  $unordered and $contains
 *     match_messages.c    message against message
 *     match_subject.c     what is matched, seen alike whether it is a field, an element or a tree
 *     match_difference.c  differences
 *     match_check.c       is a pattern possible?
 */
#ifndef TCK_WIRE_MATCH_INTERNAL_H
#define TCK_WIRE_MATCH_INTERNAL_H

#include "wire/match.h"

/* Where we are in the message: a chain on the C stack, put in words only when there is a difference. */
struct tck_path {
    const struct tck_path *up;
    const char *name; /* a field or a key; NULL: an index */
    size_t index;
};

struct tck_match_run {
    struct tck_match *match;
    struct tck_bindings bindings; /* with what was captured so far; handed to match when all of it matched */
    unsigned quiet;               /* above 0: an alternative is tried, differences are not wanted */
    unsigned values;              /* above 0: the pattern came out of a variable: '$' means nothing in it */
    unsigned depth;
    bool captured; /* a $capture was met */
    struct tck_error *err;
};

enum tck_subject_shape {
    TCK_SUBJECT_ONE,  /* a singular field, an element, a map's value, or the message itself */
    TCK_SUBJECT_LIST, /* a repeated field */
    TCK_SUBJECT_MAP,  /* a map field */
    TCK_SUBJECT_TREE, /* a tree of any kind */
};

/* What a pattern is held against. */
struct tck_subject {
    enum tck_subject_shape shape;
    bool set;                              /* present; without presence: not the default; a list or map: not empty */
    bool implicit;                         /* without presence: the default cannot be told from absence */
    const ProtobufCFieldDescriptor *field; /* NULL: a message that is no field's value, or a tree */
    const ProtobufCMessage *owner;         /* LIST, MAP: the message with the field */
    const void *value;                     /* ONE: memory of the value as in wire/fields_internal.h; NULL: absent */
    const struct tck_tree *tree;           /* TREE; NULL: absent */
};

/* key, function, in words. The operators table, the check and "did you mean" are made of it. */
// clang-format off
#define TCK_MATCHER_MAP(XX)         \
    XX("$any", any)                 \
    XX("$absent", absent)           \
    XX("$optional", optional)       \
    XX("$regex", regex)             \
    XX("$not", not)                 \
    XX("$one_of", one_of)           \
    XX("$all_of", all_of)           \
    XX("$unordered", unordered)     \
    XX("$contains", contains)       \
    XX("$each", each)               \
    XX("$size", size)               \
    XX("$range", range)             \
    XX("$partial", partial)         \
    XX("$capture", capture)
// clang-format on

enum tck_matcher {
#define XX(key, id) TCK_MATCHER_##id,
    TCK_MATCHER_MAP(XX)
#undef XX
        TCK_MATCHER_COUNT
};

typedef int tck_matcher_function(struct tck_match_run *run, const struct tck_path *path,
                                 const struct tck_tree *argument, const struct tck_subject *subject);

/* match.c — all of these return as tck_match_message(). */
int tck_match_pattern(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *subject);
/* The same without a trace: no differences, no captures. */
int tck_match_try(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                  const struct tck_subject *subject);
/* Replaces a variable by what it is bound to; *ret_pattern is pattern itself if it is none. */
int tck_match_resolve(struct tck_match_run *run, const struct tck_tree *pattern, const struct tck_tree **ret_pattern);

/* match_literal.c */
int tck_match_literal(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *subject);
/* The fields that pattern names (and, unless partial, the absence of all others). subject: a message, an Any, a map. */
int tck_match_fields(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                     const struct tck_subject *subject, bool partial);
/* match_any.c */
int tck_match_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                  const ProtobufCMessage *any, bool partial);
int tck_match_string_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const ProtobufCMessage *any);

/* match_scalar.c: does the value equal the literal? actual NULL: only, could it? lenient: the literal is a variable's
 * value, whose kind need not be that of a string field. Does not look at variables. */
int tck_match_scalar(const ProtobufCFieldDescriptor *field, const struct tck_tree *literal, const void *actual,
                     bool lenient, struct tck_arena *arena, struct tck_error *err);
/* Two tree scalars. */
bool tck_match_tree_scalars(const struct tck_tree *a, const struct tck_tree *b);
/* Less, equal, greater: -1, 0, 1; false if either is not a number (NaN included). */
bool tck_match_compare_numbers(const struct tck_tree *a, const struct tck_tree *b, int *ret_order);

/* match_operators.c: the matcher that a map is, by its first key, or NULL for a plain map. *ret_argument is its value.
 * Errors: TCK_BAD_INPUT: an unknown matcher, or keys beside it. */
int tck_matcher_of(const struct tck_tree *pattern, enum tck_matcher *ret_matcher, const struct tck_tree **ret_argument,
                   struct tck_error *err);
extern tck_matcher_function *const tck_matchers[TCK_MATCHER_COUNT];
/* match_assignment.c: each of the patterns has an element of its own, and if all, each element a pattern. */
int tck_match_assignment(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *patterns,
                         const struct tck_subject *list, bool all);

/* match_subject.c */
struct tck_subject tck_subject_message(const ProtobufCMessage *const *message);
struct tck_subject tck_subject_field(const struct tck_pool *pool, const ProtobufCMessage *owner,
                                     const ProtobufCFieldDescriptor *field);
struct tck_subject tck_subject_tree(const struct tck_tree *tree);
/* The message of a ONE, or NULL. */
const ProtobufCMessage *tck_subject_as_message(const struct tck_subject *subject);
/* A wrapper's value, for wrappers; else the subject itself. */
struct tck_subject tck_subject_unwrap(const struct tck_subject *subject);
/* Elements of a list, entries of a map. false: the subject is neither. */
bool tck_subject_length(const struct tck_subject *subject, size_t *ret_length);
/* Element i of a list, value of entry i of a map. */
struct tck_subject tck_subject_element(const struct tck_pool *pool, const struct tck_subject *subject, size_t i);
bool tck_subject_is_list(const struct tck_subject *subject);
bool tck_subject_is_map(const struct tck_subject *subject);
/* Key of entry i of a map, as JSON writes it; buf may hold it. */
const char *tck_subject_key(const struct tck_subject *subject, size_t i, char buf[32]);
/* The subject as a literal. Errors: TCK_KIT. */
int tck_subject_to_tree(const struct tck_pool *pool, const struct tck_subject *subject, struct tck_arena *arena,
                        const struct tck_tree **ret_tree, struct tck_error *err);
/* Appends the subject in words, "absent" included. */
void tck_subject_print(const struct tck_pool *pool, const struct tck_subject *subject, struct tck_buffer *out);

/* match_difference.c: record a difference, return 0 (or TCK_KIT). Nothing is done while quiet. place: of the pattern.
 */
int tck_differ(struct tck_match_run *run, const struct tck_path *path, struct tck_place place, const char *expected,
               const char *actual);
/* Expected is a sentence, actual the subject. */
int tck_differ_from(struct tck_match_run *run, const struct tck_path *path, struct tck_place place,
                    const struct tck_subject *actual, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Expected is the pattern as it is written. */
int tck_differ_pattern(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                       const struct tck_subject *actual);
/* A pattern in words: a string in quotes, all else as YAML. Cut when long. Returns "" when the arena is full. */
const char *tck_pattern_words(struct tck_arena *arena, const struct tck_tree *pattern);
const char *tck_subject_words(struct tck_match_run *run, const struct tck_subject *subject);
const char *tck_path_words(struct tck_arena *arena, const struct tck_path *path);

#endif
