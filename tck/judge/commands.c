/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/commands.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

void tck_commands_done(struct tck_commands *commands)
{
    free(commands->slots);
    free(commands->index);
    *commands = (struct tck_commands){ 0 };
}

/* --- ids that were used --- */

bool tck_commands_used(const struct tck_commands *commands, int64_t id)
{
    for (size_t i = 0; i < commands->run_count; i++)
        if (id >= commands->runs[i].low && id <= commands->runs[i].high)
            return true;
    return false;
}

/* The run at i becomes the first, since the next id most likely extends it again. */
static void run_to_front(struct tck_commands *commands, size_t i)
{
    struct tck_id_run run = commands->runs[i];

    memmove(commands->runs + 1, commands->runs, i * sizeof run);
    commands->runs[0] = run;
}

static void remember(struct tck_commands *commands, int64_t id)
{
    size_t last;

    for (size_t i = 0; i < commands->run_count; i++) {
        struct tck_id_run *run = &commands->runs[i];

        if (id >= run->low && id <= run->high)
            return;
        if (id == INT64_MIN || run->high != id - 1)
            continue;
        run->high = id;
        run_to_front(commands, i);
        return;
    }
    last = commands->run_count < TCK_ID_RUNS ? commands->run_count++ : TCK_ID_RUNS - 1;
    commands->runs[last] = (struct tck_id_run){ id, id };
    run_to_front(commands, last);
}

/* --- id to slot --- */

static uint32_t home(const struct tck_commands *commands, int64_t id)
{
    /* Fibonacci hashing: the upper bits of the product are well mixed also for ids that count up. */
    return (uint32_t)(((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (commands->index_size - 1);
}

static void index_add(struct tck_commands *commands, uint32_t slot)
{
    uint32_t at = home(commands, commands->slots[slot].id);

    while (commands->index[at])
        at = (at + 1) & (commands->index_size - 1);
    commands->index[at] = slot;
}

/* Removes without tombstones: later entries of the same run of places move up if that brings them nearer their home. */
static void index_remove(struct tck_commands *commands, uint32_t slot)
{
    uint32_t mask = commands->index_size - 1;
    uint32_t hole = home(commands, commands->slots[slot].id);

    while (commands->index[hole] != slot)
        hole = (hole + 1) & mask;
    for (uint32_t at = (hole + 1) & mask; commands->index[at]; at = (at + 1) & mask) {
        uint32_t wanted = home(commands, commands->slots[commands->index[at]].id);

        if (((at - wanted) & mask) < ((at - hole) & mask))
            continue;
        commands->index[hole] = commands->index[at];
        hole = at;
    }
    commands->index[hole] = 0;
}

static bool grow(struct tck_commands *commands)
{
    uint32_t capacity = commands->capacity ? 2 * commands->capacity : FIRST_CAPACITY;
    struct tck_command *slots;
    uint32_t *index;

    if (capacity > UINT32_MAX / 4)
        return false;
    slots = realloc(commands->slots, capacity * sizeof *slots);
    if (!slots)
        return false;
    commands->slots = slots;
    index = calloc(2 * (size_t)capacity, sizeof *index);
    if (!index)
        return false;
    free(commands->index);
    commands->index = index;
    commands->index_size = 2 * capacity;
    if (commands->top == 0)
        commands->top = 1;
    commands->capacity = capacity;
    for (uint32_t slot = 1; slot < commands->top; slot++) /* it grows only when no slot is free */
        index_add(commands, slot);
    return true;
}

/* --- commands --- */

static struct tck_command *take_slot(struct tck_commands *commands, int64_t id, uint32_t *ret_slot)
{
    uint32_t slot = commands->free;

    if (slot) {
        commands->free = commands->slots[slot].newer;
    } else {
        if (commands->top >= commands->capacity && !grow(commands))
            return NULL;
        slot = commands->top++;
    }
    commands->slots[slot] = (struct tck_command){ .id = id };
    index_add(commands, slot);
    *ret_slot = slot;
    return &commands->slots[slot];
}

struct tck_command *tck_commands_open(struct tck_commands *commands, int64_t id)
{
    uint32_t slot;
    struct tck_command *command = take_slot(commands, id, &slot);

    if (!command)
        return NULL;
    remember(commands, id);
    command->awaits = true;
    command->older = commands->newest;
    if (commands->newest)
        commands->slots[commands->newest].newer = slot;
    else
        commands->oldest = slot;
    commands->newest = slot;
    commands->awaiting++;
    return command;
}

struct tck_command *tck_commands_revive(struct tck_commands *commands, int64_t id)
{
    uint32_t slot;

    return take_slot(commands, id, &slot);
}

struct tck_command *tck_commands_find(const struct tck_commands *commands, int64_t id)
{
    uint32_t mask = commands->index_size - 1;

    if (commands->index_size == 0)
        return NULL;
    for (uint32_t at = home(commands, id); commands->index[at]; at = (at + 1) & mask)
        if (commands->slots[commands->index[at]].id == id)
            return &commands->slots[commands->index[at]];
    return NULL;
}

struct tck_command *tck_commands_oldest(const struct tck_commands *commands)
{
    return commands->oldest ? &commands->slots[commands->oldest] : NULL;
}

void tck_commands_answered(struct tck_commands *commands, struct tck_command *command)
{
    if (!command->awaits)
        return;
    command->awaits = false;
    commands->awaiting--;
    if (command->older)
        commands->slots[command->older].newer = command->newer;
    else
        commands->oldest = command->newer;
    if (command->newer)
        commands->slots[command->newer].older = command->older;
    else
        commands->newest = command->older;
    command->older = command->newer = 0;
}

void tck_commands_excuse(struct tck_commands *commands, struct tck_command *command)
{
    if (!command->cancelled)
        return;
    command->cancelled = false;
    commands->cancelled--;
}

void tck_commands_settle(struct tck_commands *commands, struct tck_command *command)
{
    uint32_t slot = (uint32_t)(command - commands->slots);

    if (command->awaits || command->streaming || command->cancels > 0)
        return;
    index_remove(commands, slot);
    command->newer = commands->free;
    commands->free = slot;
}
