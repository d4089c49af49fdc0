/* SPDX-License-Identifier: Apache-2.0
 *
 * base/directory.h — the directories that a file lies in.
 */
#ifndef TCK_BASE_DIRECTORY_H
#define TCK_BASE_DIRECTORY_H

#include "base/error.h"

/* Makes those of the path's directories that are missing; what comes after the last '/' is not made. path is as it was
 * when it returns. Errors: TCK_KIT, with the directory that cannot be made. */
int tck_make_directories(char *path, struct tck_error *err);

#endif
