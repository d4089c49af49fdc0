/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bundled.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern const unsigned char tck_bundled_configuration[];
extern const size_t tck_bundled_configuration_size;

/* The path of `program` in the folder of this program, or NULL if there is none. */
static const char *beside_us(const char *program, struct tck_arena *arena)
{
    char self[PATH_MAX], *slash;
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *path;

    if (size < 0)
        return NULL;
    self[size] = '\0';
    slash = strrchr(self, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    path = tck_arena_printf(arena, "%s/%s", self, program);
    return path && access(path, X_OK) == 0 ? path : NULL;
}

static int use_neighbour(struct tck_side_config *side, struct tck_arena *arena)
{
    const char *path, **command;
    size_t count = 0;

    if (!side->command || strchr(side->command[0], '/'))
        return 0;
    path = beside_us(side->command[0], arena);
    if (!path)
        return 0;
    while (side->command[count])
        count++;
    command = tck_arena_memdup(arena, side->command, (count + 1) * sizeof *command);
    if (!command)
        return TCK_KIT;
    command[0] = path;
    side->command = command;
    return 0;
}

int tck_bundled_config(struct tck_arena *arena, struct tck_configs *ret_configs, struct tck_error_list *errors)
{
    struct tck_bytes text = tck_bytes(tck_bundled_configuration, tck_bundled_configuration_size);
    struct tck_candidate_config *config;
    struct tck_configs configs;
    int r = tck_config_parse("bundled.yaml", NULL, text, arena, &configs, errors);

    if (r < 0)
        return r;
    config = tck_arena_memdup(arena, configs.items, configs.count * sizeof *config);
    if (!config || use_neighbour(&config[0].user_function, arena) < 0 || use_neighbour(&config[0].proxy, arena) < 0)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    *ret_configs = (struct tck_configs){ .items = config, .count = configs.count };
    return 0;
}

static void stand_in(const struct tck_side_config *bundled, struct tck_side_config *side)
{
    if (side->present)
        return;
    *side = *bundled;
    side->stand_in = true;
}

int tck_bundled_complete(struct tck_arena *arena, struct tck_configs *configs, struct tck_error_list *errors)
{
    struct tck_candidate_config *items;
    struct tck_configs bundled;
    int r = tck_bundled_config(arena, &bundled, errors);

    if (r < 0)
        return r;
    items = tck_arena_memdup(arena, configs->items, configs->count * sizeof *items);
    if (!items)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    for (size_t i = 0; i < configs->count; i++) {
        stand_in(&bundled.items[0].user_function, &items[i].user_function);
        stand_in(&bundled.items[0].proxy, &items[i].proxy);
    }
    configs->items = items;
    return 0;
}
