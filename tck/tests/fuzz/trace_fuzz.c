/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a recording, judged twice. The laws: a mistake has a place and a text, and no result; what can be read gives
 * the same breaches again, each with a line of the file, a rule that there is, and a text.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/builtin.h"
#include "law.h"
#include "trace/rejudge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once, for as long as the process lives. */
static const struct tck_rejudge_options *options(void)
{
    static struct tck_rejudge_options made;
    static struct tck_spec *spec;
    static struct tck_pool *builtin;

    if (!spec)
        LAW(tck_spec_new(&spec, NULL) == 0 && tck_builtin_pool_new(&builtin, NULL) == 0);
    made = (struct tck_rejudge_options){ .spec = spec, .builtin = builtin };
    return &made;
}

static size_t count_lines(const uint8_t *data, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += data[i] == '\n';
    return count;
}

static struct tck_rejudged *judge(const char *path, size_t lines)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_rejudged *rejudged = NULL;
    int r = tck_rejudge(path, options(), &rejudged, &err);

    LAW((r == 0) == (rejudged != NULL));
    if (r < 0) {
        LAW(r == TCK_BAD_INPUT && err.text[0] && strcmp(err.name, path) == 0 && err.line <= lines + 1);
        return NULL;
    }
    LAW(rejudged->failing <= rejudged->breach_count && rejudged->breach_count <= TCK_REJUDGE_BREACHES_MAX);
    for (size_t i = 0; i < rejudged->breach_count; i++)
        LAW(rejudged->breaches[i].line > 1 && rejudged->breaches[i].line <= lines && rejudged->breaches[i].text[0] &&
            rejudged->breaches[i].rule[0]);
    return rejudged;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("recording", MFD_CLOEXEC);
    struct tck_rejudged *first, *second;
    char path[64];

    LAW(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    first = judge(path, count_lines(data, size));
    second = judge(path, count_lines(data, size));
    LAW((first == NULL) == (second == NULL));
    for (size_t i = 0; first && i < first->breach_count; i++)
        LAW(first->breach_count == second->breach_count &&
            strcmp(first->breaches[i].text, second->breaches[i].text) == 0);
    tck_rejudged_free(first);
    tck_rejudged_free(second);
    close(fd);
    return 0;
}
