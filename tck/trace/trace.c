/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/directory.h"
#include "trace/trace_internal.h"

#define PATH_CEILING ((size_t)1 << 16)

struct tck_trace {
    struct tck_listener listener;
    char *directory;
    const struct tck_run *run;    /* once it is known */
    const struct tck_pool *types; /* the candidate's own; NULL: it has none */
    char descriptors[TCK_TRACE_DESCRIPTORS_SIZE];
    pthread_mutex_t lock; /* of what follows */
    struct tck_error trouble;
};

/* One scenario's recording while it is written. */
struct recording {
    struct tck_trace *trace;
    const struct tck_pool *pool;
    int64_t began;
    char *path;
    int fd;      /* -1: nothing is written any more */
    off_t whole; /* so far lines are whole */
};

static struct tck_trace *trace_of(void *context)
{
    return context;
}

/* --- trouble --- */

static void give_up(struct tck_trace *trace, struct tck_error *take_trouble)
{
    pthread_mutex_lock(&trace->lock);
    if (trace->trouble.status == TCK_OK)
        tck_error_move(&trace->trouble, take_trouble);
    pthread_mutex_unlock(&trace->lock);
    tck_error_done(take_trouble);
}

static void give_up_for(struct tck_trace *trace, const char *path, int number)
{
    struct tck_error trouble = { 0 };

    tck_fail(&trouble, TCK_KIT, (struct tck_place){ .name = path }, "cannot be written: %s", strerror(number));
    give_up(trace, &trouble);
}

static bool has_trouble(struct tck_trace *trace)
{
    bool has;

    pthread_mutex_lock(&trace->lock);
    has = trace->trouble.status != TCK_OK;
    pthread_mutex_unlock(&trace->lock);
    return has;
}

static int hear_conclude(void *context, struct tck_error *err)
{
    struct tck_trace *trace = trace_of(context);

    if (!has_trouble(trace))
        return 0;
    tck_error_move(err, &trace->trouble); /* nobody writes any more */
    return TCK_KIT;
}

/* --- writing --- */

static void stop_writing(struct recording *recording)
{
    close(recording->fd);
    recording->fd = -1;
}

/* A line that does not fit is taken back. */
static void write_line(struct recording *recording, const struct tck_buffer *line)
{
    size_t written = 0;

    while (written < line->size) {
        const ssize_t n = write(recording->fd, line->data + written, line->size - written);

        if (n > 0) {
            written += (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            give_up_for(recording->trace, recording->path, errno);
            if (ftruncate(recording->fd, recording->whole) < 0)
                give_up_for(recording->trace, recording->path, errno);
            stop_writing(recording);
            return;
        }
    }
    recording->whole += (off_t)line->size;
}

/* A line in the making, by one of trace_lines.c. */
struct made {
    struct tck_arena *arena; /* NULL: no memory */
    struct tck_buffer out;
};

static struct made made_new(void)
{
    struct made made = { .out = TCK_BUFFER_INIT(TCK_TRACE_LINE_MAX) };

    return tck_arena_new(0, &made.arena, NULL) < 0 ? (struct made){ 0 } : made;
}

static void made_done(struct made *made)
{
    tck_arena_free(made->arena);
    tck_buffer_done(&made->out);
}

/* r: what came of the making. A recording with a hole in it would tell lies, so it ends at what it lacks. */
static void write_made(struct recording *recording, const struct made *made, int r)
{
    if (r == 0) {
        write_line(recording, &made->out);
        return;
    }
    give_up_for(recording->trace, recording->path, ENOMEM);
    stop_writing(recording);
}

/* --- as a listener --- */

static void hear_known(void *context, const struct tck_run *run, const struct tck_pool *types,
                       struct tck_bytes descriptors)
{
    struct tck_trace *trace = trace_of(context);
    tck_cleanup(tck_freep) char *path = NULL;
    struct tck_error trouble = { 0 };
    char name[TCK_TRACE_DESCRIPTORS_SIZE];

    trace->run = run;
    trace->types = types;
    if (!types)
        return;
    if (asprintf(&path, "%s/%s", trace->directory, tck_trace_descriptors_name(descriptors, name)) < 0) {
        path = NULL;
        tck_no_memory(&trouble);
    } else if (tck_write_file(path, descriptors, &trouble) == 0) {
        memcpy(trace->descriptors, name, sizeof name);
        return;
    }
    give_up(trace, &trouble);
}

static char *path_of(const struct tck_trace *trace, const struct tck_result *result)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer path = TCK_BUFFER_INIT(PATH_CEILING);

    tck_buffer_printf(&path, "%s/", trace->directory);
    tck_trace_path(result->scenario->id, result->repetition, &path);
    return tck_buffer_take(&path);
}

static void open_file(struct recording *recording)
{
    struct tck_error trouble = { 0 };

    if (tck_make_directories(recording->path, &trouble) < 0) {
        give_up(recording->trace, &trouble);
        return;
    }
    recording->fd = open(recording->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (recording->fd < 0) {
        give_up_for(recording->trace, recording->path, errno);
        return;
    }
    /* Two runs into one directory take turns with a file, they do not mix in it. */
    if (flock(recording->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        tck_fail(&trouble, TCK_KIT, (struct tck_place){ .name = recording->path },
                 "cannot be written: another run is writing it");
        give_up(recording->trace, &trouble);
        stop_writing(recording);
    } else if (ftruncate(recording->fd, 0) < 0 && errno != EINVAL) { /* a device has no size */
        give_up_for(recording->trace, recording->path, errno);
        stop_writing(recording);
    }
}

static void *hear_begin(void *context, const struct tck_result *result, const struct tck_pool *pool, int64_t began)
{
    struct tck_trace *trace = trace_of(context);
    struct recording *recording = calloc(1, sizeof *recording);
    tck_cleanup(made_done) struct made made = made_new();
    const struct tck_trace_header header = { .run = trace->run,
                                             .scenario = result->scenario,
                                             .repetition = result->repetition,
                                             .descriptors = pool == trace->types ? trace->descriptors : NULL };

    if (!recording || !(recording->path = path_of(trace, result))) {
        give_up_for(trace, result->scenario->id, ENOMEM);
        free(recording);
        return NULL;
    }
    recording->trace = trace;
    recording->pool = pool;
    recording->began = began;
    recording->fd = -1;
    if (!has_trouble(trace))
        open_file(recording);
    if (recording->fd >= 0)
        write_made(recording, &made, made.arena ? tck_trace_put_header(&header, made.arena, &made.out) : TCK_KIT);
    return recording;
}

static bool is_written(const struct recording *recording)
{
    return recording && recording->fd >= 0;
}

static void hear_line(void *scenario, const struct tck_recorded *line)
{
    struct recording *recording = scenario;

    if (is_written(recording)) {
        tck_cleanup(made_done) struct made made = made_new();

        write_made(recording, &made,
                   made.arena ? tck_trace_put_line(line, recording->began, recording->pool, made.arena, &made.out)
                              : TCK_KIT);
    }
}

static void hear_end(void *scenario, const struct tck_result *result)
{
    struct recording *recording = scenario;

    if (is_written(recording)) {
        tck_cleanup(made_done) struct made made = made_new();

        write_made(recording, &made, made.arena ? tck_trace_put_verdict(result, made.arena, &made.out) : TCK_KIT);
    }
    if (is_written(recording) && close(recording->fd) < 0)
        give_up_for(recording->trace, recording->path, errno);
    if (recording)
        free(recording->path);
    free(recording);
}

/* --- the whole --- */

int tck_trace_new(const char *directory, const char *folder, struct tck_trace **ret_trace, struct tck_error *err)
{
    tck_cleanup(tck_trace_freep) struct tck_trace *trace = calloc(1, sizeof *trace);
    tck_cleanup(tck_freep) char *inside = NULL;
    int r;

    if (!trace)
        return tck_no_memory(err);
    pthread_mutex_init(&trace->lock, NULL);
    if (asprintf(&trace->directory, "%s%s%s", directory, folder[0] ? "/" : "", folder) < 0) {
        trace->directory = NULL;
        return tck_no_memory(err);
    }
    if (asprintf(&inside, "%s/", trace->directory) < 0) {
        inside = NULL;
        return tck_no_memory(err);
    }
    r = tck_make_directories(inside, err);
    if (r < 0)
        return r;
    if (access(inside, W_OK | X_OK) < 0)
        return tck_fail(err, TCK_KIT, (struct tck_place){ .name = trace->directory }, "cannot be written: %s",
                        strerror(errno));
    trace->listener = (struct tck_listener){ .context = trace,
                                             .known = hear_known,
                                             .begin = hear_begin,
                                             .line = hear_line,
                                             .end = hear_end,
                                             .conclude = hear_conclude };
    *ret_trace = TCK_TAKE(trace);
    return 0;
}

void tck_trace_free(struct tck_trace *trace)
{
    if (!trace)
        return;
    pthread_mutex_destroy(&trace->lock);
    tck_error_done(&trace->trouble);
    free(trace->directory);
    free(trace);
}

const struct tck_listener *tck_trace_listener(const struct tck_trace *trace)
{
    return &trace->listener;
}
