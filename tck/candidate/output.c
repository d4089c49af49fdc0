/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

static const char CUT[] = "\n… the rest of the output was not kept: the file reached its limit\n";

static bool is_regular(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Opens a file of our own, unless a device or a link was put there on purpose. */
static int open_file(const char *path)
{
    if (is_regular(path) && unlink(path) < 0 && errno != ENOENT)
        return -1;
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

int tck_output_init(struct tck_output *output, const char *path, struct tck_error *err)
{
    *output = (struct tck_output){ .file = -1, .path = path };
    output->ring = malloc(TCK_OUTPUT_KEPT);
    if (!output->ring)
        return tck_no_memory(err);
    if (path) {
        output->file = open_file(path);
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

/* Another run gave the name to a file of its own. */
static bool was_replaced(const struct tck_output *output)
{
    struct stat ours, theirs;

    return fstat(output->file, &ours) == 0 && S_ISREG(ours.st_mode) &&
           (lstat(output->path, &theirs) < 0 || (S_ISREG(theirs.st_mode) && ours.st_ino != theirs.st_ino));
}

/* What cannot be written then is the other run's file, whole. */
static void take_name_back(const struct tck_output *output)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer content = TCK_BUFFER_INIT(0);
    char ours[32];

    snprintf(ours, sizeof ours, "/proc/self/fd/%d", output->file);
    if (tck_read_file(ours, TCK_OUTPUT_FILE_MAX + sizeof CUT, &content, NULL) == 0)
        tck_write_file(output->path, tck_buffer_bytes(&content), NULL);
}

void tck_output_done(struct tck_output *output)
{
    if (!output->ring)
        return;
    free(TCK_TAKE(output->ring));
    if (output->file >= 0) {
        if (was_replaced(output))
            take_name_back(output);
        close(output->file);
    }
    pthread_mutex_destroy(&output->lock);
}

int tck_output_lost(struct tck_output *output)
{
    int lost;

    pthread_mutex_lock(&output->lock);
    lost = output->lost;
    pthread_mutex_unlock(&output->lock);
    return lost;
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
            output->lost = errno;
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
