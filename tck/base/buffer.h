/* SPDX-License-Identifier: Apache-2.0
 *
 * base/buffer.h — bytes: a borrowed view, and a growing buffer with a ceiling.
 *
 *     tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(64 << 20);
 *     tck_buffer_printf(&out, "%s: %zu", name, size);
 *     if (tck_buffer_check(&out, err) < 0)      // one check at the end: a failed append sticks
 *         return …;
 *
 * data is always NUL-terminated once something was appended (the NUL is not counted in size).
 */
#ifndef TCK_BASE_BUFFER_H
#define TCK_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A borrowed view; says nothing of who owns the bytes. */
struct tck_bytes {
    const uint8_t *data;
    size_t size;
};

static inline struct tck_bytes tck_bytes(const void *data, size_t size)
{
    return (struct tck_bytes){ data, size };
}

struct tck_buffer {
    char *data; /* owned; NULL while empty */
    size_t size, capacity, ceiling;
    bool failed; /* an append did not fit or memory ran out; later appends do nothing */
};

#define TCK_BUFFER_INIT(ceiling_bytes) \
    {                                  \
        .ceiling = (ceiling_bytes)     \
    }

void tck_buffer_done(struct tck_buffer *buffer);
/* Forgets the content, keeps the memory and the ceiling, clears a failure. */
void tck_buffer_clear(struct tck_buffer *buffer);
void tck_buffer_append(struct tck_buffer *buffer, const void *data, size_t size);
void tck_buffer_puts(struct tck_buffer *buffer, const char *text);
void tck_buffer_putc(struct tck_buffer *buffer, char c);
void tck_buffer_printf(struct tck_buffer *buffer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for size more bytes at the end, counted as content; NULL on failure. */
void *tck_buffer_extend(struct tck_buffer *buffer, size_t size);
/* 0, or TCK_KIT if an append failed. */
int tck_buffer_check(const struct tck_buffer *buffer, struct tck_error *err);
/* The content as a string, "" when empty; valid until the next append. */
const char *tck_buffer_string(const struct tck_buffer *buffer);
/* Hands the content (NUL-terminated, from malloc) to the caller and empties the buffer; NULL if an append failed. */
char *tck_buffer_take(struct tck_buffer *buffer);

static inline struct tck_bytes tck_buffer_bytes(const struct tck_buffer *buffer)
{
    return tck_bytes(buffer->data, buffer->size);
}

/* Reads a whole file. Errors: TCK_BAD_INPUT with the file's name (missing, unreadable, a directory, above ceiling). */
int tck_read_file(const char *path, size_t ceiling, struct tck_buffer *ret_buffer, struct tck_error *err);
/* Writes a file whole or not at all: to a temporary name beside it, synced, then renamed. Errors: TCK_KIT. */
int tck_write_file(const char *path, struct tck_bytes content, struct tck_error *err);

#endif
