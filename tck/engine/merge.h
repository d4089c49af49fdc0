/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/merge.h — what `meddle: {do: merge}` makes of a message that passes.
 */
#ifndef TCK_ENGINE_MERGE_H
#define TCK_ENGINE_MERGE_H

#include "base/buffer.h"
#include "wire/tree.h"

struct tck_merge {
    struct tck_bytes more; /* a message of the same type, to be merged into it as protobuf merges */
    /* Of an EntitySpec; lists of texts, or NULL: files of the kit (tck_builtin_odd_files) that its descriptors get, with what
     * they import; files that they lose; globs of services that it does not name any more. */
    const struct tck_tree *files, *without_files, *without;
};

/* As struct tck_interference wants it; the context is a struct tck_merge, which is only read. An EntitySpec that cannot be
 * read keeps its entities and files. Errors: TCK_KIT. */
int tck_merge(void *context, struct tck_bytes came, struct tck_buffer *ret_bytes);

#endif
