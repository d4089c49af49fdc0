/* SPDX-License-Identifier: Apache-2.0
 *
 * known/edit.h — changes to a list of known failures that leave every other byte of the file as it is.
 *
 * Edits are gathered against the text as it was read and made together at the end: a place in the tree stays good
 * meanwhile. What is written in a way that cannot be changed in place (an entry that does not begin with "-" on its own line,
 * a value with an anchor, or over several lines) is TCK_BAD_INPUT at its place.
 *
 * Memory: all in the arena given; text and arena must outlive the edits.
 */
#ifndef TCK_KNOWN_EDIT_H
#define TCK_KNOWN_EDIT_H

#include "known/list.h"

struct tck_edit {
    size_t begin, end; /* bytes of the text that go; equal: something comes in between */
    const char *text;  /* what comes in their place */
};

struct tck_edits {
    struct tck_bytes text;
    struct tck_arena *arena;
    struct tck_edit *items;
    size_t count, capacity;
    const char *eol; /* of the text: "\n" or "\r\n" */
};

void tck_edits_init(struct tck_edits *edits, struct tck_bytes text, struct tck_arena *arena);

/* The lines of the entry go; comments between entries stay. */
int tck_edit_drop(struct tck_edits *edits, const struct tck_known_entry *entry, struct tck_error *err);
/* The value under the key of an entry; with new_key, the key too. The value is written as given. */
int tck_edit_set(struct tck_edits *edits, const struct tck_known_entry *entry, const char *key, const char *new_key,
                 const char *value, struct tck_error *err);
/* Whole entries, as tck_edit_entry makes them, behind the last one of their kind; its heading is written where there is none. */
int tck_edit_add(struct tck_edits *edits, const struct tck_known *list, enum tck_known_kind kind,
                 const struct tck_buffer *entries, struct tck_error *err);

/* One new entry as text, indented for its place. */
void tck_edit_entry(const struct tck_edits *edits, const struct tck_known *list, enum tck_known_kind kind,
                    const char *scenario, const struct tck_known_failure *failure, const char *reason,
                    struct tck_buffer *out);
/* A scenario's id as YAML has it, quoted where it must be. */
void tck_edit_say_id(const char *id, struct tck_buffer *out);

/* The text with all edits. Errors: TCK_BAD_INPUT (two of them meet, as aliases can make it), TCK_KIT. */
int tck_edits_make(const struct tck_edits *edits, struct tck_buffer *out, struct tck_error *err);

#endif
