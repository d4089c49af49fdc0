/* SPDX-License-Identifier: Apache-2.0
 *
 * cli/prompt.h — what a person says to a run that pauses: a line from the standard input, be it a terminal or not.
 *
 * An empty line goes on, "t" lends the tap's port, "q" ends the run; so does the end of the input, as then nobody can say
 * anything any more. A signal ends the wait at once.
 */
#ifndef TCK_CLI_PROMPT_H
#define TCK_CLI_PROMPT_H

#include "verdict/pause.h"

struct tck_prompt {
    char rest[256]; /* what was read beyond the last line */
    size_t size;
    bool ended; /* the answer was to end: the runs that would follow are not begun */
};

/* `pause` of a run; context: the prompt, zeroed at first. */
enum tck_pause_answer tck_prompt_ask(void *context);

#endif
