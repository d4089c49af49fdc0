/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_scripted.h — a user function whose every answer is written down.
 *
 *     call                          a call begins (the first, the next, …); later calls without a script of their own
 * do nothing at 2                          when the second message of the call came: < {reply: {command_id: 1}} send
 * this message < hex 0aff                      send these bytes end INTERNAL boom               end the call with this
 * status stay                            do nothing, and nothing after it die 3                           end the
 * process with this status die 3 once FILE                 the same, but only if there is no such file yet; it is made
 *     at half-close                 when the client has no more to send (default: end OK)
 *     at closed                     when the call is over; only `die` makes sense then
 *     discover {entities: […]}      the EntitySpec, in place of the built-in models; or `discover hex 0aff`
 *     discover end UNIMPLEMENTED x  or a status; or `discover stay`
 *     discover add com.example.Shop the built-in models and this service, which no descriptor defines
 *
 * One line a thing. A call whose script is done ends OK at the half-close. Calls are counted without those of
 * discovery.
 */
#ifndef TCK_TESTS_ENGINE_SCRIPTED_H
#define TCK_TESTS_ENGINE_SCRIPTED_H

#include "wire/pool.h"

struct scripted;

/* Listens on 127.0.0.1; port 0: any. The pool is borrowed. NULL and a message on stderr when it cannot. */
struct scripted *scripted_new(const struct tck_pool *pool, int port, int *ret_port);
void scripted_free(struct scripted *scripted);
/* From now on calls are answered by this script (borrowed), beginning with the first. */
void scripted_answer(struct scripted *scripted, const char *script);
/* What was received since the last answer, as text forms, one a line; valid until the next answer. */
const char *scripted_received(struct scripted *scripted);

#endif
