/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tck_buffer_done(struct tck_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct tck_buffer)TCK_BUFFER_INIT(buffer->ceiling);
}

void tck_buffer_clear(struct tck_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void *tck_buffer_extend(struct tck_buffer *buffer, size_t size)
{
    size_t need;
    void *room;

    if (buffer->failed)
        return NULL;
    if (size > buffer->ceiling || buffer->size > buffer->ceiling - size) {
        buffer->failed = true;
        return NULL;
    }
    need = buffer->size + size + 1;
    if (need > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : 64;
        char *data;

        while (capacity < need)
            capacity += capacity / 2 + 1;
        data = realloc(buffer->data, capacity);
        if (!data) {
            buffer->failed = true;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    room = buffer->data + buffer->size;
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
    return room;
}

void tck_buffer_append(struct tck_buffer *buffer, const void *data, size_t size)
{
    void *room = tck_buffer_extend(buffer, size);

    if (room && size)
        memcpy(room, data, size);
}

void tck_buffer_puts(struct tck_buffer *buffer, const char *text)
{
    tck_buffer_append(buffer, text, strlen(text));
}

void tck_buffer_putc(struct tck_buffer *buffer, char c)
{
    tck_buffer_append(buffer, &c, 1);
}

void tck_buffer_printf(struct tck_buffer *buffer, const char *fmt, ...)
{
    va_list args;
    char *room;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        buffer->failed = true;
        return;
    }
    room = tck_buffer_extend(buffer, (size_t)n);
    if (!room)
        return;
    va_start(args, fmt);
    vsnprintf(room, (size_t)n + 1, fmt, args);
    va_end(args);
}

int tck_buffer_check(const struct tck_buffer *buffer, struct tck_error *err)
{
    if (!buffer->failed)
        return 0;
    return tck_fail(err, TCK_KIT, TCK_NOWHERE, "out of memory, or a text above its ceiling of %zu bytes",
                    buffer->ceiling);
}

const char *tck_buffer_string(const struct tck_buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

char *tck_buffer_take(struct tck_buffer *buffer)
{
    char *data;

    if (!buffer->failed && !buffer->data)
        tck_buffer_append(buffer, "", 0);
    data = buffer->failed ? NULL : TCK_TAKE(buffer->data);
    tck_buffer_done(buffer);
    return data;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int tck_read_file(const char *path, size_t ceiling, struct tck_buffer *ret_buffer, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(ceiling);
    tck_cleanup(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct tck_place place = { .name = path };
    char block[16384];
    ssize_t n;

    if (fd < 0)
        return tck_fail(err, TCK_BAD_INPUT, place, "cannot be opened: %s", strerror(errno));
    while ((n = read(fd, block, sizeof block)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return tck_fail(err, TCK_BAD_INPUT, place, "cannot be read: %s", strerror(errno));
        if (buffer.size + (size_t)n > ceiling)
            return tck_fail(err, TCK_BAD_INPUT, place, "is larger than the limit of %zu bytes", ceiling);
        tck_buffer_append(&buffer, block, (size_t)n);
    }
    if (buffer.failed)
        return tck_no_memory(err);
    tck_buffer_done(ret_buffer);
    *ret_buffer = buffer;
    buffer = (struct tck_buffer)TCK_BUFFER_INIT(0);
    return 0;
}

static int write_all(int fd, struct tck_bytes content)
{
    while (content.size) {
        ssize_t n = write(fd, content.data, content.size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        content.data += n;
        content.size -= (size_t)n;
    }
    return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

int tck_write_file(const char *path, struct tck_bytes content, struct tck_error *err)
{
    struct tck_place place = { .name = path };
    tck_cleanup(tck_freep) char *temporary = NULL;
    struct stat status;
    mode_t mode = umask(0);
    int fd, r;

    umask(mode);
    /* A device or a pipe (/dev/stdout) cannot be replaced by renaming; write straight into it. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        tck_cleanup(close_fd) int device = open(path, O_WRONLY | O_CLOEXEC);

        r = device < 0 ? -errno : write_all(device, content);
        return r < 0 ? tck_fail(err, TCK_KIT, place, "cannot be written: %s", strerror(-r)) : 0;
    }
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        temporary = NULL;
        return tck_no_memory(err);
    }
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return tck_fail(err, TCK_KIT, place, "cannot be written: %s", strerror(errno));
    r = write_all(fd, content);
    if (r == 0 && fchmod(fd, 0666 & ~mode) < 0)
        r = -errno;
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && rename(temporary, path) < 0)
        r = -errno;
    if (r < 0) {
        unlink(temporary);
        return tck_fail(err, TCK_KIT, place, "cannot be written: %s", strerror(-r));
    }
    return 0;
}
