/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/bindings.h — the variables of a scenario: names bound to trees.
 *
 * A string that is "$name" as a whole stands for the tree bound to name; "${name}" inside a longer string is replaced
 * by the text of a bound scalar; "$$" is a dollar. A table is a persistent list: binding pushes a node in front, so a
 * copy of the struct is a snapshot to return to (which is how a failed alternative forgets what it captured).
 */
#ifndef TCK_WIRE_BINDINGS_H
#define TCK_WIRE_BINDINGS_H

#include "wire/tree.h"

struct tck_binding {
    const char *name;
    const struct tck_tree *value;
    const struct tck_binding *next;
};

struct tck_bindings {
    const struct tck_binding *head;
};

/* Binds name (copied) in front of earlier bindings of that name. TCK_KIT when the arena is full. */
int tck_bindings_bind(struct tck_bindings *bindings, struct tck_arena *arena, const char *name,
                      const struct tck_tree *value, struct tck_error *err);
const struct tck_tree *tck_bindings_find(const struct tck_bindings *bindings, const char *name);

/* tree with every variable in it replaced, keys and operators left alone. Shares what holds no variable. Errors:
 * TCK_BAD_INPUT at the place of a variable that is not bound (with the nearest name) or not a scalar inside a string.
 */
int tck_bindings_resolve(const struct tck_bindings *bindings, const struct tck_tree *tree, struct tck_arena *arena,
                         const struct tck_tree **ret_tree, struct tck_error *err);

#endif
