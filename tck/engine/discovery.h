/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/discovery.h — asks a user function what it is: services, descriptors, names and versions.
 *
 *     r = tck_discover(channel, builtin, tck_after(TCK_SECONDS(3)), interrupted, &discovery, err);
 *     if (!tck_discovery_offers(discovery, "cloudstate.tck.model.crdt.CrdtTckModel")) …
 *
 * A descriptor set that is broken is a finding about the candidate, not an error: pool is then NULL and flaw says why.
 */
#ifndef TCK_ENGINE_DISCOVERY_H
#define TCK_ENGINE_DISCOVERY_H

#include <signal.h>

#include <cloudstate/entity.pb-c.h>

#include "transport/client.h"
#include "wire/message.h"

#define TCK_DISCOVER_METHOD     "/cloudstate.EntityDiscovery/discover"
#define TCK_REPORT_ERROR_METHOD "/cloudstate.EntityDiscovery/reportError"

struct tck_discovery {
    struct tck_arena *arena; /* owns the rest, but for the pool */
    const Cloudstate__EntitySpec *spec;
    struct tck_pool *pool; /* the candidate's own types, the built-in ones behind them; NULL: see flaw */
    const char *flaw;      /* what is wrong with the spec, one sentence; NULL: nothing */
};

/* One call. Errors: TCK_NO_SHOW: nobody answered, or not with an EntitySpec; err says what came instead. */
int tck_discover(struct tck_channel *channel, const struct tck_pool *builtin, int64_t deadline,
                 const volatile sig_atomic_t *interrupted, struct tck_discovery **ret_discovery, struct tck_error *err);
void tck_discovery_free(struct tck_discovery *discovery);
TCK_DEFINE_FREEP(struct tck_discovery, tck_discovery_free)

bool tck_discovery_offers(const struct tck_discovery *discovery, const char *service);

/* What must hold of every EntitySpec: the descriptor set links and is closed, each declared service is in it, none is
 * declared twice, and the services that the kit knows as well have their options. Returns the candidate's pool in
 * *ret_pool (NULL where the set is broken), and in *ret_flaw a sentence in the arena or NULL. Negative: TCK_KIT. */
int tck_spec_examine(const Cloudstate__EntitySpec *spec, const struct tck_pool *builtin, struct tck_arena *arena,
                     struct tck_pool **ret_pool, const char **ret_flaw, struct tck_error *err);

/* The ProxyInfo of this kit. */
int tck_proxy_info_pack(struct tck_buffer *out, struct tck_error *err);

/* `ready` of the supervisor: a user function is ready when it answers discovery. context is not used. */
int tck_discovery_ready(void *context, const char *address, int64_t deadline, struct tck_error *err);

#endif
