/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRAY_ROUNDS 100

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A shell, because a fork of the kit would copy the tables of all its memory, at every start of a side: it waits until its
 * input ends, hears no signal meanwhile but SIGKILL, and then kills its group, itself too. */
static int start_keeper(struct tck_process *process, struct tck_error *err)
{
    static const char *const argv[] = { "/bin/sh", "-c", "read -r _; kill -KILL 0", NULL }, *const env[] = { NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2], r;
    sigset_t all;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no pipe for a child process: %s", strerror(errno));
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    /* Every other descriptor is a copy of the kit's: a pipe held open here would never be seen to close. */
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &all);
    r = posix_spawn(&process->keeper, argv[0], &actions, &attributes, (char *const *)argv, (char *const *)env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[0]);
    if (r != 0) {
        close(ends[1]);
        process->keeper = 0;
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "cannot start %s, which watches over a child process: %s", argv[0],
                        strerror(r));
    }
    process->keeper_pipe = ends[1];
    return 0;
}

static int spawn(struct tck_process *process, const char *const argv[], const char *const env[], const char *directory,
                 const int outputs[2])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int r;

    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, outputs[0], 1);
    posix_spawn_file_actions_adddup2(&actions, outputs[1], 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (directory)
        posix_spawn_file_actions_addchdir_np(&actions, directory);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, process->keeper);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    r = posix_spawnp(&process->pid, argv[0], &actions, &attributes, (char *const *)argv, (char *const *)env);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return r;
}

static int start_process(struct tck_process *process, const char *const argv[], const char *const env[],
                         const char *directory, struct tck_place place, struct tck_error *err)
{
    tck_cleanup(close_fd) int out = -1;
    tck_cleanup(close_fd) int err_end = -1;
    int ends[2], r;

    for (size_t i = 0; i < 2; i++) {
        if (pipe2(ends, O_CLOEXEC) < 0)
            return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no pipe for a child process: %s", strerror(errno));
        process->output[i] = ends[0];
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        *(i == 0 ? &out : &err_end) = ends[1];
    }
    if (directory && access(directory, X_OK) < 0)
        return tck_fail(err, TCK_BAD_INPUT, place, "cannot be started in the directory '%s': %s", directory,
                        strerror(errno));
    r = spawn(process, argv, env, directory, (const int[]){ out, err_end });
    if (r != 0) {
        process->pid = 0;
        return tck_fail(err, r == ENOMEM || r == EAGAIN ? TCK_KIT : TCK_BAD_INPUT, place, "'%s' cannot be started: %s",
                        argv[0], strerror(r));
    }
    process->pid_fd = pidfd_open(process->pid, 0);
    if (process->pid_fd < 0)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a child process cannot be watched: %s", strerror(errno));
    return 0;
}

int tck_process_start(struct tck_process *process, const char *const argv[], const char *const env[],
                      const char *directory, struct tck_place place, struct tck_error *err)
{
    int r;

    *process = (struct tck_process){ .keeper_pipe = -1, .pid_fd = -1, .output = { -1, -1 } };
    r = start_keeper(process, err);
    if (r < 0)
        return r;
    r = start_process(process, argv, env, directory, place, err);
    if (r < 0)
        tck_process_end(process);
    return r;
}

void tck_process_signal(const struct tck_process *process, int signal_number)
{
    if (process->keeper > 0)
        kill(-process->keeper, signal_number);
}

static int reap(pid_t pid)
{
    int status = 0;

    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

int tck_process_end(struct tck_process *process)
{
    int status;

    tck_process_signal(process, SIGKILL);
    status = reap(process->pid);
    reap(process->keeper);
    close_fd(&process->keeper_pipe);
    close_fd(&process->pid_fd);
    close_fd(&process->output[0]);
    close_fd(&process->output[1]);
    process->pid = process->keeper = 0;
    return status;
}

void tck_process_adopt_strays(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* A child of this process: the fourth field of its stat line is ours. The second is a name in brackets, which may hold
 * anything. */
static bool is_child(pid_t pid)
{
    char path[48], line[512];
    const char *name_end;
    size_t size;
    FILE *file;
    int parent;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    size = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[size] = '\0';
    name_end = strrchr(line, ')');
    return name_end && sscanf(name_end + 1, " %*c %d", &parent) == 1 && parent == (int)getpid();
}

/* How many were found. */
static size_t end_children(void)
{
    DIR *processes = opendir("/proc");
    const struct dirent *entry;
    size_t count = 0;

    while (processes && (entry = readdir(processes))) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

        if (pid <= 0 || !is_child(pid))
            continue;
        kill(pid, SIGKILL);
        reap(pid);
        count++;
    }
    if (processes)
        closedir(processes);
    return count;
}

void tck_process_end_strays(void)
{
    /* Children of what was killed come to us next; something that forks all the time cannot keep us for ever. */
    for (size_t round = 0; round < STRAY_ROUNDS && end_children() > 0; round++)
        ;
}

void tck_process_status_text(int wait_status, char *buf, size_t size)
{
    if (WIFSIGNALED(wait_status))
        snprintf(buf, size, "was killed by signal %d (SIG%s)", WTERMSIG(wait_status),
                 sigabbrev_np(WTERMSIG(wait_status)));
    else
        snprintf(buf, size, "exited with status %d", WEXITSTATUS(wait_status));
}
