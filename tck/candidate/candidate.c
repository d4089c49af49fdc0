/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/candidate.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "candidate/output.h"
#include "candidate/process.h"

/* Between two asks whether it is ready: a part of the time that it took so far, so that little is lost with quick ones,
 * and slow ones are left in peace. */
#define SHORTEST_PAUSE TCK_MS(2)
#define LONGEST_PAUSE  TCK_MS(100)
#define PAUSE_PART     8
#define READY_CALL     TCK_SECONDS(2) /* how long one ask may take */
#define LAST_LINES     32             /* of a candidate that died or did not come */
#define DRAIN_MAX      1000 /* reads of what a dead process left in its pipes: it may have a child that goes on writing */

struct tck_candidate {
    const struct tck_side_config *config;
    struct tck_candidate_options options;
    struct tck_arena *arena; /* address, argv, env */
    const char *address, *log_file;
    const char *const *argv, *const *env, *const *stop_argv;
    struct tck_output output;
    struct tck_process process; /* the watcher's while `watched` */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    pthread_t watcher;
    bool watched; /* a watcher runs or is to be joined */
    bool dead;
    int wait_status;
    unsigned generation;
};

static bool read_output(struct tck_candidate *candidate, int fd)
{
    char block[16384];
    ssize_t n = read(fd, block, sizeof block);

    if (n > 0)
        tck_output_write(&candidate->output, block, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void drain_output(struct tck_candidate *candidate, const struct tck_process *process)
{
    for (size_t i = 0; i < 2; i++)
        for (int n = 0; n < DRAIN_MAX; n++) {
            char block[16384];
            ssize_t size = read(process->output[i], block, sizeof block);

            if (size <= 0)
                break;
            tck_output_write(&candidate->output, block, (size_t)size);
        }
}

/* The watching thread: keeps the output and notices the end. */
static void *watch(void *argument)
{
    struct tck_candidate *candidate = argument;
    struct pollfd fds[3] = { { .fd = candidate->process.pid_fd, .events = POLLIN },
                             { .fd = candidate->process.output[0], .events = POLLIN },
                             { .fd = candidate->process.output[1], .events = POLLIN } };

    while (!(fds[0].revents & POLLIN)) {
        if (poll(fds, 3, -1) < 0 && errno != EINTR)
            break;
        for (size_t i = 1; i < 3; i++)
            if (fds[i].revents && !read_output(candidate, fds[i].fd))
                fds[i].fd = -1; /* closed by it; it lives on */
    }
    drain_output(candidate, &candidate->process);
    pthread_mutex_lock(&candidate->lock); /* nobody may signal the group between its end and `dead` */
    candidate->wait_status = tck_process_end(&candidate->process);
    candidate->dead = true;
    pthread_cond_broadcast(&candidate->changed);
    pthread_mutex_unlock(&candidate->lock);
    return NULL;
}

/* Waits until the process is dead or the deadline comes; with the lock held. */
static bool wait_dead(struct tck_candidate *candidate, int64_t deadline)
{
    struct timespec until = { .tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000 };

    while (candidate->watched && !candidate->dead)
        if (pthread_cond_clockwait(&candidate->changed, &candidate->lock, CLOCK_MONOTONIC, &until) == ETIMEDOUT)
            break;
    return candidate->watched && candidate->dead;
}

bool tck_candidate_death(struct tck_candidate *candidate, int64_t patience, char *buf, size_t size)
{
    bool dead;

    pthread_mutex_lock(&candidate->lock);
    dead = wait_dead(candidate, tck_after(patience));
    if (dead)
        tck_process_status_text(candidate->wait_status, buf, size);
    pthread_mutex_unlock(&candidate->lock);
    return dead;
}

/* One text with {port}, {host} and the other sides' ports replaced; an unknown {name} stays as it is (it may be JSON).
 */
static const char *replace_names(struct tck_candidate *candidate, const char *text, int port)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

    while (*text) {
        const char *replaced_end = NULL;

        if (strncmp(text, "{port}", 6) == 0) {
            tck_buffer_printf(&out, "%d", port);
            replaced_end = text + 6;
        } else if (strncmp(text, "{host}", 6) == 0) {
            tck_buffer_puts(&out, candidate->config->host);
            replaced_end = text + 6;
        } else if (candidate->options.scratch && strncmp(text, "{scratch}", 9) == 0) {
            tck_buffer_puts(&out, candidate->options.scratch);
            replaced_end = text + 9;
        }
        for (size_t i = 0; *text == '{' && !replaced_end && i < candidate->options.port_count; i++) {
            size_t size = strlen(candidate->options.ports[i].name);

            if (strncmp(text + 1, candidate->options.ports[i].name, size) == 0 && text[size + 1] == '}') {
                tck_buffer_printf(&out, "%d", candidate->options.ports[i].port);
                replaced_end = text + size + 2;
            }
        }
        if (!replaced_end)
            tck_buffer_putc(&out, *text++);
        else
            text = replaced_end;
    }
    return out.failed ? NULL : tck_arena_strdup(candidate->arena, tck_buffer_string(&out));
}

static size_t count_texts(const char *const *texts)
{
    size_t count = 0;

    while (texts && texts[count])
        count++;
    return count;
}

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* before (those that `texts` does not replace by name) and then texts with names replaced. NULL: out of memory. */
static const char *const *build_list(struct tck_candidate *candidate, const char *const *before,
                                     const char *const *texts, int port)
{
    const char **list = tck_arena_array(candidate->arena, count_texts(before) + count_texts(texts) + 1, sizeof *list);
    size_t n = 0;

    if (!list)
        return NULL;
    for (size_t i = 0; before && before[i]; i++) {
        bool replaced = false;

        for (size_t j = 0; texts && texts[j]; j++)
            replaced = replaced || same_name(texts[j], before[i]);
        if (!replaced)
            list[n++] = before[i];
    }
    for (size_t i = 0; texts && texts[i]; i++) {
        list[n] = replace_names(candidate, texts[i], port);
        if (!list[n++])
            return NULL;
    }
    return list;
}

static int prepare(struct tck_candidate *candidate, struct tck_error *err)
{
    const struct tck_side_config *config = candidate->config;
    struct tck_port own = TCK_PORT_INIT, *port = candidate->options.port ? candidate->options.port : &own;
    int r;

    if (config->address) {
        candidate->address = config->address;
        return 0;
    }
    if (port == &own) {
        r = tck_port_decide(config, candidate->options.what, port, err);
        if (r < 0)
            return r;
    }
    candidate->address = tck_arena_printf(candidate->arena, "%s:%d", config->host, port->number);
    candidate->argv = build_list(candidate, NULL, config->command, port->number);
    candidate->env = build_list(candidate, (const char *const *)environ, config->env, port->number);
    candidate->stop_argv =
        config->stop_command ? build_list(candidate, NULL, config->stop_command, port->number) : NULL;
    tck_port_let_go(port);
    if (!candidate->address || !candidate->argv || !candidate->env || (config->stop_command && !candidate->stop_argv))
        return tck_no_memory(err);
    return 0;
}

static int launch(struct tck_candidate *candidate, struct tck_error *err)
{
    int r = tck_process_start(&candidate->process, candidate->argv, candidate->env, candidate->config->directory,
                              candidate->config->place, err);

    if (r < 0)
        return r;
    pthread_mutex_lock(&candidate->lock);
    candidate->dead = false;
    candidate->watched = pthread_create(&candidate->watcher, NULL, watch, candidate) == 0;
    pthread_mutex_unlock(&candidate->lock);
    if (!candidate->watched) {
        tck_process_end(&candidate->process);
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no thread to watch %s", candidate->options.what);
    }
    return 0;
}

static int died_early(struct tck_candidate *candidate, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer lines = TCK_BUFFER_INIT(1 << 16);
    char how[64];

    tck_process_status_text(candidate->wait_status, how, sizeof how);
    tck_output_since(&candidate->output, 0, 1, &lines);
    return tck_fail(err, TCK_NO_SHOW, candidate->config->place, "%s %s before it was ready%s%s",
                    candidate->options.what, how, lines.size ? "; its last line: " : "", tck_buffer_string(&lines));
}

/* Asks again and again; waits in between for its death, so that this is seen at once. */
static int wait_ready(struct tck_candidate *candidate, struct tck_error *err)
{
    const int64_t began = tck_now(), deadline = tck_after(candidate->config->ready_timeout);
    tck_cleanup(tck_error_done) struct tck_error reason = { 0 };
    char duration[32];
    int64_t pause;
    bool dead;

    for (;;) {
        int64_t call_deadline = tck_after(READY_CALL);

        if (candidate->options.ready(candidate->options.context, candidate->address,
                                     call_deadline < deadline ? call_deadline : deadline, &reason) == 0)
            return 0;
        pause = (tck_now() - began) / PAUSE_PART;
        pause = pause < SHORTEST_PAUSE ? SHORTEST_PAUSE : pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
        pthread_mutex_lock(&candidate->lock);
        dead = wait_dead(candidate, tck_after(pause));
        if (!dead &&
            !candidate->watched) { /* runs already, so there is no death to wait for; this only paces the asking */
            struct timespec until = { .tv_sec = tck_after(pause) / 1000000000,
                                      .tv_nsec = tck_after(pause) % 1000000000 };

            pthread_cond_clockwait(&candidate->changed, &candidate->lock, CLOCK_MONOTONIC, &until);
        }
        pthread_mutex_unlock(&candidate->lock);
        if (dead)
            return died_early(candidate, err);
        if (candidate->options.interrupted && *candidate->options.interrupted)
            return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "interrupted while waiting for %s", candidate->options.what);
        if (tck_now() >= deadline)
            break;
    }
    tck_fail(err, TCK_NO_SHOW, candidate->config->place, "%s", reason.text);
    return tck_wrap(err, TCK_NO_SHOW, "%s at %s was not ready within %s", candidate->options.what, candidate->address,
                    tck_duration_text(candidate->config->ready_timeout, duration));
}

static int start(struct tck_candidate *candidate, struct tck_error *err)
{
    int r;

    if (candidate->options.log_directory) {
        candidate->log_file =
            tck_arena_printf(candidate->arena, "%s/%s.log", candidate->options.log_directory,
                             candidate->options.log_name ? candidate->options.log_name : "user-function");
        if (!candidate->log_file)
            return tck_no_memory(err);
    }
    r = tck_output_init(&candidate->output, candidate->config->address ? NULL : candidate->log_file, err);
    if (r < 0)
        return r;
    r = prepare(candidate, err);
    if (r == 0 && !candidate->config->address)
        r = launch(candidate, err);
    return r < 0 ? r : wait_ready(candidate, err);
}

int tck_candidate_start(const struct tck_side_config *config, const struct tck_candidate_options *options,
                        struct tck_candidate **ret_candidate, struct tck_error *err)
{
    struct tck_candidate *candidate = calloc(1, sizeof *candidate);
    int r;

    if (!candidate)
        return tck_no_memory(err);
    candidate->config = config;
    candidate->options = *options;
    candidate->generation = 1;
    pthread_mutex_init(&candidate->lock, NULL);
    pthread_cond_init(&candidate->changed, NULL);
    r = tck_arena_new(0, &candidate->arena, err);
    if (r == 0)
        r = start(candidate, err);
    /* A side that failed to become ready is handed out too: its output is part of the report. */
    *ret_candidate = candidate;
    return r;
}

static void run_stop_command(struct tck_candidate *candidate)
{
    struct tck_process process;
    struct pollfd fd = { .events = POLLIN };

    if (tck_process_start(&process, candidate->stop_argv, candidate->env, candidate->config->directory,
                          candidate->config->place, NULL) < 0)
        return; /* SIGKILL follows in any case */
    fd.fd = process.pid_fd;
    poll(&fd, 1, (int)(candidate->config->stop_timeout / 1000000));
    drain_output(candidate, &process);
    tck_process_end(&process);
}

/* Waits for the end of what was told to end, and forgets the process: from here on it is down, not dead. */
static void forget_process(struct tck_candidate *candidate)
{
    pthread_join(candidate->watcher, NULL);
    pthread_mutex_lock(&candidate->lock);
    candidate->watched = false;
    pthread_mutex_unlock(&candidate->lock);
}

static bool is_dead(struct tck_candidate *candidate)
{
    bool dead;

    pthread_mutex_lock(&candidate->lock);
    dead = candidate->dead;
    pthread_mutex_unlock(&candidate->lock);
    return dead;
}

/* False: it did not end by itself within its time, and was killed. */
static bool stop_process(struct tck_candidate *candidate)
{
    bool ended = true;

    if (!candidate->watched)
        return true;
    if (!is_dead(candidate)) {
        if (candidate->stop_argv)
            run_stop_command(candidate);
        pthread_mutex_lock(&candidate->lock);
        if (!candidate->stop_argv && !candidate->dead)
            tck_process_signal(&candidate->process, SIGTERM);
        ended = wait_dead(candidate, tck_after(candidate->config->stop_timeout));
        if (!ended)
            tck_process_signal(&candidate->process, SIGKILL);
        pthread_mutex_unlock(&candidate->lock);
    }
    forget_process(candidate);
    return ended;
}

static void kill_process(struct tck_candidate *candidate)
{
    if (!candidate->watched)
        return;
    pthread_mutex_lock(&candidate->lock);
    if (!candidate->dead) /* its group may be somebody else's by now */
        tck_process_signal(&candidate->process, SIGKILL);
    pthread_mutex_unlock(&candidate->lock);
    forget_process(candidate);
}

void tck_candidate_stop(struct tck_candidate *candidate)
{
    if (!candidate)
        return;
    stop_process(candidate);
    tck_output_done(&candidate->output);
    tck_arena_free(candidate->arena);
    pthread_cond_destroy(&candidate->changed);
    pthread_mutex_destroy(&candidate->lock);
    free(candidate);
}

static int not_ours(const struct tck_candidate *candidate, struct tck_error *err)
{
    return tck_fail(err, TCK_NO_SHOW, candidate->config->place, "%s was not started by us", candidate->options.what);
}

int tck_candidate_restart(struct tck_candidate *candidate, struct tck_error *err)
{
    int r;

    if (!candidate->argv)
        return not_ours(candidate, err);
    /* From here on nobody may take it for the one that was: not even while there is none. */
    pthread_mutex_lock(&candidate->lock);
    candidate->generation++;
    pthread_mutex_unlock(&candidate->lock);
    stop_process(candidate);
    r = launch(candidate, err);
    return r < 0 ? r : wait_ready(candidate, err);
}

bool tck_candidate_is_ours(const struct tck_candidate *candidate)
{
    return candidate->argv != NULL;
}

int tck_candidate_take_down(struct tck_candidate *candidate, bool at_once, struct tck_error *err)
{
    char duration[32];

    if (!candidate->argv)
        return not_ours(candidate, err);
    if (at_once)
        kill_process(candidate);
    else if (!stop_process(candidate))
        return tck_fail(err, TCK_NO_SHOW, candidate->config->place,
                        "%s did not end within %s of being told to, and was killed", candidate->options.what,
                        tck_duration_text(candidate->config->stop_timeout, duration));
    return 0;
}

bool tck_candidate_is_down(struct tck_candidate *candidate)
{
    bool down;

    pthread_mutex_lock(&candidate->lock);
    down = candidate->argv && !candidate->watched;
    pthread_mutex_unlock(&candidate->lock);
    return down;
}

int tck_candidate_launch(struct tck_candidate *candidate, struct tck_error *err)
{
    if (!candidate->argv)
        return not_ours(candidate, err);
    return tck_candidate_is_down(candidate) ? launch(candidate, err) : 0;
}

int tck_candidate_bring_up(struct tck_candidate *candidate, struct tck_error *err)
{
    int r = tck_candidate_launch(candidate, err);

    return r < 0 ? r : wait_ready(candidate, err);
}

const char *tck_candidate_address(const struct tck_candidate *candidate)
{
    return candidate->address;
}

const char *tck_candidate_log_file(const struct tck_candidate *candidate)
{
    return candidate->config->address ? NULL : candidate->log_file;
}

int tck_candidate_log_lost(struct tck_candidate *candidate)
{
    return candidate->output.ring ? tck_output_lost(&candidate->output) : 0;
}

unsigned tck_candidate_generation(const struct tck_candidate *candidate)
{
    struct tck_candidate *locked = (struct tck_candidate *)candidate;
    unsigned generation;

    pthread_mutex_lock(&locked->lock);
    generation = candidate->generation;
    pthread_mutex_unlock(&locked->lock);
    return generation;
}

pid_t tck_candidate_pid(const struct tck_candidate *candidate)
{
    struct tck_candidate *locked = (struct tck_candidate *)candidate;
    pid_t pid;

    pthread_mutex_lock(&locked->lock);
    pid = candidate->watched ? candidate->process.pid : 0;
    pthread_mutex_unlock(&locked->lock);
    return pid;
}

uint64_t tck_candidate_output_mark(const struct tck_candidate *candidate)
{
    return tck_output_mark(&((struct tck_candidate *)candidate)->output);
}

int tck_candidate_output_since(const struct tck_candidate *candidate, uint64_t mark, size_t lines,
                               struct tck_buffer *out, struct tck_error *err)
{
    if (candidate->output.ring)
        tck_output_since(&((struct tck_candidate *)candidate)->output, mark, lines, out);
    return tck_buffer_check(out, err);
}
