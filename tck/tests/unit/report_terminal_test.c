/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "report_fixture.h"
#include "testing.h"

struct shown {
    char *text;
    size_t size;
};

static struct shown show(struct tck_terminal_options options)
{
    tck_cleanup(tck_sink_freep) struct tck_sink *sink = NULL;
    struct report_fixture fixture;
    struct shown shown = { 0 };
    FILE *stream = open_memstream(&shown.text, &shown.size);

    report_fixture_init(&fixture);
    options.results = options.talk = stream;
    assert_int_equal(tck_terminal_sink_new(&options, fixture.spec, &sink, NULL), 0);
    assert_int_equal(report_fixture_play(&fixture, sink, NULL), 0);
    tck_sink_free(TCK_TAKE(sink));
    fclose(stream);
    report_fixture_done(&fixture);
    return shown;
}

static void terminal_shows_what_did_not_pass_and_a_summary(void **state)
{
    struct shown shown = show((struct tck_terminal_options){ 0 });

    (void)state;
    assert_non_null(strstr(shown.text, "✗ failed  es/state/two  (12 ms)\n"));
    assert_non_null(strstr(shown.text, "\n  blame:    the proxy\n"));
    assert_non_null(strstr(shown.text, "! errored  es/state/four"));
    assert_null(strstr(shown.text, "passed  es/state/one"));
    assert_null(strstr(shown.text, "es/state/five")); /* its entry is told instead */
    assert_non_null(strstr(shown.text, "\n≈ 1 known: known a"));
    assert_non_null(strstr(shown.text, "  (known.yaml:3, until 2027-03-01)\n"));
    assert_non_null(strstr(shown.text, "\n≈ flaky: es/state/one: 3 of 10 failed: odd a"));
    assert_non_null(strstr(shown.text, "\n! known.yaml:12: a"));
    assert_non_null(strstr(shown.text, "- 1 skipped: because "));
    assert_non_null(
        strstr(shown.text, "1 passed, 1 failed, 1 skipped, 1 errored, 1 known in 40 ms: the candidate broke a rule\n"));
    free(shown.text);
}

static void terminal_is_never_controlled_by_a_candidate(void **state)
{
    struct shown shown = show((struct tck_terminal_options){ .verbosity = TCK_VERBOSE, .trace = true });

    (void)state;
    for (size_t i = 0; i < shown.size; i++)
        assert_true((unsigned char)shown.text[i] >= 0x20 || shown.text[i] == '\n');
    assert_null(strchr(shown.text, 0x7f));
    free(shown.text);
}

static void terminal_that_is_quiet_shows_the_summary_and_what_else_makes_it_red(void **state)
{
    struct shown shown = show((struct tck_terminal_options){ .verbosity = TCK_QUIET });

    (void)state;
    assert_int_equal(strncmp(shown.text, "! known.yaml:12: ", 17), 0);
    assert_string_equal(strchr(shown.text, '\n') + 1,
                        "1 passed, 1 failed, 1 skipped, 1 errored, 1 known in 40 ms: the candidate broke a rule\n");
    free(shown.text);
}

static void terminal_in_colour_has_the_same_words(void **state)
{
    struct shown plain = show((struct tck_terminal_options){ .verbosity = TCK_VERBOSE });
    struct shown colour = show((struct tck_terminal_options){ .verbosity = TCK_VERBOSE, .color = true });
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < colour.size; i++) {
        if (colour.text[i] == '\033')
            i += strcspn(colour.text + i, "m");
        else
            colour.text[at++] = colour.text[i];
    }
    colour.text[at] = '\0';
    assert_true(at < colour.size);
    assert_string_equal(colour.text, plain.text);
    free(plain.text);
    free(colour.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_shows_what_did_not_pass_and_a_summary),
        cmocka_unit_test(terminal_is_never_controlled_by_a_candidate),
        cmocka_unit_test(terminal_that_is_quiet_shows_the_summary_and_what_else_makes_it_red),
        cmocka_unit_test(terminal_in_colour_has_the_same_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
