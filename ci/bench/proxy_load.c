/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-proxy-load run KIND TARGET [OPTION N]…  — calls the service of KIND (bench.proto) through the proxy at TARGET
 *     with so many clients at once, each call of a client after its last one was answered, over so many entities (each
 *     call's one is drawn). At first every entity is called once, then it warms up, then it measures.
 *     --clients 1, --entities 1, --connections (one for 8 clients), --warm-up 500 and --milliseconds 2000,
 *     --calls (measures so many instead of a time), --process (whose processor time is measured)
 *     Prints {"calls", "seconds", "p50", "p99", "longest" (microseconds), "failed", "failure" (the first one's),
 *     "processor" (seconds)} of what was measured; failures of the entire run.
 * tck-bench-proxy-load first KIND TARGET            — waits for the first answer, trying again until it comes; prints when
 *     that was, in nanoseconds of the monotonic clock
 *
 * KIND: event-sourced, value-entity, crdt, action; or forwarded: TARGET forwards to a user function, which gets what
 * a proxy sends it for an action.
 */
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.pb-c.h"
#include "cloudstate/action.pb-c.h"
#include "latencies.h"
#include "transport/stream.h"

#define PROGRAM "tck-bench-proxy-load"

#define CLIENTS_PER_CONNECTION 8                /* from 4 to 64 connections for 256 clients make no difference */
#define TOUCHING               64               /* clients that call each entity once, at least */
#define FAILURES               1000             /* then there is nothing to measure */
#define PATIENCE               TCK_SECONDS(120) /* for each step that ends by itself */

static void check(bool well, const char *what)
{
    if (well)
        return;
    fprintf(stderr, PROGRAM ": %s failed\n", what);
    exit(4);
}

/* ---- requests ---- */

#define REQUEST_SIZE 256 /* of a packed one, at most */

static size_t pack_request(unsigned entity, uint8_t *out)
{
    Tck__Bench__Request request = TCK__BENCH__REQUEST__INIT;
    char id[16];

    snprintf(id, sizeof id, "e%u", entity);
    request.id = id;
    request.by = 1;
    return tck__bench__request__pack(&request, out);
}

/* What a proxy makes of the request. */
static size_t pack_command(unsigned entity, uint8_t *out)
{
    Cloudstate__Action__ActionCommand command = CLOUDSTATE__ACTION__ACTION_COMMAND__INIT;
    Google__Protobuf__Any payload = GOOGLE__PROTOBUF__ANY__INIT;
    uint8_t request[REQUEST_SIZE];

    payload.type_url = (char *)"type.googleapis.com/tck.bench.Request";
    payload.value.data = request;
    payload.value.len = pack_request(entity, request);
    command.service_name = (char *)"tck.bench.Action";
    command.name = (char *)"Echo";
    command.payload = &payload;
    return cloudstate__action__action_command__pack(&command, out);
}

struct kind {
    const char *name, *method;
    size_t (*pack)(unsigned entity, uint8_t *out);
};

static const struct kind kinds[] = {
    { "event-sourced", "/tck.bench.EventSourced/Count", pack_request },
    { "value-entity", "/tck.bench.ValueEntity/Count", pack_request },
    { "crdt", "/tck.bench.Crdt/Count", pack_request },
    { "action", "/tck.bench.Action/Echo", pack_request },
    { "forwarded", "/cloudstate.action.ActionProtocol/handleUnary", pack_command },
};

/* ---- load ---- */

struct load {
    const struct kind *kind;
    unsigned clients, entities, connections;
    struct tck_loop *loop;
    struct tck_channel **channels;
    struct caller *callers;
    unsigned caller_count; /* the clients, and those that only help to touch the entities */

    atomic_uint to_touch, touched; /* the next entity to be called for the first time; how many answered */
    atomic_bool measuring, over;
    atomic_uint running;
    atomic_ulong failed, wanted; /* wanted: calls to measure; 0 for a time */
    struct latencies latencies;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    char failure[600]; /* under the lock; the first one's */
};

struct caller {
    struct load *load;
    struct tck_channel *channel;
    unsigned number;
    uint32_t random;
    int64_t begun;
    bool touching, answered;
};

static void tell(struct load *load)
{
    pthread_mutex_lock(&load->lock);
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->lock);
}

/* Returns whether it came about before the deadline. */
static bool await(struct load *load, bool (*condition)(const struct load *load), int64_t deadline)
{
    struct timespec until = { .tv_sec = deadline / TCK_SECONDS(1), .tv_nsec = deadline % TCK_SECONDS(1) };
    bool well;

    pthread_mutex_lock(&load->lock);
    while (!(well = condition(load)) && tck_now() < deadline)
        pthread_cond_timedwait(&load->changed, &load->lock, &until);
    pthread_mutex_unlock(&load->lock);
    return well;
}

static bool is_hopeless(const struct load *load)
{
    return atomic_load(&load->failed) >= FAILURES;
}

static bool is_touched(const struct load *load)
{
    return is_hopeless(load) || atomic_load(&load->touched) >= load->entities;
}

static bool is_measured(const struct load *load)
{
    unsigned long wanted = atomic_load(&load->wanted);

    return is_hopeless(load) || (wanted && atomic_load(&load->latencies.count) >= wanted);
}

static bool is_over(const struct load *load)
{
    return atomic_load(&load->running) == 0;
}

/* xorshift: cheap, and every client has its own row of numbers, the same in each run. */
static unsigned draw(struct caller *caller)
{
    caller->random ^= caller->random << 13;
    caller->random ^= caller->random >> 17;
    caller->random ^= caller->random << 5;
    return caller->random % caller->load->entities;
}

static unsigned next_entity(struct caller *caller)
{
    struct load *load = caller->load;
    unsigned entity;

    if (atomic_load(&load->to_touch) < load->entities) {
        entity = atomic_fetch_add(&load->to_touch, 1);
        caller->touching = entity < load->entities;
        if (caller->touching)
            return entity;
    }
    caller->touching = false;
    return draw(caller);
}

static void note_failure(struct load *load, const struct tck_call_status *status)
{
    pthread_mutex_lock(&load->lock);
    if (!load->failure[0])
        snprintf(load->failure, sizeof load->failure, "%s: %s", tck_grpc_code_name(status->code, (char[16]){ 0 }),
                 status->code == 0 ? "no answer" : status->message);
    pthread_mutex_unlock(&load->lock);
    if (atomic_fetch_add(&load->failed, 1) + 1 == FAILURES)
        tell(load);
}

static bool goes_on(const struct caller *caller)
{
    const struct load *load = caller->load;

    return !atomic_load(&load->over) && !is_hopeless(load) &&
           (caller->number < load->clients || atomic_load(&load->to_touch) < load->entities);
}

static void begin_call(struct caller *caller);

static void on_message(struct tck_stream *stream, void *user, struct tck_bytes message)
{
    (void)stream;
    (void)message;
    ((struct caller *)user)->answered = true;
}

static void on_closed(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                      const struct tck_metadata *trailers)
{
    struct caller *caller = user;
    struct load *load = caller->load;

    (void)stream;
    (void)trailers;
    if (status->code != 0 || !caller->answered) {
        note_failure(load, status);
    } else if (atomic_load(&load->measuring)) {
        latencies_note(&load->latencies, tck_now() - caller->begun);
        if (atomic_load(&load->latencies.count) == atomic_load(&load->wanted))
            tell(load);
    }
    if (caller->touching && atomic_fetch_add(&load->touched, 1) + 1 == load->entities)
        tell(load);
    if (goes_on(caller))
        begin_call(caller);
    else if (atomic_fetch_sub(&load->running, 1) == 1)
        tell(load);
}

static void begin_call(struct caller *caller)
{
    static const struct tck_stream_handler handler = { .message = on_message, .closed = on_closed };
    struct load *load = caller->load;
    uint8_t request[REQUEST_SIZE];
    struct tck_stream *stream;
    size_t size;

    size = load->kind->pack(next_entity(caller), request);
    caller->answered = false;
    caller->begun = tck_now();
    check(tck_stream_open(load->loop, caller->channel, load->kind->method, NULL, TCK_NEVER, &handler, caller, &stream,
                          NULL) == 0,
          "opening a stream");
    tck_stream_send_last(stream, tck_bytes(request, size), NULL);
    tck_stream_unref(stream);
}

static void connect_all(struct load *load, const char *target)
{
    load->channels = calloc(load->connections, sizeof *load->channels);
    check(load->channels, "memory");
    for (unsigned i = 0; i < load->connections; i++) {
        check(tck_channel_new(target, NULL, &load->channels[i], NULL) == 0, "a channel");
        check(tck_channel_connect(load->channels[i], tck_after(TCK_SECONDS(10))) == 0, "connecting");
    }
}

static void begin(struct load *load, const char *target)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&load->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&load->lock, NULL);
    check(tck_loop_new(0, &load->loop, NULL) == 0, "a loop");
    connect_all(load, target);
    load->caller_count = load->clients;
    if (load->entities > 1 && load->clients < TOUCHING)
        load->caller_count = TOUCHING;
    load->callers = calloc(load->caller_count, sizeof *load->callers);
    check(load->callers, "memory");
    atomic_store(&load->running, load->caller_count);
    for (unsigned i = 0; i < load->caller_count; i++) {
        load->callers[i] = (struct caller){ .load = load,
                                            .channel = load->channels[i % load->connections],
                                            .number = i,
                                            .random = 2463534242u + i * 7919 };
        begin_call(&load->callers[i]);
    }
}

static void end(struct load *load)
{
    atomic_store(&load->over, true);
    check(await(load, is_over, tck_after(PATIENCE)), "waiting two minutes for the last calls");
    for (unsigned i = 0; i < load->connections; i++)
        tck_channel_free(load->channels[i]);
    tck_loop_free(load->loop);
    free(load->channels);
    free(load->callers);
    pthread_cond_destroy(&load->changed);
    pthread_mutex_destroy(&load->lock);
}

/* ---- measuring ---- */

struct options {
    const struct kind *kind;
    const char *target;
    unsigned clients, entities, connections, warm_up, milliseconds, calls, process;
};

/* Seconds on all processors of a process and its threads; 0 without one. */
static double processor_time(unsigned process)
{
    struct timespec used;
    clockid_t clock;

    if (!process)
        return 0;
    check(clock_getcpuclockid((pid_t)process, &clock) == 0 && clock_gettime(clock, &used) == 0,
          "reading a processor clock");
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Failures' texts come from a peer. */
static void print_string(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < ' ' || *at == '"' || *at == '\\')
            printf("\\u%04x", *at);
        else
            putchar(*at);
    putchar('"');
}

static int run(const struct options *options)
{
    struct load *load = calloc(1, sizeof *load);
    unsigned long calls;
    double processor;
    int64_t begun, took;

    check(load, "memory");
    load->kind = options->kind;
    load->clients = options->clients;
    load->entities = options->entities;
    load->connections = options->connections ? options->connections
                                             : (options->clients + CLIENTS_PER_CONNECTION - 1) / CLIENTS_PER_CONNECTION;
    begin(load, options->target);
    check(await(load, is_touched, tck_after(PATIENCE)), "calling each entity once within two minutes");
    await(load, is_hopeless, tck_after(TCK_MS(options->warm_up)));
    processor = processor_time(options->process);
    begun = tck_now();
    atomic_store(&load->wanted, options->calls);
    atomic_store(&load->measuring, true);
    await(load, is_measured, tck_after(options->calls ? PATIENCE : TCK_MS(options->milliseconds)));
    atomic_store(&load->measuring, false);
    took = tck_now() - begun;
    calls = atomic_load(&load->latencies.count);
    processor = processor_time(options->process) - processor;
    end(load);
    printf("{\"calls\": %lu, \"seconds\": %.6f, \"p50\": %.1f, \"p99\": %.1f, \"longest\": %.1f, ", calls,
           (double)took / 1e9, latencies_within(&load->latencies, 0.5), latencies_within(&load->latencies, 0.99),
           latencies_longest(&load->latencies));
    printf("\"processor\": %.6f, \"failed\": %lu, \"failure\": ", processor, atomic_load(&load->failed));
    print_string(load->failure);
    puts("}");
    free(load);
    return 0;
}

/* ---- the first answer ---- */

/* Whether somebody listens. grpc core waits too long between its tries to tell when that began. */
static bool is_open(uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open;

    check(fd >= 0, "a socket");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    open = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return open;
}

static bool is_answered(const struct kind *kind, const char *target)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer answer = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE);
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    struct tck_call_status status;
    uint8_t request[REQUEST_SIZE];
    size_t size = kind->pack(0, request);

    check(tck_channel_new(target, NULL, &channel, NULL) == 0, "a channel");
    return tck_call_unary(channel, kind->method, NULL, tck_bytes(request, size), tck_after(TCK_SECONDS(5)), &answer,
                          &status, NULL) == 0 &&
           status.code == 0;
}

static int first(const struct options *options)
{
    const char *port = strrchr(options->target, ':');
    int64_t deadline = tck_after(PATIENCE);

    check(port, "reading the port");
    puts("waiting"); /* so that the proxy is not started before somebody waits for it */
    fflush(stdout);
    while (!is_open((uint16_t)strtoul(port + 1, NULL, 10)) || !is_answered(options->kind, options->target)) {
        check(tck_now() < deadline, "waiting two minutes for the first answer");
        poll(NULL, 0, 1);
    }
    printf("%lld\n", (long long)tck_now());
    return 0;
}

/* ---- the command line ---- */

static unsigned read_number(const char *text, unsigned least)
{
    char *rest;
    unsigned long number = strtoul(text, &rest, 10);

    check(*text && !*rest && number >= least && number <= 1u << 30, "reading a number");
    return (unsigned)number;
}

/* name, member, least */
// clang-format off
#define OPTION_MAP(XX)                  \
    XX("clients", clients, 1)           \
    XX("entities", entities, 1)         \
    XX("connections", connections, 1)   \
    XX("warm-up", warm_up, 0)           \
    XX("milliseconds", milliseconds, 1) \
    XX("calls", calls, 1)               \
    XX("process", process, 1)
// clang-format on

static bool read_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
#define XX(name, member, least) { name, required_argument, NULL, (int)offsetof(struct options, member) },
        OPTION_MAP(XX)
#undef XX
            { 0 },
    };
    int at;

    while ((at = getopt_long(argc, argv, "", known, NULL)) != -1) {
#define XX(name, member, least)                      \
    if (at == (int)offsetof(struct options, member)) \
        options->member = read_number(optarg, least);
        OPTION_MAP(XX)
#undef XX
        if (at == '?')
            return false;
    }
    if (argc - optind != 3)
        return false;
    for (size_t i = 0; i < TCK_COUNT(kinds); i++)
        if (strcmp(argv[optind + 1], kinds[i].name) == 0)
            options->kind = &kinds[i];
    options->target = argv[optind + 2];
    return options->kind;
}

int main(int argc, char **argv)
{
    struct options options = { .clients = 1, .entities = 1, .warm_up = 500, .milliseconds = 2000 };

    if (read_options(argc, argv, &options) && strcmp(argv[optind], "run") == 0)
        return run(&options);
    if (options.kind && strcmp(argv[optind], "first") == 0)
        return first(&options);
    fprintf(stderr, "usage: %s run KIND TARGET [OPTION N]... | first KIND TARGET\n", argv[0]);
    return 2;
}
