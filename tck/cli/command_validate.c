/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "engine/builtin.h"
#include "engine/compile.h"

struct settings {
    struct tck_texts specs;
};

static int run(void *given, int operand_count, char *const operands[])
{
    struct settings *settings = given;
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    size_t scenarios = 0;
    int r;

    for (int i = 0; i < operand_count; i++) {
        if (settings->specs.count == TCK_TEXTS_MAX) {
            tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "more than %d paths", TCK_TEXTS_MAX);
            return tck_cli_fail(&err);
        }
        settings->specs.items[settings->specs.count++] = operands[i];
    }
    r = tck_cli_load_specs(&settings->specs, &spec);
    if (r < 0)
        return -r;
    r = tck_builtin_pool_new(&pool, &err);
    if (r < 0)
        return tck_cli_fail(&err);
    r = tck_compile_check(spec, pool, &errors);
    if (r < 0) {
        tck_cli_print_errors(&errors);
        return -r;
    }
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++)
        scenarios += tck_spec_suite(spec, i)->scenario_count;
    printf("%zu scenarios in %zu suites, %zu rules: no mistakes\n", scenarios, tck_spec_suite_count(spec),
           tck_spec_requirement_count(spec));
    return 0;
}

static const struct tck_option options[] = {
    { "specs", 0, TCK_OPTION_PATHS, "DIR", offsetof(struct settings, specs), "the same as naming it as an argument",
      TCK_GROUP_SELECTION, NULL },
    TCK_HELP_OPTION,
};

const struct tck_command tck_command_validate = {
    .name = "validate",
    .arguments = "[DIR or FILE…]",
    .summary = "check specs and find every mistake, without a candidate",
    .details =
        "Checks the built-in specs with those named on top. Mistakes are printed as file:line:column: what is wrong.",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run,
};
