/* SPDX-License-Identifier: Apache-2.0
 *
 * Where suites come from: the program, directories, files; and what hostile ones, or too little memory, do to the
 * loader.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spec/language.h"
#include "spec_fixture.h"
#include "testing.h"

#define SUITE(title) \
    "suite: " title "\nrole: proxy\nprotocol: crdt\nscenarios:\n  - name: n\n    steps: [half_close: ]\n"
#define RULE "- {id: XX-MINE-1, level: must, text: It must., source: me}\n"

/* --- a directory of our own --- */

static char directory[64];

static int remove_entry(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

static int setup(void **state)
{
    snprintf(directory, sizeof directory, "%s", "/tmp/tck-spec-files-XXXXXX");
    return mkdtemp(directory) ? spec_fixture_setup(state) : -1;
}

static int teardown(void **state)
{
    nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return spec_fixture_teardown(state);
}

static const char *path_of(const char *name)
{
    static char path[2][512];
    static int turn;

    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
    return path[turn];
}

static void write_text(const char *name, const char *text)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (tck_write_file(path_of(name), tck_bytes(text, strlen(text)), &err) < 0)
        fail_msg("%s", err.text);
}

static void make_directory(const char *name)
{
    assert_int_equal(mkdir(path_of(name), 0700), 0);
}

/* --- built-in specs --- */

static void built_in_specs_have_no_mistakes(void **state)
{
    struct spec_fixture *fixture = *state;

    tck_spec_load_builtin(fixture->spec, &fixture->errors);
    tck_spec_finish(fixture->spec, &fixture->errors);
    spec_fixture_assert_no_mistake(fixture);
    assert_true(tck_spec_suite_count(fixture->spec) > 0);
    assert_true(tck_spec_requirement_count(fixture->spec) > 0);
}

/* The files as they lie on disk are the files that the program carries. */
static void built_in_specs_are_all_files_below_specs(void **state)
{
    struct spec_fixture *fixture = *state;
    void *other = NULL;
    struct spec_fixture *disk;

    assert_int_equal(spec_fixture_setup(&other), 0);
    disk = other;
    assert_int_equal(tck_spec_load_builtin(fixture->spec, &fixture->errors), 0);
    assert_int_equal(tck_spec_load_directory(disk->spec, "specs", &disk->errors), 0);
    assert_int_equal(tck_spec_suite_count(fixture->spec), tck_spec_suite_count(disk->spec));
    assert_int_equal(tck_spec_requirement_count(fixture->spec), tck_spec_requirement_count(disk->spec));
    for (size_t i = 0; i < tck_spec_suite_count(fixture->spec); i++) {
        const struct tck_suite *ours = tck_spec_suite(fixture->spec, i), *theirs = NULL;

        for (size_t k = 0; k < tck_spec_suite_count(disk->spec) && !theirs; k++)
            if (strcmp(tck_spec_suite(disk->spec, k)->id, ours->id) == 0)
                theirs = tck_spec_suite(disk->spec, k);
        assert_non_null(theirs);
        assert_string_equal(ours->file, theirs->file); /* "specs/…/x.yaml" both */
        assert_int_equal(ours->scenario_count, theirs->scenario_count);
    }
    spec_fixture_teardown(&other);
}

/* --- directories --- */

static void directory_is_read_in_the_order_of_names_with_ids_below_it(void **state)
{
    static const char *const ids[] = { "Z", "a", "a/deep/x", "a/w", "b" };
    struct spec_fixture *fixture = *state;
    char file[128];

    make_directory("a");
    make_directory("a/deep");
    make_directory(".hidden");
    write_text("b.yaml", SUITE("b"));
    write_text("a.yaml", SUITE("a"));
    write_text("Z.yaml", SUITE("Z"));
    write_text("a/w.yaml", SUITE("w"));
    write_text("a/deep/x.yaml", SUITE("x"));
    write_text("notes.txt", "not: [a suite");
    write_text(".x.yaml", "not: [a suite");
    write_text(".hidden/y.yaml", "not: [a suite");
    write_text("requirements.yaml", RULE);
    assert_int_equal(tck_spec_load_directory(fixture->spec, directory, &fixture->errors), 0);
    assert_int_equal(tck_spec_suite_count(fixture->spec), TCK_COUNT(ids));
    for (size_t i = 0; i < TCK_COUNT(ids); i++) {
        bool found = false;

        for (size_t k = 0; k < TCK_COUNT(ids); k++)
            found = found || strcmp(tck_spec_suite(fixture->spec, k)->id, ids[i]) == 0;
        assert_true(found);
    }
    assert_string_equal(tck_spec_suite(fixture->spec, 0)->id, "Z");
    assert_string_equal(tck_spec_suite(fixture->spec, 4)->id, "b");
    snprintf(file, sizeof file, "%s/a/deep/x.yaml", directory);
    assert_string_equal(tck_spec_suite(fixture->spec, 1)->file, file);
    assert_non_null(tck_spec_find_requirement(fixture->spec, "XX-MINE-1"));
}

static void directory_replaces_suites_and_adds_rules_to_those_before_it(void **state)
{
    struct spec_fixture *fixture = *state;
    size_t suites, rules;

    assert_int_equal(tck_spec_load_builtin(fixture->spec, &fixture->errors), 0);
    suites = tck_spec_suite_count(fixture->spec);
    rules = tck_spec_requirement_count(fixture->spec);
    make_directory("crdt");
    write_text("crdt/gcounter.yaml", SUITE("mine"));
    write_text("more.yaml", SUITE("more"));
    write_text("requirements.yaml", RULE);
    assert_int_equal(tck_spec_load_directory(fixture->spec, directory, &fixture->errors), 0);
    assert_int_equal(tck_spec_finish(fixture->spec, &fixture->errors), 0);
    assert_int_equal(tck_spec_suite_count(fixture->spec), suites + 1);
    assert_int_equal(tck_spec_requirement_count(fixture->spec), rules + 1);
    for (size_t i = 0; i < suites; i++)
        if (strcmp(tck_spec_suite(fixture->spec, i)->id, "crdt/gcounter") == 0)
            assert_string_equal(tck_spec_suite(fixture->spec, i)->title, "mine");
}

static void links_to_files_are_followed_and_links_to_directories_are_not(void **state)
{
    struct spec_fixture *fixture = *state;

    make_directory("a");
    write_text("a/x.yaml", SUITE("x"));
    assert_int_equal(symlink("a/x.yaml", path_of("y.yaml")), 0);
    assert_int_equal(symlink("..", path_of("a/loop.yaml")), 0);
    assert_int_equal(symlink("a", path_of("b")), 0);
    assert_int_equal(symlink("nowhere", path_of("dangling.yaml")), 0);
    assert_int_equal(tck_spec_load_directory(fixture->spec, directory, &fixture->errors), 0);
    assert_int_equal(tck_spec_suite_count(fixture->spec), 2);
    assert_string_equal(tck_spec_suite(fixture->spec, 0)->id, "a/x");
    assert_string_equal(tck_spec_suite(fixture->spec, 1)->id, "y");
}

static void directory_with_mistakes_in_two_files_reports_both_and_keeps_the_rest(void **state)
{
    struct spec_fixture *fixture = *state;

    write_text("a.yaml", "suite: [\n");
    write_text("b.yaml", SUITE("b"));
    write_text("c.yaml", "suite: c\n");
    assert_int_equal(tck_spec_load_directory(fixture->spec, directory, &fixture->errors), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 4); /* no YAML; role, protocol and scenarios missing */
    assert_string_equal(fixture->errors.items[0].name, path_of("a.yaml"));
    assert_string_equal(fixture->errors.items[3].name, path_of("c.yaml"));
    assert_int_equal(tck_spec_suite_count(fixture->spec), 1);
}

static void directory_that_is_none_or_empty_is_bad_input(void **state)
{
    struct spec_fixture *fixture = *state;

    assert_int_equal(tck_spec_load_directory(fixture->spec, directory, &fixture->errors), TCK_BAD_INPUT);
    assert_string_equal(fixture->errors.items[0].text, "holds no *.yaml files");
    assert_int_equal(tck_spec_load_directory(fixture->spec, path_of("none"), &fixture->errors), TCK_BAD_INPUT);
    assert_string_equal(fixture->errors.items[1].text, "cannot be read: No such file or directory");
    write_text("x.yaml", SUITE("x"));
    assert_int_equal(tck_spec_load_directory(fixture->spec, path_of("x.yaml"), &fixture->errors), TCK_BAD_INPUT);
    assert_string_equal(fixture->errors.items[2].text, "is not a directory");
    assert_int_equal(fixture->errors.count, 3);
}

static void file_by_itself_has_its_name_for_an_id(void **state)
{
    struct spec_fixture *fixture = *state;

    write_text("mine.yaml", SUITE("mine"));
    assert_int_equal(tck_spec_load_file(fixture->spec, path_of("mine.yaml"), NULL, &fixture->errors), 0);
    assert_int_equal(tck_spec_load_file(fixture->spec, path_of("mine.yaml"), "crdt/mine", &fixture->errors), 0);
    assert_string_equal(tck_spec_suite(fixture->spec, 0)->id, "mine");
    assert_string_equal(tck_spec_suite(fixture->spec, 1)->id, "crdt/mine");
    assert_int_equal(tck_spec_load_file(fixture->spec, path_of("none.yaml"), NULL, &fixture->errors), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 1);
}

/* --- hostile texts --- */

static void put_times(struct tck_buffer *text, const char *part, int times)
{
    for (int i = 0; i < times; i++)
        tck_buffer_puts(text, part);
}

static void text_nested_very_deep_is_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 << 20);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&text, "suite: ");
    put_times(&text, "[", 100000);
    assert_int_equal(spec_fixture_load(fixture, tck_buffer_string(&text)), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 1);
}

static void aliases_that_multiply_are_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 << 20);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&text, "a0: &a0 [{half_close: }]\n");
    for (int i = 1; i < 30; i++)
        tck_buffer_printf(&text, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1);
    assert_int_equal(spec_fixture_load(fixture, tck_buffer_string(&text)), TCK_BAD_INPUT);
    assert_non_null(strstr(fixture->errors.items[0].text, "aliases expanded"));
}

/* Each step is small to write and none is wrong: time and memory must stay in proportion. */
static void very_many_steps_and_rows_are_read(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 << 20);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&text, "suite: s\nrole: proxy\nprotocol: crdt\nscenarios:\n  - name: n\n    rows:\n");
    for (int i = 0; i < 20000; i++)
        tck_buffer_printf(&text, "      - {row: %d}\n", i);
    tck_buffer_puts(&text, "    steps:\n");
    put_times(&text, "      - half_close:\n", 20000);
    assert_int_equal(spec_fixture_load(fixture, tck_buffer_string(&text)), 0);
    assert_int_equal(tck_spec_suite(fixture->spec, 0)->scenario_count, 20000);
    assert_int_equal(spec_fixture_scenario(fixture, 19999)->step_count, 20000);
}

static void very_many_words_in_a_list_are_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 << 20);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&text, SUITE("s") "    tags: [a0");
    for (int i = 1; i < 5000; i++)
        tck_buffer_printf(&text, ", a%d", i);
    tck_buffer_puts(&text, "]\n");
    assert_int_equal(spec_fixture_load(fixture, tck_buffer_string(&text)), TCK_BAD_INPUT);
    spec_fixture_assert_mistake(fixture, 0, 7, 11, "'tags' has 5000 elements, more than 1000");
    assert_int_equal(fixture->errors.count, 1);
}

static void very_many_mistakes_are_counted_and_not_kept(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 << 20);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&text, SUITE("s") "  - name: m\n    steps:\n");
    put_times(&text, "      - x:\n", 1000);
    assert_int_equal(spec_fixture_load(fixture, tck_buffer_string(&text)), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, TCK_ERROR_LIST_MAX);
    assert_int_equal(fixture->errors.dropped, 1000 - TCK_ERROR_LIST_MAX);
}

/* --- memory that runs out: the linker sends this program's calls here (-Wl,--wrap) --- */

static long allocations_left = -1; /* -1: no limit */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

static bool allocation_fails(void)
{
    return allocations_left >= 0 && allocations_left-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

/* One of each: suites with rows, steps in steps and alternatives, and a rule. */
static int load(struct tck_spec *spec, const char *rules_file, struct tck_error_list *errors)
{
    static const char suite[] = SUITE("s") "    rows: [{row: a}, {row: b}]\n"
                                           "    covers: [XX-MINE-1]\n"
                                           "    upstream: crdt | model | x\n"
                                           "    defaults: {command: C}\n"
                                           "  - name: m\n"
                                           "    steps:\n"
                                           "      - repeat: {times: 2}\n"
                                           "        steps: [half_close: ]\n"
                                           "      - either: [{as: a, closed: }, {as: b, ended: , then: [abort: ]}]\n";
    int worst = tck_spec_parse_requirements(spec, rules_file, tck_bytes(RULE, strlen(RULE)), errors), r;

    for (int i = 0; i < 3; i++) {
        char id[] = { (char)('a' + i), '\0' };

        r = tck_spec_parse(spec, "s", id, tck_bytes(suite, i == 2 ? strlen(SUITE("s")) : strlen(suite)), errors);
        worst = r < worst ? r : worst;
        if (i == 0) {
            r = tck_spec_finish(spec, errors);
            worst = r < worst ? r : worst;
        }
    }
    return worst;
}

static int load_with(const char *rules_file, long allocations)
{
    struct tck_error_list errors = { 0 };
    struct tck_spec *spec = NULL;
    int r;

    allocations_left = allocations;
    r = tck_spec_new(&spec, NULL);
    if (r == 0)
        r = load(spec, rules_file, &errors);
    allocations_left = -1;
    tck_spec_free(spec);
    tck_error_list_done(&errors);
    return r;
}

/* The arena asks for memory in chunks; the length of the first name, which is kept in it, moves the border of the chunk
 * from one thing in it to the next. */
static void loader_reports_any_allocation_that_fails(void **state)
{
    char name[8192] = "";
    long n = 0;

    (void)state;
    for (size_t size = 1; size < sizeof name; size += 64) {
        int r;

        memset(name, 'r', size);
        n = 0;
        do {
            r = load_with(name, n++);
            if (r != 0)
                assert_int_equal(r, TCK_KIT);
        } while (r != 0);
    }
    assert_in_range(n, 10, 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(built_in_specs_have_no_mistakes),
        TEST(built_in_specs_are_all_files_below_specs),
        TEST(directory_is_read_in_the_order_of_names_with_ids_below_it),
        TEST(directory_replaces_suites_and_adds_rules_to_those_before_it),
        TEST(links_to_files_are_followed_and_links_to_directories_are_not),
        TEST(directory_with_mistakes_in_two_files_reports_both_and_keeps_the_rest),
        TEST(directory_that_is_none_or_empty_is_bad_input),
        TEST(file_by_itself_has_its_name_for_an_id),
        TEST(text_nested_very_deep_is_refused),
        TEST(aliases_that_multiply_are_refused),
        TEST(very_many_steps_and_rows_are_read),
        TEST(very_many_words_in_a_list_are_refused),
        TEST(very_many_mistakes_are_counted_and_not_kept),
        cmocka_unit_test(loader_reports_any_allocation_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
