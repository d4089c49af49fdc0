/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"

const char TCK_GROUP_SELECTION[] = "Which scenarios";
const char TCK_GROUP_HELP[] = "Help";

#define XX(id, word, meaning) word,
const char *const tck_role_choices[] = { "any", TCK_ROLE_MAP(XX) NULL };
#undef XX

int tck_cli_fail(struct tck_error *err)
{
    char text[4096];

    fprintf(stderr, "tck: %s\n", tck_error_text(err, text, sizeof text));
    return -err->status;
}

void tck_cli_print_errors(const struct tck_error_list *errors)
{
    char text[4096];

    for (size_t i = 0; i < errors->count; i++)
        fprintf(stderr, "%s\n", tck_error_text(&errors->items[i], text, sizeof text));
    if (errors->dropped)
        fprintf(stderr, "… and %zu more\n", errors->dropped);
}

static int load_path(struct tck_spec *spec, const char *path, struct tck_error_list *errors)
{
    struct stat status;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    tck_cleanup(tck_freep) char *id = strdup(name);
    char *dot;

    if (!id)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        return tck_spec_load_directory(spec, path, errors);
    dot = strrchr(id, '.');
    if (dot)
        *dot = '\0';
    return tck_spec_load_file(spec, path, id, errors);
}

int tck_cli_load_specs(const struct tck_texts *paths, struct tck_spec **ret_spec)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_spec_freep) struct tck_spec *spec = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (tck_spec_new(&spec, &err) < 0) {
        tck_cli_fail(&err);
        return err.status;
    }
    tck_spec_load_builtin(spec, &errors);
    for (size_t i = 0; i < paths->count; i++)
        load_path(spec, paths->items[i], &errors);
    tck_spec_finish(spec, &errors);
    if (errors.count) {
        tck_cli_print_errors(&errors);
        return errors.items[0].status;
    }
    *ret_spec = TCK_TAKE(spec);
    return 0;
}

static struct tck_strings strings(const struct tck_texts *texts)
{
    return (struct tck_strings){ .items = texts->items, .count = texts->count };
}

struct tck_selection tck_cli_selection(const struct tck_selection_settings *settings)
{
    struct tck_selection selection = TCK_SELECTION_ALL;

    selection.names = strings(&settings->scenarios);
    selection.skips = strings(&settings->skips);
    selection.tags = strings(&settings->tags);
    selection.sections = strings(&settings->sections);
    selection.services = strings(&settings->services);
    selection.rules = strings(&settings->rules);
    selection.upstream = strings(&settings->upstream);
    selection.role = settings->role - 1; /* the first choice is "any" */
    return selection;
}
