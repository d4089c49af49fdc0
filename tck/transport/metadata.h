/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/metadata.h — gRPC metadata: an ordered list of keys and values; keys that end in "-bin" hold bytes.
 */
#ifndef TCK_TRANSPORT_METADATA_H
#define TCK_TRANSPORT_METADATA_H

#include "base/buffer.h"

struct tck_metadata_entry {
    char *key;   /* owned, with the value in the same block; lower case, NUL-terminated */
    char *value; /* NUL-terminated after size bytes */
    size_t value_size;
};

struct tck_metadata {
    struct tck_metadata_entry *entries; /* owned */
    size_t count, capacity;
};

/* Copies both. Errors: TCK_BAD_INPUT for a key or text value that HTTP/2 cannot carry, TCK_KIT. */
int tck_metadata_add(struct tck_metadata *metadata, const char *key, const void *value, size_t value_size,
                     struct tck_error *err);
/* The first value of key (any case), or NULL. */
const struct tck_metadata_entry *tck_metadata_find(const struct tck_metadata *metadata, const char *key);
int tck_metadata_copy(struct tck_metadata *to, const struct tck_metadata *from, struct tck_error *err);
void tck_metadata_done(struct tck_metadata *metadata);

#endif
