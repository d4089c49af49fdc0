/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdlib.h>

#include "transport/loop.h"
#include "transport_fixture.h"

/* A place where works leave their marks and tests wait for them. */
struct board {
    struct tck_loop *loop;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t ran;
    bool open; /* the gate that gated works wait at */
    atomic_uint inside;
    const char *breach;
};

static int setup(void **state)
{
    struct board *board = calloc(1, sizeof *board);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    pthread_mutex_init(&board->lock, NULL);
    pthread_cond_init(&board->changed, NULL);
    assert_done(tck_loop_new(0, &board->loop, &err), &err);
    *state = board;
    return 0;
}

static int teardown(void **state)
{
    struct board *board = *state;

    tck_loop_free(board->loop);
    pthread_cond_destroy(&board->changed);
    pthread_mutex_destroy(&board->lock);
    free(board);
    return 0;
}

static void mark(struct board *board)
{
    pthread_mutex_lock(&board->lock);
    board->ran++;
    pthread_cond_broadcast(&board->changed);
    pthread_mutex_unlock(&board->lock);
}

static void await_ran(struct board *board, size_t least)
{
    struct timespec until;
    size_t ran;
    int r = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&board->lock);
    while (board->ran < least && r == 0)
        r = pthread_cond_timedwait(&board->changed, &board->lock, &until);
    ran = board->ran;
    pthread_mutex_unlock(&board->lock);
    if (ran < least)
        fail_msg("waited 20 seconds for %zu works; %zu ran", least, ran);
}

/* ---- posting ---- */

struct numbered {
    struct tck_loop_work work;
    struct board *board;
    size_t number;
    size_t *next; /* the number that its thread's next work has */
    bool freed_by_itself;
};

static void run_numbered(struct tck_loop_work *work)
{
    struct numbered *numbered = (struct numbered *)work;
    struct board *board = numbered->board;

    if (atomic_fetch_add(&board->inside, 1) != 0)
        board->breach = "two works at once";
    if (numbered->number != *numbered->next)
        board->breach = "works of a thread out of order";
    ++*numbered->next;
    if (numbered->freed_by_itself)
        free(numbered);
    atomic_fetch_sub(&board->inside, 1);
    mark(board);
}

#define WORKS 5000

struct poster {
    struct board *board;
    size_t next;
    pthread_t thread;
};

static void *post_many(void *argument)
{
    struct poster *poster = argument;

    for (size_t i = 0; i < WORKS; i++) {
        struct numbered *numbered = calloc(1, sizeof *numbered);

        *numbered = (struct numbered){ { .run = run_numbered }, poster->board, i, &poster->next, true };
        tck_loop_post(poster->board->loop, &numbered->work);
    }
    return NULL;
}

static void works_of_many_threads_run_once_each_in_their_order_and_one_at_a_time(void **state)
{
    struct board *board = *state;
    struct poster posters[4];

    for (size_t i = 0; i < TCK_COUNT(posters); i++) {
        posters[i] = (struct poster){ .board = board };
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_many, &posters[i]), 0);
    }
    for (size_t i = 0; i < TCK_COUNT(posters); i++)
        pthread_join(posters[i].thread, NULL);
    await_ran(board, TCK_COUNT(posters) * WORKS);
    assert_null(board->breach);
    for (size_t i = 0; i < TCK_COUNT(posters); i++)
        assert_int_equal(posters[i].next, WORKS);
}

struct chained {
    struct tck_loop_work work;
    struct board *board;
    size_t left;
    bool posting;
};

/* Posts itself again; would fail if that ran it at once. */
static void run_chained(struct tck_loop_work *work)
{
    struct chained *chained = (struct chained *)work;

    if (chained->posting)
        chained->board->breach = "a work ran before its posting returned";
    if (chained->left-- > 1) {
        chained->posting = true;
        tck_loop_post(chained->board->loop, work);
        chained->posting = false;
    }
    mark(chained->board);
}

static void work_may_post_itself_again(void **state)
{
    struct board *board = *state;
    struct chained chained = { { .run = run_chained }, board, WORKS, false };

    tck_loop_post(board->loop, &chained.work);
    await_ran(board, WORKS);
    assert_null(board->breach);
}

static void work_posted_to_a_sleeping_loop_wakes_it(void **state)
{
    struct board *board = *state;
    size_t next = 0;

    for (size_t i = 0; i < 200; i++) {
        struct numbered numbered = { { .run = run_numbered }, board, i, &next, false };

        tck_loop_post(board->loop, &numbered.work);
        await_ran(board, i + 1);
    }
    assert_null(board->breach);
}

static void what_is_still_posted_runs_before_the_loop_is_gone(void **state)
{
    struct board *board = *state;
    struct chained chained = { { .run = run_chained }, board, 100, false };
    struct poster poster = { .board = board };

    post_many(&poster);
    tck_loop_post(board->loop, &chained.work);
    tck_loop_free(board->loop); /* works still post to it until it returns */
    board->loop = NULL;
    assert_int_equal(board->ran, WORKS + 100);
    assert_null(board->breach);
    tck_loop_free(NULL);
}

/* ---- blocking ---- */

struct gated {
    struct tck_loop_work work;
    struct board *board;
};

static void run_gated(struct tck_loop_work *work)
{
    struct board *board = ((struct gated *)work)->board;

    mark(board);
    pthread_mutex_lock(&board->lock);
    while (!board->open)
        pthread_cond_wait(&board->changed, &board->lock);
    pthread_mutex_unlock(&board->lock);
    mark(board);
}

static void open_gate(struct board *board)
{
    pthread_mutex_lock(&board->lock);
    board->open = true;
    pthread_cond_broadcast(&board->changed);
    pthread_mutex_unlock(&board->lock);
}

static void echo_once(struct fixture *fixture, const char *text)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");

    send_text(call, text);
    assert_receives(call, text);
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
}

static void work_that_blocks_holds_up_no_call(void **state)
{
    struct board *board = *state;
    struct fixture *fixture = fixture_new(NULL, &(struct tck_server_options){ .loop = board->loop });
    struct gated gated = { { .run = run_gated }, board };

    tck_loop_post(board->loop, &gated.work);
    await_ran(board, 1);
    for (int i = 0; i < 20; i++)
        echo_once(fixture, "while it blocks");
    assert_int_equal(board->ran, 1);
    open_gate(board);
    await_ran(board, 2);
    fixture_free(fixture);
}

/* ---- servers that share a loop ---- */

static void servers_come_and_go_while_another_goes_on(void **state)
{
    struct board *board = *state;
    struct tck_server_options options = { .loop = board->loop };
    struct fixture *lasting = fixture_new(NULL, &options);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(lasting, "/t.T/Echo");

    for (int i = 0; i < 30; i++) {
        struct fixture *passing = fixture_new(NULL, &options);
        tck_cleanup(tck_call_freep) struct tck_call *cut_off = start(passing, "/t.T/Silent");

        echo_once(passing, "a");
        send_text(cut_off, "a");
        fixture_await(passing, &passing->seen.messages, 2, "messages");
        tck_server_stop(passing->server, 0);
        assert_int_equal(fixture_seen(passing).closed, 2);
        fixture_free(passing);
        send_text(call, "b");
        assert_receives(call, "b");
    }
    tck_call_free(TCK_TAKE(call));
    fixture_free(lasting);
}

static void server_that_was_never_started_is_freed_from_its_loop(void **state)
{
    struct board *board = *state;
    struct tck_server_options options = { .loop = board->loop };
    struct tck_server *server;

    for (int i = 0; i < 10; i++) {
        assert_int_equal(tck_server_new(&options, &server, NULL), 0);
        tck_server_free(server);
    }
    options.loop = NULL;
    assert_int_equal(tck_server_new(&options, &server, NULL), 0);
    tck_server_free(server);
}

static void *stop(void *server)
{
    tck_server_stop(server, TCK_SECONDS(10));
    return NULL;
}

static void stopping_server_waits_for_its_calls_on_a_shared_loop(void **state)
{
    struct board *board = *state;
    struct fixture *fixture = fixture_new(NULL, &(struct tck_server_options){ .loop = board->loop });
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    pthread_t thread;

    send_text(call, "a");
    assert_receives(call, "a");
    assert_int_equal(pthread_create(&thread, NULL, stop, fixture->server), 0);
    send_text(call, "b");
    assert_receives(call, "b");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
    pthread_join(thread, NULL);
    assert_int_equal(fixture_seen(fixture).cancelled, 0);
    fixture_free(fixture);
}

int main(void)
{
#define WITH_BOARD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_BOARD(works_of_many_threads_run_once_each_in_their_order_and_one_at_a_time),
        WITH_BOARD(work_may_post_itself_again),
        WITH_BOARD(work_posted_to_a_sleeping_loop_wakes_it),
        WITH_BOARD(what_is_still_posted_runs_before_the_loop_is_gone),
        WITH_BOARD(work_that_blocks_holds_up_no_call),
        WITH_BOARD(servers_come_and_go_while_another_goes_on),
        WITH_BOARD(server_that_was_never_started_is_freed_from_its_loop),
        WITH_BOARD(stopping_server_waits_for_its_calls_on_a_shared_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
