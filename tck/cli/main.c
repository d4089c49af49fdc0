/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/suggest.h"
#include "cli/commands.h"
#include "cli/version.h"

const struct tck_command *const tck_commands[] = {
    &tck_command_run,     &tck_command_judge, &tck_command_list,    &tck_command_validate,   &tck_command_explain,
    &tck_command_compare, &tck_command_known, &tck_command_version, &tck_command_completion, &tck_command_manual,
};
const size_t tck_command_count = TCK_COUNT(tck_commands);

static const char *command_name_at(const void *context, size_t i)
{
    (void)context;
    return tck_commands[i]->name;
}

static int unknown_command(const char *word)
{
    const char *near = tck_suggest(word, tck_command_count, command_name_at, NULL);

    fprintf(stderr, "tck: unknown command '%s'%s%s%s; see 'tck --help'\n", word, near ? "; did you mean '" : "",
            near ? near : "", near ? "'?" : "");
    return -TCK_BAD_INPUT;
}

static int run_command(const struct tck_command *command, int argc, char *argv[])
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_freep) void *settings = calloc(1, command->settings_size);
    char **operands;
    int operand_count, r;

    if (!settings) {
        tck_no_memory(&err);
        return tck_cli_fail(&err);
    }
    r = tck_options_parse(command, argc, argv, settings, &operands, &operand_count, &err);
    if (r < 0)
        return tck_cli_fail(&err);
    return r > 0 ? 0 : command->run(settings, operand_count, operands);
}

int main(int argc, char *argv[])
{
    const struct tck_command *command;

    if (argc < 2) {
        tck_help_program(stderr);
        return -TCK_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        command = argc > 2 ? tck_command_find(argv[2]) : NULL;
        if (argc > 2 && !command)
            return unknown_command(argv[2]);
        if (command)
            tck_help_command(command, true, stdout);
        else
            tck_help_program(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return run_command(&tck_command_version, 0, NULL);
    command = tck_command_find(argv[1]);
    return command ? run_command(command, argc - 2, argv + 2) : unknown_command(argv[1]);
}
