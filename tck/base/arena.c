/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CHUNK   ((size_t)1 << 10) /* the result of a scenario that passed fits; there may be many */
#define LARGEST_CHUNK ((size_t)1 << 20) /* larger requests get a chunk of their own */

struct chunk {
    struct chunk *next;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
};

struct tck_arena {
    struct chunk *chunks; /* the newest first; allocation looks at this one alone */
    size_t ceiling, used, next_chunk;
};

int tck_arena_new(size_t ceiling, struct tck_arena **ret_arena, struct tck_error *err)
{
    struct tck_arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        return tck_no_memory(err);
    arena->ceiling = ceiling ? ceiling : TCK_ARENA_CEILING;
    arena->next_chunk = FIRST_CHUNK;
    *ret_arena = arena;
    return 0;
}

void tck_arena_free(struct tck_arena *arena)
{
    struct chunk *next;

    if (!arena)
        return;
    for (struct chunk *chunk = arena->chunks; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(arena);
}

static struct chunk *grow(struct tck_arena *arena, size_t size)
{
    size_t room = size > arena->next_chunk ? size : arena->next_chunk;
    struct chunk *chunk = malloc(sizeof *chunk + room);

    if (!chunk)
        return NULL;
    memset(chunk->data, 0, room);
    chunk->size = room;
    chunk->used = 0;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    if (arena->next_chunk < LARGEST_CHUNK)
        arena->next_chunk *= 2;
    return chunk;
}

void *tck_arena_alloc(struct tck_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    struct chunk *chunk = arena->chunks;
    void *memory;

    if (size == 0)
        size = 1;
    if (size > arena->ceiling || arena->used > arena->ceiling - size)
        return NULL;
    size = (size + align - 1) & ~(align - 1);
    if (!chunk || chunk->size - chunk->used < size) {
        chunk = grow(arena, size);
        if (!chunk)
            return NULL;
    }
    memory = chunk->data + chunk->used;
    chunk->used += size;
    arena->used += size;
    return memory;
}

void *tck_arena_array(struct tck_arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return tck_arena_alloc(arena, total);
}

char *tck_arena_strdup(struct tck_arena *arena, const char *text)
{
    return tck_arena_strndup(arena, text, strlen(text));
}

char *tck_arena_strndup(struct tck_arena *arena, const char *text, size_t size)
{
    char *copy = tck_arena_alloc(arena, size + 1);

    if (copy && size)
        memcpy(copy, text, size);
    return copy;
}

void *tck_arena_memdup(struct tck_arena *arena, const void *data, size_t size)
{
    void *copy = tck_arena_alloc(arena, size);

    if (copy && size)
        memcpy(copy, data, size);
    return copy;
}

char *tck_arena_vprintf(struct tck_arena *arena, const char *fmt, va_list args)
{
    va_list again;
    char *text = NULL;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0)
        text = tck_arena_alloc(arena, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}

char *tck_arena_printf(struct tck_arena *arena, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = tck_arena_vprintf(arena, fmt, args);
    va_end(args);
    return text;
}

size_t tck_arena_used(const struct tck_arena *arena)
{
    return arena->used;
}
