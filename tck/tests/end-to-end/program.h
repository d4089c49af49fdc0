/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a program as a user would, in an empty directory of its own, and keeps all that it said.
 *
 * Where the programs are comes from the environment that CMake gives the test: TCK_BIN (bin/) and TCK_TESTS_BIN
 * (tests/).
 */
#ifndef TCK_TESTS_PROGRAM_H
#define TCK_TESTS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ran {
    int status;      /* wait status */
    int exit_code;   /* or -1 if it was killed */
    char *out, *err; /* what it printed; NUL-terminated */
    long peak_kib;   /* largest resident size of it and its children */
    double seconds;
    char directory[64]; /* where it ran; removed by ran_done */
};

/* Runs `line` by sh -c with TCK_BIN first in PATH; fails the test after `timeout` seconds, having killed it. */
void program_run(struct ran *ran, unsigned timeout, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same in two halves, to send signals in between. input files may be written into ran->directory before. */
void program_prepare(struct ran *ran);
pid_t program_start(struct ran *ran, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void program_finish(struct ran *ran, pid_t pid, unsigned timeout);
void ran_done(struct ran *ran);

/* Writes a file into the directory. */
void program_file(const struct ran *ran, const char *name, const char *text);
/* Reads one; NULL if there is none. free() it. */
char *program_read(const struct ran *ran, const char *name);
/* Waits until what it printed to stderr or stdout so far holds text. */
void program_await(const struct ran *ran, const char *text, unsigned timeout);
/* Waits until a file in its directory holds text. */
void program_await_file(const struct ran *ran, const char *name, const char *text, unsigned timeout);

/* Fail the test, with everything the program said, unless it holds. */
void expect_exit(const struct ran *ran, int exit_code);
void expect_said(const struct ran *ran, const char *text); /* on either stream */
void expect_not_said(const struct ran *ran, const char *text);
/* The JUnit file is there, whole, and valid by reports/junit.xsd. */
void expect_valid_junit(const struct ran *ran, const char *name);
/* Nothing that the program started runs any more: every process below it inherited a mark in its environment. */
void expect_no_process(const struct ran *ran, unsigned timeout);

#endif
