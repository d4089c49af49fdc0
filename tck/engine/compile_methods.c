/* SPDX-License-Identifier: Apache-2.0
 *
 * Which method a step calls, and which method's answer comes next: that is where the types of payloads come from.
 */
#include <string.h>

#include "base/suggest.h"
#include "engine/compile_internal.h"

/* --- conversations --- */

struct tck_lane *tck_lane_of(struct tck_compiler *c, const char *on)
{
    static struct tck_lane none; /* what there is no memory for; the script is thrown away then */
    struct tck_lane *lane;

    for (lane = c->lanes; lane; lane = lane->next)
        if (strcmp(lane->on, on) == 0)
            return lane;
    lane = TCK_NEW(c->arena, struct tck_lane);
    if (!lane) {
        tck_compiler_no_memory(c);
        none = (struct tck_lane){ .on = on };
        return &none;
    }
    lane->on = on;
    lane->service = c->service;
    lane->conversation = c->envelope->conversation;
    lane->next = c->lanes;
    c->lanes = lane;
    return lane;
}

void tck_check_open(struct tck_compiler *c, const struct tck_step *step)
{
    if (!tck_lane_of(c, step->on)->opened)
        tck_mistake(c, step->place, "no stream is open on '%s' here", step->on);
}

static struct tck_lane *copy_lanes(struct tck_compiler *c, const struct tck_lane *lanes)
{
    struct tck_lane *copy, *first = NULL, **link = &first;

    for (; lanes; lanes = lanes->next) {
        copy = tck_arena_memdup(c->arena, lanes, sizeof *lanes);
        if (!copy) {
            tck_compiler_no_memory(c);
            break;
        }
        copy->next = NULL;
        *link = copy;
        link = &copy->next;
    }
    return first;
}

struct tck_lane *tck_lanes_save(struct tck_compiler *c)
{
    return copy_lanes(c, c->lanes);
}

void tck_lanes_restore(struct tck_compiler *c, const struct tck_lane *saved)
{
    c->lanes = copy_lanes(c, saved);
}

void tck_lane_owes(struct tck_compiler *c, struct tck_lane *lane, const struct tck_method *method)
{
    if (lane->owed_count == lane->owed_capacity) {
        size_t capacity = lane->owed_capacity ? 2 * lane->owed_capacity : 8;
        const struct tck_method **owed = tck_arena_array(c->arena, capacity, sizeof(*owed));

        if (!owed) {
            tck_compiler_no_memory(c);
            return;
        }
        if (lane->owed_count)
            memcpy(owed, lane->owed, lane->owed_count * sizeof(*owed));
        lane->owed = owed;
        lane->owed_capacity = capacity;
    }
    lane->owed[lane->owed_count++] = method;
    lane->method = method;
}

const struct tck_method *tck_lane_answers(struct tck_lane *lane, bool latest)
{
    if (lane->owed_first == lane->owed_count)
        return lane->method;
    return latest ? lane->owed[--lane->owed_count] : lane->owed[lane->owed_first++];
}

/* --- defaults --- */

const struct tck_tree *tck_default(struct tck_compiler *c, const char *key)
{
    return tck_known(c, tck_tree_get(c->scenario->defaults, key));
}

const char *tck_default_type(struct tck_compiler *c, const char *key)
{
    const struct tck_tree *type = tck_default(c, key);

    if (!type)
        type = tck_default(c, "event");
    return type ? tck_known_text(c, type, "a message type") : NULL;
}

/* --- methods --- */

static const char *method_name_at(const void *service, size_t i)
{
    return ((const struct tck_service *)service)->methods[i].name;
}

static void no_such_method(struct tck_compiler *c, struct tck_place place, const char *service_name, const char *name)
{
    const struct tck_service *service = tck_pool_find_service(c->pool, service_name);
    const char *nearest;

    if (!service) {
        tck_mistake(c, place, "no service '%s' is known; to call it all the same, give the payload an \"@type\"",
                    service_name);
        return;
    }
    nearest = tck_suggest(name, service->method_count, method_name_at, service);
    if (nearest)
        tck_mistake(c, place,
                    "%s has no method '%s'; did you mean '%s'? To call it all the same, give the payload an \"@type\"",
                    service_name, name, nearest);
    else
        tck_mistake(c, place, "%s has no method '%s'; to call it all the same, give the payload an \"@type\"",
                    service_name, name);
}

const struct tck_method *tck_find_method(struct tck_compiler *c, const struct tck_step *step, const char *service,
                                         const struct tck_tree *name, const char *default_key,
                                         const struct tck_tree *payload, const char **ret_name)
{
    const struct tck_method *method;
    const char *text;

    *ret_name = "";
    if (!name)
        name = tck_default(c, default_key);
    if (!name) {
        tck_mistake(c, step->place, "no method is named: add 'name' to the step, or '%s' to the defaults", default_key);
        return NULL;
    }
    text = tck_known_text(c, name, "the name of a method");
    if (!text)
        return NULL;
    *ret_name = text;
    if (!service) {
        tck_mistake(c, step->place, "no service is named: add 'services' to the suite, or 'service' to the defaults");
        return NULL;
    }
    method = tck_pool_find_method(c->pool, service, text);
    if (!method && payload && !tck_has_type(payload))
        no_such_method(c, name->place, service, text);
    return method;
}

struct tck_target tck_target_of(struct tck_compiler *c, const struct tck_tree *service, const struct tck_tree *command,
                                struct tck_place place)
{
    const struct tck_tree *target = tck_default(c, "target");
    struct tck_target found = { .service = service ? service : tck_tree_get(target, "service"),
                                .command = command ? command : tck_tree_get(target, "command") };
    const struct tck_method *method;
    const char *service_name, *command_name;

    if (!found.service || !found.command) {
        tck_mistake(c, place, "no target is named: add 'target: {service, command}' to the defaults");
        return found;
    }
    if (tck_pattern_is_matcher(found.service) || tck_pattern_is_matcher(found.command))
        return found;
    service_name = tck_known_text(c, found.service, "the service of a target");
    command_name = tck_known_text(c, found.command, "the command of a target");
    if (!service_name || !command_name)
        return found;
    method = tck_pool_find_method(c->pool, service_name, command_name);
    found.input = method ? method->input->name : NULL;
    return found;
}
