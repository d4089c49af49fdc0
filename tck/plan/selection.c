/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "plan/selection_internal.h"

#define WORD_MAX 1024 /* longer ids, names and patterns hit nothing */

static void copy_lower(char to[WORD_MAX], const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = (char)tolower((unsigned char)from[i]);
    to[size] = '\0';
}

/* A glob over the first size bytes of a text, whatever their case. */
static bool hits(const char *pattern, const char *text, size_t size)
{
    char lower_pattern[WORD_MAX], lower_text[WORD_MAX];
    size_t pattern_size = strlen(pattern);

    if (pattern_size >= WORD_MAX || size >= WORD_MAX)
        return false;
    copy_lower(lower_pattern, pattern, pattern_size);
    copy_lower(lower_text, text, size);
    return strcmp(lower_pattern, lower_text) == 0 || tck_glob_match(lower_pattern, lower_text);
}

static bool hits_all(const char *pattern, const char *text)
{
    return hits(pattern, text, strlen(text));
}

/* --- names --- */

/* The next part of an id, or NULL after the last. */
static const char *next_part(const char *part)
{
    const char *slash = strchr(part, '/');

    return slash ? slash + 1 : NULL;
}

/* A run of whole parts that begins here, with or without the row at the end. */
static bool hits_run(const char *glob, const char *start)
{
    const char *end = start + strcspn(start, "/[");

    while (!hits(glob, start, (size_t)(end - start))) {
        if (*end != '/')
            return *end == '[' && hits_all(glob, start);
        end += 1 + strcspn(end + 1, "/[");
    }
    return true;
}

bool tck_plan_name_matches(const char *glob, const struct tck_scenario *scenario)
{
    const char *row = scenario->row ? strrchr(scenario->name, '[') : NULL;

    if (hits_all(glob, scenario->name) || (row && hits(glob, scenario->name, (size_t)(row - scenario->name - 1))))
        return true;
    for (const char *part = scenario->id; part; part = next_part(part))
        if (hits_run(glob, part))
            return true;
    return false;
}

static void visit_names(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    char part[WORD_MAX];

    visitor(context, scenario->name);
    visitor(context, scenario->id);
    visitor(context, scenario->suite->id);
    for (const char *start = scenario->id; start; start = next_part(start)) {
        size_t size = strcspn(start, "/[");

        if (size >= WORD_MAX)
            continue;
        memcpy(part, start, size);
        part[size] = '\0';
        visitor(context, part);
    }
}

static bool id_matches(const char *id, const struct tck_scenario *scenario)
{
    return strcmp(id, scenario->id) == 0;
}

static void visit_id(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    visitor(context, scenario->id);
}

/* --- lists of words --- */

static bool any_hits(const char *pattern, const struct tck_strings *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (hits_all(pattern, words->items[i]))
            return true;
    return false;
}

static void visit_all(const struct tck_strings *words, tck_word_visitor *visitor, void *context)
{
    for (size_t i = 0; i < words->count; i++)
        visitor(context, words->items[i]);
}

static bool tag_matches(const char *pattern, const struct tck_scenario *scenario)
{
    return any_hits(pattern, &scenario->tags);
}

static void visit_tags(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    visit_all(&scenario->tags, visitor, context);
}

static bool section_matches(const char *pattern, const struct tck_scenario *scenario)
{
    const char *id = scenario->suite->id;

    return hits(pattern, id, strcspn(id, "/"));
}

static void visit_sections(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    size_t size = strcspn(scenario->suite->id, "/");
    char section[WORD_MAX];

    if (size >= WORD_MAX)
        return;
    memcpy(section, scenario->suite->id, size);
    section[size] = '\0';
    visitor(context, section);
}

static const char *short_name(const char *service)
{
    const char *dot = strrchr(service, '.');

    return dot ? dot + 1 : service;
}

static bool service_matches(const char *pattern, const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < scenario->services.count; i++)
        if (hits_all(pattern, scenario->services.items[i]) ||
            hits_all(pattern, short_name(scenario->services.items[i])))
            return true;
    return false;
}

static void visit_services(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    visit_all(&scenario->services, visitor, context);
    for (size_t i = 0; i < scenario->services.count; i++)
        visitor(context, short_name(scenario->services.items[i]));
}

/* --- rules: those of the scenario and of all steps in it --- */

static void visit_step_rules(const struct tck_step *const *steps, size_t count, tck_word_visitor *visitor,
                             void *context)
{
    for (size_t i = 0; i < count; i++) {
        const struct tck_step *step = steps[i];

        visit_all(&step->covers, visitor, context);
        visit_step_rules(step->steps, step->step_count, visitor, context);
        for (size_t k = 0; k < step->alternative_count; k++)
            visit_step_rules(step->alternatives[k].then, step->alternatives[k].then_count, visitor, context);
    }
}

static void visit_rules(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    visit_all(&scenario->covers, visitor, context);
    visit_step_rules(scenario->steps, scenario->step_count, visitor, context);
}

struct search {
    const char *pattern;
    bool found;
};

static void search_word(void *context, const char *word)
{
    struct search *search = context;

    search->found = search->found || hits_all(search->pattern, word);
}

static bool rule_matches(const char *pattern, const struct tck_scenario *scenario)
{
    struct search search = { .pattern = pattern };

    visit_rules(scenario, search_word, &search);
    return search.found;
}

/* --- upstream names --- */

static bool upstream_matches(const char *pattern, const struct tck_scenario *scenario)
{
    return scenario->upstream && hits_all(pattern, scenario->upstream);
}

static void visit_upstream(const struct tck_scenario *scenario, tck_word_visitor *visitor, void *context)
{
    if (scenario->upstream)
        visitor(context, scenario->upstream);
}

#define LIST(member) offsetof(struct tck_selection, member)

const struct tck_criterion tck_criteria[] = {
    { "no scenario is called", LIST(names), false, tck_plan_name_matches, visit_names },
    { "no scenario to skip is called", LIST(skips), true, tck_plan_name_matches, visit_names },
    { "no scenario has the id", LIST(ids), false, id_matches, visit_id },
    { "no scenario has the tag", LIST(tags), false, tag_matches, visit_tags },
    { "no suite is in the section", LIST(sections), false, section_matches, visit_sections },
    { "no scenario needs the service", LIST(services), false, service_matches, visit_services },
    { "no scenario covers the rule", LIST(rules), false, rule_matches, visit_rules },
    { "no scenario stands for the upstream name", LIST(upstream), false, upstream_matches, visit_upstream },
};
const size_t tck_criterion_count = TCK_COUNT(tck_criteria);

static bool is_hit(const struct tck_criterion *criterion, const struct tck_strings *patterns,
                   const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (criterion->matches(patterns->items[i], scenario))
            return true;
    return false;
}

bool tck_selection_wants(const struct tck_selection *selection, const struct tck_scenario *scenario)
{
    if (selection->role >= 0 && (int)scenario->suite->role != selection->role)
        return false;
    for (size_t i = 0; i < tck_criterion_count; i++) {
        const struct tck_strings *patterns = tck_criterion_list(&tck_criteria[i], selection);

        if (patterns->count && is_hit(&tck_criteria[i], patterns, scenario) == tck_criteria[i].excludes)
            return false;
    }
    return true;
}
