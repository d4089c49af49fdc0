/* SPDX-License-Identifier: Apache-2.0
 *
 * trace/trace_internal.h — the form of recordings, for those who write and read them.
 */
#ifndef TCK_TRACE_TRACE_INTERNAL_H
#define TCK_TRACE_TRACE_INTERNAL_H

#include "seat/recording.h"
#include "trace/trace.h"
#include "wire/tree.h"

/* Kinds of lines beside those of recorded.h. */
#define TCK_TRACE_HEADER  "recording"
#define TCK_TRACE_VERDICT "verdict"

/* What a message may take in its readable form; beyond that only its bytes are written. Well within what a tree that is
 * read may hold. */
#define TCK_TRACE_MESSAGE_DEPTH 80
#define TCK_TRACE_MESSAGE_NODES 50000
#define TCK_TRACE_MESSAGE_BYTES ((size_t)1 << 20)
/* More than any gRPC message has; the body of an HTTP answer may be larger, and then it is left out. */
#define TCK_TRACE_BYTES_MAX ((size_t)14 << 20)
/* No line that we write is longer: the bytes of the largest message, and one in its readable form. */
#define TCK_TRACE_LINE_MAX ((size_t)32 << 20)

/* Who said a line. */
#define TCK_FROM_PROXY         "proxy"
#define TCK_FROM_USER_FUNCTION "user-function"

struct tck_trace_header {
    const struct tck_run *run;
    const struct tck_scenario *scenario;
    unsigned repetition;
    const char *descriptors; /* a file's name, or NULL */
};

/* Each appends one line with its newline. TCK_KIT: no memory. */
int tck_trace_put_header(const struct tck_trace_header *header, struct tck_arena *arena, struct tck_buffer *out);
int tck_trace_put_line(const struct tck_recorded *line, int64_t began, const struct tck_pool *pool,
                       struct tck_arena *arena, struct tck_buffer *out);
int tck_trace_put_verdict(const struct tck_result *result, struct tck_arena *arena, struct tck_buffer *out);

/* "crdt/gset/an-element[of many].jsonl": the path of a scenario's file below the directory. Different ids and
 * repetitions give different paths, none leaves the directory, and no part is longer than a file's name may be. */
void tck_trace_path(const char *id, unsigned repetition, struct tck_buffer *out);
/* "descriptors-0123456789abcdef.binpb": tells these bytes from others. */
#define TCK_TRACE_DESCRIPTORS_SIZE 40
const char *tck_trace_descriptors_name(struct tck_bytes descriptors, char buf[TCK_TRACE_DESCRIPTORS_SIZE]);

#endif
