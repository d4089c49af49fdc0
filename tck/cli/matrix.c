/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/matrix.h"

#include <string.h>

#include "base/utf8.h"

#define NAME_CEILING ((size_t)1 << 20)
#define NAME_HEADING "combination"

void tck_matrix_fill(struct tck_matrix_row *row, const struct tck_run *run, int status)
{
    row->ran = true;
    row->status = status;
    if (!run)
        return;
    memcpy(row->count, run->count, sizeof row->count);
    row->duration = run->duration;
}

/* Characters that begin a code point: as wide as it gets for names that people give. */
static int width(const char *text)
{
    int columns = 0;

    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

static void put_name(const char *name, int columns, FILE *out)
{
    fprintf(out, "%s%*s", name, columns - width(name), "");
}

/* The name as it can be shown, or "?" when there is no memory. */
static const char *shown(const char *name, struct tck_buffer *out)
{
    tck_buffer_clear(out);
    tck_utf8_append_shown(name, strlen(name), out);
    return out->failed ? "?" : tck_buffer_string(out);
}

void tck_matrix_print(const struct tck_matrix_row *rows, size_t count, FILE *out)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer name = TCK_BUFFER_INIT(NAME_CEILING);
    int columns = width(NAME_HEADING);

    for (size_t i = 0; i < count; i++) {
        int own = width(shown(rows[i].name, &name));

        columns = own > columns ? own : columns;
    }
    fputc('\n', out);
    put_name(NAME_HEADING, columns, out);
    for (int verdict = 0; verdict < TCK_VERDICT_COUNT; verdict++)
        fprintf(out, "  %7s", tck_verdict_word(verdict));
    fprintf(out, "  %8s  exit\n", "time");
    for (size_t i = 0; i < count; i++) {
        char duration[32];

        put_name(shown(rows[i].name, &name), columns, out);
        for (int verdict = 0; verdict < TCK_VERDICT_COUNT && rows[i].ran; verdict++)
            fprintf(out, "  %7zu", rows[i].count[verdict]);
        if (rows[i].ran)
            fprintf(out, "  %8s  %d: %s\n", tck_duration_text(rows[i].duration, duration), -rows[i].status,
                    tck_status_text(rows[i].status));
        else
            fputs("  not run\n", out);
    }
}
