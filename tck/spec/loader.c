/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "spec/loader_internal.h"

int tck_loader_mistake(struct tck_loader *loader, struct tck_place place, const char *fmt, ...)
{
    struct tck_error err = { 0 };
    char text[2 * sizeof err.text]; /* longer, so that tck_fail sees what it must cut */
    va_list args;
    int r;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    tck_fail(&err, TCK_BAD_INPUT, place, "%s", text);
    r = tck_error_list_take(loader->errors, &err);
    if (r < loader->worst)
        loader->worst = r;
    return r;
}

/* Said once: all that follows from it would say the same. */
void tck_loader_no_memory(struct tck_loader *loader)
{
    if (loader->worst == TCK_KIT)
        return;
    loader->worst = TCK_KIT;
    tck_error_list_add(loader->errors, TCK_KIT, TCK_NOWHERE, "out of memory");
}

void *tck_loader_array(struct tck_loader *loader, size_t count, size_t size)
{
    void *memory = tck_arena_array(loader->arena, count, size);

    if (!memory)
        tck_loader_no_memory(loader);
    return memory;
}

const char *tck_loader_hint(struct tck_loader *loader, const char *nearest)
{
    const char *hint = nearest ? tck_arena_printf(loader->arena, "; did you mean '%s'?", nearest) : NULL;

    return hint ? hint : "";
}

const char *tck_loader_words(struct tck_loader *loader, size_t count, const char *const words[], const char *joint)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4096);
    const char *copy;

    for (size_t i = 0; i < count; i++)
        tck_buffer_printf(&text, "%s%s", i == 0 ? "" : i + 1 == count ? joint : ", ", words[i]);
    copy = tck_arena_strdup(loader->arena, tck_buffer_string(&text));
    return copy ? copy : "";
}

void tck_loader_mention(struct tck_loader *loader, struct tck_mentions *mentions, const struct tck_tree *tree)
{
    struct tck_mention *mention = TCK_LOADER_NEW(loader, struct tck_mention);

    if (!mention)
        return;
    *mention = (struct tck_mention){ .text = tree->text, .place = tree->place };
    if (mentions->last)
        mentions->last->next = mention;
    else
        mentions->first = mention;
    mentions->last = mention;
}

char *tck_slug(struct tck_arena *arena, const char *text)
{
    char *slug = tck_arena_alloc(arena, strlen(text) + 1), *end = slug;

    if (!slug)
        return NULL;
    for (const char *c = text; *c; c++) {
        if (isascii((unsigned char)*c) && isalnum((unsigned char)*c))
            *end++ = (char)tolower((unsigned char)*c);
        else if (end > slug && end[-1] != '-')
            *end++ = '-';
    }
    if (end > slug && end[-1] == '-')
        end--;
    *end = '\0';
    return slug;
}
