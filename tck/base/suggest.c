/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST_WORD 63 /* longer words are not compared: nobody mistypes them letter by letter */

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

static size_t distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t rows[3][LONGEST_WORD + 1];

    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *row = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];

        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);

            row[j] = smallest(before[j] + 1, row[j - 1] + 1, before[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < row[j])
                row[j] = earlier[j - 2] + 1;
        }
    }
    return rows[a_size % 3][b_size];
}

const char *tck_suggest(const char *word, size_t count, const char *(*name_at)(const void *context, size_t i),
                        const void *context)
{
    size_t size = strlen(word), best = size / 3 + 2;
    const char *nearest = NULL;

    if (size == 0 || size > LONGEST_WORD)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(context, i);
        size_t name_size = strlen(name), d;

        if (name_size > LONGEST_WORD)
            continue;
        d = distance(word, size, name, name_size);
        if (d < best && d < name_size) {
            best = d;
            nearest = name;
        }
    }
    return nearest;
}

static const char *string_at(const void *context, size_t i)
{
    return ((const char *const *)context)[i];
}

const char *tck_suggest_in(const char *word, size_t count, const char *const names[])
{
    return tck_suggest(word, count, string_at, names);
}

bool tck_glob_match(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            bool deep = pattern[1] == '*';

            while (*pattern == '*')
                pattern++;
            for (;; text++) {
                if (tck_glob_match(pattern, text))
                    return true;
                if (*text == '\0' || (!deep && *text == '/'))
                    return false;
            }
        }
        if (*text == '\0' || (*pattern == '?' ? *text == '/' : *pattern != *text))
            return false;
    }
    return *text == '\0';
}
