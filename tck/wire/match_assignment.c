/* SPDX-License-Identifier: Apache-2.0
 *
 * $unordered and $contains: which element is meant by which pattern? Patterns can overlap ({$any: } fits all), so first
 * come first served may fail where there is a way; this finds one if there is one, by augmenting paths (Kuhn's
 * algorithm). Each pair is tried at most once.
 */
#include "wire/match_internal.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
/* Lists up to this many pairs, so all that people write, need no memory of their own. */
#define SMALL_PAIRS  256
#define SMALL_LENGTH 32
/* Pairs that may be tried: bounds time and memory when a candidate answers with a list of millions. */
#define PAIRS_MAX ((size_t)64 << 20)
/* Leftovers that are shown. */
#define SHOWN_MAX 5

enum { UNTRIED, FITS, FITS_NOT };

struct assignment {
    struct tck_match_run *run;
    const struct tck_path *path;
    const struct tck_subject *list;
    size_t pattern_count, element_count;
    const struct tck_tree **patterns;
    size_t *element_of;  /* by pattern, NONE: no partner */
    size_t *pattern_of;  /* by element */
    bool *visited;       /* elements that the search at hand has met */
    unsigned char *fits; /* pattern_count rows of element_count */
    void *memory;
    struct {
        const struct tck_tree *patterns[SMALL_LENGTH];
        size_t element_of[SMALL_LENGTH], pattern_of[SMALL_LENGTH];
        bool visited[SMALL_LENGTH];
        unsigned char fits[SMALL_PAIRS];
    } small;
};

static void assignment_done(struct assignment *assignment)
{
    free(assignment->memory);
}

static int assignment_init(struct assignment *a, const struct tck_tree *patterns)
{
    size_t pairs, i = 0;

    if (__builtin_mul_overflow(a->pattern_count, a->element_count, &pairs) || pairs > PAIRS_MAX)
        return tck_fail(a->run->err, TCK_KIT, patterns->place,
                        "a list of %zu elements is too long to be compared in any order", a->element_count);
    a->memory = NULL;
    if (pairs <= SMALL_PAIRS && a->pattern_count <= SMALL_LENGTH && a->element_count <= SMALL_LENGTH) {
        a->patterns = a->small.patterns;
        a->element_of = a->small.element_of;
        a->pattern_of = a->small.pattern_of;
        a->visited = a->small.visited;
        a->fits = a->small.fits;
        memset(a->fits, UNTRIED, pairs);
    } else {
        char *memory = calloc(1, a->pattern_count * (sizeof *a->patterns + sizeof *a->element_of) +
                                     a->element_count * (sizeof *a->pattern_of + sizeof *a->visited) + pairs + 1);

        if (!memory)
            return tck_no_memory(a->run->err);
        a->memory = memory;
        a->patterns = (const struct tck_tree **)(void *)memory;
        a->element_of = (size_t *)(void *)(a->patterns + a->pattern_count);
        a->pattern_of = a->element_of + a->pattern_count;
        a->visited = (bool *)(a->pattern_of + a->element_count);
        a->fits = (unsigned char *)(a->visited + a->element_count);
    }
    for (const struct tck_tree *pattern = patterns->first; pattern; pattern = pattern->next)
        a->patterns[i++] = pattern;
    memset(a->element_of, 0xff, a->pattern_count * sizeof *a->element_of);
    memset(a->pattern_of, 0xff, a->element_count * sizeof *a->pattern_of);
    return 0;
}

static int fits(struct assignment *a, size_t pattern, size_t element)
{
    unsigned char *known = &a->fits[pattern * a->element_count + element];
    struct tck_path at = { .up = a->path, .index = element };
    struct tck_subject subject;
    int r;

    if (*known != UNTRIED)
        return *known == FITS;
    subject = tck_subject_element(a->run->match->pool, a->list, element);
    r = tck_match_try(a->run, &at, a->patterns[pattern], &subject);
    if (r >= 0)
        *known = r ? FITS : FITS_NOT;
    return r;
}

/* Finds an element for the pattern; another pattern may have to move to another element for that. The depth is that of
 * the patterns' list, which a person wrote. */
static int find_partner(struct assignment *a, size_t pattern)
{
    int r;

    for (size_t n = 0; n < a->element_count; n++) {
        size_t element = (pattern + n) % a->element_count; /* most lists come in the order written after all */

        if (a->visited[element] || (r = fits(a, pattern, element)) == 0)
            continue;
        if (r < 0)
            return r;
        a->visited[element] = true;
        if (a->pattern_of[element] != NONE) {
            r = find_partner(a, a->pattern_of[element]);
            if (r < 0)
                return r;
            if (r == 0)
                continue;
        }
        a->pattern_of[element] = pattern;
        a->element_of[pattern] = element;
        return 1;
    }
    return 0;
}

static const char *leftovers(struct assignment *a)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(1 << 16);
    size_t shown = 0, count = 0;
    const char *words;

    for (size_t i = 0; i < a->element_count; i++) {
        struct tck_subject element;

        if (a->pattern_of[i] != NONE || count++ >= SHOWN_MAX)
            continue;
        element = tck_subject_element(a->run->match->pool, a->list, i);
        tck_buffer_printf(&text, "%s[%zu] %s", shown++ ? ", " : "left over: ", i, tck_subject_words(a->run, &element));
    }
    if (count == 0)
        return "no such element";
    if (count > shown)
        tck_buffer_printf(&text, ", … %zu in all", count);
    words = tck_arena_strdup(a->run->match->arena, tck_buffer_string(&text));
    return words ? words : "";
}

static int differ(struct assignment *a, const struct tck_tree *patterns, bool all)
{
    const char *left = NULL;
    bool alone = false;
    int r = 0;

    if (a->run->quiet > 0)
        return 0;
    for (size_t i = 0; i < a->pattern_count && r == 0; i++) {
        const char *wanted;

        if (a->element_of[i] != NONE)
            continue;
        alone = true;
        left = left ? left : leftovers(a);
        wanted = tck_arena_printf(a->run->match->arena, "%s in the list (in any order)",
                                  tck_pattern_words(a->run->match->arena, a->patterns[i]));
        r = tck_differ(a->run, a->path, a->patterns[i]->place, wanted ? wanted : "", left);
    }
    for (size_t i = 0; all && !alone && i < a->element_count && r == 0; i++) {
        struct tck_path at = { .up = a->path, .index = i };
        struct tck_subject element;

        if (a->pattern_of[i] != NONE)
            continue;
        element = tck_subject_element(a->run->match->pool, a->list, i);
        r = tck_differ_from(a->run, &at, patterns->place, &element, "no such element (%zu in any order)",
                            a->pattern_count);
    }
    return r;
}

/* Once more, each pattern with its partner, for what it captures. */
static int capture(struct assignment *a)
{
    int matched = 1, r;

    for (size_t i = 0; i < a->pattern_count; i++) {
        struct tck_path at = { .up = a->path, .index = a->element_of[i] };
        struct tck_subject element = tck_subject_element(a->run->match->pool, a->list, a->element_of[i]);

        r = tck_match_pattern(a->run, &at, a->patterns[i], &element);
        if (r < 0)
            return r;
        matched &= r;
    }
    return matched;
}

static int assign(struct assignment *a, const struct tck_tree *patterns, bool all)
{
    bool complete = true;
    int r;

    for (size_t i = 0; i < a->pattern_count; i++) {
        memset(a->visited, 0, a->element_count * sizeof *a->visited);
        r = find_partner(a, i);
        if (r < 0)
            return r;
        complete &= r;
        if (!complete && a->run->quiet > 0)
            return 0;
    }
    if (!complete || (all && a->element_count != a->pattern_count))
        return differ(a, patterns, all);
    return a->run->captured ? capture(a) : 1;
}

int tck_match_assignment(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *patterns,
                         const struct tck_subject *list, bool all)
{
    tck_cleanup(assignment_done) struct assignment a;
    bool captured = run->captured;
    int r;

    a.run = run;
    a.path = path;
    a.list = list;
    a.memory = NULL;
    a.pattern_count = patterns->count;
    if (!tck_subject_is_list(list) || !tck_subject_length(list, &a.element_count))
        return tck_differ_from(run, path, patterns->place, list, "a list");
    if (run->quiet > 0 && (all ? a.element_count != a.pattern_count : a.element_count < a.pattern_count))
        return 0;
    r = assignment_init(&a, patterns);
    if (r < 0)
        return r;
    run->captured = false;
    r = assign(&a, patterns, all);
    run->captured |= captured;
    return r;
}
