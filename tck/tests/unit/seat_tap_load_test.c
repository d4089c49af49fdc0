/* SPDX-License-Identifier: Apache-2.0
 *
 * The tap under load: many conversations at once, each byte and each note in its place.
 */
#include "seat_tap_fixture.h"

#include <stdatomic.h>
#include <stdio.h>

#define THREADS       10
#define CONVERSATIONS 10 /* of each thread, all open at once */
#define MESSAGES      100

struct worker {
    struct tapped_fixture *tapped;
    unsigned number;
    pthread_t thread;
    size_t wrong; /* asserting is for the main thread */
};

/* Sizes from a few bytes to some kilobytes, each message unlike all others. */
static struct tck_bytes message_of(unsigned worker, unsigned conversation, unsigned number, char *buf, size_t size)
{
    size_t length = (size_t)snprintf(buf, size, "%u/%u/%u:", worker, conversation, number);
    size_t fill = (number * 37 + conversation * 101) % 3000;

    memset(buf + length, (int)('a' + number % 26), fill);
    return tck_bytes(buf, length + fill);
}

static bool is(struct tck_bytes one, struct tck_bytes other)
{
    return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

static void open_all(struct worker *worker, struct tck_call **calls)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer init = TCK_BUFFER_INIT(1 << 20), received = TCK_BUFFER_INIT(1 << 20);
    char id[32];

    for (unsigned i = 0; i < CONVERSATIONS; i++) {
        snprintf(id, sizeof id, "%u/%u", worker->number, i);
        tck_call_start(worker->tapped->fixture->channel, EVENT_SOURCED, NULL, TCK_NEVER, &calls[i], NULL);
        pack_init(id, &init);
        worker->wrong += tck_call_send(calls[i], tck_buffer_bytes(&init), soon(), NULL) != 0;
        worker->wrong += tck_call_receive(calls[i], soon(), &received, NULL) != TCK_RECEIVED;
        worker->wrong += !is(tck_buffer_bytes(&received), tck_buffer_bytes(&init));
    }
}

static void *converse(void *argument)
{
    struct worker *worker = argument;
    tck_cleanup(tck_buffer_done) struct tck_buffer received = TCK_BUFFER_INIT(1 << 20);
    struct tck_call *calls[CONVERSATIONS] = { 0 };
    struct tck_call_status status;
    char buf[4096];

    open_all(worker, calls);
    for (unsigned k = 0; k < MESSAGES; k++) {
        for (unsigned i = 0; i < CONVERSATIONS; i++)
            worker->wrong +=
                tck_call_send(calls[i], message_of(worker->number, i, k, buf, sizeof buf), soon(), NULL) != 0;
        for (unsigned i = 0; i < CONVERSATIONS; i++) {
            worker->wrong += tck_call_receive(calls[i], soon(), &received, NULL) != TCK_RECEIVED;
            worker->wrong += !is(tck_buffer_bytes(&received), message_of(worker->number, i, k, buf, sizeof buf));
        }
    }
    for (unsigned i = 0; i < CONVERSATIONS; i++) {
        worker->wrong += tck_call_half_close(calls[i], soon(), NULL) != 0;
        worker->wrong += tck_call_finish(calls[i], soon(), &status, NULL, NULL) != 0 || status.code != 0;
        tck_call_free(calls[i]);
    }
    return NULL;
}

static void run_workers(struct tapped_fixture *tapped, struct worker *workers)
{
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .tapped = tapped, .number = i };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, converse, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
}

/* Every message was noted once each way, in its order, and with times that only grow. */
static void check_notes(struct tapped_fixture *tapped, unsigned worker, unsigned conversation)
{
    unsigned numbers[TCK_PASSED_COUNT] = { 0 };
    struct tck_passed passed;
    struct tck_passage *passage;
    int64_t last = 0;
    char id[32], buf[4096];

    snprintf(id, sizeof id, "%u/%u", worker, conversation);
    passage = await_passage(tapped, entity(id));
    while (tck_passage_next(passage, soon(), NULL, &passed, NULL) == 0) {
        unsigned number = numbers[passed.kind]++;

        assert_true(passed.at <= passed.gone && last <= passed.gone);
        last = passed.gone;
        if ((passed.kind == TCK_PASSED_COMMAND || passed.kind == TCK_PASSED_ANSWER) && number > 0)
            assert_true(is(passed.bytes, message_of(worker, conversation, number - 1, buf, sizeof buf)));
        assert_true(numbers[TCK_PASSED_ANSWER] <= numbers[TCK_PASSED_COMMAND]);
    }
    assert_int_equal(numbers[TCK_PASSED_COMMAND], MESSAGES + 1);
    assert_int_equal(numbers[TCK_PASSED_ANSWER], MESSAGES + 1);
    assert_int_equal(numbers[TCK_PASSED_ENDED], 1);
    tck_passage_unref(passage);
}

static void hundred_conversations_at_once_pass_unmixed_and_are_noted(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct worker workers[THREADS];

    run_workers(tapped, workers);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].wrong, 0);
    for (unsigned i = 0; i < THREADS; i++)
        for (unsigned k = 0; k < CONVERSATIONS; k++)
            check_notes(tapped, i, k);
}

/* ---- with interference that comes and goes ---- */

static atomic_bool meddling;

static void *meddle(void *argument)
{
    struct tapped_fixture *tapped = argument;
    struct tck_interference delay = { .key = { TCK_CONVERSATION_EVENT_SOURCED },
                                      .kind = TCK_PASSED_ANSWER,
                                      .meddle = TCK_MEDDLE_DELAY,
                                      .delay = TCK_MS(1) };
    struct tck_interference hold = { .key = { TCK_CONVERSATION_EVENT_SOURCED },
                                     .kind = TCK_PASSED_COMMAND,
                                     .times = 3,
                                     .meddle = TCK_MEDDLE_HOLD,
                                     .name = "held" };

    while (atomic_load(&meddling)) {
        tck_tap_interfere(tapped->tap, &delay, &delay, NULL);
        tck_tap_interfere(tapped->tap, &hold, &hold, NULL);
        tck_tap_await_held(tapped->tap, &hold, "held", tck_after(TCK_MS(5)), NULL);
        tck_tap_release(tapped->tap, &hold, "held");
        tck_tap_forget(tapped->tap, &delay);
        tck_tap_forget(tapped->tap, &hold);
    }
    return NULL;
}

static void delays_and_holds_that_come_and_go_lose_and_mix_nothing(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct worker workers[THREADS];
    pthread_t thread;

    atomic_store(&meddling, true);
    assert_int_equal(pthread_create(&thread, NULL, meddle, tapped), 0);
    run_workers(tapped, workers);
    atomic_store(&meddling, false);
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(workers[i].wrong, 0);
    check_notes(tapped, 3, 3);
}

/* ---- cut off in the middle ---- */

static atomic_size_t answered;

static void *call_until_cut(void *argument)
{
    struct worker *worker = argument;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status = { 0 };

    while (status.code == 0 && tck_call_unary(worker->tapped->fixture->channel, "/t.T/Echo", NULL, tck_bytes("a", 1),
                                              soon(), &response, &status, NULL) == 0)
        atomic_fetch_add(&answered, 1);
    return NULL;
}

static void tap_that_is_freed_under_load_ends_every_call(void **state)
{
    struct tapped_fixture *tapped = *state;
    struct worker workers[THREADS];

    atomic_store(&answered, 0);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .tapped = tapped, .number = i };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, call_until_cut, &workers[i]), 0);
    }
    fixture_await(tapped->fixture, &tapped->fixture->seen.messages, 100, "messages");
    tck_tap_free(TCK_TAKE(tapped->tap));
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    assert_true(atomic_load(&answered) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, tapped_setup, tapped_teardown)
        TEST(hundred_conversations_at_once_pass_unmixed_and_are_noted),
        TEST(delays_and_holds_that_come_and_go_lose_and_mix_nothing),
        TEST(tap_that_is_freed_under_load_ends_every_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
