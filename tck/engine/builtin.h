/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/builtin.h — the message types that the kit knows by itself: the protocol, the TCK models, and Cloudstate's
 * conventions for payloads that are no protobuf messages.
 */
#ifndef TCK_ENGINE_BUILTIN_H
#define TCK_ENGINE_BUILTIN_H

#include "wire/pool.h"

/* A finished pool, to be shared by any number of threads. Primitive values are Anys of type p.cloudstate.io/<kind>,
 * which hold what a wrapper message with the value as field 1 would; JSON is an Any of type json.cloudstate.io/<name>,
 * which holds its text as bytes in field 1. A plain string in a scenario, where an Any is wanted, is the primitive
 * string. */
int tck_builtin_pool_new(struct tck_pool **ret_pool, struct tck_error *err);

/* A FileDescriptorSet: services that no user function declares, of which scenarios tell a proxy (proto/tck/odd), and all
 * that they import. Static. */
struct tck_bytes tck_builtin_odd_files(void);

#endif
