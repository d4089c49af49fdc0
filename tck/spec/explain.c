/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/explain.h"

#include <stdio.h>
#include <string.h>

#include "spec/language.h"

#define NUMBER_MAX 160 /* "3a.12.1…": as deep as steps may be */

struct explainer {
    struct tck_buffer *out;
    const struct tck_tree *defaults; /* or NULL */
    enum tck_role role;
};

static void explain_steps(const struct explainer *explainer, const struct tck_step *const *steps, size_t count,
                          const char *prefix, int depth);

static void begin_line(const struct explainer *explainer, int depth)
{
    tck_buffer_printf(explainer->out, "%*s", depth * 5, "");
}

static void put_value(const struct explainer *explainer, const struct tck_tree *value)
{
    if (value->kind == TCK_TREE_NULL || (value->kind == TCK_TREE_MAP && !value->first))
        return;
    tck_buffer_puts(explainer->out, ": ");
    tck_tree_print(value, explainer->out);
}

static void put_words(const struct explainer *explainer, const char *before, struct tck_strings words,
                      const char *after)
{
    for (size_t i = 0; i < words.count; i++)
        tck_buffer_printf(explainer->out, "%s%s", i == 0 ? before : ", ", words.items[i]);
    if (words.count)
        tck_buffer_puts(explainer->out, after);
}

/* --- what an answer must hold --- */

/* "a reply with this payload: {…}"; what is said by `true` alone needs no value. */
static void explain_expectations(const struct explainer *explainer, const struct tck_expectations *expectations,
                                 const char *holder, int depth)
{
    const char *joint = holder;

    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++) {
        const struct tck_tree *value = expectations->of[i];

        if (!value)
            continue;
        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "%s %s", joint, tck_expectation_meaning((enum tck_expectation)i));
        if (value->kind != TCK_TREE_BOOL)
            put_value(explainer, value);
        tck_buffer_putc(explainer->out, '\n');
        joint = "and";
    }
    if (!expectations->any)
        return;
    begin_line(explainer, depth);
    tck_buffer_puts(explainer->out, "and nothing else\n");
}

/* --- alternatives --- */

static void explain_alternative(const struct explainer *explainer, const struct tck_alternative *alternative,
                                const char *number, int depth)
{
    begin_line(explainer, depth);
    tck_buffer_printf(explainer->out, "%s either, \"%s\":\n", number, alternative->as);
    explain_expectations(explainer, &alternative->expectations, "the answer holds", depth + 1);
    if (alternative->expects) {
        const struct tck_step *step = alternative->expects;

        begin_line(explainer, depth + 1);
        tck_buffer_puts(explainer->out, tck_verb_meaning(step->verb, explainer->role));
        put_value(explainer, step->value);
        tck_buffer_putc(explainer->out, '\n');
    }
    explain_steps(explainer, alternative->then, alternative->then_count, number, depth + 1);
}

/* "3a.", "3b.", …; the roads after the 26th get numbers of their own. */
static void explain_alternatives(const struct explainer *explainer, const struct tck_step *step, const char *number,
                                 int depth)
{
    int size = (int)strlen(number) - 1; /* without its '.' */
    char inner[NUMBER_MAX];

    for (size_t i = 0; i < step->alternative_count; i++) {
        if (i < 26)
            snprintf(inner, sizeof inner, "%.*s%c.", size, number, (char)('a' + i));
        else
            snprintf(inner, sizeof inner, "%.*s-%zu.", size, number, i + 1);
        explain_alternative(explainer, &step->alternatives[i], inner, depth);
    }
}

/* --- a step --- */

/* The keys that belong to the verb, beside it or inside its value; and the default name where none is said. */
static void explain_keys(const struct explainer *explainer, const struct tck_step *step, const struct tck_tree *map,
                         int depth)
{
    struct tck_keys common;

    tck_shape_keys(TCK_SHAPE_STEP, &common);
    if (!map || map->kind != TCK_TREE_MAP)
        return;
    for (const struct tck_tree *entry = map->first; entry; entry = entry->next) {
        if (entry == step->value || tck_keys_find(&common, entry->key) || tck_expectation_parse(entry->key) >= 0 ||
            strcmp(entry->key, "either") == 0 || strcmp(entry->key, "steps") == 0)
            continue;
        begin_line(explainer, depth);
        tck_buffer_puts(explainer->out, entry->key);
        put_value(explainer, entry);
        tck_buffer_putc(explainer->out, '\n');
    }
}

static void explain_default(const struct explainer *explainer, const struct tck_step *step, int depth)
{
    const struct tck_tree *name = tck_tree_get(explainer->defaults, tck_verbs[step->verb].word);
    struct tck_keys keys;

    if (!name || tck_tree_get(step->tree, "name") || tck_verbs[step->verb].kind == TCK_VERB_EXPECTS)
        return;
    tck_step_keys(step->verb, &keys);
    begin_line(explainer, depth);
    tck_buffer_puts(explainer->out, tck_keys_find(&keys, "name") ? "name" : "type");
    put_value(explainer, name);
    tck_buffer_putc(explainer->out, '\n');
}

/* "3a.", "3b.": each client of a `parallel`. */
static void explain_branches(const struct explainer *explainer, const struct tck_step *step, const char *number,
                             int depth)
{
    int size = (int)strlen(number) - 1;
    char inner[NUMBER_MAX];

    if (step->branch_count && step->value->kind == TCK_TREE_MAP) {
        const struct tck_tree *times = tck_tree_get(step->value, "times");

        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "clients: %s\n", times && times->text ? times->text : "");
    }
    for (size_t i = 0; i < step->branch_count; i++) {
        if (i < 26)
            snprintf(inner, sizeof inner, "%.*s%c.", size, number, (char)('a' + i));
        else
            snprintf(inner, sizeof inner, "%.*s-%zu.", size, number, i + 1);
        explain_steps(explainer, step->branches[i].steps, step->branches[i].step_count, inner, depth);
    }
}

/* Who waits how long for what rule, and why. */
static void explain_common(const struct explainer *explainer, const struct tck_step *step, int depth)
{
    char duration[32];

    if (step->within) {
        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "within %s\n", tck_duration_text(step->within, duration));
    }
    if (step->level >= 0) {
        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "level %s\n", tck_level_word((enum tck_level)step->level));
    }
    if (step->covers.count) {
        begin_line(explainer, depth);
        put_words(explainer, "proves ", step->covers, "\n");
    }
    if (step->at) {
        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "this moment is called %s\n", step->at);
    }
    if (step->note) {
        begin_line(explainer, depth);
        tck_buffer_printf(explainer->out, "note: %s\n", step->note);
    }
}

static void explain_step(const struct explainer *explainer, const struct tck_step *step, const char *number, int depth)
{
    const struct tck_verb_row *verb = &tck_verbs[step->verb];
    bool expectations_inside = tck_shapes[tck_values[tck_verb_value(step->verb)].shape].expectations != 0;

    begin_line(explainer, depth);
    tck_buffer_printf(explainer->out, "%s %s", number, tck_verb_meaning(step->verb, explainer->role));
    if (strcmp(step->on, "main") != 0)
        tck_buffer_printf(explainer->out, " (on %s)", step->on);
    if (!expectations_inside && step->verb != TCK_VERB_EITHER && step->verb != TCK_VERB_ANY_ORDER &&
        step->verb != TCK_VERB_PARALLEL)
        put_value(explainer, step->value);
    tck_buffer_putc(explainer->out, '\n');
    if (expectations_inside)
        explain_keys(explainer, step, step->value, depth + 1);
    explain_keys(explainer, step, step->tree, depth + 1);
    explain_default(explainer, step, depth + 1);
    explain_expectations(explainer, &step->expectations,
                         verb->kind == TCK_VERB_EXPECTS ? "it holds" : "the answer holds", depth + 1);
    explain_common(explainer, step, depth + 1);
    explain_alternatives(explainer, step, number, depth + 1);
    explain_steps(explainer, step->steps, step->step_count, number, depth + 1);
    explain_branches(explainer, step, number, depth + 1);
}

static void explain_steps(const struct explainer *explainer, const struct tck_step *const *steps, size_t count,
                          const char *prefix, int depth)
{
    char number[NUMBER_MAX];

    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof number, "%s%zu.", prefix, i + 1);
        explain_step(explainer, steps[i], number, depth);
    }
}

void tck_step_explain(const struct tck_step *step, size_t number, struct tck_buffer *out)
{
    struct explainer explainer = { .out = out };
    char text[NUMBER_MAX];

    snprintf(text, sizeof text, "%zu.", number);
    explain_step(&explainer, step, text, 0);
}

/* --- a scenario --- */

static void explain_head(const struct explainer *explainer, const struct tck_scenario *scenario)
{
    struct tck_buffer *out = explainer->out;
    char timeout[32], within[32];

    tck_buffer_printf(out, "%s\n", scenario->name);
    tck_buffer_printf(out, "  id: %s\n", scenario->id);
    tck_buffer_printf(out, "  from: %s:%u\n", scenario->suite->file, scenario->place.line);
    tck_buffer_printf(out, "  role: %s, protocol: %s, level: %s\n", tck_role_word(scenario->suite->role),
                      tck_protocol_word(scenario->suite->protocol), tck_level_word(scenario->level));
    tck_buffer_printf(out, "  timeout: %s, each step within %s%s\n", tck_duration_text(scenario->timeout, timeout),
                      tck_duration_text(scenario->within, within),
                      scenario->exclusive ? ", nothing else meanwhile" : "");
    if (scenario->upstream)
        tck_buffer_printf(out, "  upstream: %s\n", scenario->upstream);
    put_words(explainer, "  covers: ", scenario->covers, "\n");
    put_words(explainer, "  tags: ", scenario->tags, "\n");
    put_words(explainer, "  services: ", scenario->services, "\n");
    put_words(explainer, "  needs: ", scenario->needs, "\n");
    if (scenario->why)
        tck_buffer_printf(out, "  why: %s\n", scenario->why);
    if (scenario->row) {
        tck_buffer_puts(out, "  row");
        put_value(explainer, scenario->row);
        tck_buffer_putc(out, '\n');
    }
}

void tck_scenario_explain(const struct tck_scenario *scenario, struct tck_buffer *out)
{
    struct explainer explainer = { .out = out, .defaults = scenario->defaults, .role = scenario->suite->role };

    explain_head(&explainer, scenario);
    tck_buffer_putc(out, '\n');
    explain_steps(&explainer, scenario->steps, scenario->step_count, "", 0);
}
