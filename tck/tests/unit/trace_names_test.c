/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <stdio.h>

#include "trace/trace_internal.h"

static const char *path_of(const char *id, unsigned repetition)
{
    static char path[4096];
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 16);

    tck_trace_path(id, repetition, &out);
    assert_int_equal(tck_buffer_check(&out, NULL), 0);
    snprintf(path, sizeof path, "%s", tck_buffer_string(&out));
    return path;
}

static const struct {
    const char *id;
    unsigned repetition;
    const char *path;
} paths[] = {
    { "crdt/flag/a-new-flag-is-off", 1, "crdt/flag/a-new-flag-is-off.jsonl" },
    { "a/b[of many]", 2, "a/b[of many]#2.jsonl" },
    { "a/b#2", 1, "a/b%232.jsonl" },
    { "../../etc/passwd", 1, "%2E./%2E./etc/passwd.jsonl" },
    { "/a//b/", 1, "%/a/%/b/%.jsonl" },
    { "a/\x01\xc3\xa4%", 1, "a/%01%C3%A4%25.jsonl" },
    { ".hidden.file", 1, "%2Ehidden.file.jsonl" },
};

static void path_is_as_the_id_and_stays_below_the_directory(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(paths); i++)
        assert_string_equal(path_of(paths[i].id, paths[i].repetition), paths[i].path);
}

static void long_ids_have_short_names_of_their_own(void **state)
{
    char one[1001] = "", other[1001] = "", first[4096];

    (void)state;
    memset(one, 'a', 1000);
    memset(other, 'a', 1000);
    other[999] = 'b';
    snprintf(first, sizeof first, "%s", path_of(one, 1));
    assert_true(strlen(first) < 255 - strlen("#4294967295"));
    assert_string_not_equal(first, path_of(other, 1));
    assert_string_equal(first, path_of(one, 1));
}

static void descriptors_are_named_after_their_bytes(void **state)
{
    char one[TCK_TRACE_DESCRIPTORS_SIZE], other[TCK_TRACE_DESCRIPTORS_SIZE];

    (void)state;
    assert_string_equal(tck_trace_descriptors_name(tck_bytes("", 0), one), "descriptors-cbf29ce484222325.binpb");
    assert_string_not_equal(one, tck_trace_descriptors_name(tck_bytes("a", 1), other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_is_as_the_id_and_stays_below_the_directory),
        cmocka_unit_test(long_ids_have_short_names_of_their_own),
        cmocka_unit_test(descriptors_are_named_after_their_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
