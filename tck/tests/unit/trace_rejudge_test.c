/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/builtin.h"
#include "trace/rejudge.h"

struct fixture {
    struct tck_spec *spec;
    struct tck_pool *builtin;
    char path[64];
    struct tck_rejudged *rejudged;
    struct tck_error err;
};

#define HEAD_AS(role, version)                                                                                     \
    "{\"kind\":\"recording\",\"version\":" version ",\"scenario\":\"t/s\",\"role\":\"" role "\",\"strict\":false," \
    "\"upstream\":false,\"descriptors\":null}\n"
#define HEAD HEAD_AS("user-function", "1")
#define LINE(kind, more) \
    "{\"kind\":\"" kind "\",\"stream\":1,\"conversation\":\"main\",\"protocol\":\"value-entity\"" more "}\n"
/* The init of an entity of the value entity model, command 1 of it, and a reply to command 7. */
#define INIT                                         \
    LINE("message", ",\"from\":\"proxy\",\"bytes\":" \
                    "\"CjkKNGNsb3Vkc3RhdGUudGNrLm1vZGVsLnZhbHVlZW50aXR5LlZhbHVlRW50aXR5VGNrTW9kZWwSAWU=\"")
#define COMMAND                                                                                                        \
    LINE("message", ",\"from\":\"proxy\",\"bytes\":"                                                                   \
                    "\"ElMKAWUQARoHUHJvY2VzcyJDCjx0eXBlLmdvb2dsZWFwaXMuY29tL2Nsb3Vkc3RhdGUudGNrLm1vZGVsLnZhbHVlZW50aX" \
                    "R5LlJlcXVlc3QSAwoBZQ==\"")
#define REPLY_7      LINE("message", ",\"from\":\"user-function\",\"bytes\":\"CgIIBw==\"")
#define PASSED       "{\"kind\":\"verdict\",\"verdict\":\"passed\",\"cause\":\"\",\"rule\":null}\n"
#define FAILED(rule) "{\"kind\":\"verdict\",\"verdict\":\"failed\",\"cause\":\"rule\",\"rule\":\"" rule "\"}\n"

static int setup(void **state)
{
    static struct fixture fixture;
    int fd;

    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(tck_spec_new(&fixture.spec, NULL), 0);
    assert_int_equal(tck_builtin_pool_new(&fixture.builtin, NULL), 0);
    snprintf(fixture.path, sizeof fixture.path, "/tmp/tck-rejudge-XXXXXX");
    fd = mkstemp(fixture.path);
    assert_true(fd >= 0);
    close(fd);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    unlink(fixture->path);
    tck_rejudged_free(fixture->rejudged);
    tck_error_done(&fixture->err);
    tck_pool_free(fixture->builtin);
    tck_spec_free(fixture->spec);
    return 0;
}

static int judge_bytes(struct fixture *fixture, const char *text, size_t size)
{
    const struct tck_rejudge_options options = { .spec = fixture->spec, .builtin = fixture->builtin };
    FILE *file = fopen(fixture->path, "w");

    assert_non_null(file);
    fwrite(text, 1, size, file);
    assert_int_equal(fclose(file), 0);
    tck_rejudged_free(TCK_TAKE(fixture->rejudged));
    return tck_rejudge(fixture->path, &options, &fixture->rejudged, &fixture->err);
}

static int judge(struct fixture *fixture, const char *text)
{
    return judge_bytes(fixture, text, strlen(text));
}

static void breach_is_told_with_its_line_and_whose_it_is(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_rejudged_breach *breach;

    assert_int_equal(judge(fixture, HEAD INIT COMMAND REPLY_7 PASSED), 0);
    assert_int_equal(fixture->rejudged->conversations, 1);
    assert_int_equal(fixture->rejudged->messages, 3);
    assert_true(fixture->rejudged->failing > 0);
    breach = &fixture->rejudged->breaches[0];
    assert_int_equal(breach->line, 4);
    assert_int_equal(breach->by, TCK_SIDE_USER_FUNCTION);
    assert_string_equal(breach->on, "main");
    assert_string_equal(breach->rule, "ST-REPLY-1");
    assert_string_equal(breach->text, "reply to command 7, which was never sent");
    assert_string_equal(fixture->rejudged->verdict, "passed");
    assert_non_null(strstr(fixture->rejudged->disagrees, "recorded as passed, and the judges find "));
}

static void verdict_of_a_rule_that_was_kept_disagrees(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, HEAD INIT FAILED("ST-REPLY-1")), 0);
    assert_int_equal(fixture->rejudged->failing, 0);
    assert_string_equal(fixture->rejudged->disagrees, "recorded as failed for ST-REPLY-1, which the judges find kept");
    assert_int_equal(judge(fixture, HEAD INIT PASSED), 0);
    assert_null(fixture->rejudged->disagrees);
}

static void what_the_kit_broke_on_purpose_is_not_the_candidates(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, HEAD COMMAND PASSED), 0);
    assert_true(fixture->rejudged->breach_count > 0);
    assert_true(fixture->rejudged->breaches[0].ours);
    assert_int_equal(fixture->rejudged->failing, 0);
    assert_int_equal(judge(fixture, HEAD_AS("pair", "1") COMMAND PASSED), 0);
    assert_false(fixture->rejudged->breaches[0].ours);
    assert_int_equal(fixture->rejudged->breaches[0].by, TCK_SIDE_PROXY);
    assert_true(fixture->rejudged->failing > 0);
    /* Where the proxy alone is judged, what stands behind it is only noted. */
    assert_int_equal(judge(fixture, HEAD_AS("proxy", "1") INIT COMMAND REPLY_7 PASSED), 0);
    assert_true(fixture->rejudged->breach_count > 0);
    assert_int_equal(fixture->rejudged->failing, 0);
}

static void what_was_meddled_with_is_not_judged_from_there_on(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, HEAD INIT LINE("meddled", ",\"unjudged\":true") COMMAND REPLY_7 PASSED), 0);
    assert_int_equal(fixture->rejudged->breach_count, 0);
    assert_int_equal(judge(fixture, HEAD INIT LINE("meddled", ",\"unjudged\":false") COMMAND REPLY_7 PASSED), 0);
    assert_true(fixture->rejudged->breach_count > 0);
}

static void end_decides_what_is_still_owed(void **state)
{
    struct fixture *fixture = *state;
    static const char end[] = LINE("concluded", ",\"code\":0,\"from_peer\":true,\"waited\":true");
    char text[2048];

    snprintf(text, sizeof text, "%s%s", HEAD INIT COMMAND LINE("half-close", ""), end);
    assert_int_equal(judge(fixture, text), 0);
    assert_true(fixture->rejudged->failing > 0); /* a command without an answer */
    assert_int_equal(judge(fixture, HEAD INIT COMMAND LINE("half-close", "")), 0);
    assert_int_equal(fixture->rejudged->failing, 0); /* nobody knows what came */
}

static void recording_that_is_cut_off_is_judged_as_far_as_it_goes(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(judge(fixture, HEAD INIT COMMAND REPLY_7 "{\"kind\":\"mess"), 0);
    assert_true(fixture->rejudged->cut);
    assert_true(fixture->rejudged->failing > 0);
    assert_null(fixture->rejudged->disagrees);
}

static void bytes_that_are_no_message_are_a_breach(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        judge(fixture, HEAD INIT LINE("undecodable", ",\"from\":\"user-function\",\"bytes\":\"/////w==\"") PASSED), 0);
    assert_true(fixture->rejudged->failing > 0);
}

static const struct {
    const char *text;
    unsigned line;
    const char *says;
} mistakes[] = {
    { "", 0, "not a recording of 'tck run --trace': it has no whole line" },
    { "{\"kind\":\"recording\"", 0, "not a recording of 'tck run --trace': it has no whole line" },
    { "hello\n", 1, "not JSON" },
    { "[]\n", 1, "a line of a recording is an object, found a list" },
    { "{}\n", 1, "its first line is no header" },
    { "{\"kind\":1}\n", 1, "its first line is no header" },
    { "{\"kind\":\"recording\"}\n", 1, "'version' is a whole number, found nothing" },
    { HEAD_AS("pair", "2"), 1, "a recording of version 2, and this tck reads version 1" },
    { HEAD_AS("pair", "99999999999999999999999"), 1, "'version' is a whole number up to" },
    { HEAD_AS("pair", "1e999"), 1, "not JSON" },
    { HEAD_AS("pair", "-1"), 1, "'version' is a whole number, found a number" },
    { HEAD_AS("server", "1"), 1, "no recording says role: 'server'" },
    { HEAD "nonsense\n" PASSED, 2, "not JSON" },
    { HEAD "{\"kind\":\"message\",\n" PASSED, 2, "not JSON" },
    { HEAD "\n", 2, "not JSON" },
    { HEAD "{\"kind\":\"dance\",\"protocol\":null}\n", 2, "no recording says kind: 'dance'" },
    { HEAD "{\"kind\":\"note\",\"protocol\":7}\n", 2, "'protocol' is a text, found a number" },
    { HEAD LINE("message", ""), 2, "'from' is a text, found nothing" },
    { HEAD LINE("message", ",\"from\":\"tap\",\"bytes\":\"\""), 2, "no recording says from: 'tap'" },
    { HEAD LINE("message", ",\"from\":\"proxy\",\"bytes\":\"$$$\""), 2, "'bytes' is not base64" },
    { HEAD LINE("message", ",\"from\":\"proxy\",\"bytes\":{}"), 2, "'bytes' is base64, found a map" },
    { HEAD LINE("meddled", ",\"unjudged\":1"), 2, "'unjudged' is true or false, found a number" },
    { HEAD LINE("concluded", ",\"code\":\"OK\""), 2, "'code' is a whole number, found a string" },
    { HEAD LINE("note", ",\"stream\":2"), 2, "not JSON" },
    { HEAD "{\"kind\":\"opened\",\"protocol\":\"crdt\",\"stream\":100000,\"conversation\":\"c\"}\n", 2,
      "stream 100000: a recording has fewer than 100000" },
    { HEAD INIT "{\"kind\":\"opened\",\"protocol\":\"crdt\",\"stream\":1,\"conversation\":\"c\"}\n", 3,
      "stream 1 was value-entity before, and now is crdt" },
    { HEAD PASSED INIT, 3, "the recording goes on after its verdict" },
    { HEAD "{\"kind\":\"verdict\"}\n", 2, "'verdict' is a text, found nothing" },
};

static void mistakes_of_a_recording_are_told_with_their_line(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        assert_int_equal(judge(fixture, mistakes[i].text), TCK_BAD_INPUT);
        if (fixture->err.line != mistakes[i].line || !strstr(fixture->err.text, mistakes[i].says))
            fail_msg("case %zu: %u: %s", i, fixture->err.line, fixture->err.text);
        assert_string_equal(fixture->err.name, fixture->path);
        assert_null(fixture->rejudged);
    }
}

static void hostile_lines_are_mistakes_and_nothing_more(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)64 << 20);

    tck_buffer_puts(&text, HEAD);
    for (size_t i = 0; i < 100000; i++)
        tck_buffer_putc(&text, '[');
    tck_buffer_puts(&text, "\n" PASSED);
    assert_int_equal(judge_bytes(fixture, text.data, text.size), TCK_BAD_INPUT);
    assert_int_equal(fixture->err.line, 2);

    tck_buffer_clear(&text);
    tck_buffer_puts(&text, HEAD "{\"kind\":\"note\",\"protocol\":null,\"text\":\"");
    for (size_t i = 0; i < (size_t)33 << 20; i += 1024)
        tck_buffer_printf(&text, "%1024d", 0);
    tck_buffer_puts(&text, "\"}\n");
    assert_int_equal(judge_bytes(fixture, text.data, text.size), TCK_BAD_INPUT);
    assert_non_null(strstr(fixture->err.text, "longer than any of a recording"));

    assert_int_equal(judge_bytes(fixture, HEAD "\0\0\n" PASSED, sizeof HEAD + 2 + sizeof PASSED - 1), TCK_BAD_INPUT);
    assert_int_equal(fixture->err.line, 2);
}

static void file_that_is_not_there_or_is_a_directory_is_a_mistake(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_rejudge_options options = { .spec = fixture->spec, .builtin = fixture->builtin };

    assert_int_equal(tck_rejudge("/tmp/no-such-recording", &options, &fixture->rejudged, &fixture->err), TCK_BAD_INPUT);
    assert_string_equal(fixture->err.text, "cannot be read: No such file or directory");
    assert_int_equal(tck_rejudge("/tmp", &options, &fixture->rejudged, &fixture->err), TCK_BAD_INPUT);
    assert_string_equal(fixture->err.text, "cannot be read: Is a directory");
}

static void types_that_are_not_beside_the_recording_are_told_to_lack(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        judge(fixture, "{\"kind\":\"recording\",\"version\":1,\"scenario\":\"t/s\",\"role\":\"pair\",\"strict\":false,"
                       "\"upstream\":false,\"descriptors\":\"descriptors-0000000000000000.binpb\"}\n" INIT PASSED),
        0);
    assert_non_null(strstr(fixture->rejudged->types_lack, "is not beside the recording, nor above it"));
    assert_int_equal(
        judge(fixture, "{\"kind\":\"recording\",\"version\":1,\"scenario\":\"t/s\",\"role\":\"pair\",\"strict\":false,"
                       "\"upstream\":false,\"descriptors\":\"../../etc/passwd\"}\n" PASSED),
        TCK_BAD_INPUT);
    assert_string_equal(fixture->err.text, "'descriptors' is the name of a file beside the recording");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(breach_is_told_with_its_line_and_whose_it_is),
        TEST(verdict_of_a_rule_that_was_kept_disagrees),
        TEST(what_the_kit_broke_on_purpose_is_not_the_candidates),
        TEST(what_was_meddled_with_is_not_judged_from_there_on),
        TEST(end_decides_what_is_still_owed),
        TEST(recording_that_is_cut_off_is_judged_as_far_as_it_goes),
        TEST(bytes_that_are_no_message_are_a_breach),
        TEST(mistakes_of_a_recording_are_told_with_their_line),
        TEST(hostile_lines_are_mistakes_and_nothing_more),
        TEST(file_that_is_not_there_or_is_a_directory_is_a_mistake),
        TEST(types_that_are_not_beside_the_recording_are_told_to_lack),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
