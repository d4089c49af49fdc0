/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/pool_build_internal.h"

static bool pool_has_file(const struct tck_pool *pool, const char *name, bool with_parents)
{
    for (; pool; pool = with_parents ? pool->parent : NULL)
        for (const struct tck_pool_set *set = pool->sets; set; set = set->next)
            if (tck_pool_lookup(&set->files, name))
                return true;
    return false;
}

static int check_package(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorProto *file)
{
    const char *rest = file->package ? file->package : "";
    int r = 0;

    if (strlen(rest) > TCK_POOL_MAX_NAME)
        return tck_pool_bad(builder, "file '%s': its package name is longer than %d", file->name, TCK_POOL_MAX_NAME);
    while (r == 0 && *rest) {
        char part[TCK_POOL_MAX_NAME + 1];
        size_t size = strcspn(rest, ".");

        memcpy(part, rest, size);
        part[size] = '\0';
        r = tck_pool_check_identifier(builder, part, "a part of a package", file->name);
        rest += size;
        if (r == 0 && *rest == '.' && *++rest == '\0')
            r = tck_pool_bad(builder, "file '%s': its package ends with a dot", file->name);
    }
    return r;
}

static int check_file(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorProto *file)
{
    const char *syntax = file->syntax ? file->syntax : "";

    if (*syntax && strcmp(syntax, "proto2") != 0 && strcmp(syntax, "proto3") != 0)
        return tck_pool_bad(builder, "file '%s' has the syntax '%s'; proto2 and proto3 are read", file->name, syntax);
    return check_package(builder, file);
}

static int choose(struct tck_pool_builder *builder, Google__Protobuf__FileDescriptorProto *file)
{
    struct tck_pool_name *slot;

    if (!file->name || !*file->name)
        return tck_pool_bad(builder, "a file has no name");
    if (pool_has_file(builder->pool, file->name, false))
        return 0;
    slot = tck_pool_slot(&builder->set->files, file->name);
    if (slot->name)
        return 0;
    slot->name = tck_arena_strdup(builder->arena, file->name);
    if (!slot->name)
        return tck_no_memory(builder->err);
    slot->kind = TCK_POOL_FILE;
    slot->thing = file;
    builder->files[builder->file_count++] = file;
    return check_file(builder, file);
}

/* --- imports: a walk in depth with a stack of its own, as a chain of files may be as long as the set --- */

enum colour { NOT_SEEN, OPEN, DONE };

struct visit {
    Google__Protobuf__FileDescriptorProto *file;
    size_t next; /* import to look at */
    enum colour *colour;
};

struct walk {
    struct visit *stack;
    size_t depth;
    enum colour *colours; /* parallel to the slots of set->files */
};

static void enter(struct walk *walk, Google__Protobuf__FileDescriptorProto *file, enum colour *colour)
{
    *colour = OPEN;
    walk->stack[walk->depth++] = (struct visit){ .file = file, .colour = colour };
}

/* Looks at one import of the file on top of the stack, or leaves it. */
static int step(struct tck_pool_builder *builder, struct walk *walk)
{
    struct visit *top = &walk->stack[walk->depth - 1];
    const struct tck_pool_name *slot;
    enum colour *colour;
    const char *name;

    if (top->next == top->file->n_dependency) {
        *top->colour = DONE;
        walk->depth--;
        return 0;
    }
    name = top->file->dependency[top->next++];
    slot = tck_pool_lookup(&builder->set->files, name);
    if (!slot) {
        if (pool_has_file(builder->pool, name, true))
            return 0;
        return tck_pool_bad(builder, "file '%s' imports '%s', which is not in the set", top->file->name, name);
    }
    colour = &walk->colours[slot - builder->set->files.table];
    if (*colour == OPEN)
        return tck_pool_bad(builder, "files import each other in a circle: '%s' imports '%s'", top->file->name, name);
    if (*colour == NOT_SEEN)
        enter(walk, slot->thing, colour);
    return 0;
}

static int check_imports(struct tck_pool_builder *builder)
{
    struct walk walk = {
        .stack = tck_arena_array(builder->scratch, builder->file_count, sizeof(struct visit)),
        .colours = tck_arena_array(builder->scratch, builder->set->files.slots, sizeof(enum colour)),
    };
    int r = 0;

    if (!walk.stack || !walk.colours)
        return tck_no_memory(builder->err);
    for (size_t i = 0; i < builder->file_count; i++) {
        const struct tck_pool_name *slot = tck_pool_lookup(&builder->set->files, builder->files[i]->name);
        enum colour *colour = &walk.colours[slot - builder->set->files.table];

        if (*colour == NOT_SEEN)
            enter(&walk, builder->files[i], colour);
        while (r == 0 && walk.depth > 0)
            r = step(builder, &walk);
        if (r < 0)
            return r;
    }
    return 0;
}

int tck_pool_choose_files(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorSet *set)
{
    int r = 0;

    builder->files = tck_arena_array(builder->scratch, set->n_file, sizeof(*builder->files));
    if (!builder->files || !tck_pool_names_init(&builder->set->files, set->n_file, builder->arena))
        return tck_no_memory(builder->err);
    for (size_t i = 0; r == 0 && i < set->n_file; i++)
        r = choose(builder, set->file[i]);
    if (r == 0)
        r = check_imports(builder);
    for (size_t i = 0; i < builder->set->files.slots; i++)
        builder->set->files.table[i].thing = NULL; /* the parsed files are about to go */
    return r;
}
