/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "report/report.h"

#define ENTITIES_SHOWN 8

static void put_side(const char *name, const struct tck_pause_side *side, struct tck_buffer *out)
{
    if (!side->address)
        return;
    tck_buffer_printf(out, "  %-15s%s", name, side->address);
    if (side->pid)
        tck_buffer_printf(out, ", pid %ld", side->pid);
    else
        tck_buffer_puts(out, ", not started by this run");
    if (side->output_file)
        tck_buffer_printf(out, ", output in %s", side->output_file);
    tck_buffer_putc(out, '\n');
}

static void put_result(const struct tck_result *result, struct tck_buffer *out)
{
    const struct tck_strings *entities = &result->entities;

    tck_buffer_printf(out, "  after:         %s  (%s)\n", result->scenario->id, tck_verdict_word(result->verdict));
    if (entities->count)
        tck_buffer_puts(out, "    its entities:");
    for (size_t i = 0; i < entities->count && i < ENTITIES_SHOWN; i++)
        tck_buffer_printf(out, " %s", entities->items[i]);
    if (entities->count > ENTITIES_SHOWN)
        tck_buffer_printf(out, " … and %zu more", entities->count - ENTITIES_SHOWN);
    if (entities->count)
        tck_buffer_putc(out, '\n');
}

static const char *port_of(const char *address)
{
    const char *colon = strrchr(address, ':');

    return colon ? colon + 1 : address;
}

/* Reports of its own would take the place of this run's. */
static void put_command(const struct tck_run *run, const struct tck_pause *pause, const struct tck_result *result,
                        bool in_front, struct tck_buffer *out)
{
    tck_buffer_printf(out, "    tck run --user-function %s", pause->user_function.address);
    if (in_front)
        tck_buffer_printf(out, " --proxy %s --tap %s", pause->proxy.address, port_of(pause->tap));
    if (run->specs[0])
        tck_buffer_printf(out, " %s", run->specs);
    tck_buffer_printf(out, "%s%s --junit none --json none --scenario '%s'\n", run->strict ? " --strict" : "",
                      run->upstream ? " --upstream" : "", result->scenario->id);
}

/* Those of a user function can be run at once, the others once the tap's port is free. */
static void put_commands(const struct tck_run *run, const struct tck_pause *pause, bool in_front,
                         struct tck_buffer *out)
{
    bool headed = false;

    for (size_t i = 0; i < pause->count; i++) {
        const struct tck_result *result = pause->results[i];

        if ((result->scenario->suite->role != TCK_ROLE_USER_FUNCTION) != in_front)
            continue;
        if (!headed)
            tck_buffer_printf(out, "  to run it alone against %s:\n",
                              in_front ? "these sides" : "this user function, while this run waits");
        headed = true;
        put_command(run, pause, result, in_front, out);
    }
}

static bool has_in_front(const struct tck_pause *pause)
{
    for (size_t i = 0; i < pause->count; i++)
        if (pause->results[i]->scenario->suite->role != TCK_ROLE_USER_FUNCTION)
            return true;
    return false;
}

void tck_pause_describe(const struct tck_run *run, const struct tck_pause *pause, struct tck_buffer *out)
{
    const bool tapped = pause->tap && pause->proxy.address;

    if (pause->trouble)
        tck_buffer_printf(out, "that cannot be done: %s\n", pause->trouble);
    tck_buffer_puts(out, "paused: nothing runs, and the candidate stays up\n");
    for (size_t i = 0; i < pause->count; i++)
        put_result(pause->results[i], out);
    put_side("user function:", &pause->user_function, out);
    put_side("proxy:", &pause->proxy, out);
    if (tapped)
        tck_buffer_printf(out, "  tap:           %s, %s\n", pause->tap,
                          pause->tap_lent
                              ? "nobody listens there now"
                              : "between them: what clients (curl, grpcurl) ask of the proxy goes on through it");
    if (pause->user_function.address)
        put_commands(run, pause, false, out);
    if (tapped && pause->tap_lent)
        put_commands(run, pause, true, out);
    else if (tapped && has_in_front(pause))
        tck_buffer_puts(
            out, "  no other run can stand in front of this proxy while the tap listens here: 't' frees its port\n");
    tck_buffer_printf(out,
                      "Enter goes on%s, %s'q' and Enter ends the run: ", pause->tap_lent ? " and takes it back" : "",
                      tapped && !pause->tap_lent ? "'t' and Enter frees the tap's port for another run, " : "");
}
