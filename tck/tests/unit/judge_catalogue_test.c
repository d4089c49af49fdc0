/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <glob.h>
#include <stdio.h>

#include "judge/rules.h"
#include "testing.h"
#include "wire/tree.h"

/* specs/requirements.yaml is well-formed, agrees with the judges' table, and each rule of that has a test that breaks
 * it. Runs in the project's directory. */

#define CATALOGUE "specs/requirements.yaml"

static const struct {
    const char *id, *text;
} rules[TCK_RULE_COUNT] = {
#define XX(symbol, id, text) { id, text },
    TCK_JUDGE_RULE_MAP(XX)
#undef XX
};

struct catalogue {
    struct tck_arena *arena;
    const struct tck_tree *root;
};

static int load(void **state)
{
    static struct catalogue catalogue;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4 << 20);
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

    assert_int_equal(tck_read_file(CATALOGUE, 4 << 20, &text, NULL), 0);
    assert_int_equal(tck_arena_new(0, &catalogue.arena, NULL), 0);
    assert_int_equal(tck_tree_parse_yaml(CATALOGUE, tck_buffer_bytes(&text), catalogue.arena, &catalogue.root, &errors),
                     0);
    assert_int_equal(catalogue.root->kind, TCK_TREE_LIST);
    *state = &catalogue;
    return 0;
}

static int unload(void **state)
{
    struct catalogue *catalogue = *state;

    tck_arena_free(catalogue->arena);
    return 0;
}

static const char *field(const struct tck_tree *entry, const char *key)
{
    const struct tck_tree *value = tck_tree_get(entry, key);

    return value && value->kind == TCK_TREE_STRING ? value->text : NULL;
}

static bool is_judged(const struct tck_tree *entry)
{
    return tck_tree_get(entry, "judged") != NULL;
}

/* UF-L01, PX-ES14, or FAMILY-TOPIC-number as in CR-STREAMED-10 and AC-STREAMED-IN-1. */
static bool is_id(const char *id)
{
    static const char *const families[] = { "DS", "ST", "ES", "VE", "CR", "AC", "FW",
                                            "SE", "FA", "MD", "HT", "EV", "UF", "PX" };
    size_t family = 0, size = strlen(id);

    while (family < TCK_COUNT(families) && strncmp(id, families[family], 2) != 0)
        family++;
    if (family == TCK_COUNT(families) || size < 5 || id[2] != '-' || !isdigit((unsigned char)id[size - 1]))
        return false;
    return strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == size && !strstr(id, "--");
}

static void entries_have_id_level_text_and_source(void **state)
{
    static const char *const levels[] = { "must", "should", "may", "upstream" };
    struct catalogue *catalogue = *state;

    for (const struct tck_tree *entry = catalogue->root->first; entry; entry = entry->next) {
        const char *id = field(entry, "id"), *level = field(entry, "level"), *text = field(entry, "text");
        size_t known = 0;

        assert_non_null(id);
        assert_true(is_id(id));
        assert_non_null(level);
        while (known < TCK_COUNT(levels) && strcmp(levels[known], level) != 0)
            known++;
        assert_true(known < TCK_COUNT(levels));
        assert_non_null(text);
        assert_true(strlen(text) > 20 && isupper((unsigned char)text[0]) && text[strlen(text) - 1] == '.');
        assert_non_null(field(entry, "source"));
        assert_int_equal(entry->count, is_judged(entry) ? 5 : 4);
        if (is_judged(entry))
            assert_string_equal(tck_tree_get(entry, "judged")->text, "true");
    }
}

static void ids_are_unique(void **state)
{
    struct catalogue *catalogue = *state;

    for (const struct tck_tree *entry = catalogue->root->first; entry; entry = entry->next)
        for (const struct tck_tree *other = entry->next; other; other = other->next)
            assert_string_not_equal(field(entry, "id"), field(other, "id"));
}

static void judged_entries_are_the_rules_of_the_judges_in_the_same_words(void **state)
{
    struct catalogue *catalogue = *state;
    size_t judged = 0;

    for (const struct tck_tree *entry = catalogue->root->first; entry; entry = entry->next) {
        size_t rule = 0;

        while (rule < TCK_RULE_COUNT && strcmp(rules[rule].id, field(entry, "id")) != 0)
            rule++;
        if (is_judged(entry) != (rule < TCK_RULE_COUNT))
            print_error("%s is in one of the two lists only\n", field(entry, "id"));
        assert_int_equal(is_judged(entry), rule < TCK_RULE_COUNT);
        if (!is_judged(entry))
            continue;
        judged++;
        assert_string_equal(field(entry, "text"), rules[rule].text);
    }
    assert_int_equal(judged, TCK_RULE_COUNT); /* ids are unique, so none is missing */
}

static void every_rule_has_a_conversation_that_breaks_it(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer tests = TCK_BUFFER_INIT(8 << 20);
    glob_t files;

    (void)state;
    assert_int_equal(glob("tck/tests/unit/judge_*_test.c", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer file = TCK_BUFFER_INIT(1 << 20);

        assert_int_equal(tck_read_file(files.gl_pathv[i], 1 << 20, &file, NULL), 0);
        tck_buffer_puts(&tests, tck_buffer_string(&file));
    }
    globfree(&files);
    assert_int_equal(tck_buffer_check(&tests, NULL), 0);
    for (size_t i = 0; i < TCK_RULE_COUNT; i++) {
        char found[64];

        snprintf(found, sizeof found, "%s@", rules[i].id); /* as judge_fixture_breaches() writes it */
        if (!strstr(tests.data, found))
            fail_msg("no conversation breaks %s", rules[i].id);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_have_id_level_text_and_source),
        cmocka_unit_test(ids_are_unique),
        cmocka_unit_test(judged_entries_are_the_rules_of_the_judges_in_the_same_words),
        cmocka_unit_test(every_rule_has_a_conversation_that_breaks_it),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
