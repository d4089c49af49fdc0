/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "cli/commands.h"

struct settings {
    struct tck_selection_settings selection;
    int format;
};

enum { FORMAT_TEXT, FORMAT_JSON };
static const char *const formats[] = { "text", "json", NULL };

static json_t *strings(struct tck_strings items)
{
    json_t *list = json_array();

    for (size_t i = 0; i < items.count; i++)
        json_array_append_new(list, json_string(items.items[i]));
    return list;
}

static json_t *scenario_object(const struct tck_scenario *scenario)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s?, s:s, s:i}", "id", scenario->id, "name", scenario->name,
                     "suite", scenario->suite->id, "role", tck_role_word(scenario->suite->role), "services",
                     strings(scenario->services), "tags", strings(scenario->tags), "requirements",
                     strings(scenario->covers), "upstream", scenario->upstream, "file", scenario->place.name, "line",
                     (int)scenario->place.line);
}

static int print_json(const struct tck_plan *plan)
{
    json_t *list = json_array();
    int r = 0;

    for (size_t i = 0; i < tck_plan_count(plan) && r == 0; i++)
        r = json_array_append_new(list, scenario_object(tck_plan_item(plan, i)->scenario));
    if (r == 0)
        r = json_dumpf(list, stdout, JSON_INDENT(2));
    json_decref(list);
    putchar('\n');
    return r < 0 ? TCK_KIT : 0;
}

static void print_text(const struct tck_plan *plan)
{
    const struct tck_suite *suite = NULL;

    for (size_t i = 0; i < tck_plan_count(plan); i++) {
        const struct tck_scenario *scenario = tck_plan_item(plan, i)->scenario;

        if (scenario->suite != suite) {
            suite = scenario->suite;
            printf("%s  (%s, %s)\n", suite->id, tck_role_word(suite->role), tck_protocol_word(suite->protocol));
        }
        printf("  %s", scenario->id);
        for (size_t j = 0; j < scenario->covers.count; j++)
            printf("%s%s", j ? ", " : "  [", scenario->covers.items[j]);
        printf("%s\n", scenario->covers.count ? "]" : "");
    }
    printf("%zu scenarios\n", tck_plan_count(plan));
}

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_selection selection;
    int r;

    for (int i = 0; i < operand_count && settings->selection.scenarios.count < TCK_TEXTS_MAX; i++)
        settings->selection.scenarios.items[settings->selection.scenarios.count++] = operands[i];
    r = tck_cli_load_specs(&settings->selection.specs, &spec);
    if (r < 0)
        return -r;
    selection = tck_cli_selection(&settings->selection);
    r = tck_plan_build(spec, &selection, &plan, &err);
    if (r < 0)
        return tck_cli_fail(&err);
    if (settings->format == FORMAT_JSON)
        r = print_json(plan);
    else
        print_text(plan);
    if (r < 0 || fflush(stdout) != 0) {
        fputs("tck: the list could not be written to the standard output\n", stderr);
        return -TCK_KIT;
    }
    return 0;
}

static const char OUTPUT[] = "Output";
static const struct tck_option options[] = {
    TCK_SELECTION_OPTIONS,
    { "format", 'f', TCK_OPTION_CHOICE, "FORMAT", offsetof(struct settings, format), "text (default) or json", OUTPUT,
      formats },
    TCK_HELP_OPTION,
};

const struct tck_command tck_command_list = {
    .name = "list",
    .arguments = "[GLOB…]",
    .summary = "list the scenarios that a run would take",
    .details = "Globs are those of --scenario. With --format json the output is an array of objects with id, name, "
               "suite, role, "
               "services, tags, requirements, upstream, file and line.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
