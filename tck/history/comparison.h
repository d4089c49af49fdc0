/* SPDX-License-Identifier: Apache-2.0
 *
 * history/comparison.h — two runs: what became worse, what better, what cannot be compared.
 *
 * The runs may be of two versions of a candidate, of two candidates, or of two versions of the kit. Scenarios are matched by id; of
 * several repetitions the one that says most counts. A known failure is a failure here: what a list excuses is broken all
 * the same.
 *
 *     before \ after   not there     skipped       passes          fails
 *     not there        -             appeared      appeared        appeared
 *     skipped          disappeared   -             newly passing   newly failing *
 *     passes           disappeared * skipped now * -               newly failing *
 *     fails            disappeared   skipped now   newly passing   fails otherwise *, or -
 *
 * * is worse. "Not there" is a scenario that is not in the report, or was not run. It fails otherwise if it breaks another rule
 * or has another cause; a rule means nothing where a wait ran out. A deviation that comes in a scenario that passes both
 * times is worse, too, and so is a rule that was kept and is not any more.
 *
 * Memory: one arena; the runs must outlive it.
 */
#ifndef TCK_HISTORY_COMPARISON_H
#define TCK_HISTORY_COMPARISON_H

#include "history/past.h"

/* id, word */
#define TCK_CHANGE_MAP(XX)                 \
    XX(NEWLY_FAILING, "newly failing")     \
    XX(FAILS_OTHERWISE, "fails otherwise") \
    XX(NEWLY_PASSING, "newly passing")     \
    XX(SKIPPED_NOW, "skipped now")         \
    XX(APPEARED, "appeared")               \
    XX(DISAPPEARED, "disappeared")
#define XX(id, ...) TCK_CHANGE_##id,
enum tck_change_kind { TCK_CHANGE_MAP(XX) TCK_CHANGE_COUNT };
#undef XX

/* What a run says of a rule, from worst known to best. id, word */
#define TCK_PROOF_MAP(XX)                                                               \
    XX(UNPROVEN, "unproven") /* no scenario that proves it passed, and none broke it */ \
    XX(KEPT, "kept")                                                                    \
    XX(DEVIATED, "deviated from")                                                       \
    XX(BROKEN, "broken")
#define XX(id, ...) TCK_PROOF_##id,
enum tck_proof { TCK_PROOF_MAP(XX) TCK_PROOF_COUNT };
#undef XX

struct tck_change {
    enum tck_change_kind kind;
    bool worse;
    const struct tck_past_result *before, *after; /* NULL: not in the report; never both */
};

struct tck_deviation_change {
    const char *scenario;
    const struct tck_remark *remark;
    bool came; /* else it went */
};

struct tck_rule_change {
    const char *rule;
    enum tck_proof before, after;
    bool worse;
};

struct tck_comparison {
    const struct tck_change *changes; /* by kind, then by scenario */
    size_t change_count, counts[TCK_CHANGE_COUNT];
    const struct tck_deviation_change *deviations; /* by scenario */
    size_t deviation_count;
    const struct tck_rule_change *rules; /* by rule */
    size_t rule_count;
    size_t same;           /* scenarios of both runs of which there is nothing to tell */
    bool worse;            /* anything of the above */
    bool judged_otherwise; /* one run was stricter than the other */
    struct tck_arena *arena;
};

/* Errors: TCK_KIT (no memory). */
int tck_comparison_new(const struct tck_past *before, const struct tck_past *after,
                       struct tck_comparison **ret_comparison, struct tck_error *err);
void tck_comparison_free(struct tck_comparison *comparison);
TCK_DEFINE_FREEP(struct tck_comparison, tck_comparison_free)

const char *tck_change_word(enum tck_change_kind kind);
const char *tck_proof_word(enum tck_proof state);

#endif
