/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/port.h — the port of a side, decided before any side starts, so that each can be told of all.
 *
 * A port that the system picked is held by a socket of ours until its side starts: nobody else who asks the system for a
 * port, another run of the kit for one, is given the same.
 *
 * Threads: one object, one thread.
 */
#ifndef TCK_CANDIDATE_PORT_H
#define TCK_CANDIDATE_PORT_H

#include "candidate/config.h"

struct tck_port {
    int number;
    int hold; /* our socket, or -1 */
};
#define TCK_PORT_INIT \
    {                 \
        .hold = -1    \
    }

/* The address's port, the one that the configuration names, or one that the system picks. what: "the proxy", for
 * sentences. Errors: TCK_NO_SHOW (the port named is taken: who listens there would be judged in place of the side),
 * TCK_BAD_INPUT (no such host), TCK_KIT. */
int tck_port_decide(const struct tck_side_config *config, const char *what, struct tck_port *ret_port,
                    struct tck_error *err);
/* Frees the port for its side. Takes one that is not held. */
void tck_port_let_go(struct tck_port *port);

#endif
