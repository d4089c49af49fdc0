/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/compile.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cloudstate/entity.pb-c.h>

#include "engine/compile_internal.h"

/* What `repeat` may ask for: above it somebody mistyped, and a run would never end. */
#define MAX_TIMES 1000000

void tck_mistake(struct tck_compiler *c, struct tck_place place, const char *fmt, ...)
{
    va_list args;
    char *text;
    int r;

    va_start(args, fmt);
    text = tck_arena_vprintf(c->arena, fmt, args);
    va_end(args);
    r = text ? tck_error_list_add(c->errors, TCK_BAD_INPUT, place, "%s", text) : TCK_KIT;
    if (r < c->status)
        c->status = r;
}

void tck_compiler_no_memory(struct tck_compiler *c)
{
    if (c->status == TCK_KIT)
        return;
    c->status = TCK_KIT;
    tck_error_list_add(c->errors, TCK_KIT, TCK_NOWHERE, "out of memory");
}

static void name_moment(struct tck_compiler *c, const struct tck_step *step)
{
    struct tck_named_moment *moment;

    if (!step->at)
        return;
    moment = TCK_NEW(c->arena, struct tck_named_moment);
    if (!moment) {
        tck_compiler_no_memory(c);
        return;
    }
    moment->name = step->at;
    moment->next = c->moments;
    c->moments = moment;
    if (strchr(step->at, '$'))
        tck_check_variables(c, tck_new_string(c, step->at, step->place));
}

struct tck_op *tck_ops_add(struct tck_compiler *c, struct tck_ops *ops, enum tck_op_kind kind,
                           const struct tck_step *step)
{
    struct tck_op *op;

    if (ops->count == ops->capacity) {
        size_t capacity = ops->capacity ? 2 * ops->capacity : 8;
        struct tck_op *items = tck_arena_array(c->arena, capacity, sizeof *items);

        if (!items) {
            tck_compiler_no_memory(c);
            c->spare = (struct tck_op){ .kind = kind, .step = step };
            return &c->spare;
        }
        if (ops->count)
            memcpy(items, ops->items, ops->count * sizeof *items);
        ops->items = items;
        ops->capacity = capacity;
    }
    op = &ops->items[ops->count++];
    op->kind = kind;
    op->step = step;
    op->number = c->number;
    op->on = step->on;
    name_moment(c, step);
    if (strchr(op->on, '$'))
        tck_check_variables(c, tck_new_string(c, op->on, step->place));
    return op;
}

/* --- verbs that neither send nor expect, and discovery --- */

static bool is_overridden(const struct tck_tree *fields, const char *key)
{
    return tck_tree_get(fields, key) != NULL;
}

/* ProxyInfo as a proxy of this protocol sends it, with the step's fields on top. */
static const struct tck_tree *proxy_info(struct tck_compiler *c, const struct tck_tree *fields, struct tck_place place)
{
    struct tck_tree *info = tck_new_map(c, place), *types = tck_new_list(c, place);

    for (int i = TCK_PROTOCOL_DISCOVERY + 1; i < TCK_PROTOCOL_COUNT; i++)
        tck_put(c, types, NULL, tck_new_string(c, tck_protocol_service((enum tck_protocol)i), place));
    if (!is_overridden(fields, "protocol_minor_version"))
        tck_put(c, info, "protocol_minor_version", tck_tree_number(c->arena, 2, place));
    if (!is_overridden(fields, "proxy_name"))
        tck_put(c, info, "proxy_name", tck_new_string(c, "tck", place));
    if (!is_overridden(fields, "proxy_version"))
        tck_put(c, info, "proxy_version", tck_new_string(c, TCK_VERSION, place));
    if (!is_overridden(fields, "supported_entity_types"))
        tck_put(c, info, "supported_entity_types", types);
    if (fields)
        for (const struct tck_tree *field = fields->first; field; field = field->next)
            tck_put(c, info, field->key, field);
    return info;
}

static void compile_discover(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *pattern = tck_known(c, tck_tree_get(step->tree, "spec"));
    const struct tck_tree *info;
    struct tck_op *op = tck_ops_add(c, ops, c->seen ? TCK_OP_SEE_DISCOVERY : TCK_OP_DISCOVER, step);

    if (c->seen) {
        info = step->value->kind == TCK_TREE_NULL ? NULL : tck_known(c, step->value);
        op->tree = tck_checked_pattern(c, &cloudstate__proxy_info__descriptor, info);
        op->pattern = tck_checked_pattern(c, &cloudstate__entity_spec__descriptor, pattern);
        return;
    }
    info = proxy_info(c, tck_known(c, step->value), step->place);
    op->tree = tck_checked_literal(c, &cloudstate__proxy_info__descriptor, info);
    op->pattern = tck_checked_pattern(c, &cloudstate__entity_spec__descriptor, pattern);
}

static void compile_report_error(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_REPORT_ERROR, step);

    op->tree = tck_checked_literal(c, &cloudstate__user_function_error__descriptor,
                                   tck_wrapped(c, "message", tck_known(c, step->value)));
}

static void compile_set(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *variables = tck_known(c, step->value);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_SET, step);

    op->tree = variables;
    for (const struct tck_tree *variable = variables->first; variable; variable = variable->next) {
        const struct tck_tree *value = NULL;

        tck_check_variables(c, variable);
        /* A value that can be computed now helps to try the literals that use it. */
        if (tck_can_be_tried(c, variable) && tck_bindings_resolve(&c->scope, variable, c->arena, &value, NULL) < 0)
            value = NULL;
        tck_declare(c, variable->key, value, variable->key_place);
    }
}

/* A name, a list of names or {name: prefix}, as a map of names and prefixes. */
static const struct tck_tree *fresh_names(struct tck_compiler *c, const struct tck_tree *value)
{
    struct tck_tree *map = tck_new_map(c, value->place);
    const struct tck_tree *prefix = tck_default(c, "entity");

    if (value->kind == TCK_TREE_MAP)
        return value;
    if (!prefix)
        prefix = tck_new_string(c, "entity", value->place);
    if (value->kind == TCK_TREE_STRING)
        tck_put(c, map, value->text, prefix);
    else
        for (const struct tck_tree *name = value->first; name; name = name->next)
            tck_put(c, map, name->text ? name->text : "", prefix);
    return map;
}

static void compile_fresh(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_FRESH, step);

    op->tree = fresh_names(c, tck_known(c, step->value));
    if (!op->tree)
        return;
    for (const struct tck_tree *name = op->tree->first; name; name = name->next) {
        tck_check_variables(c, name);
        tck_declare(c, name->key, tck_new_string(c, "entity", name->place), name->place);
    }
}

static void compile_check(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_CHECK, step);

    op->tree = tck_known(c, tck_tree_get(step->value, "value"));
    op->pattern = tck_known(c, tck_tree_get(step->value, "is"));
    tck_check_variables(c, op->tree);
    tck_check_variables(c, op->pattern);
}

/* --- repeat --- */

static void add_repeat(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops, const char *as,
                       const struct tck_tree *item, int64_t times)
{
    struct tck_block body = tck_compile_steps(c, step->steps, step->step_count);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_REPEAT, step);

    op->as = as;
    op->tree = item;
    op->times = times;
    op->body = body;
}

/* One REPEAT for each item: the item is then known, and payloads made of it get their types. */
static void compile_each(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops, const char *as,
                         const struct tck_tree *items)
{
    if (items->kind != TCK_TREE_LIST) {
        tck_mistake(c, items->place, "the list of 'each' must be known before the run");
        return;
    }
    for (const struct tck_tree *item = items->first; item; item = item->next) {
        struct tck_bindings known = c->known, scope = c->scope;
        const char *name = as ? as : "item";

        tck_check_variables(c, item);
        tck_declare(c, name, tck_can_be_tried(c, item) ? item : NULL, item->place);
        if (tck_bindings_bind(&c->known, c->arena, name, item, NULL) < 0)
            tck_compiler_no_memory(c);
        add_repeat(c, step, ops, name, item, 1);
        c->known = known;
        if (!item->next)
            c->scope = scope;
    }
}

static void compile_times(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops, const char *as,
                          const struct tck_tree *times)
{
    const char *text = tck_known_text(c, times, "the count of 'times'");
    char *end = NULL;
    long long count = text ? strtoll(text, &end, 10) : 0;

    if (text && (*end || end == text || count < 0 || count > MAX_TIMES)) {
        tck_mistake(c, times->place, "'times' takes a whole number from 0 to %d, found '%s'", MAX_TIMES, text);
        return;
    }
    if (as)
        tck_declare(c, as, tck_tree_number(c->arena, 1, times->place), times->place);
    add_repeat(c, step, ops, as, NULL, count);
}

static void compile_repeat(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *each = tck_known(c, tck_tree_get(step->value, "each"));
    const struct tck_tree *times = tck_tree_get(step->value, "times"), *as = tck_tree_get(step->value, "as");
    const char *name = as ? as->text : NULL;

    if (each)
        compile_each(c, step, ops, name, each);
    else if (times)
        compile_times(c, step, ops, name, times);
    else
        tck_mistake(c, step->place, "'repeat' takes 'times' or 'each'");
}

const tck_verb_compiler tck_plain_compilers[TCK_VERB_COUNT] = {
    [TCK_VERB_DISCOVER] = compile_discover, [TCK_VERB_REPORT_ERROR] = compile_report_error,
    [TCK_VERB_SET] = compile_set,           [TCK_VERB_FRESH] = compile_fresh,
    [TCK_VERB_CHECK] = compile_check,       [TCK_VERB_REPEAT] = compile_repeat,
};

/* --- scenarios --- */

static tck_verb_compiler compiler_of(enum tck_verb verb)
{
    static const tck_verb_compiler *const tables[] = { tck_send_compilers, tck_expect_compilers, tck_plain_compilers,
                                                       tck_client_compilers, tck_stage_compilers };

    for (size_t i = 0; i < TCK_COUNT(tables); i++)
        if (tables[i][verb])
            return tables[i][verb];
    assert(!"each verb is in one of the tables");
    return NULL;
}

struct tck_block tck_compile_steps(struct tck_compiler *c, const struct tck_step *const *steps, size_t count)
{
    struct tck_ops ops = { 0 };

    for (size_t i = 0; i < count; i++)
        compiler_of(steps[i]->verb)(c, steps[i], &ops);
    return (struct tck_block){ ops.items, ops.count };
}

static struct tck_block compile_scenario(struct tck_compiler *c)
{
    const struct tck_scenario *scenario = c->scenario;
    struct tck_ops ops = { 0 };

    for (size_t i = 0; i < scenario->step_count; i++) {
        c->number = i + 1;
        compiler_of(scenario->steps[i]->verb)(c, scenario->steps[i], &ops);
    }
    return (struct tck_block){ ops.items, ops.count };
}

static void declare_own(struct tck_compiler *c)
{
    const struct tck_place place = c->scenario->place;
    const struct tck_tree *text = tck_new_string(c, "entity", place), *number = tck_tree_number(c->arena, 1, place);

    tck_declare_own(c, TCK_VAR_ID, text);
    tck_declare_own(c, TCK_VAR_ENTITY, text);
    tck_declare_own(c, TCK_VAR_COMMAND, number);
    tck_declare_own(c, TCK_VAR_SEQUENCE, number);
    if (c->scenario->row)
        for (const struct tck_tree *column = c->scenario->row->first; column; column = column->next) {
            tck_declare_own(c, column->key, column);
            if (tck_bindings_bind(&c->known, c->arena, column->key, column, NULL) < 0)
                tck_compiler_no_memory(c);
        }
}

static const char *default_service(struct tck_compiler *c)
{
    const struct tck_tree *service = tck_default(c, "service");

    if (service)
        return tck_known_text(c, service, "the default service");
    return c->scenario->services.count ? c->scenario->services.items[0] : NULL;
}

int tck_compile(const struct tck_scenario *scenario, const struct tck_pool *pool, struct tck_arena *arena,
                const struct tck_script **ret_script, struct tck_error_list *errors)
{
    struct tck_compiler c = { .scenario = scenario,
                              .pool = pool,
                              .arena = arena,
                              .errors = errors,
                              .envelope = &tck_envelopes[scenario->suite->protocol],
                              .seen = scenario->suite->role != TCK_ROLE_USER_FUNCTION };
    struct tck_script *script = TCK_NEW(arena, struct tck_script);
    const struct tck_tree *prefix;

    if (!script)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    /* The row comes first: defaults may be made of it. */
    declare_own(&c);
    c.service = default_service(&c);
    if (c.service)
        tck_declare_own(&c, TCK_VAR_SERVICE, tck_new_string(&c, c.service, scenario->place));
    prefix = tck_default(&c, "entity");
    script->scenario = scenario;
    script->pool = pool;
    script->service = c.service;
    script->entity_prefix = prefix ? tck_known_text(&c, prefix, "the prefix of entity ids") : "entity";
    script->block = compile_scenario(&c);
    script->ends_user_function = c.ends_user_function;
    script->waits = c.waits;
    if (c.status == 0)
        *ret_script = script;
    return c.status;
}

bool tck_compile_possible(const struct tck_scenario *scenario, const struct tck_pool *pool, const char **ret_missing)
{
    for (size_t i = 0; i < scenario->services.count; i++)
        if (!tck_pool_find_service(pool, scenario->services.items[i])) {
            if (ret_missing)
                *ret_missing = scenario->services.items[i];
            return false;
        }
    return true;
}

int tck_compile_check(const struct tck_spec *spec, const struct tck_pool *pool, struct tck_error_list *errors)
{
    int worst = 0;

    for (size_t i = 0; i < tck_spec_suite_count(spec); i++) {
        const struct tck_suite *suite = tck_spec_suite(spec, i);
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
        struct tck_error err = { 0 };
        int r = tck_arena_new(0, &arena, &err);

        if (r < 0)
            return tck_error_list_take(errors, &err);
        for (size_t s = 0; s < suite->scenario_count; s++) {
            const struct tck_script *script;

            if (!tck_compile_possible(suite->scenarios[s], pool, NULL))
                continue;
            r = tck_compile(suite->scenarios[s], pool, arena, &script, errors);
            worst = r < worst ? r : worst;
        }
    }
    return worst;
}
