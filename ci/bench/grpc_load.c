/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-load echo                                  — a server that answers every unary call with its request;
 *                                                        prints its port and runs until its standard input ends
 * tck-bench-load call TARGET METHOD CONCURRENT SECONDS — so many unary calls of 100 bytes at once, each followed by the
 *                                                        next; prints calls per second and latencies
 * tck-bench-load talk TARGET METHOD CONCURRENT SECONDS — the same with messages of so many streams
 * tck-bench-load post                                  — what it takes to hand work to a loop
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latencies.h"
#include "transport/server.h"
#include "transport/stream.h"

#define MESSAGE 100

static void check(bool well, const char *what)
{
    if (well)
        return;
    fprintf(stderr, "tck-bench-load: %s failed\n", what);
    exit(4);
}

/* ---- echo ---- */

/* A call of a method whose name ends in "Talk" is a conversation, of any other it is unary. */
static bool is_talk(const char *method)
{
    size_t length = strlen(method);

    return length >= 4 && strcmp(method + length - 4, "Talk") == 0;
}

static void echo_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    (void)call;
    *ret_user = context;
}

static void echo_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    (void)user;
    if (is_talk(tck_server_call_method(call)))
        tck_server_call_send(call, message, NULL);
    else
        tck_server_call_send_last(call, message, 0, NULL, NULL, NULL);
}

static void echo_half_closed(struct tck_server_call *call, void *user)
{
    (void)user;
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void echo_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    (void)call;
    (void)user;
    (void)cancelled;
}

static int echo(void)
{
    static const struct tck_server_handler handler = {
        .opened = echo_opened,
        .message = echo_message,
        .half_closed = echo_half_closed,
        .closed = echo_closed,
    };
    struct tck_server *server;
    char bytes[64];
    ssize_t n;
    int port;

    check(tck_server_new(&(struct tck_server_options){ .handler = &handler }, &server, NULL) == 0, "a server");
    check(tck_server_listen(server, "127.0.0.1:0", &port, NULL) == 0, "listening");
    check(tck_server_start(server, NULL) == 0, "starting");
    printf("%d\n", port);
    fflush(stdout);
    do
        n = read(STDIN_FILENO, bytes, sizeof bytes);
    while (n > 0 || (n < 0 && errno == EINTR));
    tck_server_free(server);
    return 0;
}

/* ---- load ---- */

struct load {
    struct tck_loop *loop;
    struct tck_channel *channel;
    const char *method;
    bool talk;
    atomic_bool over;
    atomic_uint running;
    atomic_ulong failed;
    struct latencies latencies;
};

struct caller {
    struct load *load;
    struct tck_stream *stream;
    int64_t begun;
};

static const char fill[MESSAGE];

static void note_done(struct caller *caller)
{
    latencies_note(&caller->load->latencies, tck_now() - caller->begun);
}

static void begin_call(struct caller *caller);

static void on_message(struct tck_stream *stream, void *user, struct tck_bytes message)
{
    struct caller *caller = user;

    (void)message;
    if (!caller->load->talk)
        return;
    note_done(caller);
    caller->begun = tck_now();
    if (atomic_load(&caller->load->over))
        tck_stream_half_close(stream);
    else
        tck_stream_send(stream, tck_bytes(fill, sizeof fill), NULL);
}

static void on_closed(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                      const struct tck_metadata *trailers)
{
    struct caller *caller = user;
    struct load *load = caller->load;

    (void)stream;
    (void)trailers;
    if (status->code != 0)
        atomic_fetch_add(&load->failed, 1);
    else if (!load->talk)
        note_done(caller);
    if (!load->talk && !atomic_load(&load->over))
        begin_call(caller);
    else
        atomic_fetch_sub(&load->running, 1);
}

static void begin_call(struct caller *caller)
{
    static const struct tck_stream_handler handler = { .message = on_message, .closed = on_closed };
    struct load *load = caller->load;
    struct tck_stream *stream;

    caller->begun = tck_now();
    check(tck_stream_open(load->loop, load->channel, load->method, NULL, TCK_NEVER, &handler, caller, &stream, NULL) ==
              0,
          "opening a stream");
    if (load->talk)
        tck_stream_send(stream, tck_bytes(fill, sizeof fill), NULL);
    else
        tck_stream_send_last(stream, tck_bytes(fill, sizeof fill), NULL);
    tck_stream_unref(stream);
}

static void pause_for(double seconds)
{
    struct timespec left = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };

    while (nanosleep(&left, &left) < 0)
        ;
}

static void await_end(struct load *load)
{
    int64_t deadline = tck_after(TCK_SECONDS(20));

    while (atomic_load(&load->running) > 0) {
        check(tck_now() < deadline, "waiting 20 seconds for the last calls");
        pause_for(0.001);
    }
}

static int run_load(const char *target, const char *method, bool talk, unsigned concurrent, double seconds)
{
    struct load *load = calloc(1, sizeof *load);
    struct caller *callers = calloc(concurrent, sizeof *callers);
    unsigned long before, done;
    int64_t begun;

    check(load && callers, "memory");
    load->method = method;
    load->talk = talk;
    check(tck_loop_new(0, &load->loop, NULL) == 0, "a loop");
    check(tck_channel_new(target, NULL, &load->channel, NULL) == 0, "a channel");
    check(tck_channel_connect(load->channel, tck_after(TCK_SECONDS(10))) == 0, "connecting");
    atomic_store(&load->running, concurrent);
    for (unsigned i = 0; i < concurrent; i++) {
        callers[i].load = load;
        begin_call(&callers[i]);
    }
    pause_for(0.5); /* until it is warm */
    begun = tck_now();
    before = atomic_load(&load->latencies.count);
    pause_for(seconds);
    done = atomic_load(&load->latencies.count) - before;
    printf("%u at once: %.0f per second, median %.0f us, 99 %% within %.0f us, %lu failed\n", concurrent,
           (double)done * 1e9 / (double)(tck_now() - begun), latencies_within(&load->latencies, 0.5),
           latencies_within(&load->latencies, 0.99), atomic_load(&load->failed));
    atomic_store(&load->over, true);
    await_end(load);
    tck_channel_free(load->channel);
    tck_loop_free(load->loop);
    free(callers);
    free(load);
    return 0;
}

/* ---- posting ---- */

#define POSTS 100000

struct posted {
    struct tck_loop_work work;
    struct tck_loop *loop;
    unsigned left;
    bool again; /* posts itself from the loop's thread */
    atomic_uint ran;
};

static void run_posted(struct tck_loop_work *work)
{
    struct posted *posted = (struct posted *)work;

    if (posted->again && --posted->left > 0)
        tck_loop_post(posted->loop, work);
    else
        atomic_fetch_add(&posted->ran, 1);
}

static void await_ran(struct posted *posted, unsigned least)
{
    while (atomic_load(&posted->ran) < least)
        ;
}

static int measure_posting(void)
{
    struct posted posted = { .work.run = run_posted, .left = POSTS, .again = true };
    int64_t begun;

    check(tck_loop_new(0, &posted.loop, NULL) == 0, "a loop");
    begun = tck_now();
    tck_loop_post(posted.loop, &posted.work);
    await_ran(&posted, 1);
    printf("posted by a thread of the loop: %.2f us\n", (double)(tck_now() - begun) / 1e3 / POSTS);
    posted.again = false;
    atomic_store(&posted.ran, 0);
    begun = tck_now();
    for (unsigned i = 0; i < POSTS; i++) {
        tck_loop_post(posted.loop, &posted.work);
        await_ran(&posted, i + 1);
    }
    printf("posted by another thread, until it runs: %.2f us\n", (double)(tck_now() - begun) / 1e3 / POSTS);
    tck_loop_free(posted.loop);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "echo") == 0)
        return echo();
    if (argc == 2 && strcmp(argv[1], "post") == 0)
        return measure_posting();
    if (argc == 6 && (strcmp(argv[1], "call") == 0 || strcmp(argv[1], "talk") == 0))
        return run_load(argv[2], argv[3], strcmp(argv[1], "talk") == 0, (unsigned)strtoul(argv[4], NULL, 10),
                        strtod(argv[5], NULL));
    fprintf(stderr, "usage: %s echo | post | (call|talk) TARGET METHOD CONCURRENT SECONDS\n", argv[0]);
    return 2;
}
