/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/tree.h — a parsed document: scalars, lists and maps, each with its place in the file.
 *
 * The specs, the configuration, message literals and message patterns are all trees; so is what a pattern captured.
 * A tree knows nothing of protobuf and nothing of the meaning of keys.
 *
 *     r = tck_tree_parse_yaml("specs/a.yaml", text, arena, &root, errors);
 *     const struct tck_tree *steps = tck_tree_get(root, "steps");
 *
 * Memory: all of it in the arena given, places included. Trees are immutable once built, so they can be shared.
 */
#ifndef TCK_WIRE_TREE_H
#define TCK_WIRE_TREE_H

#include "base/arena.h"
#include "base/buffer.h"

enum tck_tree_kind {
    TCK_TREE_NULL,
    TCK_TREE_BOOL,
    TCK_TREE_NUMBER, /* text holds it as written: 64-bit integers keep every digit */
    TCK_TREE_STRING,
    TCK_TREE_LIST,
    TCK_TREE_MAP,
};

struct tck_tree {
    enum tck_tree_kind kind;
    struct tck_place place;
    const char *text; /* scalars: NUL-terminated; text_size counts without the NUL and may include embedded NULs */
    size_t text_size;
    const char *key; /* in a map: the entry's key, else NULL */
    struct tck_place key_place;
    const struct tck_tree *first; /* list and map: the children, in document order, linked by next */
    const struct tck_tree *next;
    size_t count;
};

/* Parses one YAML document (YAML 1.2 core scalars: quoted or block scalars are strings; plain null/~/empty, true/false
 * and numbers are what they look like, all else is a string). Anchors and aliases work; merge keys, tags, duplicate
 * keys, non-scalar keys, nesting above 100 and documents above TCK_TREE_MAX_NODES nodes (aliases expanded) are
 * mistakes. An empty document is TCK_TREE_NULL. name is copied. Errors: TCK_BAD_INPUT with place, in the list (libyaml
 * stops at its first syntax error; duplicate keys and the like are all reported). Returns the worst status. */
#define TCK_TREE_MAX_NODES 200000
int tck_tree_parse_yaml(const char *name, struct tck_bytes text, struct tck_arena *arena,
                        const struct tck_tree **ret_root, struct tck_error_list *errors);
/* The same for a file of several documents ("---"): *ret_roots is an arena array. */
int tck_tree_parse_yaml_all(const char *name, struct tck_bytes text, struct tck_arena *arena,
                            const struct tck_tree ***ret_roots, size_t *ret_count, struct tck_error_list *errors);
/* JSON text (RFC 8259, by jansson): places are name and, for syntax errors, line and column. */
int tck_tree_parse_json(const char *name, struct tck_bytes text, struct tck_arena *arena,
                        const struct tck_tree **ret_root, struct tck_error *err);

/* The value under key, or NULL (also when tree is NULL or not a map). */
const struct tck_tree *tck_tree_get(const struct tck_tree *tree, const char *key);

/* Every key of the map is one of these: others are mistakes, each at its place and with the nearest. Returns the worst
 * status. */
int tck_tree_check_keys(const struct tck_tree *map, size_t count, const char *const keys[],
                        struct tck_error_list *errors);

/* Builders, for shorthands and captures. All return NULL when the arena is full. place says where the author wrote it.
 */
struct tck_tree *tck_tree_scalar(struct tck_arena *arena, enum tck_tree_kind kind, const char *text, size_t text_size,
                                 struct tck_place place);
struct tck_tree *tck_tree_string(struct tck_arena *arena, const char *text, struct tck_place place);
struct tck_tree *tck_tree_number(struct tck_arena *arena, int64_t number, struct tck_place place);
struct tck_tree *tck_tree_bool(struct tck_arena *arena, bool value, struct tck_place place);
struct tck_tree *tck_tree_map(struct tck_arena *arena, struct tck_place place);
struct tck_tree *tck_tree_list(struct tck_arena *arena, struct tck_place place);
/* Appends a copy of the node value (its children shared) under key (NULL for lists). false: parent or value is NULL or
 * the arena is full, so a chain of builders needs one check at its end. */
bool tck_tree_append(struct tck_arena *arena, struct tck_tree *parent, const char *key, const struct tck_tree *value);

/* The tree as one line of YAML flow style, for messages and `tck explain`: {reply: {message: "AB"}}. */
void tck_tree_print(const struct tck_tree *tree, struct tck_buffer *out);

/* The tree as JSON text in one line. Numbers as they are written; those in a notation that JSON lacks become strings. */
void tck_tree_print_json(const struct tck_tree *tree, struct tck_buffer *out);

/* "a map", "a list", "a number", …: for "expected a list, found a map". */
const char *tck_tree_kind_text(enum tck_tree_kind kind);

#endif
