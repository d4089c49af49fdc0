/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *unit;
    double nanoseconds;
} units[] = { { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 } };

int tck_duration_parse(const char *text, struct tck_place place, int64_t *ret_duration, struct tck_error *err)
{
    char *end;
    double number;

    if (strcmp(text, "0") == 0) {
        *ret_duration = 0;
        return 0;
    }
    number = strtod(text, &end);
    if (end != text && (isdigit((unsigned char)text[0]) || text[0] == '.')) {
        for (size_t i = 0; i < TCK_COUNT(units); i++) {
            double duration = number * units[i].nanoseconds;

            if (strcmp(end, units[i].unit) == 0 && duration < 9e18) {
                *ret_duration = (int64_t)duration;
                return 0;
            }
        }
    }
    return tck_fail(err, TCK_BAD_INPUT, place, "'%s' is not a duration; write for example 250ms, 3s or 2m", text);
}

const char *tck_duration_text(int64_t duration, char buf[32])
{
    if (duration < TCK_MS(1))
        snprintf(buf, 32, "%.3g ms", (double)duration / 1e6);
    else if (duration < TCK_SECONDS(1))
        snprintf(buf, 32, "%.0f ms", (double)duration / 1e6);
    else
        snprintf(buf, 32, "%.4g s", (double)duration / 1e9);
    return buf;
}
