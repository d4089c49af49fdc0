/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/suggest.h"
#include "engine/builtin.h"
#include "engine_scripted.h"

#define SPECS_MAX 64

struct engine_fixture {
    struct tck_pool *pool;
    struct tck_arena *arena;
    struct scripted *scripted;
    struct tck_channel *channel;
    char address[64];
    struct tck_fresh_ids ids;
    struct tck_world world;
    struct tck_spec *specs[SPECS_MAX];
    size_t spec_count;
    struct tck_result *result;
    struct tck_buffer mistakes;
};

/* --- the fixture --- */

struct engine_fixture *engine_fixture_new(void)
{
    struct engine_fixture *fixture = calloc(1, sizeof *fixture);
    struct tck_error err = { 0 };
    int port, r;

    assert_non_null(fixture);
    fixture->mistakes = (struct tck_buffer)TCK_BUFFER_INIT(1 << 20);
    r = tck_grpc_init(&err);
    if (r == 0)
        r = tck_arena_new(0, &fixture->arena, &err);
    if (r == 0)
        r = tck_builtin_pool_new(&fixture->pool, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    fixture->scripted = scripted_new(fixture->pool, 0, &port);
    assert_non_null(fixture->scripted);
    snprintf(fixture->address, sizeof fixture->address, "127.0.0.1:%d", port);
    r = tck_channel_new(fixture->address, NULL, &fixture->channel, &err);
    if (r < 0)
        fail_msg("%s", err.text);
    tck_fresh_ids_init(&fixture->ids);
    fixture->world = (struct tck_world){ .ids = &fixture->ids };
    return fixture;
}

void engine_fixture_free(struct engine_fixture *fixture)
{
    tck_result_free(fixture->result);
    tck_channel_free(fixture->channel);
    scripted_free(fixture->scripted);
    for (size_t i = 0; i < fixture->spec_count; i++)
        tck_spec_free(fixture->specs[i]);
    tck_pool_free(fixture->pool);
    tck_arena_free(fixture->arena);
    tck_buffer_done(&fixture->mistakes);
    free(fixture);
    tck_grpc_shutdown();
}

int engine_fixture_setup(void **state)
{
    *state = engine_fixture_new();
    return 0;
}

int engine_fixture_teardown(void **state)
{
    engine_fixture_free(*state);
    return 0;
}

const struct tck_pool *engine_fixture_pool(struct engine_fixture *fixture)
{
    return fixture->pool;
}

const char *engine_fixture_address(const struct engine_fixture *fixture)
{
    return fixture->address;
}

void engine_fixture_answer(struct engine_fixture *fixture, const char *script)
{
    scripted_answer(fixture->scripted, script);
    fixture->world = (struct tck_world){ .ids = &fixture->ids };
}

struct tck_world *engine_fixture_world(struct engine_fixture *fixture)
{
    return &fixture->world;
}

const char *engine_fixture_received(struct engine_fixture *fixture)
{
    return scripted_received(fixture->scripted);
}

void engine_fixture_connect(struct engine_fixture *fixture, const char *address)
{
    struct tck_error err = { 0 };

    tck_channel_free(TCK_TAKE(fixture->channel));
    if (tck_channel_new(address, NULL, &fixture->channel, &err) < 0)
        fail_msg("%s", err.text);
}

/* --- scenarios --- */

const struct tck_spec *engine_fixture_spec(struct engine_fixture *fixture, const char *yaml)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_spec *spec = NULL;
    int r;

    if (fixture->spec_count == SPECS_MAX) /* the one before is done with */
        tck_spec_free(fixture->specs[--fixture->spec_count]);
    r = tck_spec_new(&spec, NULL);
    if (r == 0)
        r = tck_spec_parse(spec, "t.yaml", "t", tck_bytes(yaml, strlen(yaml)), &errors);
    if (r < 0) {
        char text[1024];

        fail_msg("%s\n%s", errors.count ? tck_error_text(&errors.items[0], text, sizeof text) : "?", yaml);
    }
    fixture->specs[fixture->spec_count++] = spec;
    return spec;
}

static const char *const heads[TCK_PROTOCOL_COUNT] = {
    [TCK_PROTOCOL_DISCOVERY] = "protocol: discovery\n",
    [TCK_PROTOCOL_EVENT_SOURCED] =
        "protocol: event-sourced\n"
        "services: [cloudstate.tck.model.EventSourcedTckModel, cloudstate.tck.model.EventSourcedTwo]\n"
        "defaults: {command: Process, event: cloudstate.tck.model.Persisted, target: {service: "
        "cloudstate.tck.model.EventSourcedTwo, command: Call}}\n",
    [TCK_PROTOCOL_VALUE_ENTITY] =
        "protocol: value-entity\n"
        "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\n"
        "defaults: {command: Process, state: cloudstate.tck.model.valueentity.Persisted, target: {service: "
        "cloudstate.tck.model.valueentity.ValueEntityTwo, command: Call}}\n",
    [TCK_PROTOCOL_CRDT] = "protocol: crdt\n"
                          "services: [cloudstate.tck.model.crdt.CrdtTckModel]\n"
                          "defaults: {command: Process, entity: GCounter, target: {service: "
                          "cloudstate.tck.model.crdt.CrdtTwo, command: Call}}\n",
    [TCK_PROTOCOL_ACTION] = "protocol: action\n"
                            "services: [cloudstate.tck.model.action.ActionTckModel]\n"
                            "defaults: {unary: ProcessUnary, streamed_in: ProcessStreamedIn, streamed_out: "
                            "ProcessStreamedOut, duplex: ProcessStreamed, target: {service: "
                            "cloudstate.tck.model.action.ActionTwo, command: Call}}\n",
};

const struct tck_scenario *engine_fixture_scenario(struct engine_fixture *fixture, enum tck_protocol protocol,
                                                   const char *extra, const char *steps)
{
    return engine_fixture_scenario_of(fixture, "user-function", protocol, extra, steps);
}

const struct tck_scenario *engine_fixture_scenario_of(struct engine_fixture *fixture, const char *role,
                                                      enum tck_protocol protocol, const char *extra, const char *steps)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);
    const struct tck_spec *spec;

    tck_buffer_printf(&yaml, "suite: t\nrole: %s\n%sscenarios:\n  - name: s\n", role, heads[protocol]);
    if (extra)
        tck_buffer_printf(&yaml, "    %s\n", extra);
    tck_buffer_printf(&yaml, "    steps:\n");
    for (const char *line = steps; *line; line += strcspn(line, "\n") + 1) /* each line ends with one */
        tck_buffer_printf(&yaml, "      %.*s\n", (int)strcspn(line, "\n"), line);
    spec = engine_fixture_spec(fixture, tck_buffer_string(&yaml));
    return tck_spec_suite(spec, 0)->scenarios[0];
}

static const struct tck_script *compile(struct engine_fixture *fixture, const struct tck_scenario *scenario,
                                        struct tck_error_list *errors)
{
    const struct tck_script *script = NULL;
    int r = tck_compile(scenario, fixture->pool, fixture->arena, &script, errors);

    assert_int_equal(r<0, errors->count> 0);
    return script;
}

const char *engine_fixture_mistakes(struct engine_fixture *fixture, const struct tck_scenario *scenario)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

    tck_buffer_clear(&fixture->mistakes);
    compile(fixture, scenario, &errors);
    for (size_t i = 0; i < errors.count; i++)
        tck_buffer_printf(&fixture->mistakes, "%u: %s\n", errors.items[i].line, errors.items[i].text);
    return tck_buffer_string(&fixture->mistakes);
}

const struct tck_result *engine_fixture_run(struct engine_fixture *fixture, const struct tck_scenario *scenario)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const struct tck_script *script = compile(fixture, scenario, &errors);

    if (!script)
        fail_msg("%u: %s", errors.items[0].line, errors.items[0].text);
    tck_result_free(TCK_TAKE(fixture->result));
    assert_int_equal(tck_result_new(scenario, &fixture->result, NULL), 0);
    tck_scenario_run(&fixture->world, fixture->channel, script, fixture->result, NULL);
    return fixture->result;
}

static void describe(const struct tck_result *result, struct tck_buffer *out)
{
    if (result->verdict == TCK_VERDICT_PASSED) {
        tck_buffer_puts(out, "passed");
        for (size_t i = 0; i < result->deviation_count; i++)
            tck_buffer_printf(out, "; %s: %s", tck_level_word(result->deviations[i].level), result->deviations[i].text);
        for (size_t i = 0; i < result->choice_count; i++)
            tck_buffer_printf(out, "; took: %s", result->choices[i].text);
    } else {
        tck_buffer_printf(out, "%s: %s", tck_cause_word(result->cause), result->reason);
    }
}

void engine_fixture_check(struct engine_fixture *fixture, const struct engine_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer told = TCK_BUFFER_INIT(1 << 20);
        const struct tck_scenario *scenario =
            engine_fixture_scenario(fixture, cases[i].protocol, cases[i].extra, cases[i].steps);

        engine_fixture_answer(fixture, cases[i].candidate);
        describe(engine_fixture_run(fixture, scenario), &told);
        if (tck_glob_match(cases[i].wanted, tck_buffer_string(&told)))
            continue;
        wrong++;
        printf("case %zu\n  wanted %s\n  was    %s\n%s", i, cases[i].wanted, tck_buffer_string(&told), cases[i].steps);
        for (size_t line = 0; line < fixture->result->transcript_count; line++)
            printf("    %s %s\n", fixture->result->transcript[line].arrow, fixture->result->transcript[line].text);
    }
    if (wrong)
        fail_msg("%zu of %zu cases differ", wrong, count);
}
