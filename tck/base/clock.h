/* SPDX-License-Identifier: Apache-2.0
 *
 * base/clock.h — one monotonic clock for deadlines, durations and transcripts.
 *
 * A time point is nanoseconds of CLOCK_MONOTONIC; a duration is nanoseconds too. TCK_NEVER is the deadline that does
 * not come: only for waits that something else is sure to end.
 */
#ifndef TCK_BASE_CLOCK_H
#define TCK_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/error.h"

#define TCK_NEVER      INT64_MAX
#define TCK_MS(n)      ((int64_t)(n)*1000000)
#define TCK_SECONDS(n) ((int64_t)(n)*1000000000)

static inline int64_t tck_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* now + duration, or TCK_NEVER if that is beyond the clock. */
static inline int64_t tck_after(int64_t duration)
{
    int64_t point;

    return __builtin_add_overflow(tck_now(), duration, &point) ? TCK_NEVER : point;
}

/* Reads "250ms", "3s", "1.5s", "2m" or "1h" (a unit is required, except for 0). Errors: TCK_BAD_INPUT at place, with an
 * example in the text. */
int tck_duration_parse(const char *text, struct tck_place place, int64_t *ret_duration, struct tck_error *err);

/* "250 ms", "3 s", "1.5 s": for sentences. Returns buf. */
const char *tck_duration_text(int64_t duration, char buf[32]);

#endif
