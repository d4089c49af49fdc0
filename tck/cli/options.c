/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/suggest.h"

#define SEED_MAX ((uint64_t)1 << 53) /* JSON readers keep smaller numbers exactly */

static const struct tck_place ON_THE_COMMAND_LINE = { .name = "tck" };

const struct tck_command *tck_command_find(const char *name)
{
    for (size_t i = 0; i < tck_command_count; i++)
        if (strcmp(tck_commands[i]->name, name) == 0)
            return tck_commands[i];
    return NULL;
}

static const char *option_name_at(const void *context, size_t i)
{
    return ((const struct tck_option *)context)[i].name;
}

static const struct tck_option *find_long(const struct tck_command *command, const char *name, size_t size,
                                          struct tck_error *err)
{
    tck_cleanup(tck_freep) char *word = strndup(name, size);
    const char *near;

    if (!word) {
        tck_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < command->option_count; i++)
        if (strcmp(command->options[i].name, word) == 0)
            return &command->options[i];
    near = tck_suggest(word, command->option_count, option_name_at, command->options);
    tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "unknown option '--%s'%s%s%s; see 'tck %s --help'", word,
             near ? "; did you mean '--" : "", near ? near : "", near ? "'?" : "", command->name);
    return NULL;
}

static const struct tck_option *find_short(const struct tck_command *command, char letter, struct tck_error *err)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (letter && command->options[i].letter == letter)
            return &command->options[i];
    tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "unknown option '-%c'; see 'tck %s --help'", letter,
             command->name);
    return NULL;
}

static int bad_value(const struct tck_option *option, const char *value, const char *wanted, struct tck_error *err)
{
    return tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "--%s: expected %s, found '%s'", option->name, wanted,
                    value);
}

static int add_text(const struct tck_option *option, struct tck_texts *texts, const char *text, struct tck_error *err)
{
    if (texts->count == TCK_TEXTS_MAX)
        return tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "--%s is given more than %d times", option->name,
                        TCK_TEXTS_MAX);
    texts->items[texts->count++] = text;
    return 0;
}

/* Splits at commas in place: argv is ours to change. */
static int add_texts(const struct tck_option *option, struct tck_texts *texts, char *value, struct tck_error *err)
{
    char *rest = NULL;
    int r = 0;

    for (char *part = strtok_r(value, ",", &rest); part && r == 0; part = strtok_r(NULL, ",", &rest))
        r = add_text(option, texts, part, err);
    return r;
}

static int set_number(const struct tck_option *option, const char *value, uint64_t low, uint64_t high,
                      uint64_t *ret_number, struct tck_error *err)
{
    char wanted[64], *end;

    errno = 0;
    *ret_number = strtoull(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end || errno || *ret_number < low || *ret_number > high) {
        snprintf(wanted, sizeof wanted, "a whole number from %llu to %llu", (unsigned long long)low,
                 (unsigned long long)high);
        return bad_value(option, value, wanted, err);
    }
    return 0;
}

static int set_choice(const struct tck_option *option, const char *value, int *ret_choice, struct tck_error *err)
{
    char wanted[128] = "one of";

    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *ret_choice = i;
            return 0;
        }
        snprintf(wanted + strlen(wanted), sizeof wanted - strlen(wanted), "%s %s", i ? "," : "", option->choices[i]);
    }
    return bad_value(option, value, wanted, err);
}

static int set_option(const struct tck_option *option, char *value, void *settings, struct tck_error *err)
{
    void *at = (char *)settings + option->offset;
    uint64_t number = 0;
    int r = 0;

    switch (option->kind) {
    case TCK_OPTION_FLAG:
        *(bool *)at = true;
        break;
    case TCK_OPTION_COUNT_UP:
        ++*(int *)at;
        break;
    case TCK_OPTION_TEXT:
        *(const char **)at = value;
        break;
    case TCK_OPTION_TEXTS:
        r = add_texts(option, at, value, err);
        break;
    case TCK_OPTION_PATHS:
        r = add_text(option, at, value, err);
        break;
    case TCK_OPTION_NUMBER:
        r = set_number(option, value, 1, 1000000, &number, err);
        *(unsigned *)at = (unsigned)number;
        break;
    case TCK_OPTION_SEED:
        r = set_number(option, value, 0, SEED_MAX - 1, (uint64_t *)at, err);
        break;
    case TCK_OPTION_DURATION:
        r = tck_duration_parse(value, ON_THE_COMMAND_LINE, at, err);
        if (r == 0 && *(int64_t *)at <= 0)
            r = bad_value(option, value, "a duration above zero", err);
        break;
    case TCK_OPTION_CHOICE:
        r = set_choice(option, value, at, err);
        break;
    case TCK_OPTION_HELP:
        break;
    }
    return r;
}

static bool takes_value(const struct tck_option *option)
{
    return option->argument != NULL;
}

/* One argument that begins with "--"; may take the next one as its value. Returns how many were used, or a status. */
static int parse_long(const struct tck_command *command, char *argument, char *next, void *settings,
                      struct tck_error *err)
{
    size_t size = strcspn(argument + 2, "=");
    char *value = argument[2 + size] == '=' ? argument + 3 + size : NULL;
    const struct tck_option *option = find_long(command, argument + 2, size, err);
    int r, used = 1;

    if (!option)
        return TCK_BAD_INPUT;
    if (option->kind == TCK_OPTION_HELP) {
        tck_help_command(command, true, stdout);
        return 0;
    }
    if (!takes_value(option) && value)
        return tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "--%s takes no value", option->name);
    if (takes_value(option) && !value) {
        value = next;
        used = 2;
    }
    if (takes_value(option) && !value)
        return tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "--%s needs %s", option->name, option->argument);
    r = set_option(option, value, settings, err);
    return r < 0 ? r : used;
}

/* A bundle of letters, of which the last may have its value behind it or in the next argument. */
static int parse_short(const struct tck_command *command, char *argument, char *next, void *settings,
                       struct tck_error *err)
{
    for (char *letter = argument + 1; *letter; letter++) {
        const struct tck_option *option = find_short(command, *letter, err);
        char *value = letter[1] ? letter + 1 : next;
        int r;

        if (!option)
            return TCK_BAD_INPUT;
        if (option->kind == TCK_OPTION_HELP) {
            tck_help_command(command, false, stdout);
            return 0;
        }
        if (takes_value(option) && !value)
            return tck_fail(err, TCK_BAD_INPUT, ON_THE_COMMAND_LINE, "-%c needs %s", *letter, option->argument);
        r = set_option(option, value, settings, err);
        if (r < 0)
            return r;
        if (takes_value(option))
            return letter[1] ? 1 : 2;
    }
    return 1;
}

int tck_options_parse(const struct tck_command *command, int argc, char *argv[], void *settings, char ***ret_operands,
                      int *ret_operand_count, struct tck_error *err)
{
    bool only_operands = false;
    int operands = 0;

    for (int i = 0; i < argc;) {
        char *next = i + 1 < argc ? argv[i + 1] : NULL;
        int used = 1;

        if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0')
            argv[operands++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_operands = true;
        else if (argv[i][1] == '-')
            used = parse_long(command, argv[i], next, settings, err);
        else
            used = parse_short(command, argv[i], next, settings, err);
        if (used < 0)
            return used;
        if (used == 0)
            return 1;
        i += used;
    }
    *ret_operands = argv;
    *ret_operand_count = operands;
    return 0;
}
