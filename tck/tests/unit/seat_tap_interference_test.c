/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tap does to a conversation when a scenario asks for it.
 */
#include "seat_tap_fixture.h"

static const int owner, other_owner;

static void interfere(struct tapped_fixture *tapped, struct tck_interference interference)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (!interference.key.service)
        interference.key = entity("e");
    assert_done(tck_tap_interfere(tapped->tap, &owner, &interference, &err), &err);
}

/* Skips what opened the conversation. */
static struct tck_passage *passage_of(struct tapped_fixture *tapped)
{
    struct tck_passage *passage = await_passage(tapped, entity("e"));

    assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_passed(passage, TCK_PASSED_COMMAND, NULL);
    assert_passed(passage, TCK_PASSED_ANSWER, NULL);
    return passage;
}

/* The next thing of this kind; what is before it is skipped: both sides talk at once. */
static struct tck_passed next_of(struct tck_passage *passage, enum tck_passed_kind kind)
{
    struct tck_passed passed;

    do
        assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), 0);
    while (passed.kind != kind);
    return passed;
}

static void delayed_answer_comes_later_and_so_does_all_behind_it(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);
    struct tck_passed passed;
    int64_t begun = tck_now();

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_ANSWER, .times = 1, .meddle = TCK_MEDDLE_DELAY, .delay = TCK_MS(100) });
    send_text(call, "a");
    send_text(call, "b");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_receives(call, "a");
    assert_true(tck_now() - begun >= TCK_MS(100));
    assert_receives(call, "b");
    assert_ends(call, 0, "", true);
    passed = next_of(passage, TCK_PASSED_ANSWER);
    assert_memory_equal(passed.bytes.data, "a", 1);
    assert_int_equal(passed.meddled, TCK_MEDDLED_DELAYED);
    assert_true(passed.gone - passed.at >= TCK_MS(100));
    assert_int_equal(next_of(passage, TCK_PASSED_ANSWER).meddled, TCK_NOT_MEDDLED);
    next_of(passage, TCK_PASSED_ENDED);
    tck_passage_unref(passage);
}

static void delayed_command_comes_later(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    int64_t begun = tck_now();

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_DELAY, .delay = TCK_MS(50) });
    send_text(call, "a");
    assert_receives(call, "a");
    assert_true(tck_now() - begun >= TCK_MS(50));
}

static void dropped_message_does_not_arrive_and_is_noted(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);
    struct tck_passed passed;

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_COMMAND, .skip = 1, .times = 1, .meddle = TCK_MEDDLE_DROP });
    send_text(call, "a");
    send_text(call, "b");
    send_text(call, "c");
    assert_receives(call, "a");
    assert_receives(call, "c");
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    passed = next_of(passage, TCK_PASSED_COMMAND);
    assert_int_equal(passed.meddled, TCK_MEDDLED_DROPPED);
    assert_int_equal(passed.gone, 0);
    assert_memory_equal(passed.bytes.data, "b", 1);
    tck_passage_unref(passage);
}

static void first_things_are_skipped_and_all_later_ones_are_not(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_COMMAND, .skip = 1, .meddle = TCK_MEDDLE_DUPLICATE });
    send_text(call, "a");
    send_text(call, "b");
    send_text(call, "c");
    assert_receives(call, "a");
    assert_receives(call, "b");
    assert_receives(call, "b");
    assert_receives(call, "c");
    assert_receives(call, "c");
}

static void duplicated_message_arrives_twice(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_ANSWER, .times = 1, .meddle = TCK_MEDDLE_DUPLICATE });
    send_text(call, "a");
    assert_receives(call, "a");
    assert_receives(call, "a");
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_int_equal(assert_passed(passage, TCK_PASSED_ANSWER, "a").meddled, TCK_NOT_MEDDLED);
    assert_int_equal(assert_passed(passage, TCK_PASSED_ANSWER, "a").meddled, TCK_MEDDLED_DUPLICATED);
    tck_passage_unref(passage);
}

static void altered_message_arrives_as_other_bytes(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);
    struct tck_passed passed;

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_ANSWER,
                                                 .times = 1,
                                                 .meddle = TCK_MEDDLE_ALTER,
                                                 .bytes = { (const uint8_t *)"other", 5 } });
    send_text(call, "a");
    send_text(call, "b");
    assert_receives(call, "other");
    assert_receives(call, "b");
    passed = next_of(passage, TCK_PASSED_ANSWER);
    assert_int_equal(passed.meddled, TCK_MEDDLED_ALTERED);
    assert_int_equal(passed.bytes.size, 5);
    assert_memory_equal(passed.bytes.data, "other", 5);
    assert_int_equal(passed.came.size, 1);
    assert_memory_equal(passed.came.data, "a", 1);
    tck_passage_unref(passage);
}

static int twice(void *context, struct tck_bytes came, struct tck_buffer *ret_bytes)
{
    ++*(int *)context;
    tck_buffer_append(ret_bytes, came.data, came.size);
    tck_buffer_append(ret_bytes, came.data, came.size);
    return 0;
}

static int fail_to_alter(void *context, struct tck_bytes came, struct tck_buffer *ret_bytes)
{
    (void)context;
    (void)came;
    (void)ret_bytes;
    return TCK_KIT;
}

static void altering_functions_work_one_on_what_the_other_made(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    int called = 0;

    for (int i = 0; i < 2; i++)
        interfere(tapped,
                  (struct tck_interference){
                      .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_ALTER, .alter = twice, .context = &called });
    send_text(call, "ab");
    assert_receives(call, "abababab");
    tck_tap_forget(tapped->tap, &owner);
    assert_int_equal(called, 2);
    send_text(call, "c");
    assert_receives(call, "c");
}

static void altering_function_that_fails_ends_the_call(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_ALTER, .alter = fail_to_alter });
    send_text(call, "a");
    assert_ends(call, 13, "the tap could not make what was to pass in place of this", true);
    fixture_await(tapped->fixture, &tapped->fixture->seen.cancelled, 1, "cancelled calls");
}

static void injected_message_comes_after_the_other(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_ANSWER,
                                                 .times = 1,
                                                 .meddle = TCK_MEDDLE_INJECT,
                                                 .bytes = { (const uint8_t *)"more", 4 } });
    send_text(call, "a");
    assert_receives(call, "a");
    assert_receives(call, "more");
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_passed(passage, TCK_PASSED_ANSWER, "a");
    assert_int_equal(assert_passed(passage, TCK_PASSED_ANSWER, "more").meddled, TCK_MEDDLED_INJECTED);
    tck_passage_unref(passage);
}

static void severed_conversation_ends_with_the_status_and_is_cancelled_behind(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct fixture *fixture = tapped->fixture;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);
    struct tck_passed passed;

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_ANSWER,
                                                 .skip = 1,
                                                 .times = 1,
                                                 .meddle = TCK_MEDDLE_SEVER,
                                                 .code = 14,
                                                 .message = "severed" });
    send_text(call, "a");
    assert_receives(call, "a");
    send_text(call, "b");
    assert_ends(call, 14, "severed", true);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls");
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_passed(passage, TCK_PASSED_ANSWER, "a");
    assert_passed(passage, TCK_PASSED_COMMAND, "b");
    assert_int_equal(assert_passed(passage, TCK_PASSED_ANSWER, "b").gone, 0);
    passed = assert_passed(passage, TCK_PASSED_ENDED, NULL);
    assert_int_equal(passed.code, 14);
    assert_int_equal(passed.meddled, TCK_MEDDLED_INJECTED);
    assert_false(passed.from_user_function);
    assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), TCK_TIMED_OUT);
    assert_true(tck_passage_ended(passage));
    tck_passage_unref(passage);
}

static void severed_opening_never_reaches_the_user_function(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer init = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL, *other = NULL;

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_OPENED, .meddle = TCK_MEDDLE_SEVER, .code = 8, .message = "full" });
    call = start(tapped->fixture, EVENT_SOURCED);
    pack_init("e", &init);
    send_buffer(call, &init);
    assert_ends(call, 8, "full", true);
    assert_int_equal(fixture_seen(tapped->fixture).opened, 0);
    other = converse_with(tapped, "other");
    send_text(other, "a");
    assert_receives(other, "a");
}

static void delayed_opening_comes_later(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_passage *passage;
    struct tck_passed passed;

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_OPENED, .meddle = TCK_MEDDLE_DELAY, .delay = TCK_MS(50) });
    call = converse_with(tapped, "e");
    passage = await_passage(tapped, entity("e"));
    passed = assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_true(passed.gone - passed.at >= TCK_MS(50));
    assert_int_equal(passed.meddled, TCK_MEDDLED_DELAYED);
    tck_passage_unref(passage);
}

/* Nobody waits for an opening that will not come: a reset before it. */
static void reset_before_a_delayed_opening_ends_the_conversation(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer init = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_passage *passage;

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_OPENED, .meddle = TCK_MEDDLE_DELAY, .delay = TCK_SECONDS(3600) });
    call = start(tapped->fixture, EVENT_SOURCED);
    pack_init("e", &init);
    send_buffer(call, &init);
    passage = await_passage(tapped, entity("e"));
    tck_call_cancel(call);
    assert_int_equal(assert_passed(passage, TCK_PASSED_OPENED, NULL).gone, 0);
    assert_int_equal(assert_passed(passage, TCK_PASSED_COMMAND, NULL).gone, 0);
    assert_int_equal(assert_passed(passage, TCK_PASSED_CANCELLED, NULL).gone, 0);
    tck_passage_unref(passage);
}

static void dropped_half_close_leaves_the_user_function_waiting(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_HALF_CLOSED, .meddle = TCK_MEDDLE_DROP });
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_silent(call);
    assert_int_equal(fixture_seen(tapped->fixture).half_closed, 0);
}

static void severed_end_is_another_end(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_ENDED, .meddle = TCK_MEDDLE_SEVER, .code = 2, .message = "other" });
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 2, "other", true);
}

static void dropped_end_leaves_the_proxy_waiting(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_ENDED, .meddle = TCK_MEDDLE_DROP });
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    fixture_await(tapped->fixture, &tapped->fixture->seen.closed, 1, "closed calls");
    assert_silent(call);
}

static void held_answer_and_all_behind_it_go_on_when_released(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);

    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_ANSWER, .times = 1, .meddle = TCK_MEDDLE_HOLD, .name = "first" });
    assert_int_equal(tck_tap_await_held(tapped->tap, &owner, "first", tck_after(TCK_MS(20)), NULL), TCK_TIMED_OUT);
    send_text(call, "a");
    send_text(call, "b");
    assert_int_equal(tck_tap_await_held(tapped->tap, &owner, "first", soon(), NULL), 0);
    fixture_await(tapped->fixture, &tapped->fixture->seen.messages, 3, "messages");
    assert_silent(call);
    tck_tap_release(tapped->tap, &owner, "second"); /* another name */
    tck_tap_release(tapped->tap, &other_owner, "first");
    assert_silent(call);
    tck_tap_release(tapped->tap, &owner, "first");
    assert_receives(call, "a");
    assert_receives(call, "b");
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_passed(passage, TCK_PASSED_COMMAND, "b");
    assert_int_equal(assert_passed(passage, TCK_PASSED_ANSWER, "a").meddled, TCK_MEDDLED_DELAYED);
    tck_passage_unref(passage);
}

static void release_before_the_thing_came_lets_it_pass(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_HOLD, .name = "early" });
    tck_tap_release(tapped->tap, &owner, "early");
    send_text(call, "a");
    assert_receives(call, "a");
}

static void proxy_that_sends_much_behind_a_held_command_is_held_back(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct tck_call *call = converse_with(tapped, "e");
    static const char fill[1 << 20];
    size_t before = resident(), sent = 0;

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_HOLD, .name = "all" });
    while (sent < 200 && tck_call_send(call, tck_bytes(fill, sizeof fill), tck_after(TCK_MS(500)), NULL) == 0)
        sent++;
    assert_in_range(sent, 10, 60);
    assert_true(resident() < before + (size_t)150 * 1024 * 1024);
    tck_call_free(call);
}

static void forgotten_interference_lets_go_what_is_held_and_delayed(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_ANSWER, .meddle = TCK_MEDDLE_HOLD, .name = "held" });
    interfere(tapped, (struct tck_interference){
                          .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_DELAY, .delay = TCK_SECONDS(3600) });
    send_text(call, "a");
    assert_silent(call);
    tck_tap_forget(tapped->tap, &other_owner);
    assert_silent(call);
    tck_tap_forget(tapped->tap, &owner);
    assert_receives(call, "a");
    send_text(call, "b");
    assert_receives(call, "b");
}

static void other_entities_are_left_alone(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;

    interfere(tapped, (struct tck_interference){ .kind = TCK_PASSED_ANSWER, .meddle = TCK_MEDDLE_DROP });
    call = converse_with(tapped, "f");
    send_text(call, "a");
    assert_receives(call, "a");
}

static void things_are_counted_over_all_conversations_of_the_key(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *first = converse_with(tapped, "e"), *second = NULL;

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_ANSWER, .skip = 2, .times = 1, .meddle = TCK_MEDDLE_DROP });
    send_text(first, "a");
    assert_receives(first, "a");
    second = converse_with(tapped, "e"); /* its init comes back: the second answer */
    send_text(second, "dropped");
    send_text(second, "b");
    assert_receives(second, "b");
}

static void request_of_one_message_leaves_with_its_half_close_though_it_was_held(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, ACTION_UNARY);
    struct tck_interference hold = { .key = { TCK_CONVERSATION_ACTION_UNARY, .service = "a" },
                                     .kind = TCK_PASSED_COMMAND,
                                     .meddle = TCK_MEDDLE_HOLD,
                                     .name = "held" };

    interfere(tapped, hold);
    pack_action("a", "Do", "x", &bytes);
    assert_int_equal(tck_call_send_last(call, tck_buffer_bytes(&bytes), soon(), NULL), 0);
    assert_int_equal(tck_tap_await_held(tapped->tap, &owner, "held", soon(), NULL), 0);
    tck_tap_release(tapped->tap, &owner, "held");
    assert_receives_buffer(call, &bytes);
    assert_ends(call, 0, "", true);
}

static void interference_that_makes_no_sense_is_refused(void **state)
{
    struct tapped_fixture *tapped = *state;
    static const struct tck_interference senseless[] = {
        { .kind = TCK_PASSED_CANCELLED, .meddle = TCK_MEDDLE_DROP },
        { .kind = TCK_PASSED_OPENED, .meddle = TCK_MEDDLE_DROP },
        { .kind = TCK_PASSED_ENDED, .meddle = TCK_MEDDLE_INJECT },
        { .kind = TCK_PASSED_HALF_CLOSED, .meddle = TCK_MEDDLE_ALTER },
        { .kind = TCK_PASSED_ANSWER, .meddle = TCK_MEDDLE_HOLD },
    };

    for (size_t i = 0; i < TCK_COUNT(senseless); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        assert_int_equal(tck_tap_interfere(tapped->tap, &owner, &senseless[i], &err), TCK_BAD_INPUT);
        assert_true(err.text[0]);
    }
}

static void tap_that_is_freed_while_things_are_held_ends_all(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = passage_of(tapped);
    struct tck_passed passed;
    int64_t begun;

    interfere(tapped,
              (struct tck_interference){ .kind = TCK_PASSED_COMMAND, .meddle = TCK_MEDDLE_HOLD, .name = "held" });
    send_text(call, "a");
    assert_int_equal(tck_tap_await_held(tapped->tap, &owner, "held", soon(), NULL), 0);
    begun = tck_now();
    tck_tap_free(TCK_TAKE(tapped->tap));
    assert_true(tck_now() - begun < TCK_SECONDS(8)); /* it did not wait for the call's own deadline */
    assert_int_equal(assert_passed(passage, TCK_PASSED_COMMAND, "a").gone, 0);
    assert_passed(passage, TCK_PASSED_CANCELLED, NULL);
    assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), TCK_TIMED_OUT);
    tck_passage_unref(passage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tapped_setup, tapped_teardown)
        TEST(delayed_answer_comes_later_and_so_does_all_behind_it),
        TEST(delayed_command_comes_later),
        TEST(dropped_message_does_not_arrive_and_is_noted),
        TEST(first_things_are_skipped_and_all_later_ones_are_not),
        TEST(duplicated_message_arrives_twice),
        TEST(altered_message_arrives_as_other_bytes),
        TEST(altering_functions_work_one_on_what_the_other_made),
        TEST(altering_function_that_fails_ends_the_call),
        TEST(injected_message_comes_after_the_other),
        TEST(severed_conversation_ends_with_the_status_and_is_cancelled_behind),
        TEST(severed_opening_never_reaches_the_user_function),
        TEST(delayed_opening_comes_later),
        TEST(reset_before_a_delayed_opening_ends_the_conversation),
        TEST(dropped_half_close_leaves_the_user_function_waiting),
        TEST(severed_end_is_another_end),
        TEST(dropped_end_leaves_the_proxy_waiting),
        TEST(held_answer_and_all_behind_it_go_on_when_released),
        TEST(release_before_the_thing_came_lets_it_pass),
        TEST(proxy_that_sends_much_behind_a_held_command_is_held_back),
        TEST(forgotten_interference_lets_go_what_is_held_and_delayed),
        TEST(other_entities_are_left_alone),
        TEST(things_are_counted_over_all_conversations_of_the_key),
        TEST(request_of_one_message_leaves_with_its_half_close_though_it_was_held),
        TEST(interference_that_makes_no_sense_is_refused),
        TEST(tap_that_is_freed_while_things_are_held_ends_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
