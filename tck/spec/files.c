/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the texts come from: the program itself, a directory, a file.
 */
#include <errno.h>
#include <fts.h>
#include <string.h>
#include <sys/stat.h>

#include "spec/builtin_internal.h"
#include "spec/loader_internal.h"

#define FILE_CEILING ((size_t)16 << 20) /* no person writes a larger suite */
#define SUFFIX       ".yaml"
#define REQUIREMENTS "requirements.yaml"

static int worse(int a, int b)
{
    return a < b ? a : b;
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size > end_size && strcmp(text + size - end_size, end) == 0;
}

/* The path without its suffix, from malloc. */
static char *id_of(const char *path)
{
    return strndup(path, strlen(path) - (ends_with(path, SUFFIX) ? strlen(SUFFIX) : 0));
}

static int no_memory(struct tck_error_list *errors)
{
    return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
}

/* relative: the path below the root of the specs. */
static int parse(struct tck_spec *spec, const char *file, const char *relative, struct tck_bytes text,
                 struct tck_error_list *errors)
{
    tck_cleanup(tck_freep) char *id = NULL;

    if (strcmp(relative, REQUIREMENTS) == 0)
        return tck_spec_parse_requirements(spec, file, text, errors);
    id = id_of(relative);
    return id ? tck_spec_parse(spec, file, id, text, errors) : no_memory(errors);
}

int tck_spec_load_builtin(struct tck_spec *spec, struct tck_error_list *errors)
{
    int worst = 0;

    for (size_t i = 0; i < tck_builtin_spec_count; i++) {
        const struct tck_builtin_spec *file = &tck_builtin_specs[i];

        worst = worse(
            worst, parse(spec, file->path, file->path + strlen("specs/"), tck_bytes(file->data, file->size), errors));
    }
    return worst;
}

static int read_and_parse(struct tck_spec *spec, const char *path, const char *relative, struct tck_error_list *errors)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(FILE_CEILING);
    struct tck_error err = { 0 };

    if (tck_read_file(path, FILE_CEILING, &text, &err) < 0)
        return tck_error_list_take(errors, &err);
    return parse(spec, path, relative, tck_buffer_bytes(&text), errors);
}

int tck_spec_load_file(struct tck_spec *spec, const char *path, const char *id, struct tck_error_list *errors)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(FILE_CEILING);
    tck_cleanup(tck_freep) char *own_id = NULL;
    const char *slash = strrchr(path, '/');
    struct tck_error err = { 0 };

    own_id = id ? strdup(id) : id_of(slash ? slash + 1 : path);
    if (!own_id)
        return no_memory(errors);
    if (tck_read_file(path, FILE_CEILING, &text, &err) < 0)
        return tck_error_list_take(errors, &err);
    return tck_spec_parse(spec, path, own_id, tck_buffer_bytes(&text), errors);
}

/* --- directories --- */

/* By bytes, not by the user's locale: the order must be the same everywhere. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool is_spec_file(const FTSENT *entry)
{
    struct stat status;

    if (entry->fts_name[0] == '.' || !ends_with(entry->fts_name, SUFFIX))
        return false;
    if (entry->fts_info == FTS_SL)
        return stat(entry->fts_accpath, &status) == 0 && S_ISREG(status.st_mode);
    return entry->fts_info == FTS_F;
}

static int visit(struct tck_spec *spec, FTS *walk, FTSENT *entry, const char *directory, size_t *count,
                 struct tck_error_list *errors)
{
    const char *relative = entry->fts_path + strlen(directory);

    switch (entry->fts_info) {
    case FTS_D:
        if (entry->fts_level > 0 && entry->fts_name[0] == '.')
            fts_set(walk, entry, FTS_SKIP);
        return 0;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = entry->fts_path },
                                  "cannot be read: %s", strerror(entry->fts_errno));
    case FTS_SLNONE:
        return 0;
    default:
        break;
    }
    if (entry->fts_level == 0)
        return tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = directory }, "is not a directory");
    if (!is_spec_file(entry))
        return 0;
    ++*count;
    return read_and_parse(spec, entry->fts_path, relative + strspn(relative, "/"), errors);
}

int tck_spec_load_directory(struct tck_spec *spec, const char *directory, struct tck_error_list *errors)
{
    char *const roots[] = { (char *)directory, NULL }; /* fts only reads it */
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    size_t count = 0;
    FTSENT *entry;
    int worst = 0;

    if (!walk)
        return errno == ENOMEM ? no_memory(errors)
                               : tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = directory },
                                                    "cannot be read: %s", strerror(errno));
    errno = 0;
    while ((entry = fts_read(walk)))
        if (entry->fts_info != FTS_DP)
            worst = worse(worst, visit(spec, walk, entry, directory, &count, errors));
    if (errno)
        worst = worse(worst, tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = directory },
                                                "cannot be read to its end: %s", strerror(errno)));
    fts_close(walk);
    if (count == 0 && worst == 0)
        return tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = directory },
                                  "holds no *.yaml files");
    return worst;
}
