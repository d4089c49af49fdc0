/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/tree_internal.h — what the readers and the printer of trees share. For this room alone.
 */
#ifndef TCK_WIRE_TREE_INTERNAL_H
#define TCK_WIRE_TREE_INTERNAL_H

#include "wire/tree.h"

#define TCK_TREE_MAX_DEPTH 100 /* as messages: nothing that people write comes near, and recursion stays small */

/* What a plain YAML scalar looks like by the 1.2 core schema: null, bool, number, or else a string. */
enum tck_tree_kind tck_tree_plain_kind(const char *text, size_t size);

/* Appends the child itself, unlike tck_tree_append(), which copies. */
void tck_tree_link(struct tck_tree *parent, struct tck_tree *child, struct tck_tree **last);

#endif
