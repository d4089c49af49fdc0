/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

static const char CUT[] = "\n… the rest of the output was not kept: the file reached its limit\n";

int tck_output_init(struct tck_output *output, const char *path, struct tck_error *err)
{
    *output = (struct tck_output){ .file = -1 };
    output->ring = malloc(TCK_OUTPUT_KEPT);
    if (!output->ring)
        return tck_no_memory(err);
    if (path) {
        output->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (output->file < 0) {
            int r = tck_fail(err, TCK_KIT, (struct tck_place){ .name = path },
                             "cannot be written (it would keep the candidate's output): %s", strerror(errno));

            free(TCK_TAKE(output->ring));
            return r;
        }
    }
    pthread_mutex_init(&output->lock, NULL);
    return 0;
}

void tck_output_done(struct tck_output *output)
{
    if (!output->ring)
        return;
    free(TCK_TAKE(output->ring));
    if (output->file >= 0)
        close(output->file);
    pthread_mutex_destroy(&output->lock);
}

static void write_file(struct tck_output *output, const char *data, size_t size)
{
    if (output->file < 0 || output->file_size >= TCK_OUTPUT_FILE_MAX)
        return;
    if (output->file_size + size > TCK_OUTPUT_FILE_MAX) {
        data = CUT;
        size = sizeof CUT - 1;
        output->file_size = TCK_OUTPUT_FILE_MAX;
    }
    output->file_size += size;
    while (size) {
        ssize_t n = write(output->file, data, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) { /* a full disk must not stop the run; the last part is still in memory */
            output->file_size = TCK_OUTPUT_FILE_MAX;
            return;
        }
        data += n;
        size -= (size_t)n;
    }
}

void tck_output_write(struct tck_output *output, const char *data, size_t size)
{
    pthread_mutex_lock(&output->lock);
    write_file(output, data, size);
    for (size_t done = 0; done < size;) {
        size_t at = output->total % TCK_OUTPUT_KEPT;
        size_t n = size - done < TCK_OUTPUT_KEPT - at ? size - done : TCK_OUTPUT_KEPT - at;

        memcpy(output->ring + at, data + done, n);
        output->total += n;
        done += n;
    }
    pthread_mutex_unlock(&output->lock);
}

uint64_t tck_output_mark(struct tck_output *output)
{
    uint64_t total;

    pthread_mutex_lock(&output->lock);
    total = output->total;
    pthread_mutex_unlock(&output->lock);
    return total;
}

void tck_output_since(struct tck_output *output, uint64_t mark, size_t lines, struct tck_buffer *out)
{
    uint64_t from, to;
    size_t size = 0;
    char *copy;

    pthread_mutex_lock(&output->lock);
    to = output->total;
    from = to - mark > TCK_OUTPUT_KEPT ? to - TCK_OUTPUT_KEPT : mark;
    copy = malloc(to > from ? to - from : 1);
    for (uint64_t at = from; copy && at < to; at++)
        copy[size++] = output->ring[at % TCK_OUTPUT_KEPT];
    pthread_mutex_unlock(&output->lock);
    if (!copy) {
        out->failed = true;
        return;
    }
    from = size;
    while (from > 0 && (lines > 0 || copy[from - 1] != '\n')) {
        from--;
        if (from > 0 && copy[from - 1] == '\n')
            lines--;
    }
    tck_utf8_append_shown(copy + from, size - from, out);
    free(copy);
}
