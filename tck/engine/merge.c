/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/merge.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <cloudstate/entity.pb-c.h>
#include <google/protobuf/descriptor.pb-c.h>

#include "base/cleanup.h"
#include "engine/builtin.h"

typedef Google__Protobuf__FileDescriptorSet file_set;
typedef Google__Protobuf__FileDescriptorProto file;

static void free_set(file_set **set)
{
    google__protobuf__file_descriptor_set__free_unpacked(*set, NULL);
}

static void free_spec(Cloudstate__EntitySpec **spec)
{
    cloudstate__entity_spec__free_unpacked(*spec, NULL);
}

static bool is_listed(const struct tck_tree *list, const char *text)
{
    for (const struct tck_tree *each = list ? list->first : NULL; each; each = each->next)
        if (fnmatch(each->text, text, 0) == 0)
            return true;
    return false;
}

/* --- files --- */

static file *find(file *const *files, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (files[i]->name && strcmp(files[i]->name, name) == 0)
            return files[i];
    return NULL;
}

/* What is imported goes first. There is room for all, and no file of ours imports itself. */
static void add(const file_set *odd, const char *name, file **files, size_t *count)
{
    file *added = find(odd->file, odd->n_file, name);

    if (!added || find(files, *count, name))
        return;
    for (size_t i = 0; i < added->n_dependency; i++)
        add(odd, added->dependency[i], files, count);
    files[(*count)++] = added;
}

static int change_files(const struct tck_merge *merge, ProtobufCBinaryData proto, struct tck_buffer *ret_proto)
{
    const struct tck_bytes ours = tck_builtin_odd_files();
    tck_cleanup(free_set) file_set *came = google__protobuf__file_descriptor_set__unpack(NULL, proto.len, proto.data);
    tck_cleanup(free_set) file_set *odd = google__protobuf__file_descriptor_set__unpack(NULL, ours.size, ours.data);
    tck_cleanup(tck_freep) file **files = NULL;
    file_set changed = GOOGLE__PROTOBUF__FILE_DESCRIPTOR_SET__INIT;
    uint8_t *packed;

    if (!came || !odd) {
        tck_buffer_append(ret_proto, proto.data, proto.len);
        return odd ? 0 : TCK_KIT;
    }
    files = calloc(came->n_file + odd->n_file + 1, sizeof(*files));
    if (!files)
        return TCK_KIT;
    for (size_t i = 0; i < came->n_file; i++)
        if (!is_listed(merge->without_files, came->file[i]->name ? came->file[i]->name : ""))
            files[changed.n_file++] = came->file[i];
    for (const struct tck_tree *each = merge->files ? merge->files->first : NULL; each; each = each->next)
        add(odd, each->text, files, &changed.n_file);
    changed.file = files;
    packed = tck_buffer_extend(ret_proto, google__protobuf__file_descriptor_set__get_packed_size(&changed));
    if (!packed)
        return TCK_KIT;
    google__protobuf__file_descriptor_set__pack(&changed, packed);
    return 0;
}

/* --- the EntitySpec --- */

static int change_spec(const struct tck_merge *merge, struct tck_bytes came, struct tck_buffer *ret_bytes)
{
    tck_cleanup(free_spec) Cloudstate__EntitySpec *spec = cloudstate__entity_spec__unpack(NULL, came.size, came.data);
    tck_cleanup(tck_buffer_done) struct tck_buffer proto = TCK_BUFFER_INIT(ret_bytes->ceiling);
    tck_cleanup(tck_freep) Cloudstate__Entity **entities = NULL;
    Cloudstate__EntitySpec changed;
    uint8_t *packed;
    int r;

    if (!spec) {
        tck_buffer_append(ret_bytes, came.data, came.size);
        return 0;
    }
    changed = *spec;
    entities = calloc(spec->n_entities + 1, sizeof(*entities));
    r = entities ? change_files(merge, spec->proto, &proto) : TCK_KIT;
    if (r < 0)
        return r;
    changed.n_entities = 0;
    changed.entities = entities;
    for (size_t i = 0; i < spec->n_entities; i++)
        if (!is_listed(merge->without, spec->entities[i]->service_name))
            entities[changed.n_entities++] = spec->entities[i];
    changed.proto = (ProtobufCBinaryData){ .data = (uint8_t *)proto.data, .len = proto.size };
    packed = tck_buffer_extend(ret_bytes, cloudstate__entity_spec__get_packed_size(&changed));
    if (!packed)
        return TCK_KIT;
    cloudstate__entity_spec__pack(&changed, packed);
    return 0;
}

int tck_merge(void *context, struct tck_bytes came, struct tck_buffer *ret_bytes)
{
    const struct tck_merge *merge = context;
    int r = 0;

    if (merge->files || merge->without_files || merge->without)
        r = change_spec(merge, came, ret_bytes);
    else
        tck_buffer_append(ret_bytes, came.data, came.size);
    tck_buffer_append(ret_bytes, merge->more.data, merge->more.size);
    return r;
}
