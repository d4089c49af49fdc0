/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "…"

static void __attribute__((format(printf, 3, 0))) put_text(char *to, size_t size, const char *fmt, va_list args)
{
    int n = vsnprintf(to, size, fmt, args);

    if (n < 0)
        snprintf(to, size, "(unprintable)");
    else if ((size_t)n >= size)
        memcpy(to + size - sizeof ELLIPSIS, ELLIPSIS, sizeof ELLIPSIS);
    for (char *p = to; *p; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

static void put_place(struct tck_error *err, struct tck_place place)
{
    snprintf(err->name, sizeof err->name, "%s", place.name ? place.name : "");
    err->line = place.line;
    err->column = place.column;
}

int tck_fail(struct tck_error *err, enum tck_status status, struct tck_place place, const char *fmt, ...)
{
    va_list args;

    if (!err)
        return status;
    tck_error_done(err);
    err->status = status;
    put_place(err, place);
    va_start(args, fmt);
    put_text(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

int tck_wrap(struct tck_error *err, int status, const char *fmt, ...)
{
    struct tck_error *cause;
    va_list args;

    if (!err)
        return status;
    cause = malloc(sizeof *cause);
    if (!cause)
        return status; /* the root cause is worth more than the frame around it */
    *cause = *err;
    err->cause = cause;
    va_start(args, fmt);
    put_text(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

int tck_no_memory(struct tck_error *err)
{
    return tck_fail(err, TCK_KIT, TCK_NOWHERE, "out of memory");
}

void tck_error_done(struct tck_error *err)
{
    struct tck_error *next;

    if (!err)
        return;
    for (struct tck_error *cause = err->cause; cause; cause = next) {
        next = cause->cause;
        free(cause);
    }
    memset(err, 0, sizeof *err);
}

void tck_error_move(struct tck_error *to, struct tck_error *from)
{
    if (!from)
        return;
    if (!to) {
        tck_error_done(from);
        return;
    }
    tck_error_done(to);
    *to = *from;
    memset(from, 0, sizeof *from);
}

const char *tck_error_text(const struct tck_error *err, char *buf, size_t size)
{
    FILE *out;

    if (size == 0)
        return buf;
    buf[0] = '\0';
    out = fmemopen(buf, size, "w");
    if (!out)
        return buf;
    if (err->name[0] && err->line)
        fprintf(out, "%s:%u:%u: ", err->name, err->line, err->column);
    else if (err->name[0])
        fprintf(out, "%s: ", err->name);
    fputs(err->text, out);
    for (const struct tck_error *cause = err->cause; cause; cause = cause->cause)
        fprintf(out, "\n  because %s", cause->text);
    fclose(out);
    buf[size - 1] = '\0';
    return buf;
}

const char *tck_status_text(int status)
{
    switch (status < 0 ? -status : status) {
#define XX(id, exit_code, text) \
    case exit_code:             \
        return text;
        TCK_STATUS_MAP(XX)
#undef XX
    default:
        return "unknown status";
    }
}

static struct tck_error *next_slot(struct tck_error_list *list)
{
    if (list->count >= TCK_ERROR_LIST_MAX) {
        list->dropped++;
        return NULL;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct tck_error *items = reallocarray(list->items, capacity, sizeof *items);

        if (!items) {
            list->dropped++;
            return NULL;
        }
        list->items = items;
        list->capacity = capacity;
    }
    memset(&list->items[list->count], 0, sizeof list->items[0]);
    return &list->items[list->count++];
}

int tck_error_list_add(struct tck_error_list *list, enum tck_status status, struct tck_place place, const char *fmt,
                       ...)
{
    struct tck_error *err = next_slot(list);
    va_list args;

    if (!err)
        return status;
    err->status = status;
    put_place(err, place);
    va_start(args, fmt);
    put_text(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

int tck_error_list_take(struct tck_error_list *list, struct tck_error *take_err)
{
    struct tck_error *err = next_slot(list);
    int status = take_err->status;

    if (err)
        *err = *take_err;
    else
        tck_error_done(take_err);
    memset(take_err, 0, sizeof *take_err);
    return status;
}

void tck_error_list_done(struct tck_error_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        tck_error_done(&list->items[i]);
    free(list->items);
    memset(list, 0, sizeof *list);
}
