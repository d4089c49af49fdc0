/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include "engine/ledger.h"
#include "engine_fixture.h"

static ProtobufCMessage *message(struct engine_fixture *fixture, struct tck_arena *arena,
                                 enum tck_conversation conversation, bool to_proxy, const char *yaml)
{
    const struct tck_conversation_row *row = tck_conversation(conversation);
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const struct tck_tree *tree;
    ProtobufCMessage *made;

    assert_int_equal(tck_tree_parse_yaml("t", tck_bytes(yaml, strlen(yaml)), arena, &tree, &errors), 0);
    assert_int_equal(tck_message_from_tree(engine_fixture_pool(fixture),
                                           to_proxy ? row->to_proxy : row->to_user_function, tree, NULL, arena, &made,
                                           NULL),
                     0);
    return made;
}

/* '>' sends, '<' receives; then the open commands as "1 2 3". */
struct step {
    char way;
    const char *yaml, *open;
};

static void play(struct engine_fixture *fixture, struct tck_ledger *ledger, struct tck_arena *arena,
                 enum tck_conversation conversation, const struct step *steps, size_t count)
{
    tck_ledger_init(ledger, conversation, arena);
    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer open = TCK_BUFFER_INIT(4096);
        ProtobufCMessage *made = message(fixture, arena, conversation, steps[i].way == '<', steps[i].yaml);

        if (steps[i].way == '>')
            assert_int_equal(tck_ledger_sent(ledger, made, NULL), 0);
        else
            tck_ledger_came(ledger, made);
        for (size_t n = 0; n < tck_ledger_open(ledger); n++)
            tck_buffer_printf(&open, "%s%lld", n ? " " : "", (long long)tck_ledger_open_id(ledger, n));
        assert_string_equal(tck_buffer_string(&open), steps[i].open);
    }
}

static void commands_are_open_until_they_are_answered(void **state)
{
    static const struct step crdt[] = {
        { '>', "{init: {entity_id: e}}", "" },       { '>', "{command: {id: 1}}", "1" },
        { '>', "{command: {id: 7}}", "1 7" },        { '>', "{command: {id: 3}}", "1 7 3" },
        { '<', "{reply: {command_id: 7}}", "1 3" },  { '<', "{streamed_message: {command_id: 1}}", "1 3" },
        { '<', "{reply: {command_id: 99}}", "1 3" }, { '<', "{failure: {command_id: 1}}", "3" },
        { '<', "{reply: {command_id: 3}}", "" },     { '<', "{reply: {command_id: 3}}", "" },
    };
    static const struct step value_entity[] = {
        { '>', "{init: {entity_id: e}}", "" },
        { '>', "{command: {id: 1}}", "1" },
        { '<', "{reply: {command_id: 1}}", "" },
        { '<', "{failure: {description: x}}", "" },
    };
    struct tck_ledger ledger;
    struct tck_arena *arena;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    play(*state, &ledger, arena, TCK_CONVERSATION_CRDT, crdt, TCK_COUNT(crdt));
    assert_int_equal(ledger.commands, 3);
    assert_int_equal(ledger.latest, 3);
    assert_true(ledger.failed);
    assert_string_equal(ledger.entity, "e");
    play(*state, &ledger, arena, TCK_CONVERSATION_VALUE_ENTITY, value_entity, TCK_COUNT(value_entity));
    assert_true(ledger.failed);
    tck_arena_free(arena);
}

static void sequence_numbers_go_on_from_snapshot_and_events(void **state)
{
    static const struct {
        const char *yaml;
        int64_t next;
    } steps[] = {
        { "{init: {entity_id: e}}", 1 },
        { "{event: {sequence: 1}}", 2 },
        { "{init: {entity_id: e, snapshot: {snapshot_sequence: 5}}}", 6 },
        { "{event: {sequence: 6}}", 7 },
        { "{event: {sequence: '9223372036854775807'}}", INT64_MIN },
    };
    struct tck_ledger ledger;
    struct tck_arena *arena;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    tck_ledger_init(&ledger, TCK_CONVERSATION_EVENT_SOURCED, arena);
    for (size_t i = 0; i < TCK_COUNT(steps); i++) {
        assert_int_equal(tck_ledger_sent(&ledger,
                                         message(*state, arena, TCK_CONVERSATION_EVENT_SOURCED, false, steps[i].yaml),
                                         NULL),
                         0);
        assert_true(ledger.sequence == steps[i].next);
    }
    tck_arena_free(arena);
}

static void many_open_commands_are_kept_in_order(void **state)
{
    struct tck_ledger ledger;
    struct tck_arena *arena;
    char yaml[64];

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    tck_ledger_init(&ledger, TCK_CONVERSATION_EVENT_SOURCED, arena);
    for (int i = 1; i <= 1000; i++) {
        snprintf(yaml, sizeof yaml, "{command: {id: %d}}", i);
        assert_int_equal(
            tck_ledger_sent(&ledger, message(*state, arena, TCK_CONVERSATION_EVENT_SOURCED, false, yaml), NULL), 0);
        if (i % 3 == 0) { /* one in three is answered at once, so that the list moves */
            assert_int_equal(tck_ledger_open_id(&ledger, 0), i / 3);
            snprintf(yaml, sizeof yaml, "{reply: {command_id: %d}}", i / 3);
            tck_ledger_came(&ledger, message(*state, arena, TCK_CONVERSATION_EVENT_SOURCED, true, yaml));
        }
    }
    assert_int_equal(tck_ledger_open(&ledger), 667);
    assert_int_equal(tck_ledger_open_id(&ledger, 0), 334);
    assert_int_equal(tck_ledger_open_id(&ledger, 666), 1000);
    tck_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_open_until_they_are_answered),
        cmocka_unit_test(sequence_numbers_go_on_from_snapshot_and_events),
        cmocka_unit_test(many_open_commands_are_kept_in_order),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
