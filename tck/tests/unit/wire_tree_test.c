/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "testing.h"
#include "wire/tree.h"

static int setup(void **state)
{
    return tck_arena_new(0, (struct tck_arena **)state, NULL);
}

static int teardown(void **state)
{
    tck_arena_free(*state);
    return 0;
}

static const struct tck_tree *parse(struct tck_arena *arena, const char *yaml)
{
    struct tck_error_list errors = { 0 };
    const struct tck_tree *root = NULL;

    if (tck_tree_parse_yaml("t.yaml", tck_bytes(yaml, strlen(yaml)), arena, &root, &errors) < 0)
        fail_msg("%s: %s", yaml, errors.count ? errors.items[0].text : "no error");
    tck_error_list_done(&errors);
    return root;
}

static void assert_prints(const struct tck_tree *tree, const char *wanted)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

    tck_tree_print(tree, &out);
    assert_string_equal(tck_buffer_string(&out), wanted);
}

static const struct {
    const char *yaml;
    enum tck_tree_kind kind;
    const char *text;
} scalars[] = {
    { "~", TCK_TREE_NULL, "~" },
    { "null", TCK_TREE_NULL, "null" },
    { "", TCK_TREE_NULL, "" },
    { "true", TCK_TREE_BOOL, "true" },
    { "False", TCK_TREE_BOOL, "false" },
    { "yes", TCK_TREE_STRING, "yes" },
    { "0", TCK_TREE_NUMBER, "0" },
    { "-7", TCK_TREE_NUMBER, "-7" },
    { "18446744073709551615", TCK_TREE_NUMBER, "18446744073709551615" },
    { "1.5e-3", TCK_TREE_NUMBER, "1.5e-3" },
    { ".5", TCK_TREE_NUMBER, ".5" },
    { "0x1F", TCK_TREE_NUMBER, "0x1F" },
    { "0o17", TCK_TREE_NUMBER, "0o17" },
    { "-.inf", TCK_TREE_NUMBER, "-.inf" },
    { ".nan", TCK_TREE_NUMBER, ".nan" },
    { "1.2.3", TCK_TREE_STRING, "1.2.3" },
    { "1e", TCK_TREE_STRING, "1e" },
    { "-", TCK_TREE_LIST, NULL },
    { "0x", TCK_TREE_STRING, "0x" },
    { "12:30", TCK_TREE_STRING, "12:30" },
    { "\"4\"", TCK_TREE_STRING, "4" },
    { "'true'", TCK_TREE_STRING, "true" },
    { "|\n  null\n", TCK_TREE_STRING, "null\n" },
    { "a b", TCK_TREE_STRING, "a b" },
};

static void tree_scalar_has_the_kind_that_it_looks_like(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(scalars); i++) {
        const struct tck_tree *tree = parse(*state, scalars[i].yaml);

        assert_int_equal(tree->kind, scalars[i].kind);
        if (scalars[i].text)
            assert_string_equal(tree->text, scalars[i].text);
    }
}

static void tree_string_may_hold_a_nul(void **state)
{
    const struct tck_tree *tree = parse(*state, "\"a\\0b\"");

    assert_int_equal(tree->text_size, 3);
    assert_memory_equal(tree->text, "a\0b", 4);
}

static void tree_keeps_the_place_of_keys_and_values(void **state)
{
    const struct tck_tree *root = parse(*state, "a: 1\nbb:\n  - x\n  -   {c: d}\n");
    const struct tck_tree *bb = tck_tree_get(root, "bb"), *c = tck_tree_get(bb->first->next, "c");

    assert_string_equal(root->place.name, "t.yaml");
    assert_int_equal(bb->key_place.line, 2);
    assert_int_equal(bb->key_place.column, 1);
    assert_int_equal(bb->first->place.line, 3);
    assert_int_equal(bb->first->place.column, 5);
    assert_int_equal(c->key_place.line, 4);
    assert_int_equal(c->key_place.column, 8);
    assert_int_equal(c->place.column, 11);
    assert_int_equal(root->count, 2);
    assert_int_equal(bb->count, 2);
}

static void tree_get_finds_no_key_in_what_is_no_map(void **state)
{
    assert_null(tck_tree_get(NULL, "a"));
    assert_null(tck_tree_get(parse(*state, "[a]"), "a"));
    assert_null(tck_tree_get(parse(*state, "{b: 1}"), "a"));
}

static const struct {
    const char *yaml;
    unsigned line, column;
    const char *says;
} mistakes[] = {
    { "a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' comes twice, first in line 1" },
    { "a: !!str 1\n", 1, 4, "tags ('tag:yaml.org,2002:str') are not read; quote the value if it is a string" },
    { "a: {<<: 1}\n", 1, 5, "merge keys ('<<') are not read; write the entries out" },
    { "[a, b]: c\n", 1, 1, "a key must be a scalar, this is a list" },
    { "\"a\\0\": c\n", 1, 1, "a key must not hold a NUL character" },
    { "a: *b\n", 1, 4, "no '&b' comes before this '*b'" },
    { "a: &b [*b]\n", 1, 8, "no '&b' comes before this '*b'" },
    { "a: b\n---\nc: d\n", 3, 1, "a second document begins here; this file must hold one alone" },
    { "a: [b\n", 2, 1, "not YAML: while parsing a flow sequence, did not find expected ',' or ']'" },
    { "a: \xff\n", 1, 4, "not YAML: invalid leading UTF-8 octet" },
    { "\xc3\xa4: \xff\n", 1, 4, "not YAML: invalid leading UTF-8 octet" },
};

static void tree_parse_points_at_the_mistake(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        struct tck_error_list errors = { 0 };
        const struct tck_tree *root = NULL;
        struct tck_bytes text = tck_bytes(mistakes[i].yaml, strlen(mistakes[i].yaml));

        assert_int_equal(tck_tree_parse_yaml("t.yaml", text, *state, &root, &errors), TCK_BAD_INPUT);
        assert_null(root);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.items[0].text, mistakes[i].says);
        assert_string_equal(errors.items[0].name, "t.yaml");
        assert_int_equal(errors.items[0].line, mistakes[i].line);
        assert_int_equal(errors.items[0].column, mistakes[i].column);
        tck_error_list_done(&errors);
    }
}

static void tree_parse_reports_all_mistakes_of_a_file(void **state)
{
    const char *yaml = "a: !x 1\na: *nowhere\n? [k]\n: {b: 1, b: 2}\n";
    struct tck_error_list errors = { 0 };
    const struct tck_tree *root = NULL;

    assert_int_equal(tck_tree_parse_yaml("t.yaml", tck_bytes(yaml, strlen(yaml)), *state, &root, &errors),
                     TCK_BAD_INPUT);
    assert_int_equal(errors.count, 5);
    tck_error_list_done(&errors);
}

static void tree_alias_repeats_what_was_anchored(void **state)
{
    const struct tck_tree *root = parse(*state, "a: &x {b: [1, 2]}\nc: *x\nd: [*x, *x]\n");

    assert_prints(root, "{a: {b: [1, 2]}, c: {b: [1, 2]}, d: [{b: [1, 2]}, {b: [1, 2]}]}");
    assert_int_equal(tck_tree_get(root, "c")->place.line, 2);
}

/* Runs the parser on a text that must be refused, and gives the first mistake's text. */
static void assert_refused(struct tck_arena *arena, const char *yaml, size_t size, const char *says)
{
    struct tck_error_list errors = { 0 };
    const struct tck_tree *root = NULL;

    assert_int_equal(tck_tree_parse_yaml("t.yaml", tck_bytes(yaml, size), arena, &root, &errors), TCK_BAD_INPUT);
    assert_null(root);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].text, says);
    tck_error_list_done(&errors);
}

static void tree_aliases_that_multiply_are_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);

    tck_buffer_puts(&yaml, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++)
        tck_buffer_printf(&yaml, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1, i - 1, i - 1,
                          i - 1, i - 1);
    assert_refused(*state, yaml.data, yaml.size, "the document has more than 200000 values, aliases expanded");
}

static char *nested(const char *open, size_t depth)
{
    size_t size = strlen(open);
    char *text = malloc(depth * size + 1);

    assert_non_null(text);
    for (size_t i = 0; i < depth; i++)
        memcpy(text + i * size, open, size);
    text[depth * size] = '\0';
    return text;
}

static void tree_nested_too_deep_is_refused(void **state)
{
    static const char *const opens[] = { "[", "{a: ", "- " };

    for (size_t i = 0; i < TCK_COUNT(opens); i++) {
        tck_cleanup(tck_freep) char *yaml = nested(opens[i], 200000);

        assert_refused(*state, yaml, strlen(yaml), "nested more than 100 deep");
    }
}

static void tree_nested_through_aliases_too_deep_is_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);

    tck_buffer_puts(&yaml, "- &a0 [x]\n");
    for (int i = 1; i < 120; i++)
        tck_buffer_printf(&yaml, "- &a%d [*a%d]\n", i, i - 1);
    assert_refused(*state, yaml.data, yaml.size, "nested more than 100 deep");
}

static void tree_at_the_greatest_depth_is_read(void **state)
{
    char yaml[256] = "";

    memset(yaml, '[', 100);
    memset(yaml + 100, ']', 100);
    assert_int_equal(parse(*state, yaml)->kind, TCK_TREE_LIST);
}

static void tree_with_too_many_values_is_refused(void **state)
{
    tck_cleanup(tck_freep) char *yaml = nested("- a\n", 200001);

    assert_refused(*state, yaml, strlen(yaml), "the document has more than 200000 values, aliases expanded");
}

static void tree_parse_all_reads_every_document(void **state)
{
    const char *yaml = "a: 1\n---\n- &x b\n---\n...\n";
    struct tck_error_list errors = { 0 };
    const struct tck_tree **roots = NULL;
    size_t count = 9;

    assert_int_equal(tck_tree_parse_yaml_all("t", tck_bytes(yaml, strlen(yaml)), *state, &roots, &count, &errors), 0);
    assert_int_equal(count, 3);
    assert_int_equal(roots[0]->kind, TCK_TREE_MAP);
    assert_int_equal(roots[1]->kind, TCK_TREE_LIST);
    assert_int_equal(roots[2]->kind, TCK_TREE_NULL);
    assert_int_equal(tck_tree_parse_yaml_all("t", tck_bytes("", 0), *state, &roots, &count, &errors), 0);
    assert_int_equal(count, 0);
}

static void tree_anchor_is_unknown_in_the_next_document(void **state)
{
    const char *yaml = "&x a\n---\n*x\n";
    struct tck_error_list errors = { 0 };
    const struct tck_tree **roots = NULL;
    size_t count;

    assert_int_equal(tck_tree_parse_yaml_all("t", tck_bytes(yaml, strlen(yaml)), *state, &roots, &count, &errors),
                     TCK_BAD_INPUT);
    tck_error_list_done(&errors);
}

static const char *const printed[] = {
    "{reply: {message: AB, n: 1.50, on: true, none: null}, list: [a, [], {}]}",
    "[\"1\", \"true\", \"null\", \"\", \"a: b\", \"#\", \" a\", \"-\", $x, \"@type\", a b, type.googleapis.com/x]",
    "{\"@type\": x, \"a b:\": 1, $any: null}",
    "[\"a\\nb\\t\\\"\\\\\", \"\\0\\e\\x01\\x7F\", \"\\u0085\\u2028\\uFEFF\", \"\xc3\xa4\"]",
};

static void tree_printed_reads_back_to_itself(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(printed); i++)
        assert_prints(parse(*state, printed[i]), printed[i]);
}

static void tree_json_keeps_digits_and_kinds(void **state)
{
    const char *json = "{\"a\": [9223372036854775807, -1, 0.1, true, null, \"x\\u0000y\"]}";
    const struct tck_tree *root = NULL, *string;

    assert_int_equal(tck_tree_parse_json("t.json", tck_bytes(json, strlen(json)), *state, &root, NULL), 0);
    assert_prints(root, "{a: [9223372036854775807, -1, 0.1, true, null, \"x\\0y\"]}");
    string = tck_tree_get(root, "a")->first->next->next->next->next->next;
    assert_int_equal(string->text_size, 3);
}

static void tree_json_mistake_has_its_place(void **state)
{
    static const struct {
        const char *json;
        unsigned line;
    } wrong[] = {
        { "{\n  \"a\": ,\n}", 2 }, { "", 1 }, { "{\"a\": 1, \"a\": 2}", 1 }, { "[1] 2", 1 }, { "[\"\xff\"]", 1 }
    };

    for (size_t i = 0; i < TCK_COUNT(wrong); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        const struct tck_tree *root = NULL;

        assert_int_equal(
            tck_tree_parse_json("t.json", tck_bytes(wrong[i].json, strlen(wrong[i].json)), *state, &root, &err),
            TCK_BAD_INPUT);
        assert_null(root);
        assert_int_equal(err.line, wrong[i].line);
        assert_string_equal(err.name, "t.json");
    }
}

static void tree_json_nested_too_deep_is_refused(void **state)
{
    tck_cleanup(tck_freep) char *json = nested("[", 200000);
    const struct tck_tree *root = NULL;
    char closed[301];

    assert_int_equal(tck_tree_parse_json("t", tck_bytes(json, strlen(json)), *state, &root, NULL), TCK_BAD_INPUT);
    memset(closed, '[', 150);
    memset(closed + 150, ']', 150);
    assert_int_equal(tck_tree_parse_json("t", tck_bytes(closed, 300), *state, &root, NULL), TCK_BAD_INPUT);
    assert_null(root);
}

static void tree_builders_need_one_check_at_their_end(void **state)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *tiny = NULL;
    struct tck_place here = { "t", 3, 4 };
    struct tck_tree *map = tck_tree_map(*state, here), *list = tck_tree_list(*state, here);

    assert_true(tck_tree_append(*state, list, NULL, tck_tree_number(*state, INT64_MIN, here)));
    assert_true(tck_tree_append(*state, list, NULL, tck_tree_bool(*state, true, here)));
    assert_true(tck_tree_append(*state, map, "list", list));
    assert_true(tck_tree_append(*state, map, "text", tck_tree_string(*state, "a: b", here)));
    assert_prints(map, "{list: [-9223372036854775808, true], text: \"a: b\"}");
    assert_int_equal(tck_arena_new(1, &tiny, NULL), 0);
    assert_null(tck_tree_string(tiny, "x", here));
    assert_false(tck_tree_append(*state, map, "more", tck_tree_string(tiny, "x", here)));
    assert_false(tck_tree_append(*state, NULL, "more", list));
}

static void tree_parse_reports_a_full_arena_at_any_size(void **state)
{
    const char *yaml = "a: &x [1, b, {c: d}]\nb: *x\n---\n[e]\n";
    size_t failures = 0;

    (void)state;
    for (size_t ceiling = 1;; ceiling += 16) {
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
        struct tck_error_list errors = { 0 };
        const struct tck_tree **roots = NULL;
        size_t count;
        int r;

        assert_int_equal(tck_arena_new(ceiling, &arena, NULL), 0);
        r = tck_tree_parse_yaml_all("t", tck_bytes(yaml, strlen(yaml)), arena, &roots, &count, &errors);
        tck_error_list_done(&errors);
        if (r == 0)
            break;
        assert_int_equal(r, TCK_KIT);
        assert_null(roots);
        failures++;
    }
    assert_in_range(failures, 10, 1000);
}

static void tree_prints_as_json_that_reads_back(void **state)
{
    static const struct {
        const char *yaml, *json;
    } cases[] = {
        { "{a: [1, -2.5e3, true, ~], b: {}, c: []}", "{\"a\":[1,-2.5e3,true,null],\"b\":{},\"c\":[]}" },
        { "\"q\\\"b\\\\t\\tn\\0é\"", "\"q\\\"b\\\\t\\u0009n\\u0000é\"" },
        { "[.5, 1.]", "[\".5\",\"1.\"]" },
        { "18446744073709551615", "18446744073709551615" },
    };

    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
        const struct tck_tree *back;

        tck_tree_print_json(parse(*state, cases[i].yaml), &out);
        assert_string_equal(tck_buffer_string(&out), cases[i].json);
        assert_int_equal(tck_tree_parse_json("t", tck_buffer_bytes(&out), *state, &back, NULL), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tree_scalar_has_the_kind_that_it_looks_like, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_string_may_hold_a_nul, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_prints_as_json_that_reads_back, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_keeps_the_place_of_keys_and_values, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_get_finds_no_key_in_what_is_no_map, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_parse_points_at_the_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_parse_reports_all_mistakes_of_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_alias_repeats_what_was_anchored, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_aliases_that_multiply_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_nested_too_deep_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_nested_through_aliases_too_deep_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_at_the_greatest_depth_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_with_too_many_values_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_parse_all_reads_every_document, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_anchor_is_unknown_in_the_next_document, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_printed_reads_back_to_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_json_keeps_digits_and_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_json_mistake_has_its_place, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_json_nested_too_deep_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_builders_need_one_check_at_their_end, setup, teardown),
        cmocka_unit_test_setup_teardown(tree_parse_reports_a_full_arena_at_any_size, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
