/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/output.h — what a candidate printed: the last part in memory, the rest in a file.
 *
 * Positions count bytes since the first start, so a mark taken before a scenario finds what was printed during it.
 *
 * Threads: one writer (the watching thread); readers take the lock of the object.
 */
#ifndef TCK_CANDIDATE_OUTPUT_H
#define TCK_CANDIDATE_OUTPUT_H

#include <pthread.h>

#include "base/buffer.h"

#define TCK_OUTPUT_KEPT     ((size_t)256 << 10)  /* in memory: enough for the last lines of a stack trace */
#define TCK_OUTPUT_FILE_MAX ((uint64_t)64 << 20) /* a candidate that floods its log must not fill the disk */

struct tck_output {
    pthread_mutex_t lock;
    char *ring; /* TCK_OUTPUT_KEPT bytes */
    uint64_t total;
    const char *path;
    int file; /* -1: none */
    int lost; /* errno of a write */
    uint64_t file_size;
};

/* path: the file to write; NULL for memory only. Borrowed until done. One that is there is not written into but gives its
 * name to a new file, as another run may still have it; and at the end the name is ours again, should that run have
 * taken it meanwhile. So runs side by side mix nothing, and a file is that of the run that ended last, as the reports
 * are. */
int tck_output_init(struct tck_output *output, const char *path, struct tck_error *err);
void tck_output_done(struct tck_output *output);
/* Why the file does not hold all that was printed, as errno; 0: it does, or it reached TCK_OUTPUT_FILE_MAX, and says so. */
int tck_output_lost(struct tck_output *output);
void tck_output_write(struct tck_output *output, const char *data, size_t size);
uint64_t tck_output_mark(struct tck_output *output);
/* Appends the last `lines` lines printed since mark (as far as they are kept), made fit to
 * be shown (base/utf8.h). */
void tck_output_since(struct tck_output *output, uint64_t mark, size_t lines, struct tck_buffer *out);

#endif
