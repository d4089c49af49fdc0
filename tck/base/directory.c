/* SPDX-License-Identifier: Apache-2.0 */
#include "base/directory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* If not, errno is that of a path through it. */
static bool is_directory(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(status.st_mode);
}

int tck_make_directories(char *path, struct tck_error *err)
{
    int r = 0;

    for (char *at = path[0] ? strchr(path + 1, '/') : NULL; at && r == 0; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0777) < 0 && (errno != EEXIST || !is_directory(path)))
            r = tck_fail(err, TCK_KIT, (struct tck_place){ .name = path }, "cannot be written: %s", strerror(errno));
        *at = '/';
    }
    return r;
}
