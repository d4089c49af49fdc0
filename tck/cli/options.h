/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/options.h — commands and options as tables, from which parsing, help, the man page and shell completion all come.
 *
 * A command names its options by rows; each row says what its argument is and where in the command's settings it goes.
 * Nothing else in the program knows an option's name.
 */
#ifndef TCK_CLI_OPTIONS_H
#define TCK_CLI_OPTIONS_H

#include <stdio.h>

#include "base/error.h"

enum tck_option_kind {
    TCK_OPTION_FLAG,     /* bool */
    TCK_OPTION_TEXT,     /* const char * */
    TCK_OPTION_TEXTS,    /* struct tck_texts: may be given several times, and with commas */
    TCK_OPTION_PATHS,    /* struct tck_texts: several times, no commas */
    TCK_OPTION_NUMBER,   /* unsigned, from 1 */
    TCK_OPTION_SEED,     /* uint64_t, below 2^53 */
    TCK_OPTION_DURATION, /* int64_t nanoseconds */
    TCK_OPTION_CHOICE,   /* int: index into choices */
    TCK_OPTION_COUNT_UP, /* int: one more each time */
    TCK_OPTION_HELP,     /* prints help and ends */
};

#define TCK_TEXTS_MAX 64 /* more than anybody types; a table on the stack needs no freeing */

struct tck_texts {
    const char *items[TCK_TEXTS_MAX];
    size_t count;
};

struct tck_option {
    const char *name; /* long name, without dashes */
    char letter;      /* short name or 0 */
    enum tck_option_kind kind;
    const char *argument; /* "FILE"; NULL for flags */
    size_t offset;        /* in the settings */
    const char *help;     /* one sentence without a full stop */
    const char *group;    /* a heading, for the long help; same pointer for a run of rows */
    const char *const *choices;
};

struct tck_command {
    const char *name;
    const char *arguments; /* "[FILE…]" or "" */
    const char *summary;   /* one line */
    const char *details;   /* paragraphs for the long help and the man page */
    const struct tck_option *options;
    size_t option_count;
    size_t settings_size;
    /* operands: what is not an option. Returns an exit code. */
    int (*run)(void *settings, int operand_count, char *const operands[]);
    bool hidden;
};

/* The list of commands, in the order of the help. */
extern const struct tck_command *const tck_commands[];
extern const size_t tck_command_count;
const struct tck_command *tck_command_find(const char *name);

/* Parses argv (after the command's name) into settings, in which operands are left in order in *ret_operands (an array
 * within argv). Returns 1 when help was asked for and printed. Errors: TCK_BAD_INPUT, with the nearest option. */
int tck_options_parse(const struct tck_command *command, int argc, char *argv[], void *settings, char ***ret_operands,
                      int *ret_operand_count, struct tck_error *err);

void tck_help_program(FILE *out);                                                /* `tck --help` */
void tck_help_command(const struct tck_command *command, bool whole, FILE *out); /* -h: short, --help: whole */
void tck_help_manual(FILE *out); /* the man page tck(1), in man(7) macros */
int tck_help_completion(const char *shell, FILE *out, struct tck_error *err); /* bash, zsh or fish */

#endif
