/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/options.h"
#include "cli/version.h"

#define TEXT_WIDTH 100

/* Words of text wrapped at TEXT_WIDTH, each line after the first with an indent; a newline in the text begins a line.
 */
static void put_wrapped(const char *text, int column, int indent, FILE *out)
{
    while (*text) {
        size_t size = strcspn(text, " \n");
        size_t width = 0;

        for (size_t i = 0; i < size; i++)
            width += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (column > indent && column + 1 + (int)width > TEXT_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, size, out);
        column += (int)width;
        text += size;
        if (*text == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        }
        if (*text)
            text++;
    }
    fputc('\n', out);
}

void tck_help_program(FILE *out)
{
    fprintf(out, "tck judges implementations of the Cloudstate protocol.\n\n"
                 "Usage: tck COMMAND [OPTIONS]\n\nCommands:\n");
    for (size_t i = 0; i < tck_command_count; i++)
        if (!tck_commands[i]->hidden)
            fprintf(out, "  %-12s %s\n", tck_commands[i]->name, tck_commands[i]->summary);
    fprintf(out, "\nWithout a configuration, 'tck run' judges the bundled user function.\n"
                 "'tck COMMAND --help' tells all of a command. Exit codes:\n");
#define XX(id, exit_code, text) fprintf(out, "  %d  %s\n", exit_code, text);
    TCK_STATUS_MAP(XX)
#undef XX
}

static void put_option(const struct tck_option *option, FILE *out)
{
    char head[64];

    snprintf(head, sizeof head, "  %c%c%s --%s%s%s", option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
             option->letter ? "," : " ", option->name, option->argument ? " " : "",
             option->argument ? option->argument : "");
    fprintf(out, "%-30s", head);
    if (strlen(head) >= 30)
        fprintf(out, "\n%30s", "");
    put_wrapped(option->help, 30, 30, out);
}

void tck_help_command(const struct tck_command *command, bool whole, FILE *out)
{
    const char *group = NULL;

    fprintf(out, "Usage: tck %s [OPTIONS]%s%s\n\n", command->name, command->arguments[0] ? " " : "",
            command->arguments);
    put_wrapped(command->summary, 0, 0, out);
    if (whole && command->details) {
        fputc('\n', out);
        put_wrapped(command->details, 0, 0, out);
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const struct tck_option *option = &command->options[i];

        if (option->group != group) {
            group = option->group;
            fprintf(out, "\n%s:\n", group);
        }
        put_option(option, out);
    }
    if (!whole)
        fprintf(out, "\n'tck %s --help' tells more.\n", command->name);
}

/* Text for roff: backslashes and leading dots are special, and a hyphen of an option is not a dash. */
static void put_roff(const char *text, FILE *out)
{
    bool line_start = true;

    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        line_start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void put_roff_command(const struct tck_command *command, FILE *out)
{
    fprintf(out, ".SS tck %s\n", command->name);
    put_roff(command->summary, out);
    fputs(".\n", out);
    if (command->details) {
        fputs(".PP\n", out);
        put_roff(command->details, out);
        fputc('\n', out);
    }
    for (size_t i = 0; i < command->option_count; i++) {
        const struct tck_option *option = &command->options[i];

        fputs(".TP\n.B ", out);
        if (option->letter)
            fprintf(out, "\\-%c, ", option->letter);
        fputs("\\-\\-", out);
        put_roff(option->name, out);
        if (option->argument)
            fprintf(out, " \\fI%s\\fR", option->argument);
        fputc('\n', out);
        put_roff(option->help, out);
        fputs(".\n", out);
    }
}

void tck_help_manual(FILE *out)
{
    fprintf(out, ".TH TCK 1 \"\" \"tck %s\" \"User Commands\"\n", TCK_VERSION);
    fputs(".SH NAME\ntck \\- judges implementations of the Cloudstate protocol\n"
          ".SH SYNOPSIS\n.B tck\n.I COMMAND\n[\\fIOPTIONS\\fR]\n"
          ".SH DESCRIPTION\n"
          "A Technology Compatibility Kit: it plays one side of the Cloudstate protocol in scripted conversations with "
          "a candidate,\n"
          "and says which rules the candidate keeps and which it breaks.\n"
          "Without a configuration, \\fBtck run\\fR judges the bundled user function.\n"
          ".SH COMMANDS\n",
          out);
    for (size_t i = 0; i < tck_command_count; i++)
        if (!tck_commands[i]->hidden)
            put_roff_command(tck_commands[i], out);
    fputs(".SH EXIT STATUS\n", out);
#define XX(id, exit_code, text) fprintf(out, ".TP\n.B %d\n%s\n", exit_code, text);
    TCK_STATUS_MAP(XX)
#undef XX
    fputs(
        ".PP\nInterrupted by SIGINT, SIGTERM or SIGHUP, the program writes its reports (marked incomplete) and ends by "
        "that signal. The same signal a second time ends it at once. One that was ignored when it was started, as by "
        "nohup, stays ignored.\n"
        ".SH FILES\n.TP\n.I reports/junit.xml, reports/report.json\nThe reports of the last run, where no other "
        "names are given.\n"
        ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set, no colours unless \\-\\-color=always.\n"
        ".TP\n.B GRPC_VERBOSITY\nIf set, the gRPC library writes its own log to the standard error.\n",
        out);
}

static void put_bash(FILE *out)
{
    fputs("# bash completion for tck\n_tck() {\n"
          "  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} words=\n"
          "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    words=\"",
          out);
    for (size_t i = 0; i < tck_command_count; i++)
        if (!tck_commands[i]->hidden)
            fprintf(out, "%s ", tck_commands[i]->name);
    fputs("--help --version\"\n  else\n    case $command in\n", out);
    for (size_t i = 0; i < tck_command_count; i++) {
        fprintf(out, "      %s) words=\"", tck_commands[i]->name);
        for (size_t j = 0; j < tck_commands[i]->option_count; j++)
            fprintf(out, "--%s ", tck_commands[i]->options[j].name);
        fputs("\" ;;\n", out);
    }
    fputs("    esac\n  fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
          "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n}\ncomplete -o filenames -F _tck "
          "tck\n",
          out);
}

static void put_zsh(FILE *out)
{
    fputs("#compdef tck\n_tck() {\n  local -a commands\n  commands=(\n", out);
    for (size_t i = 0; i < tck_command_count; i++)
        if (!tck_commands[i]->hidden)
            fprintf(out, "    '%s:%s'\n", tck_commands[i]->name, tck_commands[i]->summary);
    fputs("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n",
          out);
    for (size_t i = 0; i < tck_command_count; i++) {
        fprintf(out, "    %s) _arguments", tck_commands[i]->name);
        for (size_t j = 0; j < tck_commands[i]->option_count; j++)
            fprintf(out, " '--%s%s'", tck_commands[i]->options[j].name,
                    tck_commands[i]->options[j].argument ? "=:value:_files" : "");
        fputs(" '*:file:_files' ;;\n", out);
    }
    fputs("  esac\n}\n_tck \"$@\"\n", out);
}

static void put_fish(FILE *out)
{
    fputs("# fish completion for tck\n", out);
    for (size_t i = 0; i < tck_command_count; i++) {
        const struct tck_command *command = tck_commands[i];

        if (!command->hidden)
            fprintf(out, "complete -c tck -n __fish_use_subcommand -f -a %s -d '%s'\n", command->name,
                    command->summary);
        for (size_t j = 0; j < command->option_count; j++)
            fprintf(out, "complete -c tck -n '__fish_seen_subcommand_from %s' -l %s%s\n", command->name,
                    command->options[j].name, command->options[j].argument ? " -r" : "");
    }
}

int tck_help_completion(const char *shell, FILE *out, struct tck_error *err)
{
    static const struct {
        const char *shell;
        void (*put)(FILE *out);
    } shells[] = { { "bash", put_bash }, { "zsh", put_zsh }, { "fish", put_fish } };

    for (size_t i = 0; i < TCK_COUNT(shells); i++)
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].put(out);
            return 0;
        }
    return tck_fail(err, TCK_BAD_INPUT, (struct tck_place){ .name = "tck" },
                    "no completion for '%s'; there is bash, zsh and fish", shell);
}
