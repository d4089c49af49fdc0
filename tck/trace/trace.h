/* SPDX-License-Identifier: Apache-2.0
 *
 * trace/trace.h — the recordings of a run: each scenario's whole conversation in a file of its own, a line at a time.
 *
 *     r = tck_trace_new("traces", "", &trace, err);
 *     options.listener = tck_trace_listener(trace);
 *     r = tck_run_execute(…, &options, …);            // and TCK_KIT if not all of it could be written
 *
 * DIR/<scenario id>.jsonl is written as it happens: its header first, then a line for every message and event, the
 * verdict last (reports/recording.schema.json). A line is handed to the system whole, and one that does not fit is
 * taken back, so what is there can be read whatever ends the run. The candidate's own message types lie beside, once:
 * DIR/descriptors-<hash>.binpb.
 *
 * A file that another run is writing at that moment is left to it, and told as one that cannot be written.
 *
 * The first thing that cannot be written ends all writing, and is told at the end: a disk that is full spoils no verdict.
 *
 * Threads: as a listener is called. Memory: one line of each scenario that runs.
 */
#ifndef TCK_TRACE_TRACE_H
#define TCK_TRACE_TRACE_H

#include "verdict/listener.h"

#define TCK_TRACE_VERSION 1

struct tck_trace;

/* Makes the directory. folder: below it, of this run among several ("run-2"); "" for none. Errors: TCK_KIT where it
 * cannot be written to. */
int tck_trace_new(const char *directory, const char *folder, struct tck_trace **ret_trace, struct tck_error *err);
void tck_trace_free(struct tck_trace *trace);
TCK_DEFINE_FREEP(struct tck_trace, tck_trace_free)
/* For one run at a time; lives as long as the trace. */
const struct tck_listener *tck_trace_listener(const struct tck_trace *trace);

#endif
