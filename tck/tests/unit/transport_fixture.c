/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void assert_done_at(int r, const struct tck_error *err, const char *file, int line)
{
    char text[1024];

    if (r >= 0)
        return;
    print_error("%s:%d: %s\n", file, line, tck_error_text(err, text, sizeof text));
    _fail(file, line);
}

int64_t soon(void)
{
    return tck_after(TCK_SECONDS(20));
}

/* ---- the server ---- */

struct method;
struct served {
    struct fixture *fixture;
    const struct method *method;
    size_t bytes, to_send;
    pthread_t flood;
    bool flooding;
};

struct method {
    const char *name;
    void (*opened)(struct tck_server_call *call, struct served *served);
    void (*message)(struct tck_server_call *call, struct served *served, struct tck_bytes message);
    void (*half_closed)(struct tck_server_call *call, struct served *served);
    void (*writable)(struct tck_server_call *call, struct served *served);
};

static void count(struct fixture *fixture, size_t *what)
{
    pthread_mutex_lock(&fixture->lock);
    ++*what;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

static void send_back(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    (void)served;
    tck_server_call_send(call, message, NULL);
}

static void finish_ok(struct tck_server_call *call, struct served *served)
{
    (void)served;
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void add_up(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    (void)call;
    served->bytes += message.size;
}

static void tell_sum(struct tck_server_call *call, struct served *served)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%zu", served->bytes);

    tck_server_call_send(call, tck_bytes(text, (size_t)n), NULL);
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void repeat(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    char text[32];
    size_t times, size;
    char *fill;

    (void)served;
    snprintf(text, sizeof text, "%.*s", (int)message.size, (const char *)message.data);
    if (sscanf(text, "%zu %zu", &times, &size) != 2)
        return;
    fill = calloc(1, size + 1);
    for (size_t i = 0; i < times; i++)
        tck_server_call_send(call, tck_bytes(fill, size), NULL);
    free(fill);
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void answer_status(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    const struct tck_metadata *request = tck_server_call_metadata(call);
    const struct tck_metadata_entry *code = tck_metadata_find(request, "code");
    const struct tck_metadata_entry *text = tck_metadata_find(request, "text-bin");
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };

    (void)served;
    for (size_t i = 0; i < request->count; i++)
        if (strncmp(request->entries[i].key, "x-", 2) == 0)
            tck_metadata_add(&own, request->entries[i].key, request->entries[i].value, request->entries[i].value_size,
                             NULL);
    tck_server_call_headers(call, &own, NULL);
    tck_server_call_send(call, message, NULL);
    tck_server_call_finish(call, code ? atoi(code->value) : 0, text ? text->value : NULL, &own, NULL);
}

static void answer_twice(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    tck_server_call_send(call, message, NULL);
    tck_server_call_send(call, message, NULL);
    finish_ok(call, served);
}

static void answer_nothing(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    (void)message;
    finish_ok(call, served);
}

static void block(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    struct fixture *fixture = served->fixture;

    count(fixture, &fixture->seen.blocked);
    pthread_mutex_lock(&fixture->lock);
    while (!fixture->released)
        pthread_cond_wait(&fixture->changed, &fixture->lock);
    pthread_mutex_unlock(&fixture->lock);
    send_back(call, served, message);
}

/* The answer, the status and metadata in one. */
static void answer_at_once(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata trailers = { 0 };

    tck_metadata_add(&trailers, "x-last", "1", 1, NULL);
    tck_server_call_send_last(call, message, 0, "at once", &trailers, NULL);
    if (tck_server_call_send(call, message, NULL) == TCK_NO_SHOW)
        count(served->fixture, &served->fixture->seen.refused);
}

static void refuse(struct tck_server_call *call, struct served *served)
{
    (void)served;
    tck_server_call_finish(call, 12, "no such method", NULL, NULL);
}

struct flood {
    struct tck_server_call *call;
    struct fixture *fixture;
};

/* A producer that reacts to nothing and so looks at the queue, as server.h says. */
static void *pour(void *argument)
{
    struct flood *flood = argument;
    struct fixture *fixture = flood->fixture;
    static const char fill[FLOOD_MESSAGE];
    size_t sent = 0, most = 0, queued;
    bool open = true;

    while (open && sent < FLOOD_TOTAL / FLOOD_MESSAGE) {
        queued = tck_server_call_queued(flood->call);
        if (queued < FLOOD_BOUND) {
            open = tck_server_call_send(flood->call, tck_bytes(fill, sizeof fill), NULL) == 0;
            sent += open;
        } else {
            nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL); /* paces; nothing depends on how long it is */
            open = !tck_server_call_cancelled(flood->call);
        }
        if (queued > most)
            most = queued;
        pthread_mutex_lock(&fixture->lock);
        fixture->seen.flood_sent = sent;
        fixture->seen.flood_most_queued = most;
        pthread_cond_broadcast(&fixture->changed);
        pthread_mutex_unlock(&fixture->lock);
    }
    tck_server_call_finish(flood->call, 0, NULL, NULL, NULL);
    tck_server_call_unref(flood->call);
    free(flood);
    return NULL;
}

static void begin_flood(struct tck_server_call *call, struct served *served)
{
    struct flood *flood = calloc(1, sizeof *flood);

    *flood = (struct flood){ tck_server_call_ref(call), served->fixture };
    served->flooding = pthread_create(&served->flood, NULL, pour, flood) == 0;
}

static void hold(struct tck_server_call *call, struct served *served)
{
    (void)served;
    tck_server_call_hold_reading(call);
}

/* Sends until the queue is full; called again when it is not. */
static void fill_queue(struct tck_server_call *call, struct served *served)
{
    struct fixture *fixture = served->fixture;
    static const char fill[FLOOD_MESSAGE];

    while (served->to_send && tck_server_call_queued(call) < TCK_SERVER_QUEUE) {
        if (tck_server_call_send(call, tck_bytes(fill, sizeof fill), NULL) < 0)
            return;
        served->to_send--;
        count(fixture, &fixture->seen.flood_sent);
    }
    if (served->to_send == 0)
        tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void begin_to_fill(struct tck_server_call *call, struct served *served, struct tck_bytes message)
{
    char text[32];

    snprintf(text, sizeof text, "%.*s", (int)message.size, (const char *)message.data);
    served->to_send = strtoul(text, NULL, 10);
    fill_queue(call, served);
}

// clang-format off
static const struct method methods[] = {
    { "/t.T/Echo",    .message = send_back,      .half_closed = finish_ok },
    { "/t.T/Collect", .message = add_up,         .half_closed = tell_sum },
    { "/t.T/Repeat",  .message = repeat },
    { "/t.T/Status",  .message = answer_status },
    { .name = "/t.T/Silent" },
    { "/t.T/Two",     .message = answer_twice },
    { "/t.T/None",    .message = answer_nothing },
    { "/t.T/Last",    .message = answer_at_once },
    { "/t.T/Flood",   .opened = begin_flood },
    { "/t.T/Block",   .message = block,          .half_closed = finish_ok },
    { "/t.T/Held",    .opened = hold,            .message = send_back, .half_closed = finish_ok },
    { "/t.T/Fill",    .message = begin_to_fill,  .writable = fill_queue },
    /* The protocol's own methods, for what stands between. */
    { "/cloudstate.eventsourced.EventSourced/handle",      .message = send_back, .half_closed = finish_ok },
    { "/cloudstate.action.ActionProtocol/handleUnary",     .message = send_back, .half_closed = finish_ok },
    { "/cloudstate.action.ActionProtocol/handleStreamedIn", .message = send_back, .half_closed = finish_ok },
    { "/cloudstate.EntityDiscovery/discover",              .message = send_back, .half_closed = finish_ok },
    { "/cloudstate.EntityDiscovery/reportError",           .message = send_back, .half_closed = finish_ok },
    { .name = NULL,     .opened = refuse },
};
// clang-format on

static void on_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    struct fixture *fixture = context;
    struct served *served = calloc(1, sizeof *served);
    const struct method *method = methods;

    while (method->name && strcmp(method->name, tck_server_call_method(call)) != 0)
        method++;
    served->fixture = fixture;
    served->method = method;
    *ret_user = served;
    pthread_mutex_lock(&fixture->lock);
    tck_server_call_unref(fixture->latest);
    fixture->latest = tck_server_call_ref(call);
    pthread_mutex_unlock(&fixture->lock);
    if (method->opened)
        method->opened(call, served);
    count(fixture, &fixture->seen.opened);
}

static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    struct served *served = user;

    if (served->method->message)
        served->method->message(call, served, message);
    count(served->fixture, &served->fixture->seen.messages);
}

static void on_half_closed(struct tck_server_call *call, void *user)
{
    struct served *served = user;

    if (served->method->half_closed)
        served->method->half_closed(call, served);
    count(served->fixture, &served->fixture->seen.half_closed);
}

static void on_writable(struct tck_server_call *call, void *user)
{
    struct served *served = user;

    if (served->method->writable)
        served->method->writable(call, served);
    count(served->fixture, &served->fixture->seen.writable);
}

static void on_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    struct served *served = user;
    struct fixture *fixture = served->fixture;

    (void)call;
    if (served->flooding)
        pthread_join(served->flood, NULL);
    free(served);
    if (cancelled)
        count(fixture, &fixture->seen.cancelled);
    count(fixture, &fixture->seen.closed);
}

static const struct tck_server_handler handler = {
    .opened = on_opened,
    .message = on_message,
    .half_closed = on_half_closed,
    .writable = on_writable,
    .closed = on_closed,
};

/* ---- both together ---- */

void fixture_serve(struct fixture *fixture, const char *address, const struct tck_server_options *options)
{
    struct tck_server_options with = options ? *options : (struct tck_server_options){ 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    with.handler = &handler;
    with.context = fixture;
    assert_done(tck_server_new(&with, &fixture->server, &err), &err);
    assert_done(tck_server_listen(fixture->server, address, &fixture->port, &err), &err);
    assert_done(tck_server_start(fixture->server, &err), &err);
}

struct fixture *fixture_new(const char *address, const struct tck_server_options *options)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    pthread_condattr_t attributes;

    pthread_mutex_init(&fixture->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&fixture->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    assert_done(tck_grpc_init(&err), &err);
    fixture_serve(fixture, address ? address : "127.0.0.1:0", options);
    if (address)
        snprintf(fixture->target, sizeof fixture->target, "%s", address);
    else
        snprintf(fixture->target, sizeof fixture->target, "127.0.0.1:%d", fixture->port);
    assert_done(tck_channel_new(fixture->target, NULL, &fixture->channel, &err), &err);
    return fixture;
}

void fixture_free(struct fixture *fixture)
{
    if (!fixture)
        return;
    tck_channel_free(fixture->channel);
    fixture_release(fixture);
    tck_server_free(fixture->server);
    tck_server_call_unref(fixture->latest);
    pthread_cond_destroy(&fixture->changed);
    pthread_mutex_destroy(&fixture->lock);
    free(fixture);
    tck_grpc_shutdown();
}

int fixture_setup(void **state)
{
    *state = fixture_new(NULL, NULL);
    return 0;
}

int fixture_teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

void fixture_await(struct fixture *fixture, const size_t *what, size_t least, const char *name)
{
    int64_t deadline = tck_after(TCK_SECONDS(10));
    struct timespec until = { .tv_sec = deadline / TCK_SECONDS(1), .tv_nsec = deadline % TCK_SECONDS(1) };
    size_t got;
    int r = 0;

    pthread_mutex_lock(&fixture->lock);
    while (*what < least && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&fixture->changed, &fixture->lock, &until);
    got = *what;
    pthread_mutex_unlock(&fixture->lock);
    if (got < least)
        fail_msg("waited ten seconds for %zu %s; there were %zu", least, name, got);
}

size_t fixture_settled(struct fixture *fixture, const size_t *what)
{
    size_t before, now = 0;
    int64_t deadline = tck_after(TCK_SECONDS(10));

    do {
        before = now;
        nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL); /* looks ten times a second */
        pthread_mutex_lock(&fixture->lock);
        now = *what;
        pthread_mutex_unlock(&fixture->lock);
    } while ((now != before || now == 0) && tck_now() < deadline);
    return now;
}

void fixture_release(struct fixture *fixture)
{
    pthread_mutex_lock(&fixture->lock);
    fixture->released = true;
    pthread_cond_broadcast(&fixture->changed);
    pthread_mutex_unlock(&fixture->lock);
}

struct seen fixture_seen(struct fixture *fixture)
{
    struct seen seen;

    pthread_mutex_lock(&fixture->lock);
    seen = fixture->seen;
    pthread_mutex_unlock(&fixture->lock);
    return seen;
}

struct tck_server_call *fixture_latest(struct fixture *fixture)
{
    struct tck_server_call *call;

    pthread_mutex_lock(&fixture->lock);
    call = fixture->latest ? tck_server_call_ref(fixture->latest) : NULL;
    pthread_mutex_unlock(&fixture->lock);
    return call;
}

/* ---- the client's side ---- */

struct tck_call *start(struct fixture *fixture, const char *method)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call *call = NULL;

    assert_done(tck_call_start(fixture->channel, method, NULL, soon(), &call, &err), &err);
    return call;
}

void send_text(struct tck_call *call, const char *text)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r = tck_call_send(call, tck_bytes(text, strlen(text)), soon(), &err);

    assert_done(r, &err);
    assert_int_equal(r, 0);
}

void assert_receives(struct tck_call *call, const char *text)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r = tck_call_receive(call, soon(), &buffer, &err);

    assert_done(r, &err);
    assert_int_equal(r, TCK_RECEIVED);
    assert_string_equal(tck_buffer_string(&buffer), text);
}

void assert_ends(struct tck_call *call, int code, const char *text, bool from_peer)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call_status status;
    int r = tck_call_finish(call, soon(), &status, NULL, &err);

    assert_done(r, &err);
    assert_int_equal(r, 0);
    if (status.code != code || status.from_peer != from_peer)
        fail_msg("status %d '%s' from %s, not %d from %s", status.code, status.message,
                 status.from_peer ? "the peer" : "us", code, from_peer ? "the peer" : "us");
    if (text)
        assert_string_equal(status.message, text);
}

size_t resident(void)
{
    size_t total, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (!file || fscanf(file, "%zu %zu", &total, &pages) != 2)
        fail_msg("cannot read /proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}
