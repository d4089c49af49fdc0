/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/known_lists.h"

#include <string.h>

#include "cli/commands.h"

void tck_known_lists_done(struct tck_known_lists *lists)
{
    for (size_t i = 0; i < lists->count; i++)
        tck_known_free(lists->items[i]);
    free(lists->items);
    memset(lists, 0, sizeof *lists);
}

/* Was the file read for an earlier configuration? Then its mistakes are told already. */
static bool is_repeated(const struct tck_configs *configs, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (configs->items[k].known && strcmp(configs->items[k].known, configs->items[i].known) == 0)
            return true;
    return false;
}

int tck_known_lists_load(const char *given, const struct tck_configs *configs, const struct tck_spec *spec,
                         struct tck_known_lists *ret_lists)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_known_lists_done) struct tck_known_lists lists = { .items = calloc(configs->count + 1,
                                                                                       sizeof *lists.items) };
    int worst = 0;

    if (!lists.items) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        tck_no_memory(&err);
        return -tck_cli_fail(&err);
    }
    for (lists.count = 0; lists.count < configs->count; lists.count++) {
        const char *path = given ? given : configs->items[lists.count].known;
        int r;

        if (!path || (worst < 0 && (given || is_repeated(configs, lists.count))))
            continue;
        r = tck_known_load(path, spec, &lists.items[lists.count], &errors);
        worst = r < 0 ? r : worst;
    }
    tck_cli_print_errors(&errors);
    if (worst < 0)
        return worst;
    *ret_lists = lists;
    lists = (struct tck_known_lists){ 0 };
    return 0;
}
