/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/reports.h — where the reports of a run go, and the sinks that write them.
 */
#ifndef TCK_CLI_REPORTS_H
#define TCK_CLI_REPORTS_H

#include "report/report.h"

#define TCK_SINKS_MAX 3

struct tck_report_settings {
    const char *junit, *json; /* paths; NULL: reports/…; "none": not written */
    struct tck_terminal_options terminal;
};

struct tck_sinks {
    struct tck_sink *items[TCK_SINKS_MAX]; /* owned */
    size_t count;
    char *log_directory; /* owned: where the candidate's output is kept */
};

/* Makes the sinks of one run. Directories that are missing are made; one that cannot be written to is found here,
 * before anything runs (TCK_KIT). suffix: "" or what tells this run's files from those of the others ("-2"). */
int tck_reports_open(const struct tck_report_settings *settings, const char *suffix, const struct tck_spec *spec,
                     struct tck_sinks *ret_sinks, struct tck_error *err);
void tck_sinks_done(struct tck_sinks *sinks);

#endif
