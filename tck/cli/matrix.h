/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/matrix.h — several configurations at a glance: a row for each, a column for each verdict.
 */
#ifndef TCK_CLI_MATRIX_H
#define TCK_CLI_MATRIX_H

#include <stdio.h>

#include "verdict/verdict.h"

struct tck_matrix_row {
    const char *name;
    bool ran; /* false: the command was interrupted before its turn came */
    size_t count[TCK_VERDICT_COUNT];
    int64_t duration;
    int status;
};

/* run may be NULL: it did not come about. status: what it ended with, a run that could not be reported included. */
void tck_matrix_fill(struct tck_matrix_row *row, const struct tck_run *run, int status);
void tck_matrix_print(const struct tck_matrix_row *rows, size_t count, FILE *out);

#endif
