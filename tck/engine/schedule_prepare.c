/* SPDX-License-Identifier: Apache-2.0
 *
 * Before the first scenario runs: scripts, and what the candidate does not offer.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/compile.h"
#include "engine/schedule_internal.h"

static int by_address(const void *a, const void *b)
{
    const struct tck_scenario *const left = ((const struct tck_prepared *)a)->scenario;
    const struct tck_scenario *const right = ((const struct tck_prepared *)b)->scenario;

    return left < right ? -1 : left > right;
}

const struct tck_prepared *tck_schedule_find(const struct tck_schedule *schedule, const struct tck_scenario *scenario)
{
    const struct tck_prepared wanted = { .scenario = scenario };

    return bsearch(&wanted, schedule->prepared, schedule->prepared_count, sizeof wanted, by_address);
}

/* The distinct scenarios of the plan. */
static int collect(struct tck_schedule *schedule, struct tck_error *err)
{
    size_t count = tck_plan_count(schedule->plan), distinct = 0;

    schedule->prepared = tck_arena_array(schedule->scripts, count, sizeof *schedule->prepared);
    if (!schedule->prepared)
        return tck_no_memory(err);
    for (size_t i = 0; i < count; i++)
        schedule->prepared[i].scenario = tck_plan_item(schedule->plan, i)->scenario;
    qsort(schedule->prepared, count, sizeof *schedule->prepared, by_address);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || schedule->prepared[i].scenario != schedule->prepared[distinct - 1].scenario)
            schedule->prepared[distinct++] = schedule->prepared[i];
    schedule->prepared_count = distinct;
    return 0;
}

/* The first mistake is the error; there may be more, and `tck validate` shows them all. */
static int first_mistake(struct tck_error_list *mistakes, struct tck_error *err)
{
    int status = mistakes->items[0].status;
    size_t more = mistakes->count + mistakes->dropped - 1;

    tck_error_move(err, &mistakes->items[0]);
    return more ? tck_wrap(err, status, "%zu mistakes in scenarios, of which this is the first", more + 1) : status;
}

static int compile_with(struct tck_schedule *schedule, const struct tck_pool *pool, struct tck_error *err)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list mistakes = { 0 };

    for (size_t i = 0; i < schedule->prepared_count; i++) {
        struct tck_prepared *prepared = &schedule->prepared[i];

        if (!prepared->script && !prepared->skipped && tck_compile_possible(prepared->scenario, pool, NULL))
            tck_compile(prepared->scenario, pool, schedule->scripts, &prepared->script, &mistakes);
    }
    return mistakes.count ? first_mistake(&mistakes, err) : 0;
}

bool tck_schedule_in_front(const struct tck_scenario *scenario)
{
    return scenario->suite->role != TCK_ROLE_USER_FUNCTION;
}

/* Why the configuration does not let the scenario run, or NULL: what only stands in for a side is not judged alone. */
static const char *not_to_be_judged(const struct tck_candidate_config *config, const struct tck_scenario *scenario)
{
    const enum tck_role role = scenario->suite->role;
    const struct tck_side_config *user_function = &config->user_function, *proxy = &config->proxy;

    if (role != TCK_ROLE_USER_FUNCTION && !proxy->present)
        return "the configuration has no proxy";
    if (role == TCK_ROLE_PROXY && proxy->stand_in)
        return "the configuration has no proxy to judge";
    if (role == TCK_ROLE_USER_FUNCTION && user_function->stand_in)
        return "the configuration has no user function to judge";
    for (size_t i = 0; i < scenario->needs.count; i++)
        if (strcmp(scenario->needs.items[i], TCK_NEED_DURABLE_STORE) == 0 && !proxy->durable)
            return "the configuration does not say that what the proxy stores is durable";
    return NULL;
}

int tck_schedule_prepare(struct tck_schedule *schedule, struct tck_error *err)
{
    int r = collect(schedule, err);

    if (r == 0)
        r = compile_with(schedule, schedule->builtin, err);
    for (size_t i = 0; r == 0 && i < schedule->prepared_count; i++) {
        struct tck_prepared *prepared = &schedule->prepared[i];

        prepared->skipped = not_to_be_judged(schedule->config, prepared->scenario);
    }
    return r;
}

bool tck_schedule_needs_proxy(const struct tck_schedule *schedule)
{
    for (size_t i = 0; i < schedule->prepared_count; i++)
        if (!schedule->prepared[i].skipped && tck_schedule_in_front(schedule->prepared[i].scenario))
            return true;
    return false;
}

static const char *missing_service(const struct tck_schedule *schedule, const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < scenario->services.count; i++)
        if (!tck_discovery_offers(schedule->discovery, scenario->services.items[i]))
            return scenario->services.items[i];
    return NULL;
}

int tck_schedule_scope(struct tck_schedule *schedule, struct tck_error *err)
{
    for (size_t i = 0; i < schedule->prepared_count; i++) {
        struct tck_prepared *prepared = &schedule->prepared[i];
        const char *missing = missing_service(schedule, prepared->scenario);

        if (prepared->skipped || !missing)
            continue;
        prepared->skipped =
            tck_arena_printf(schedule->run->arena, "the candidate does not declare the service %s", missing);
        if (!prepared->skipped)
            return tck_no_memory(err);
    }
    if (schedule->discovery->pool)
        return compile_with(schedule, schedule->discovery->pool, err);
    return 0;
}
