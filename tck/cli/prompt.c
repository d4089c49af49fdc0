/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/prompt.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"

#define LOOK_UP 50 /* ms between two looks for a signal, which another thread may have taken */

/* Waits until there is something to read; false: a signal came. */
static bool await_input(void)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

    while (!tck_interrupted)
        if (poll(&input, 1, LOOK_UP) > 0)
            return true;
    return false;
}

/* Fills the rest until it holds a line. Its size with the newline; 0: the input ended, or a signal came. */
static size_t read_line(struct tck_prompt *prompt)
{
    for (;;) {
        const char *newline = memchr(prompt->rest, '\n', prompt->size);
        ssize_t n;

        if (newline)
            return (size_t)(newline - prompt->rest) + 1;
        if (prompt->size == sizeof prompt->rest) /* no answer is so long: it is wrong, whatever follows */
            prompt->size = 1;
        if (!await_input())
            return 0;
        n = read(STDIN_FILENO, prompt->rest + prompt->size, sizeof prompt->rest - prompt->size);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
            return 0;
        if (n > 0)
            prompt->size += (size_t)n;
    }
}

static bool is_line(const struct tck_prompt *prompt, size_t size, const char *text)
{
    size_t length = size - 1;

    if (length > 0 && prompt->rest[length - 1] == '\r')
        length--;
    return length == strlen(text) && memcmp(prompt->rest, text, length) == 0;
}

/* false: it says nothing that we know. */
static bool understand(const struct tck_prompt *prompt, size_t size, enum tck_pause_answer *ret_answer)
{
    static const struct {
        const char *line;
        enum tck_pause_answer answer;
    } answers[] = { { "", TCK_PAUSE_GO_ON }, { "t", TCK_PAUSE_LEND_TAP }, { "q", TCK_PAUSE_END } };

    for (size_t i = 0; i < TCK_COUNT(answers); i++)
        if (is_line(prompt, size, answers[i].line)) {
            *ret_answer = answers[i].answer;
            return true;
        }
    return false;
}

enum tck_pause_answer tck_prompt_ask(void *context)
{
    struct tck_prompt *prompt = context;
    enum tck_pause_answer answer = TCK_PAUSE_END;
    bool understood = false;
    size_t size;

    while (!understood && (size = read_line(prompt)) > 0) {
        understood = understand(prompt, size, &answer);
        prompt->size -= size;
        memmove(prompt->rest, prompt->rest + size, prompt->size);
        if (!understood)
            fputs("an empty line, 't' or 'q': ", stderr);
    }
    if (understood && !isatty(STDIN_FILENO)) /* where a terminal shows the Enter itself */
        fputc('\n', stderr);
    if (!understood)
        fputs(tck_interrupted ? "\n" : "\nthe standard input has ended, and so does the run\n", stderr);
    prompt->ended = answer == TCK_PAUSE_END;
    return answer;
}
