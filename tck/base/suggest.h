/* SPDX-License-Identifier: Apache-2.0
 *
 * base/suggest.h — "did you mean …?" for names that a person typed, and shell-like name patterns.
 */
#ifndef TCK_BASE_SUGGEST_H
#define TCK_BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

/* The candidate nearest to word by edit distance (swaps of neighbours count one), or NULL if none is near (more than a
 * third of the word wrong). name_at(context, i) gives candidate i, for i below count. */
const char *tck_suggest(const char *word, size_t count, const char *(*name_at)(const void *context, size_t i),
                        const void *context);

/* The same over an array of strings. */
const char *tck_suggest_in(const char *word, size_t count, const char *const names[]);

/* fnmatch-like: '*' any run of characters but '/', '**' any run, '?' one character but '/', all else itself. */
bool tck_glob_match(const char *pattern, const char *text);

#endif
