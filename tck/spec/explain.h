/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/explain.h — a scenario in plain words, for `tck explain`.
 *
 *     1. open the stream of an entity
 *     2. send a command: {id: $id, actions: [{emit: {value: A}}]}
 *          name: Process
 *          the answer holds a reply with this payload: {message: A}
 *          and these events: [{value: A}]
 *          and nothing else
 *     3. half-close; then the stream ends and says nothing more
 *
 * The words are the meanings in the tables of spec/spec.h and spec/language.h: what is explained here is what is
 * checked.
 */
#ifndef TCK_SPEC_EXPLAIN_H
#define TCK_SPEC_EXPLAIN_H

#include "spec/spec.h"

/* Appends the scenario's head (name, id, level, what it covers, …) and its numbered steps. */
void tck_scenario_explain(const struct tck_scenario *scenario, struct tck_buffer *out);
/* Appends one step under its number, without a scenario's defaults. */
void tck_step_explain(const struct tck_step *step, size_t number, struct tck_buffer *out);

#endif
