/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/commands.h — the commands, and what they share: loading specs, selecting scenarios, telling errors.
 *
 * Only this room prints errors and chooses exit codes.
 */
#ifndef TCK_CLI_COMMANDS_H
#define TCK_CLI_COMMANDS_H

#include "cli/options.h"
#include "plan/plan.h"

extern const struct tck_command tck_command_run, tck_command_judge, tck_command_list, tck_command_validate,
    tck_command_explain, tck_command_compare, tck_command_known, tck_command_version, tck_command_completion,
    tck_command_manual;

/* Options of every command that reads specs and selects from them. First member of the commands' settings. */
struct tck_selection_settings {
    struct tck_texts specs, scenarios, skips, tags, sections, services, rules, upstream;
    int role; /* index into the choices: 0 is any */
};

/* Rows for the above, at offset 0. */
// clang-format off
#define TCK_SELECT(name, letter, kind, argument, member, help)                                                       \
    { name, letter, TCK_OPTION_##kind, argument, offsetof(struct tck_selection_settings, member), help,              \
      TCK_GROUP_SELECTION, NULL }
#define TCK_SELECTION_OPTIONS                                                                                        \
    TCK_SELECT("scenario", 's', TEXTS, "GLOB", scenarios,                                                            \
               "scenarios by id, part of an id, or name; * stays within a part, ** does not; may be given again"),   \
    TCK_SELECT("skip", 'S', TEXTS, "GLOB", skips, "all but these"),                                                  \
    TCK_SELECT("section", 0, TEXTS, "NAME", sections,                                                                \
               "by section: discovery, event-sourced, value-entity, crdt, action, …"),                               \
    TCK_SELECT("service", 0, TEXTS, "GLOB", services,                                                                \
               "by a service that the scenario needs, in full or without its package"),                              \
    TCK_SELECT("tag", 't', TEXTS, "TAG", tags, "by tag"),                                                            \
    TCK_SELECT("rule", 0, TEXTS, "GLOB", rules, "by rule that the scenario proves, such as ES-SNAPSHOT-*"),          \
    TCK_SELECT("upstream-name", 0, PATHS, "GLOB", upstream,                                                          \
               "by the name of the original kit's scenario, such as 'crdt | model | *'"),                            \
    { "role", 0, TCK_OPTION_CHOICE, "ROLE", offsetof(struct tck_selection_settings, role),                           \
      "by role: user-function, proxy or pair", TCK_GROUP_SELECTION, tck_role_choices },                              \
    TCK_SELECT("specs", 0, PATHS, "DIR", specs,                                                                      \
               "a directory (or file) of specs; adds to the built-in ones, and replaces those of the same id")
#define TCK_HELP_OPTION                                                                                              \
    { "help", 'h', TCK_OPTION_HELP, NULL, 0, "-h: the short help, --help: all of it", TCK_GROUP_HELP, NULL }
// clang-format on

extern const char TCK_GROUP_SELECTION[], TCK_GROUP_HELP[];
extern const char *const tck_role_choices[];

/* Built-in specs, then those of --specs. On failure the mistakes are printed; returns a status. */
int tck_cli_load_specs(const struct tck_texts *paths, struct tck_spec **ret_spec);
/* The selection of the settings; borrows them. */
struct tck_selection tck_cli_selection(const struct tck_selection_settings *settings);

/* Prints to stderr, and returns the exit code. */
int tck_cli_fail(struct tck_error *err);
void tck_cli_print_errors(const struct tck_error_list *errors);

#endif
