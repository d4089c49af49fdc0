/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/rerun.h — what failed in earlier runs, as a selection for this one.
 */
#ifndef TCK_CLI_RERUN_H
#define TCK_CLI_RERUN_H

#include "cli/commands.h"

struct tck_rerun {
    const char **ids; /* of scenarios that there still are; owned, and each borrowed from the spec */
    size_t count;
    bool nothing_to_do; /* the reports show that something passed and that nothing failed */
};

/* The scenarios that failed, were errored or were not run in any of these reports (a known failure did not fail). Those
 * that there are no more are named on stderr. Mistakes are printed; returns a status. Nothing to run again is bad
 * input, unless a report shows that something passed: reports of nothing are no success. */
int tck_rerun_read(const struct tck_texts *reports, const struct tck_spec *spec, struct tck_rerun *ret_rerun);
void tck_rerun_done(struct tck_rerun *rerun);

#endif
