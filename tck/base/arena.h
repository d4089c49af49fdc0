/* SPDX-License-Identifier: Apache-2.0
 *
 * base/arena.h — many small things that die together.
 *
 * A scenario's steps, messages and differences live in one arena and are freed in one call. Nothing in an arena is
 * freed alone. What outlives the arena is copied out of it.
 *
 * Threads: one arena, one thread at a time.
 * Memory: grows in chunks up to the ceiling given; a request above it returns NULL, as when memory runs out.
 */
#ifndef TCK_BASE_ARENA_H
#define TCK_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct tck_arena;

/* ceiling: bytes, at most; 0 for TCK_ARENA_CEILING. */
#define TCK_ARENA_CEILING ((size_t)256 << 20)
int tck_arena_new(size_t ceiling, struct tck_arena **ret_arena, struct tck_error *err);
void tck_arena_free(struct tck_arena *arena);
TCK_DEFINE_FREEP(struct tck_arena, tck_arena_free)

/* Zeroed memory, aligned for any type; NULL when memory or the ceiling is reached. size 0 gives a valid pointer. */
void *tck_arena_alloc(struct tck_arena *arena, size_t size) __attribute__((malloc, alloc_size(2)));
/* count * size with overflow check. */
void *tck_arena_array(struct tck_arena *arena, size_t count, size_t size);
char *tck_arena_strdup(struct tck_arena *arena, const char *text);
/* Copies size bytes and adds a NUL. */
char *tck_arena_strndup(struct tck_arena *arena, const char *text, size_t size);
void *tck_arena_memdup(struct tck_arena *arena, const void *data, size_t size);
char *tck_arena_printf(struct tck_arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *tck_arena_vprintf(struct tck_arena *arena, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Bytes handed out so far. */
size_t tck_arena_used(const struct tck_arena *arena);

#define TCK_NEW(arena, type) ((type *)tck_arena_alloc((arena), sizeof(type)))

#endif
