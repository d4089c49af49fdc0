/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/known_lists.h — the lists of known failures of a command's configurations, read before anything runs.
 */
#ifndef TCK_CLI_KNOWN_LISTS_H
#define TCK_CLI_KNOWN_LISTS_H

#include "candidate/config.h"
#include "known/list.h"

struct tck_known_lists {
    struct tck_known **items; /* by configuration; NULL where it has none. Owned */
    size_t count;
};

/* The list of each configuration; with `given`, of all of them, that file in place of their own. On failure the mistakes
 * of all files are printed; returns a status. */
int tck_known_lists_load(const char *given, const struct tck_configs *configs, const struct tck_spec *spec,
                         struct tck_known_lists *ret_lists);
void tck_known_lists_done(struct tck_known_lists *lists);

#endif
