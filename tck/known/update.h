/* SPDX-License-Identifier: Apache-2.0
 *
 * known/update.h — a list of known failures, made to fit what runs have found.
 *
 * Of every scenario that the reports show to have run to an end:
 *
 *     it failed, and no entry names that      an entry is added: under failing, or under flaky if it also passed, or is
 *                                             known to be flaky
 *     it failed otherwise than its entry says the entry's rule, cause and step are corrected; if the entry is about
 *                                             others too that do not fail so, it is taken out and gets an entry of its own
 *     it passed each time, but is in failing  it is taken out; an entry that is about nobody else is dropped
 *     it passed and failed, and is in failing left as it is, with a word: a person decides whether it is flaky
 *
 * Everything else stays byte for byte: comments, order, layout, reasons, days, flaky entries. What only others' deaths or an
 * interruption can explain is not looked at. The new list is read again before it is given out: it has no mistake, and
 * nothing is left to update.
 */
#ifndef TCK_KNOWN_UPDATE_H
#define TCK_KNOWN_UPDATE_H

#include "history/past.h"
#include "known/list.h"

struct tck_known_update {
    const char *text; /* the new list; NULL: nothing is to be changed */
    size_t size;
    const char *const *changes; /* each a sentence, in the order of the file; also of what is left as it is */
    size_t change_count;
    struct tck_arena *arena;
};

/* name and text: the list, "" for one that is not there yet. Errors: mistakes of the list, an entry that must change and
 * is written so that it cannot be changed in its place, a failure of a scenario that the spec does not have: all
 * TCK_BAD_INPUT. */
int tck_known_update_new(const char *name, struct tck_bytes text, const struct tck_spec *spec,
                         struct tck_past *const *pasts, size_t past_count, struct tck_known_update **ret_update,
                         struct tck_error_list *errors);
void tck_known_update_free(struct tck_known_update *update);
TCK_DEFINE_FREEP(struct tck_known_update, tck_known_update_free)

#endif
