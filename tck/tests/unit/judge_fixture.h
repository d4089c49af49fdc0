/* SPDX-License-Identifier: Apache-2.0
 *
 * judge_fixture.h — conversations as text, played to a judge.
 *
 *     > {init: {service_name: …, entity_id: e}}      the proxy sends this message (a literal, see wire/message.h)
 *     < {reply: {command_id: 1, …}}                  the user function does
 *     > garbage                                      bytes that cannot be read (also with <)
 *     half-close                                     the proxy has no more to send
 *     end 0                                          the user function ends with this gRPC status
 *     cut                                            the proxy's side ended it without waiting
 *     hang                                           it waited in vain
 *
 * One line a message, in the order of the wire.
 */
#ifndef TCK_TESTS_JUDGE_FIXTURE_H
#define TCK_TESTS_JUDGE_FIXTURE_H

#include "judge/judge.h"

/* The protocol and the models, built once. */
const struct tck_pool *judge_fixture_pool(void);
void judge_fixture_done(void);

/* Plays it to a new judge; the test fails on a mistake in the text. The caller frees the judge. */
struct tck_judge *judge_fixture_play(enum tck_conversation conversation, const struct tck_pool *pool,
                                     const char *script);
/* What it found: "ST-REPLY-1@3, proxy ST-INIT-1@1", "" for nothing. Valid until the next call. */
const char *judge_fixture_breaches(const struct tck_judge *judge);

/* A conversation and all that a judge must find in it. */
struct judge_case {
    const char *broken; /* as judge_fixture_breaches() */
    enum tck_conversation conversation;
    const char *script;
    bool without_pool;
};
/* The test fails if anything else is found, after printing all cases that differ. */
void judge_fixture_check(const struct judge_case *cases, size_t count);

#endif
