/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/version.h"

struct settings {
    bool unused; /* a struct needs a member */
};

static int run_version(void *settings, int operand_count, char *const operands[])
{
    (void)settings;
    (void)operand_count;
    (void)operands;
    printf("tck %s (Cloudstate protocol %s)\n", TCK_VERSION, TCK_PROTOCOL_VERSION);
    return 0;
}

static int run_completion(void *settings, int operand_count, char *const operands[])
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    (void)settings;
    if (operand_count != 1)
        tck_fail(&err, TCK_BAD_INPUT, TCK_NOWHERE, "for which shell? bash, zsh or fish");
    else if (tck_help_completion(operands[0], stdout, &err) == 0)
        return 0;
    return tck_cli_fail(&err);
}

static int run_manual(void *settings, int operand_count, char *const operands[])
{
    (void)settings;
    (void)operand_count;
    (void)operands;
    tck_help_manual(stdout);
    return 0;
}

static const struct tck_option options[] = { TCK_HELP_OPTION };

const struct tck_command tck_command_version = {
    .name = "version",
    .arguments = "",
    .summary = "print the version of the kit and of the protocol",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run_version,
};

const struct tck_command tck_command_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .summary = "print the completion script for a shell",
    .details = "For example, in ~/.bashrc: source <(tck completion bash)",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run_completion,
};

const struct tck_command tck_command_manual = {
    .name = "manual",
    .arguments = "",
    .summary = "print the man page tck(1) in roff",
    .options = options,
    .option_count = TCK_COUNT(options),
    .settings_size = sizeof(struct settings),
    .run = run_manual,
    .hidden = true,
};
