/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/match.h — does a message match a pattern, and if not, where and how?
 *
 * A pattern is a tree. A plain pattern is a literal as in wire/message.h and strict: what it does not name must be
 * absent (hold its default, unknown fields included); lists match element by element; an Any is opened and its type
 * compared by the part after the last '/', its content by the pattern. A member of a oneof that is not set is shown
 * against the member that is. A type with a special JSON form matches in that form. A map with one key that starts with
 * '$' is a matcher:
 *
 *     {$any: }                present with any value (without presence, as scalars and lists are: any value at all)
 *     {$absent: }             absent; without presence: the default, or an empty list
 *     {$optional: P}          absent, or matches P
 *     {$regex: "^A.*"}        a string in which the POSIX extended expression matches
 *     {$not: P}               does not match P
 *     {$one_of: [P, Q]}       matches at least one
 *     {$all_of: [P, Q]}       matches all
 *     {$unordered: [P, Q]}    a list of as many elements, matching in some order
 *     {$contains: [P, Q]}     a list with distinct elements for P and Q, in any order; others free
 *     {$each: P}              every element of a list matches P
 *     {$size: N or P}         the length of a list, of bytes, or of a string in bytes; P may be {$range: …}
 *     {$range: [low, high]}   a number between, ends included; null leaves an end open
 *     {$partial: {fields}}    a message (or Any with "@type") of which only the named fields are looked at
 *     {$capture: name}        anything present; binds its tree to name. With a second key `as: P`, only if P matches
 *
 * Strings may hold variables (wire/bindings.h), those captured earlier in the same pattern included; a field that is
 * named first is matched first. In $unordered and $contains the patterns do not see each other's captures.
 *
 * All differences are collected, up to TCK_DIFFERENCES_MAX, each with its path in the message:
 *
 *     reply.client_action.reply.payload.message: expected "ABC", was "AB"
 *     reply.events[2]: expected {value: C}, was the end of the list
 *     expected reply, was failure { description: "no" }
 */
#ifndef TCK_WIRE_MATCH_H
#define TCK_WIRE_MATCH_H

#include "wire/message.h"

#define TCK_DIFFERENCES_MAX 20

struct tck_difference {
    const char *path;       /* "reply.events[1].value", "" for the message itself */
    const char *expected;   /* "\"ABC\"", "absent", "a list of 2 in any order", … */
    const char *actual;     /* "\"AB\"", "absent", … */
    struct tck_place place; /* of the pattern */
    struct tck_difference *next;
};

struct tck_match {
    const struct tck_pool *pool;
    struct tck_arena *arena;       /* differences and captures live here */
    struct tck_bindings *bindings; /* read and, on a match, extended by captures; unchanged when the match fails */
    struct tck_difference *differences, *last;
    size_t difference_count; /* also those above TCK_DIFFERENCES_MAX */
};

/* 1: matches; 0: does not, differences are in match; negative: the pattern itself is wrong (TCK_BAD_INPUT at its place)
 * or memory ran out. */
int tck_match_message(struct tck_match *match, const struct tck_tree *pattern, const ProtobufCMessage *actual,
                      struct tck_error *err);
/* The same between two trees, for variables: numbers compare by value, strings by text. */
int tck_match_tree(struct tck_match *match, const struct tck_tree *pattern, const struct tck_tree *actual,
                   struct tck_error *err);
/* Is the pattern a possible one for this type? Finds unknown fields, wrong kinds, unknown matchers, bad expressions
 * before anything runs; variables are taken on trust. Adds every mistake to errors; returns the worst status. */
int tck_match_check(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                    const struct tck_tree *pattern, struct tck_arena *arena, struct tck_error_list *errors);
/* Structural comparison of two messages of one type; unordered: field paths ("reply.events", "orset.added") whose lists
 * compare as bags. Returns as tck_match_message. */
int tck_match_messages(struct tck_match *match, const ProtobufCMessage *expected, const ProtobufCMessage *actual,
                       const char *const *unordered, size_t unordered_count, struct tck_error *err);

/* Appends "path: expected X, was Y" lines. */
void tck_differences_print(const struct tck_match *match, struct tck_buffer *out);

#endif
