/* SPDX-License-Identifier: Apache-2.0
 *
 * base/container.h — from a member back to the struct that it is part of.
 *
 * Callbacks get what was handed over (a task, a timer, a slot of a table); that is part of something larger:
 *
 *     struct entity *entity = TCK_CONTAINER(task, struct entity, stop_task);
 */
#ifndef TCK_BASE_CONTAINER_H
#define TCK_BASE_CONTAINER_H

#include <stddef.h>

#define TCK_CONTAINER(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
