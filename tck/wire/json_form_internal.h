/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/json_form_internal.h — is a tree the JSON of a type, and nothing more? For json_read.c alone.
 *
 * A literal (wire/message.h) may say more than JSON can: unknown fields, unopened Anys, hexadecimal digits. JSON that
 * comes from somebody else must not, so it passes here before it is read as a literal.
 */
#ifndef TCK_WIRE_JSON_FORM_INTERNAL_H
#define TCK_WIRE_JSON_FORM_INTERNAL_H

#include "wire/message.h"

/* *ret_tree: the tree to read as a literal; fields that the type does not have are left out of it if ignore_unknown.
 * Errors: TCK_BAD_INPUT, the path in the text. */
int tck_json_form(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                  const struct tck_tree *tree, bool ignore_unknown, struct tck_arena *arena,
                  const struct tck_tree **ret_tree, struct tck_error *err);

#endif
