/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/builtin_internal.h — the files below specs/ that the program carries, in the order of their paths. The table is
 * assembled by tck/spec/CMakeLists.txt.
 */
#ifndef TCK_SPEC_BUILTIN_INTERNAL_H
#define TCK_SPEC_BUILTIN_INTERNAL_H

#include <stddef.h>

struct tck_builtin_spec {
    const char *path; /* "specs/crdt/flag.yaml" */
    const unsigned char *data;
    size_t size;
};
extern const struct tck_builtin_spec tck_builtin_specs[];
extern const size_t tck_builtin_spec_count;

#endif
