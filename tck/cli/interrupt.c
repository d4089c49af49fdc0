/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <stddef.h>

#include "base/cleanup.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

volatile sig_atomic_t tck_interrupted;

static void note(int signal_number)
{
    tck_interrupted = signal_number;
}

void tck_interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART | (int)SA_RESETHAND };

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < TCK_COUNT(signals); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void tck_interrupt_conclude(void)
{
    if (!tck_interrupted)
        return;
    signal(tck_interrupted, SIG_DFL);
    raise(tck_interrupted);
}
