/* SPDX-License-Identifier: Apache-2.0
 *
 * known/audit.h — one run held against a list of known failures.
 *
 * Every result passes through here before anybody hears of it, and gets its last verdict:
 *
 *     a failure that the list names            known     the rest of the result stays
 *     another failure than the list names      failed, errored as before, with a note of what the list names
 *     a pass, where the list says it fails     failed, unexpected-pass
 *     a pass, where the list says it is flaky  passed
 *     any failure, of an entry that is over    failed, errored as before, with a note
 *
 * What was skipped, not run, cut off or lost with its candidate is not judged here. At the end of the run an entry is
 * trouble if all of its scenarios that were to run were skipped, or if it is flaky and its last day has passed: it shows
 * nothing any more. Entries whose scenarios were not selected are not spoken of.
 *
 *     r = tck_audit_new(list, tck_known_today(), plan, &audit, err);
 *     r = tck_audit_result(audit, result, err);   // each, in any order
 *     r = tck_audit_end(audit, run, err);         // fills run->known
 *
 * Threads: one at a time.
 * Memory: the list and the plan must outlive the audit, the list its results too.
 */
#ifndef TCK_KNOWN_AUDIT_H
#define TCK_KNOWN_AUDIT_H

#include "known/list.h"
#include "plan/plan.h"

struct tck_audit;

/* today: as tck_known_today() has it. */
int tck_audit_new(const struct tck_known *list, unsigned today, const struct tck_plan *plan,
                  struct tck_audit **ret_audit, struct tck_error *err);
void tck_audit_free(struct tck_audit *audit);
TCK_DEFINE_FREEP(struct tck_audit, tck_audit_free)

/* The last verdict of a result. Errors: TCK_KIT (no memory), the result is then as it was. */
int tck_audit_result(struct tck_audit *audit, struct tck_result *result, struct tck_error *err);
/* What is said of the list as a whole, in the run's arena. Results are those of the run. */
int tck_audit_end(struct tck_audit *audit, struct tck_run *run, struct tck_error *err);

#endif
