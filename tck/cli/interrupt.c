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
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct sigaction before;

        /* Who started us with a signal ignored (nohup, a shell's background job) wants it so. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    /* Both are errors of write(), which are told where it is called. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void tck_interrupt_conclude(void)
{
    if (!tck_interrupted)
        return;
    signal(tck_interrupted, SIG_DFL);
    raise(tck_interrupted);
}
