/* SPDX-License-Identifier: Apache-2.0
 *
 * The tap between a proxy and a user function: what goes through it is the same on the other side, and is noted.
 */
#include "seat_tap_fixture.h"

#include <stdio.h>

/* ---- the same on the other side ---- */

static void conversation_through_the_tap_is_the_same(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, "/t.T/Echo");

    send_text(call, "a");
    assert_receives(call, "a");
    send_text(call, "b");
    send_text(call, "");
    assert_receives(call, "b");
    assert_receives(call, "");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
}

static void assert_entry(const struct tck_metadata *metadata, const char *key, const void *value, size_t size)
{
    const struct tck_metadata_entry *entry = tck_metadata_find(metadata, key);

    assert_non_null(entry);
    assert_int_equal(entry->value_size, size);
    assert_memory_equal(entry->value, value, size);
}

static void metadata_status_and_trailers_are_the_same_both_ways(void **state)
{
    struct tapped_fixture *tapped = *state;
    static const char bytes[] = { 0, 1, (char)0xff, '\n', 0 };
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 }, headers = { 0 }, trailers = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_passage *passage;
    struct tck_call_status status;

    tck_metadata_add(&metadata, "x-a", "1", 1, NULL);
    tck_metadata_add(&metadata, "x-a", "2", 1, NULL);
    tck_metadata_add(&metadata, "x-b-bin", bytes, sizeof bytes, NULL);
    tck_metadata_add(&metadata, "code", "9", 1, NULL);
    tck_metadata_add(&metadata, "text-bin", "not so: \xc3\xa4", 10, NULL);
    assert_int_equal(tck_call_start(tapped->fixture->channel, "/t.T/Status", &metadata, soon(), &call, NULL), 0);
    send_text(call, "a");
    assert_int_equal(tck_call_headers(call, soon(), &headers, NULL), 0);
    assert_receives(call, "a");
    assert_int_equal(tck_call_finish(call, soon(), &status, &trailers, NULL), 0);
    assert_int_equal(status.code, 9);
    assert_string_equal(status.message, "not so: \xc3\xa4");
    assert_true(status.from_peer);
    assert_entry(&headers, "x-b-bin", bytes, sizeof bytes);
    assert_entry(&trailers, "x-b-bin", bytes, sizeof bytes);
    assert_int_equal(headers.count, 3);
    assert_string_equal(headers.entries[0].value, "1");
    assert_string_equal(headers.entries[1].value, "2");

    passage = await_passage(tapped, (struct tck_passage_key){ TCK_CONVERSATION_COUNT, .service = "/t.T/Status" });
    assert_entry(tck_passage_metadata(passage), "x-b-bin", bytes, sizeof bytes);
    assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_passed(passage, TCK_PASSED_ANSWER, "a");
    assert_string_equal(assert_passed(passage, TCK_PASSED_ENDED, NULL).message, "not so: \xc3\xa4");
    tck_passage_unref(passage);
}

static void deadline_of_the_proxy_reaches_the_user_function(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct tck_server_call *seen;
    int64_t deadline = tck_after(TCK_SECONDS(60)), told;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL, *endless = NULL;

    assert_int_equal(tck_call_start(tapped->fixture->channel, "/t.T/Silent", NULL, deadline, &call, NULL), 0);
    fixture_await(tapped->fixture, &tapped->fixture->seen.opened, 1, "opened calls");
    seen = fixture_latest(tapped->fixture);
    told = tck_server_call_deadline(seen);
    tck_server_call_unref(seen);
    assert_true(told > deadline - TCK_SECONDS(5) && told < deadline + TCK_SECONDS(5));

    assert_int_equal(tck_call_start(tapped->fixture->channel, "/t.T/Silent", NULL, TCK_NEVER, &endless, NULL), 0);
    fixture_await(tapped->fixture, &tapped->fixture->seen.opened, 2, "opened calls");
    seen = fixture_latest(tapped->fixture);
    assert_true(tck_server_call_deadline(seen) == TCK_NEVER);
    tck_server_call_unref(seen);
}

static void reset_by_the_proxy_reaches_the_user_function(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct fixture *fixture = tapped->fixture;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Silent");
    struct tck_passage *passage;

    send_text(call, "a");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    tck_call_cancel(call);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls");
    passage = await_passage(tapped, (struct tck_passage_key){ TCK_CONVERSATION_COUNT, .service = "/t.T/Silent" });
    assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_passed(passage, TCK_PASSED_COMMAND, "a");
    assert_true(assert_passed(passage, TCK_PASSED_CANCELLED, NULL).gone > 0);
    assert_int_equal(tck_passage_next(passage, soon(), NULL, &(struct tck_passed){ 0 }, NULL), TCK_TIMED_OUT);
    assert_true(tck_passage_ended(passage));
    tck_passage_unref(passage);
}

static void opening_without_a_message_reaches_the_user_function(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, EVENT_SOURCED);

    fixture_await(tapped->fixture, &tapped->fixture->seen.opened, 1, "opened calls");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
}

static void lost_user_function_ends_the_call_as_unavailable(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "lost");
    struct tck_passage *passage = await_passage(tapped, entity("lost"));
    struct tck_call_status status;
    struct tck_passed passed;

    tck_server_stop(tapped->fixture->server, 0);
    assert_int_equal(tck_call_finish(call, soon(), &status, NULL, NULL), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), 0);
    passed = assert_passed(passage, TCK_PASSED_ENDED, NULL);
    assert_int_equal(passed.code, status.code);
    assert_string_equal(passed.message, status.message);
    assert_int_not_equal(status.code, 0);
    tck_passage_unref(passage);
}

static void user_function_that_is_not_there_yet_is_unavailable(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_tap_freep) struct tck_tap *tap = NULL;
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;

    assert_int_equal(tck_tap_new(&(struct tck_tap_options){ .address = "127.0.0.1:0" }, &tap, NULL), 0);
    assert_int_equal(tck_channel_new(tck_tap_address(tap), NULL, &channel, NULL), 0);
    assert_int_equal(tck_call_unary(channel, "/t.T/Echo", NULL, tck_bytes("a", 1), soon(), &response, &status, NULL),
                     0);
    assert_int_equal(status.code, 14);
    assert_int_equal(tck_tap_set_target(tap, tapped->fixture->target, NULL), 0);
    assert_int_equal(tck_call_unary(channel, "/t.T/Echo", NULL, tck_bytes("a", 1), soon(), &response, &status, NULL),
                     0);
    assert_int_equal(status.code, 0);
    assert_string_equal(tck_buffer_string(&response), "a");
}

/* ---- back-pressure ---- */

static void proxy_that_does_not_read_holds_back_the_user_function(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct fixture *fixture = tapped->fixture;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    size_t before, sent;

    before = resident();
    call = start(fixture, "/t.T/Flood");
    sent = fixture_settled(fixture, &fixture->seen.flood_sent);
    assert_true(sent > 0);
    assert_true(sent < FLOOD_TOTAL / FLOOD_MESSAGE / 4);
    assert_true(resident() < before + (size_t)200 * 1024 * 1024);
    tck_call_cancel(call);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
}

struct sender {
    struct tck_call *call;
    pthread_t thread;
    size_t sent;
};

static void *send_much(void *argument)
{
    struct sender *sender = argument;
    static const char fill[FLOOD_MESSAGE];

    while (sender->sent < 4000 && tck_call_send(sender->call, tck_bytes(fill, sizeof fill), soon(), NULL) == 0)
        __atomic_add_fetch(&sender->sent, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

/* Waits until the sender is held: it sends nothing more for a while. */
static size_t settled(struct sender *sender)
{
    size_t last = 0, now;

    for (int i = 0; i < 100; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL); /* the measure of "a while" */
        now = __atomic_load_n(&sender->sent, __ATOMIC_SEQ_CST);
        if (now && now == last)
            return now;
        last = now;
    }
    return last;
}

static void user_function_that_does_not_read_holds_back_the_proxy(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct fixture *fixture = tapped->fixture;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Held");
    struct sender sender = { .call = call };
    size_t before = resident();

    assert_int_equal(pthread_create(&sender.thread, NULL, send_much, &sender), 0);
    assert_true(settled(&sender) < 1000);
    assert_true(resident() < before + (size_t)200 * 1024 * 1024);
    tck_call_cancel(call);
    pthread_join(sender.thread, NULL);
}

/* ---- what passed ---- */

static void conversation_is_found_by_its_entity_and_noted_in_order(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    tck_cleanup(tck_call_freep) struct tck_call *other = converse_with(tapped, "f");
    struct tck_passage *passage = await_passage(tapped, entity("e"));
    struct tck_passed passed;
    int64_t last = 0, came;

    send_text(call, "x");
    assert_receives(call, "x");
    came = tck_now();
    /* What the proxy has, is noted: no waiting. */
    assert_true(tck_passage_at(passage, 4, &passed));
    assert_int_equal(passed.kind, TCK_PASSED_ANSWER);
    assert_true(passed.gone <= came);
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);

    static const enum tck_passed_kind kinds[] = { TCK_PASSED_OPENED,  TCK_PASSED_COMMAND, TCK_PASSED_ANSWER,
                                                  TCK_PASSED_COMMAND, TCK_PASSED_ANSWER,  TCK_PASSED_HALF_CLOSED,
                                                  TCK_PASSED_ENDED };
    for (size_t i = 0; i < TCK_COUNT(kinds); i++) {
        passed = assert_passed(passage, kinds[i], NULL);
        assert_true(passed.at <= passed.gone);
        assert_true(last <= passed.gone);
        assert_int_equal(passed.meddled, TCK_NOT_MEDDLED);
        last = passed.gone;
    }
    assert_true(passed.from_user_function);
    assert_int_equal(tck_passage_next(passage, soon(), NULL, &passed, NULL), TCK_TIMED_OUT);
    assert_true(tck_passage_ended(passage));
    assert_string_equal(tck_passage_method(passage), EVENT_SOURCED);
    assert_int_equal(tck_passage_missed(passage), 0);
    assert_true(last < tck_now());
    tck_passage_unref(passage);
}

static void conversations_of_one_entity_are_given_each_once_oldest_first(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *first = converse_with(tapped, "e");
    tck_cleanup(tck_call_freep) struct tck_call *second = converse_with(tapped, "e");
    struct tck_passage *one, *two, *none = NULL;
    struct tck_passage_key key = entity("e");

    send_text(first, "first");
    assert_receives(first, "first");
    one = await_passage(tapped, key);
    two = await_passage(tapped, key);
    assert_ptr_not_equal(one, two);
    assert_passed(one, TCK_PASSED_OPENED, NULL);
    assert_passed(one, TCK_PASSED_COMMAND, NULL);
    assert_passed(one, TCK_PASSED_ANSWER, NULL);
    assert_passed(one, TCK_PASSED_COMMAND, "first");
    assert_int_equal(tck_tap_await(tapped->tap, &key, tck_after(TCK_MS(20)), NULL, &none, NULL), TCK_TIMED_OUT);
    tck_passage_unref(one);
    tck_passage_unref(two);
}

/* It waits for its half-close to come, and must not keep it from that. */
static void request_of_one_message_may_be_as_large_as_any(void **state)
{
    struct tapped_fixture *tapped = *state;
    size_t max = 40 << 20, size = 20 << 20;
    /* Field 15, a string of all that follows: as millions of small fields it would take long to look through. */
    static const uint8_t one_field[] = { 0x7a, 0xfb, 0xff, 0xff, 0x09 };
    struct fixture *target = fixture_new(NULL, &(struct tck_server_options){ .max_message = max });
    struct tck_tap_options options = { "127.0.0.1:0", target->target, max };
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer request = TCK_BUFFER_INIT(max), response = TCK_BUFFER_INIT(max);
    struct tck_call_status status;

    tck_tap_free(TCK_TAKE(tapped->tap));
    assert_int_equal(tck_tap_new(&options, &tapped->tap, NULL), 0);
    assert_int_equal(tck_channel_new(tck_tap_address(tapped->tap), &(struct tck_channel_options){ .max_message = max },
                                     &channel, NULL),
                     0);
    memset(tck_buffer_extend(&request, size), 'x', size);
    memcpy(request.data, one_field, sizeof one_field);
    assert_int_equal(
        tck_call_unary(channel, ACTION_UNARY, NULL, tck_buffer_bytes(&request), soon(), &response, &status, NULL), 0);
    assert_int_equal(status.code, 0);
    assert_int_equal(response.size, size);
    tck_tap_free(TCK_TAKE(tapped->tap));
    fixture_free(target);
}

static void actions_are_found_by_command_and_payload(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20),
                                                   response = TCK_BUFFER_INIT(1 << 20);
    struct tck_passage_key key = { TCK_CONVERSATION_ACTION_UNARY, .service = "a", .command = "Do", .contains = "two" };
    struct tck_call_status status;
    struct tck_passage *passage;
    static const char *const payloads[] = { "one", "two", "number two!" };

    for (size_t i = 0; i < TCK_COUNT(payloads); i++) {
        pack_action("a", i == 1 ? "Other" : "Do", payloads[i], &bytes);
        assert_int_equal(tck_call_unary(tapped->fixture->channel, ACTION_UNARY, NULL, tck_buffer_bytes(&bytes), soon(),
                                        &response, &status, NULL),
                         0);
        assert_int_equal(status.code, 0);
    }
    passage = await_passage(tapped, key);
    pack_action("a", "Do", "number two!", &bytes);
    assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_memory_equal(assert_passed(passage, TCK_PASSED_COMMAND, NULL).bytes.data, bytes.data, bytes.size);
    assert_passed(passage, TCK_PASSED_HALF_CLOSED, NULL);
    tck_passage_unref(passage);
}

/* As proxies announce a client that streams: a command without a payload, then payloads without names. */
static void streamed_action_is_found_by_the_payload_that_comes_later(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
    struct tck_passage_key named = { TCK_CONVERSATION_ACTION_STREAMED_IN, .service = "a", .command = "Do" };
    struct tck_passage_key holding = { TCK_CONVERSATION_ACTION_STREAMED_IN, .service = "a", .contains = "later" };
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, STREAMED_IN);
    struct tck_passage *passage = NULL;

    pack_action("a", "Do", NULL, &bytes);
    send_buffer(call, &bytes);
    assert_receives_buffer(call, &bytes);
    assert_int_equal(tck_passage_open_now(tapped->tap, &named), 1);
    assert_int_equal(tck_tap_await(tapped->tap, &holding, tck_after(TCK_MS(20)), NULL, &passage, NULL), TCK_TIMED_OUT);
    pack_action(NULL, NULL, "later", &bytes);
    send_buffer(call, &bytes);
    passage = await_passage(tapped, holding);
    tck_passage_unref(passage);
}

static void bytes_that_are_no_message_are_forwarded_and_found_under_no_entity(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, EVENT_SOURCED);
    struct tck_passage_key any = { TCK_CONVERSATION_EVENT_SOURCED };
    struct tck_passage *passage = NULL;

    send_text(call, "\x0a\xff\xff\xff");
    assert_receives(call, "\x0a\xff\xff\xff");
    send_text(call, "");
    assert_receives(call, "");
    assert_int_equal(tck_tap_await(tapped->tap, &any, tck_after(TCK_MS(20)), NULL, &passage, NULL), TCK_TIMED_OUT);
}

static void how_many_are_open_is_counted_now_and_at_most(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct tck_passage_key key = entity("e");
    struct tck_call *calls[3];

    for (size_t i = 0; i < 3; i++)
        calls[i] = converse_with(tapped, "e");
    assert_int_equal(tck_passage_open_now(tapped->tap, &key), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tck_call_half_close(calls[i], soon(), NULL), 0);
        assert_ends(calls[i], 0, "", true);
        tck_call_free(calls[i]);
    }
    assert_int_equal(tck_passage_open_now(tapped->tap, &key), 0);
    assert_int_equal(tck_passage_most(tapped->tap, &key), 3);
    key.entity_id = "f";
    for (size_t i = 0; i < 3; i++) {
        calls[i] = converse_with(tapped, "f");
        assert_int_equal(tck_call_half_close(calls[i], soon(), NULL), 0);
        assert_ends(calls[i], 0, "", true);
        tck_call_free(calls[i]);
    }
    assert_int_equal(tck_passage_most(tapped->tap, &key), 1);
}

static void notes_that_nobody_asks_for_are_dropped(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct tck_passage_key key = { TCK_CONVERSATION_COUNT, .service = "/t.T/Echo" };
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;
    struct tck_passage *passage;
    size_t found = 0;
    char text[16];

    for (int i = 0; i < TCK_TAP_KEPT + 200; i++) {
        int n = snprintf(text, sizeof text, "%d", i);

        assert_int_equal(tck_call_unary(tapped->fixture->channel, "/t.T/Echo", NULL, tck_bytes(text, (size_t)n), soon(),
                                        &response, &status, NULL),
                         0);
    }
    while (tck_tap_await(tapped->tap, &key, 0, NULL, &passage, NULL) == 0) {
        found++;
        tck_passage_unref(passage);
    }
    assert_in_range(found, TCK_TAP_KEPT, TCK_TAP_KEPT + 10); /* some may not be over yet */
}

static void notes_of_one_conversation_have_a_ceiling_but_its_end_is_noted(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(tapped->fixture, "/t.T/Collect");
    static const char fill[8 << 20];
    struct tck_passage *passage;
    struct tck_passed passed = { 0 };
    size_t noted = 0, i = 0;

    for (int k = 0; k < 10; k++)
        assert_int_equal(tck_call_send(call, tck_bytes(fill, sizeof fill), soon(), NULL), 0);
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_receives(call, "83886080");
    assert_ends(call, 0, "", true);
    passage = await_passage(tapped, (struct tck_passage_key){ TCK_CONVERSATION_COUNT, .service = "/t.T/Collect" });
    for (; tck_passage_at(passage, i, &passed); i++)
        noted += passed.kind == TCK_PASSED_COMMAND;
    assert_int_equal(noted, 7);
    assert_int_equal(tck_passage_missed(passage), 3);
    assert_int_equal(passed.kind, TCK_PASSED_ENDED);
    tck_passage_unref(passage);
}

static void passage_that_is_held_outlives_the_tap(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    struct tck_passage *passage = await_passage(tapped, entity("e"));

    tck_tap_free(TCK_TAKE(tapped->tap));
    assert_passed(passage, TCK_PASSED_OPENED, NULL);
    assert_passed(passage, TCK_PASSED_COMMAND, NULL);
    assert_passed(passage, TCK_PASSED_ANSWER, NULL);
    assert_passed(passage, TCK_PASSED_CANCELLED, NULL);
    assert_true(tck_passage_ended(passage));
    tck_passage_unref(passage);
}

/* ---- discovery, and the port ---- */

static void discovery_and_reports_are_kept(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;
    size_t mark;

    assert_int_equal(tck_tap_entity_spec(tapped->tap, &bytes), TCK_NO_SHOW);
    assert_int_equal(tck_tap_proxy_info(tapped->tap, &bytes), TCK_NO_SHOW);
    for (int i = 0; i < 2; i++)
        assert_int_equal(tck_call_unary(tapped->fixture->channel, DISCOVER, NULL, tck_bytes("spec", 4), soon(), &bytes,
                                        &status, NULL),
                         0);
    assert_int_equal(tck_tap_discoveries(tapped->tap), 2);
    assert_int_equal(tck_tap_entity_spec(tapped->tap, &bytes), 0);
    assert_string_equal(tck_buffer_string(&bytes), "spec");
    assert_int_equal(tck_tap_proxy_info(tapped->tap, &bytes), 0);
    assert_string_equal(tck_buffer_string(&bytes), "spec"); /* the user function answers with what it is asked */

    assert_int_equal(tck_call_unary(tapped->fixture->channel, REPORT_ERROR, NULL, tck_bytes("\x0a\x05no. 1", 7), soon(),
                                    &bytes, &status, NULL),
                     0);
    mark = tck_tap_report_mark(tapped->tap);
    assert_int_equal(mark, 1);
    assert_int_equal(tck_tap_await_report(tapped->tap, mark, "no.", tck_after(TCK_MS(20)), NULL), TCK_TIMED_OUT);
    assert_int_equal(tck_tap_await_report(tapped->tap, 0, "1", soon(), &bytes), 0);
    assert_string_equal(tck_buffer_string(&bytes), "no. 1");
}

static void refusing_tap_cuts_what_is_open_and_listens_again_at_the_same_port(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = converse_with(tapped, "e");
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call_status status;
    int port = tck_tap_port(tapped->tap);

    assert_done(tck_tap_refuse(tapped->tap, true, &err), &err);
    assert_done(tck_tap_refuse(tapped->tap, true, &err), &err);
    assert_int_equal(tck_call_finish(call, soon(), &status, NULL, NULL), 0);
    assert_int_not_equal(status.code, 0);
    fixture_await(tapped->fixture, &tapped->fixture->seen.cancelled, 1, "cancelled calls");
    reconnect(tapped);
    assert_int_equal(tck_channel_connect(tapped->fixture->channel, tck_after(TCK_MS(100))), TCK_TIMED_OUT);

    assert_done(tck_tap_refuse(tapped->tap, false, &err), &err);
    assert_int_equal(tck_tap_port(tapped->tap), port);
    assert_int_equal(tck_channel_connect(tapped->fixture->channel, soon()), 0);
    tck_call_free(converse_with(tapped, "again"));
}

static void port_that_is_taken_is_said(void **state)
{
    struct tapped_fixture *tapped = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_tap_options options = { .address = tck_tap_address(tapped->tap) };
    struct tck_tap *tap = NULL;

    assert_int_equal(tck_tap_new(&options, &tap, &err), TCK_NO_SHOW);
    assert_non_null(strstr(err.text, options.address));
    options.address = "nonsense";
    assert_int_equal(tck_tap_new(&options, &tap, &err), TCK_BAD_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tapped_setup, tapped_teardown)
        TEST(conversation_through_the_tap_is_the_same),
        TEST(metadata_status_and_trailers_are_the_same_both_ways),
        TEST(deadline_of_the_proxy_reaches_the_user_function),
        TEST(reset_by_the_proxy_reaches_the_user_function),
        TEST(opening_without_a_message_reaches_the_user_function),
        TEST(lost_user_function_ends_the_call_as_unavailable),
        TEST(user_function_that_is_not_there_yet_is_unavailable),
        TEST(proxy_that_does_not_read_holds_back_the_user_function),
        TEST(user_function_that_does_not_read_holds_back_the_proxy),
        TEST(conversation_is_found_by_its_entity_and_noted_in_order),
        TEST(conversations_of_one_entity_are_given_each_once_oldest_first),
        TEST(request_of_one_message_may_be_as_large_as_any),
        TEST(actions_are_found_by_command_and_payload),
        TEST(streamed_action_is_found_by_the_payload_that_comes_later),
        TEST(bytes_that_are_no_message_are_forwarded_and_found_under_no_entity),
        TEST(how_many_are_open_is_counted_now_and_at_most),
        TEST(notes_that_nobody_asks_for_are_dropped),
        TEST(notes_of_one_conversation_have_a_ceiling_but_its_end_is_noted),
        TEST(passage_that_is_held_outlives_the_tap),
        TEST(discovery_and_reports_are_kept),
        TEST(refusing_tap_cuts_what_is_open_and_listens_again_at_the_same_port),
        TEST(port_that_is_taken_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
