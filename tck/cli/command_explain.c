/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "spec/explain.h"

#define TEXT_CEILING ((size_t)16 << 20)

struct settings {
    struct tck_selection_settings selection;
};

static void print_rules(const struct tck_spec *spec, const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < scenario->covers.count; i++) {
        const struct tck_requirement *rule = tck_spec_find_requirement(spec, scenario->covers.items[i]);

        if (rule)
            printf("proves %s (%s): %s\n", rule->id, tck_level_word(rule->level), rule->text);
    }
}

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_selection selection;
    int r;

    for (int i = 0; i < operand_count && settings->selection.scenarios.count < TCK_TEXTS_MAX; i++)
        settings->selection.scenarios.items[settings->selection.scenarios.count++] = operands[i];
    if (settings->selection.scenarios.count == 0) {
        tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "which scenario? 'tck list' shows them all");
        return tck_cli_fail(&err);
    }
    r = tck_cli_load_specs(&settings->selection.specs, &spec);
    if (r < 0)
        return -r;
    selection = tck_cli_selection(&settings->selection);
    r = tck_plan_build(spec, &selection, &plan, &err);
    if (r < 0)
        return tck_cli_fail(&err);
    for (size_t i = 0; i < tck_plan_count(plan); i++) {
        const struct tck_scenario *scenario = tck_plan_item(plan, i)->scenario;

        tck_buffer_clear(&text);
        tck_scenario_explain(scenario, &text);
        if (tck_buffer_check(&text, &err) < 0)
            return tck_cli_fail(&err);
        printf("%s%s", i ? "\n" : "", tck_buffer_string(&text));
        print_rules(spec, scenario);
    }
    return 0;
}

static const struct tck_option options[] = { TCK_SELECTION_OPTIONS, TCK_HELP_OPTION };

const struct tck_command tck_command_explain = {
    .name = "explain",
    .arguments = "SCENARIO…",
    .summary = "tell a scenario step by step in plain words",
    .details = "SCENARIO is an id or a glob as for --scenario.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
