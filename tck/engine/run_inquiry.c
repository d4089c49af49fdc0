/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose fault it is what a client heard. A proxy that replays the wrong events hands on, word for word, the wrong answer that
 * the user function had to give; so what passed behind it has to be looked at before anybody is blamed.
 */
#include "engine/run_internal.h"

enum tck_inquiry_step tck_inquiry_step(const struct tck_op *op)
{
    switch (op->kind) {
    case TCK_OP_SEE:
    case TCK_OP_SET:
    case TCK_OP_FRESH:
    case TCK_OP_REPEAT:
    case TCK_OP_ANY_ORDER:
    case TCK_OP_EITHER:
        return TCK_INQUIRY_LOOK;
    case TCK_OP_EXPECT: /* what lasts tells nothing of what was */
        return op->expected->awaits == TCK_AWAITS_SILENCE ? TCK_INQUIRY_SKIP : TCK_INQUIRY_LOOK;
    case TCK_OP_HEAR:
    case TCK_OP_CHECK:
    case TCK_OP_ORDER:
    case TCK_OP_APART:
    case TCK_OP_OVERLAP:
        return TCK_INQUIRY_SKIP;
    default: /* what follows is of something that is not done any more */
        return TCK_INQUIRY_STOP;
    }
}

/* In all conversations of the scenario, also those that no step waits for. */
static int look_for_breaches(struct tck_scenario_run *run)
{
    int r = 0;

    tck_watch_look(run);
    for (struct tck_talk *talk = run->talks; talk && r == 0; talk = talk->next)
        if (talk->observer)
            r = tck_find_breaches(run, talk);
    return r;
}

static void look(struct tck_scenario_run *run, const struct tck_block *block, size_t next)
{
    const struct tck_block rest = { .ops = block->ops + next, .count = block->count - next };
    tck_cleanup(tck_error_done) struct tck_error trouble = { 0 }; /* the finding stands, whatever happens here */

    if (tck_run_block(run, &rest, &trouble) < 0)
        run->inquiry->stuck = true;
}

void tck_inquire(struct tck_scenario_run *run, const struct tck_block *block, size_t next)
{
    const struct tck_op *op = run->op;
    const bool watched = run->watched;
    struct tck_inquiry inquiry = { 0 };

    run->shared->doubt = false;
    run->inquiry = &inquiry;
    if (block)
        look(run, block, next);
    if (!inquiry.overruled) {
        run->op = op;
        (void)look_for_breaches(run);
    }
    run->inquiry = NULL;
    run->watched = watched; /* that it looked for a conversation does not mean that it saw one */
    if (inquiry.overruled)
        return;
    if (inquiry.answers > 0 && (!inquiry.stuck || inquiry.waits))
        run->result->blame = TCK_BLAME_PROXY;
    else if (run->result->cause != TCK_CAUSE_TIMEOUT || !run->meddles)
        run->result->blame = tck_blame_heard(run, &run->shared->suspect);
}
