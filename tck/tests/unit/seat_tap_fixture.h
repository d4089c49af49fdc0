/* SPDX-License-Identifier: Apache-2.0
 *
 * A tap before the server of transport_fixture.h, whose channel leads to the tap; and messages that begin conversations.
 */
#ifndef TCK_TESTS_SEAT_TAP_FIXTURE_H
#define TCK_TESTS_SEAT_TAP_FIXTURE_H

#include "transport_fixture.h"

#include "seat/tap.h"

#define EVENT_SOURCED "/cloudstate.eventsourced.EventSourced/handle"
#define ACTION_UNARY  "/cloudstate.action.ActionProtocol/handleUnary"
#define STREAMED_IN   "/cloudstate.action.ActionProtocol/handleStreamedIn"
#define DISCOVER      "/cloudstate.EntityDiscovery/discover"
#define REPORT_ERROR  "/cloudstate.EntityDiscovery/reportError"

struct tapped_fixture {
    struct fixture *fixture; /* the user function; its channel leads to the tap */
    struct tck_tap *tap;
};

int tapped_setup(void **state);
int tapped_teardown(void **state);
/* A new channel to the tap, in place of the one there. */
void reconnect(struct tapped_fixture *tapped);

/* Packed EventSourcedInit of service "s", and ActionCommand. name, payload NULL: none. */
void pack_init(const char *entity_id, struct tck_buffer *ret_bytes);
void pack_action(const char *service, const char *name, const char *payload, struct tck_buffer *ret_bytes);

struct tck_passage_key entity(const char *entity_id);
/* Opens an event-sourced conversation of the entity; its init comes back. */
struct tck_call *converse_with(struct tapped_fixture *tapped, const char *entity_id);
void send_buffer(struct tck_call *call, const struct tck_buffer *bytes);
void assert_receives_buffer(struct tck_call *call, const struct tck_buffer *bytes);
/* Nothing comes for a short while. */
void assert_silent(struct tck_call *call);
struct tck_passage *await_passage(struct tapped_fixture *tapped, struct tck_passage_key key);
/* The next thing is of this kind, with these bytes (NULL: any). */
struct tck_passed assert_passed(struct tck_passage *passage, enum tck_passed_kind kind, const char *bytes);

#endif
