/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/pause.h — a run that stands still after a scenario that failed, so that a person can look at the candidate.
 *
 * Nothing runs meanwhile: no scenario is in flight, both sides are up, the tap goes on handing on what it gets. Sinks are
 * told where everything is, then somebody is asked how to go on.
 */
#ifndef TCK_VERDICT_PAUSE_H
#define TCK_VERDICT_PAUSE_H

#include "verdict/verdict.h"

struct tck_pause_side {
    const char *address;     /* NULL: no such side in this run */
    long pid;                /* 0: not started by us */
    const char *output_file; /* or NULL */
};

struct tck_pause {
    const struct tck_result *const *results; /* why: those that failed or errored since the last pause */
    size_t count;
    struct tck_pause_side user_function, proxy;
    const char *tap;     /* its address; NULL: there is none */
    bool tap_lent;       /* its port is free for another run */
    const char *trouble; /* why the last answer could not be followed, one sentence; or NULL */
};

enum tck_pause_answer {
    TCK_PAUSE_GO_ON,
    TCK_PAUSE_END,      /* of the run; what has not begun is not run */
    TCK_PAUSE_LEND_TAP, /* the tap lets go of its port, and is asked again; GO_ON takes it back */
};

#endif
