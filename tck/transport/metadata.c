/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/metadata.h"

#include <ctype.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <string.h>
#include <strings.h>

#include "transport/transport_internal.h"

static bool is_binary(const char *key, size_t size)
{
    return size > 4 && strncasecmp(key + size - 4, "-bin", 4) == 0;
}

/* The gRPC specification's Header-Name; pseudo headers (":path") are the library's own. */
static int check_key(const char *key, size_t size, struct tck_error *err)
{
    if (size == 0)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "a metadata key is empty");
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)key[i];

        if (!isascii(c) || (!isalnum(c) && c != '-' && c != '_' && c != '.'))
            return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE,
                            "metadata key '%s' may hold only letters, digits, '-', '_' and '.'", key);
    }
    return 0;
}

static int check_text(const char *key, const char *value, size_t size, struct tck_error *err)
{
    for (size_t i = 0; i < size; i++)
        if (value[i] < ' ' || value[i] > '~')
            return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE,
                            "the value of metadata key '%s' is not printable ASCII; give the key the ending '-bin'",
                            key);
    return 0;
}

static int reserve(struct tck_metadata *metadata, struct tck_error *err)
{
    struct tck_metadata_entry *entries;
    size_t capacity;

    if (metadata->count < metadata->capacity)
        return 0;
    capacity = metadata->capacity ? metadata->capacity * 2 : 4;
    entries = reallocarray(metadata->entries, capacity, sizeof *entries);
    if (!entries)
        return tck_no_memory(err);
    metadata->entries = entries;
    metadata->capacity = capacity;
    return 0;
}

/* One allocation holds key and value: entries are many and short. */
static int append(struct tck_metadata *metadata, const char *key, size_t key_size, const void *value, size_t value_size,
                  struct tck_error *err)
{
    char *text;
    int r;

    r = reserve(metadata, err);
    if (r < 0)
        return r;
    text = malloc(key_size + value_size + 2);
    if (!text)
        return tck_no_memory(err);
    for (size_t i = 0; i < key_size; i++)
        text[i] = (char)tolower((unsigned char)key[i]);
    text[key_size] = '\0';
    if (value_size)
        memcpy(text + key_size + 1, value, value_size);
    text[key_size + 1 + value_size] = '\0';
    metadata->entries[metadata->count++] = (struct tck_metadata_entry){
        .key = text,
        .value = text + key_size + 1,
        .value_size = value_size,
    };
    return 0;
}

int tck_metadata_add(struct tck_metadata *metadata, const char *key, const void *value, size_t value_size,
                     struct tck_error *err)
{
    size_t key_size = strlen(key);
    int r;

    r = check_key(key, key_size, err);
    if (r < 0)
        return r;
    if (!is_binary(key, key_size)) {
        r = check_text(key, value, value_size, err);
        if (r < 0)
            return r;
    }
    return append(metadata, key, key_size, value, value_size, err);
}

const struct tck_metadata_entry *tck_metadata_find(const struct tck_metadata *metadata, const char *key)
{
    for (size_t i = 0; i < metadata->count; i++)
        if (strcasecmp(metadata->entries[i].key, key) == 0)
            return &metadata->entries[i];
    return NULL;
}

int tck_metadata_copy(struct tck_metadata *to, const struct tck_metadata *from, struct tck_error *err)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct tck_metadata_entry *entry = &from->entries[i];
        int r = append(to, entry->key, strlen(entry->key), entry->value, entry->value_size, err);

        if (r < 0)
            return r;
    }
    return 0;
}

void tck_metadata_done(struct tck_metadata *metadata)
{
    for (size_t i = 0; i < metadata->count; i++)
        free(metadata->entries[i].key);
    free(metadata->entries);
    memset(metadata, 0, sizeof *metadata);
}

int tck_metadata_receive(struct tck_metadata *metadata, const grpc_metadata_array *received, struct tck_error *err)
{
    for (size_t i = 0; i < received->count; i++) {
        const grpc_metadata *item = &received->metadata[i];
        int r = append(metadata, (const char *)GRPC_SLICE_START_PTR(item->key), GRPC_SLICE_LENGTH(item->key),
                       GRPC_SLICE_START_PTR(item->value), GRPC_SLICE_LENGTH(item->value), err);

        if (r < 0)
            return r;
    }
    return 0;
}

int tck_metadata_out_init(struct tck_metadata_out *out, const struct tck_metadata *metadata, struct tck_error *err)
{
    *out = (struct tck_metadata_out){ 0 };
    if (!metadata || metadata->count == 0)
        return 0;
    out->items = calloc(metadata->count, sizeof *out->items);
    if (!out->items)
        return tck_no_memory(err);
    for (size_t i = 0; i < metadata->count; i++) {
        const struct tck_metadata_entry *entry = &metadata->entries[i];
        grpc_metadata *item = &out->items[i];

        item->key = grpc_slice_from_copied_string(entry->key);
        item->value = grpc_slice_from_copied_buffer(entry->value, entry->value_size);
        out->count++;
        /* What was received, or put there by hand, was not checked by tck_metadata_add. */
        if (!grpc_header_key_is_legal(item->key) ||
            (!grpc_is_binary_header(item->key) && !grpc_header_nonbin_value_is_legal(item->value))) {
            tck_metadata_out_done(out);
            return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "metadata key '%s' or its value cannot be sent",
                            entry->key);
        }
    }
    return 0;
}

void tck_metadata_out_done(struct tck_metadata_out *out)
{
    for (size_t i = 0; i < out->count; i++) {
        grpc_slice_unref(out->items[i].key);
        grpc_slice_unref(out->items[i].value);
    }
    free(out->items);
    *out = (struct tck_metadata_out){ 0 };
}
