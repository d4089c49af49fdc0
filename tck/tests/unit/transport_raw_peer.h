/* SPDX-License-Identifier: Apache-2.0
 *
 * A peer that is no gRPC library: it accepts one connection after another and sends the bytes that a test wrote down,
 * then closes, resets or holds still. If its script speaks HTTP/2, it greets and waits for the client's HEADERS first.
 */
#ifndef TCK_TESTS_TRANSPORT_RAW_PEER_H
#define TCK_TESTS_TRANSPORT_RAW_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

enum raw_after { RAW_HOLD, RAW_CLOSE, RAW_RESET };

struct raw_script {
    bool http2;
    struct tck_bytes bytes;
    enum raw_after after;
};

struct raw_peer;
/* The script is borrowed until the peer is freed. */
struct raw_peer *raw_peer_new(const struct raw_script *script, char target[64]);
void raw_peer_free(struct raw_peer *peer);

/* HTTP/2, by hand. */
enum raw_frame { RAW_DATA = 0, RAW_HEADERS = 1, RAW_RST_STREAM = 3, RAW_SETTINGS = 4, RAW_GOAWAY = 7 };
#define RAW_END_STREAM  1
#define RAW_END_HEADERS 4
void raw_frame(struct tck_buffer *out, enum raw_frame type, unsigned flags, unsigned stream, const void *payload,
               size_t size);
/* One header as an HPACK literal; name and value shorter than 127. */
void raw_header(struct tck_buffer *block, const char *name, const char *value);
/* HEADERS on stream 1: ":status 200", "content-type: application/grpc". */
void raw_response_headers(struct tck_buffer *out);

#endif
