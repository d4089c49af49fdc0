/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/interrupt.h — SIGINT, SIGTERM and SIGHUP: note them, let the run end in order, then end by the same signal.
 *
 * A second signal ends the program at once (the candidate's keeper then ends the candidate).
 */
#ifndef TCK_CLI_INTERRUPT_H
#define TCK_CLI_INTERRUPT_H

#include <signal.h>

/* Starts noting. SIGPIPE is ignored from here on: a closed pipe is a failed write, not the end. */
void tck_interrupt_watch(void);
/* The signal that came, or 0; for those who wait. */
extern volatile sig_atomic_t tck_interrupted;
/* If a signal came, ends the program by it; else returns. Call it last, with everything written. */
void tck_interrupt_conclude(void);

#endif
