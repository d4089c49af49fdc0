/* SPDX-License-Identifier: Apache-2.0 */
#include "history_fixture.h"

#include "testing.h"

struct tck_past *history_fixture_past(const char *json)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_past *past = NULL;
    char text[1024];

    if (tck_past_parse("r.json", tck_bytes(json, strlen(json)), &past, &err) < 0)
        fail_msg("%s", tck_error_text(&err, text, sizeof text));
    return past;
}
