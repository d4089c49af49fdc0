/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include <cloudstate/event_sourced.pb-c.h>

#include "seat/recording.h"

struct fixture {
    struct tck_arena *arena;
    struct tck_pool *pool;
    struct tck_recording *recording;
};

static int setup(void **state)
{
    static struct fixture fixture;

    assert_int_equal(tck_arena_new(0, &fixture.arena, NULL), 0);
    assert_int_equal(tck_pool_new(NULL, &fixture.pool, NULL), 0);
    assert_int_equal(tck_recording_new(fixture.pool, fixture.arena, &fixture.recording, NULL), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tck_pool_free(fixture->pool);
    tck_arena_free(fixture->arena);
    return 0;
}

static const char *text_of(struct fixture *fixture, size_t i, size_t limit)
{
    static char text[256];
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 16);

    tck_recording_text(fixture->recording, tck_recording_line(fixture->recording, i), limit, &out);
    snprintf(text, sizeof text, "%s", tck_buffer_string(&out));
    return text;
}

static void a_recording_tells_messages_and_events_in_order(void **state)
{
    struct fixture *fixture = *state;
    Cloudstate__Eventsourced__EventSourcedStreamIn in = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__INIT;
    Cloudstate__Eventsourced__EventSourcedInit init = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_INIT__INIT;

    init.entity_id = (char *)"e";
    in.message_case = CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_INIT;
    in.init = &init;
    tck_recording_message(fixture->recording, "main", TCK_SENT, &in.base);
    tck_recording_event(fixture->recording, "b", TCK_HAPPENED, "we half-close");
    tck_recording_event(fixture->recording, "b", TCK_CAME, "the end");

    assert_int_equal(tck_recording_count(fixture->recording), 3);
    assert_int_equal(tck_recording_dropped(fixture->recording), 0);
    assert_string_equal(text_of(fixture, 0, 0), "init { entity_id: \"e\" }");
    assert_string_equal(text_of(fixture, 1, 0), "we half-close");
    assert_string_equal(tck_recording_line(fixture->recording, 0)->conversation, "main");
    assert_string_equal(tck_flow_arrow(tck_recording_line(fixture->recording, 0)->flow), "->");
    assert_string_equal(tck_flow_arrow(tck_recording_line(fixture->recording, 1)->flow), "--");
    assert_string_equal(tck_flow_arrow(tck_recording_line(fixture->recording, 2)->flow), "<-");
    assert_true(tck_recording_line(fixture->recording, 0)->at <= tck_recording_line(fixture->recording, 2)->at);
}

static void a_long_recording_keeps_the_last_lines(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TCK_RECORDING_LINES + 5; i++)
        tck_recording_event(fixture->recording, "main", TCK_HAPPENED, tck_arena_printf(fixture->arena, "line %zu", i));
    assert_int_equal(tck_recording_count(fixture->recording), TCK_RECORDING_LINES);
    assert_int_equal(tck_recording_dropped(fixture->recording), 5);
    assert_string_equal(text_of(fixture, 0, 0), "line 5");
    assert_string_equal(text_of(fixture, TCK_RECORDING_LINES - 1, 0), "line 204");
}

static void a_line_is_cut_and_fit_to_be_shown(void **state)
{
    struct fixture *fixture = *state;

    tck_recording_event(fixture->recording, "main", TCK_CAME, "bad \x1b[31m news");
    tck_recording_event(fixture->recording, "main", TCK_CAME, NULL);
    assert_null(strchr(text_of(fixture, 0, 0), '\x1b'));
    assert_string_equal(text_of(fixture, 0, 3), "bad");
    assert_string_equal(text_of(fixture, 1, 0), "");
}

static void count_line(void *context, const struct tck_recorded *line)
{
    assert_string_equal(line->conversation, "main");
    ++*(int *)context;
}

static void a_listener_hears_of_each_line(void **state)
{
    struct fixture *fixture = *state;
    int heard = 0;

    tck_recording_listen(fixture->recording, count_line, &heard);
    tck_recording_event(fixture->recording, "main", TCK_CAME, "a");
    tck_recording_event(fixture->recording, "main", TCK_CAME, "b");
    assert_int_equal(heard, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_recording_tells_messages_and_events_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_recording_keeps_the_last_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_is_cut_and_fit_to_be_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_listener_hears_of_each_line, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
