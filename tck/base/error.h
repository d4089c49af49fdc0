/* SPDX-License-Identifier: Apache-2.0
 *
 * base/error.h — the project's one error idiom: status out, place and cause in.
 *
 * A function that can fail returns int: 0 or a negative enum tck_status. `struct tck_error *err` is its last parameter
 * and may be NULL; outputs are named ret_… , come before err and are untouched on failure.
 *
 *     r = tck_spec_load(dir, &spec, err);
 *     if (r < 0)
 *         return tck_wrap(err, r, "cannot read the scenarios under '%s'", dir);
 *
 * Rooms never print and never exit; only cli turns an error into text and an exit code. assert() is for our own
 * mistakes, tck_fail() for the world's: nothing that a candidate, a spec or a user does may reach an assertion.
 * Memory that runs out is TCK_KIT.
 */
#ifndef TCK_BASE_ERROR_H
#define TCK_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/* id, exit code of the program, meaning */
#define TCK_STATUS_MAP(XX)                                                         \
    XX(OK, 0, "conformant")                                                        \
    XX(BROKEN, 1, "the candidate broke a rule")                                    \
    XX(BAD_INPUT, 2, "a scenario, the configuration or the command line is wrong") \
    XX(NO_SHOW, 3, "the candidate could not be started or reached, or it died")    \
    XX(KIT, 4, "the kit itself failed: a bug, or no memory, disk or descriptors")  \
    XX(UNPROVEN, 5, "nothing failed, but something that was asked for was not proven")

enum tck_status { /* the negative of the exit code is the return value */
#define XX(id, exit_code, text) TCK_##id = -(exit_code),
                  TCK_STATUS_MAP(XX)
#undef XX
};

/* Where in the user's world something is: a file (or another name) and a position. Never __FILE__. line 0: no position.
 */
struct tck_place {
    const char *name; /* borrowed: lives as long as the spec, configuration or arena it came from */
    unsigned line, column;
};

#define TCK_NOWHERE ((struct tck_place){ 0 })

struct tck_error {
    enum tck_status status;
    char name[256]; /* copy of the place's name, "" for none: an error outlives what it speaks of */
    unsigned line, column;
    char text[512];          /* one sentence, no newline; says what to do if it can */
    struct tck_error *cause; /* owned; NULL at the root */
};

/* Fills *err (if not NULL, replacing what it held) and returns status. Long texts are cut with "…". */
int tck_fail(struct tck_error *err, enum tck_status status, struct tck_place place, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Pushes what err holds down as the cause of a new sentence that keeps its place; returns status, which is the result
 * of the call that failed (so that it is not lost where err is NULL). */
int tck_wrap(struct tck_error *err, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* TCK_KIT, "out of memory". */
int tck_no_memory(struct tck_error *err);

/* Frees the causes and makes *err empty; for `tck_cleanup(tck_error_done) struct tck_error err = { 0 };`. */
void tck_error_done(struct tck_error *err);

/* Moves *from into *to (freeing what *to held) and empties *from. Either may be NULL. */
void tck_error_move(struct tck_error *to, struct tck_error *from);

/* The error as a person reads it, "specs/a.yaml:12:5: sentence" and a line "  because …" per cause, into buf (always
 * NUL-terminated, cut if too small). Returns buf. */
const char *tck_error_text(const struct tck_error *err, char *buf, size_t size);

/* "conformant", "the candidate broke a rule", … of a status (negative) or exit code (positive). */
const char *tck_status_text(int status);

/* Several errors of one input, in order: loaders report all mistakes, not the first alone. */
struct tck_error_list {
    struct tck_error *items; /* owned */
    size_t count, capacity;
    size_t dropped; /* above the ceiling of TCK_ERROR_LIST_MAX, only counted */
};
#define TCK_ERROR_LIST_MAX 200 /* nobody reads more; bounds the memory that a hostile file can take */

/* Adds an error; returns the status given (TCK_KIT if it could not be stored). */
int tck_error_list_add(struct tck_error_list *list, enum tck_status status, struct tck_place place, const char *fmt,
                       ...) __attribute__((format(printf, 4, 5)));
/* Moves *take_err into the list, returns its status. */
int tck_error_list_take(struct tck_error_list *list, struct tck_error *take_err);
void tck_error_list_done(struct tck_error_list *list);

#endif
