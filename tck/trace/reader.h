/* SPDX-License-Identifier: Apache-2.0
 *
 * trace/reader.h — a recording read again, line by line.
 *
 *     r = tck_trace_reader_open(path, &reader, err);
 *     while ((r = tck_trace_read(reader, &line, err)) > 0)
 *         … line.kind, line.bytes …
 *
 * A file may be anybody's: what is not a line of a recording is a mistake with its place, never more. The last line may
 * be cut off, as a disk that filled up or a kit that was killed leaves it: then it is not there.
 *
 * Threads: one reader, one thread. Memory: one line.
 */
#ifndef TCK_TRACE_READER_H
#define TCK_TRACE_READER_H

#include "judge/judge.h"
#include "seat/recording.h"
#include "spec/spec.h"

struct tck_trace_reader;

/* What a recording says of itself in its first line. Texts live as long as the reader. */
struct tck_trace_head {
    const char *scenario;
    enum tck_role role;
    bool strict, upstream;   /* how it was judged */
    const char *descriptors; /* name of the file with the candidate's own types; NULL: it needs none */
};

/* What it says in its last one. */
struct tck_trace_verdict {
    const char *verdict, *cause, *rule; /* words as in reports; rule NULL: none */
};

enum tck_trace_line_kind { TCK_TRACE_LINE_PASSED, TCK_TRACE_LINE_VERDICT };

struct tck_trace_line {
    enum tck_trace_line_kind kind;
    unsigned number;             /* in the file, from 1 */
    enum tck_recorded_kind what; /* PASSED */
    bool is_judged;              /* PASSED: of a conversation that judges know, and so: */
    unsigned stream;
    const char *on; /* what the scenario calls it */
    enum tck_conversation conversation;
    enum tck_direction direction; /* MESSAGE, UNDECODABLE */
    struct tck_bytes bytes;
    struct tck_conversation_end end;  /* CONCLUDED */
    bool unjudged;                    /* MEDDLED */
    struct tck_trace_verdict verdict; /* VERDICT */
};

/* Reads the header. Errors: TCK_BAD_INPUT: no such file, not a recording, or of another version. */
int tck_trace_reader_open(const char *path, struct tck_trace_reader **ret_reader, struct tck_error *err);
void tck_trace_reader_free(struct tck_trace_reader *reader); /* takes NULL */
TCK_DEFINE_FREEP(struct tck_trace_reader, tck_trace_reader_free)
const struct tck_trace_head *tck_trace_reader_head(const struct tck_trace_reader *reader);

/* 1 with the next line, whose texts and bytes live until the next call; 0 at the end. Errors: TCK_BAD_INPUT at the line,
 * TCK_KIT. */
int tck_trace_read(struct tck_trace_reader *reader, struct tck_trace_line *ret_line, struct tck_error *err);

#endif
