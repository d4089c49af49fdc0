/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/verdict.h"

#include <string.h>

#define XX(id, word, mark) [TCK_VERDICT_##id] = { word, mark },
static const struct {
    const char *word, *mark;
} verdicts[TCK_VERDICT_COUNT] = { TCK_VERDICT_MAP(XX) };
#undef XX

#define XX(id, word, verdict) [TCK_CAUSE_##id] = { word, TCK_VERDICT_##verdict },
static const struct {
    const char *word;
    enum tck_verdict verdict;
} causes[TCK_CAUSE_COUNT] = { TCK_CAUSE_MAP(XX) };
#undef XX

#define XX(id, word, text) [TCK_BLAME_##id] = { word, text },
static const struct {
    const char *word, *text;
} blames[TCK_BLAME_COUNT] = { TCK_BLAME_MAP(XX) };
#undef XX

#define XX(id, word) [TCK_KNOWN_##id] = word,
static const char *const known_words[TCK_KNOWN_COUNT] = { TCK_KNOWN_MAP(XX) };
#undef XX

const char *tck_known_word(enum tck_known_kind kind)
{
    return known_words[kind];
}

const char *tck_blame_word(enum tck_blame blame)
{
    return blames[blame].word;
}

const char *tck_blame_text(enum tck_blame blame)
{
    return blames[blame].text;
}

const char *tck_verdict_word(enum tck_verdict verdict)
{
    return verdicts[verdict].word;
}

const char *tck_verdict_mark(enum tck_verdict verdict)
{
    return verdicts[verdict].mark;
}

const char *tck_cause_word(enum tck_cause cause)
{
    return causes[cause].word;
}

int tck_verdict_parse(const char *word)
{
    for (int verdict = 0; verdict < TCK_VERDICT_COUNT; verdict++)
        if (strcmp(verdicts[verdict].word, word) == 0)
            return verdict;
    return -1;
}

int tck_cause_parse(const char *word)
{
    for (int cause = 0; cause < TCK_CAUSE_COUNT; cause++)
        if (strcmp(causes[cause].word, word) == 0)
            return cause;
    return -1;
}

enum tck_verdict tck_cause_verdict(enum tck_cause cause)
{
    return causes[cause].verdict;
}

bool tck_level_fails(enum tck_level level, bool strict, bool upstream)
{
    const bool answers[TCK_LEVEL_COUNT] = {
        [TCK_LEVEL_MUST] = true, [TCK_LEVEL_SHOULD] = strict, [TCK_LEVEL_UPSTREAM] = strict || upstream
    };

    return answers[level];
}

int tck_result_new(const struct tck_scenario *scenario, struct tck_result **ret_result, struct tck_error *err)
{
    struct tck_arena *arena = NULL;
    struct tck_result *result;
    int r;

    r = tck_arena_new(0, &arena, err);
    if (r < 0)
        return r;
    result = TCK_NEW(arena, struct tck_result);
    if (!result) {
        tck_arena_free(arena);
        return tck_no_memory(err);
    }
    result->scenario = scenario;
    result->arena = arena;
    *ret_result = result;
    return 0;
}

void tck_result_free(struct tck_result *result)
{
    if (result)
        tck_arena_free(result->arena); /* the result itself lives in it */
}

enum tck_status tck_run_status(const struct tck_run *run)
{
    if (run->kit_failed)
        return TCK_KIT;
    if (run->bad_scenario)
        return TCK_BAD_INPUT;
    if (run->candidate_failed)
        return TCK_NO_SHOW;
    if (run->count[TCK_VERDICT_FAILED])
        return TCK_BROKEN;
    /* Zero results is never success: nothing failed is not the same as something was shown. */
    if (run->count[TCK_VERDICT_ERRORED] || run->unproven || run->interrupted || run->known.trouble_count ||
        run->count[TCK_VERDICT_PASSED] + run->count[TCK_VERDICT_KNOWN] == 0)
        return TCK_UNPROVEN;
    return TCK_OK;
}
