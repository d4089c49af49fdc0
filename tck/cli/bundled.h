/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/bundled.h — the bundled pair: used where no configuration is given, and for the side that one lacks.
 */
#ifndef TCK_CLI_BUNDLED_H
#define TCK_CLI_BUNDLED_H

#include "candidate/config.h"

/* Reads the configuration in the program. A command without a slash that lies beside the program is taken from there,
 * so that a build or an unpacked archive works without PATH. */
int tck_bundled_config(struct tck_arena *arena, struct tck_configs *ret_configs, struct tck_error_list *errors);
/* Gives each configuration the bundled side in place of the one that it lacks, as a stand-in. */
int tck_bundled_complete(struct tck_arena *arena, struct tck_configs *configs, struct tck_error_list *errors);

#endif
