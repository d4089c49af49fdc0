/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"
#include "wire/bindings.h"

struct scene {
    struct tck_arena *arena;
    struct tck_bindings bindings;
};

static const struct tck_tree *parse(struct tck_arena *arena, const char *yaml)
{
    struct tck_error_list errors = { 0 };
    const struct tck_tree *root = NULL;

    assert_int_equal(tck_tree_parse_yaml("t.yaml", tck_bytes(yaml, strlen(yaml)), arena, &root, &errors), 0);
    return root;
}

static void bind(struct scene *scene, const char *name, const char *yaml)
{
    assert_int_equal(tck_bindings_bind(&scene->bindings, scene->arena, name, parse(scene->arena, yaml), NULL), 0);
}

static int setup(void **state)
{
    static struct scene scene;

    scene = (struct scene){ 0 };
    if (tck_arena_new(0, &scene.arena, NULL) < 0)
        return -1;
    bind(&scene, "service", "cloudstate.Model");
    bind(&scene, "id", "42");
    bind(&scene, "on", "true");
    bind(&scene, "reply", "{message: AB, price: $id}");
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    tck_arena_free(((struct scene *)*state)->arena);
    return 0;
}

static void assert_resolves(struct scene *scene, const char *yaml, const char *wanted)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    const struct tck_tree *resolved = NULL;

    assert_int_equal(tck_bindings_resolve(&scene->bindings, parse(scene->arena, yaml), scene->arena, &resolved, NULL),
                     0);
    tck_tree_print(resolved, &out);
    assert_string_equal(tck_buffer_string(&out), wanted);
}

static const struct {
    const char *yaml, *resolved;
} resolutions[] = {
    { "$service", "cloudstate.Model" },
    { "$id", "42" },
    { "[$id, \"$id\", \"${id}\"]", "[42, 42, \"42\"]" },
    { "{a: $reply}", "{a: {message: AB, price: $id}}" }, /* what is bound is not looked into again */
    { "a/${service}/${id}/${on}", "a/cloudstate.Model/42/true" },
    { "\"$$id\"", "$id" },
    { "\"$${id}\"", "\"${id}\"" },
    { "$5.00", "$5.00" },
    { "\"a $id b\"", "a $id b" },
    { "$", "$" },
    { "{$any: null, $one_of: [$id]}", "{$any: null, $one_of: [42]}" }, /* keys are not variables */
    { "[1, {x: y}, $id, z]", "[1, {x: y}, 42, z]" },
};

static void bindings_resolve_replaces_variables(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(resolutions); i++)
        assert_resolves(*state, resolutions[i].yaml, resolutions[i].resolved);
}

static const struct {
    const char *yaml;
    unsigned line, column;
    const char *says;
} mistakes[] = {
    { "a:\n  - $servise", 2, 5, "no variable 'servise' is bound here; did you mean 'service'?" },
    { "a: x${qqqqqqqq}", 1, 4, "no variable 'qqqqqqqq' is bound here" },
    { "a: x${reply}", 1, 4, "the variable 'reply' is a map and cannot be part of a string" },
    { "a: x${id", 1, 4, "'${' wants a variable's name and '}'; a dollar itself is '$$'" },
    { "a: x${}", 1, 4, "'${' wants a variable's name and '}'; a dollar itself is '$$'" },
};

static void bindings_resolve_points_at_the_mistake(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        const struct tck_tree *resolved = NULL, *tree = parse(scene->arena, mistakes[i].yaml);

        assert_int_equal(tck_bindings_resolve(&scene->bindings, tree, scene->arena, &resolved, &err), TCK_BAD_INPUT);
        assert_null(resolved);
        assert_string_equal(err.text, mistakes[i].says);
        assert_int_equal(err.line, mistakes[i].line);
        assert_int_equal(err.column, mistakes[i].column);
    }
}

static void bindings_resolve_shares_what_holds_no_variable(void **state)
{
    struct scene *scene = *state;
    const struct tck_tree *tree = parse(scene->arena, "{a: [1, b], c: $id}"), *resolved = NULL;

    assert_int_equal(tck_bindings_resolve(&scene->bindings, tree, scene->arena, &resolved, NULL), 0);
    assert_ptr_not_equal(resolved, tree);
    assert_ptr_equal(tck_tree_get(resolved, "a")->first, tck_tree_get(tree, "a")->first);
    tree = tck_tree_get(tree, "a");
    assert_int_equal(tck_bindings_resolve(&scene->bindings, tree, scene->arena, &resolved, NULL), 0);
    assert_ptr_equal(resolved, tree);
}

static void bindings_resolved_value_has_the_place_of_its_variable(void **state)
{
    struct scene *scene = *state;
    const struct tck_tree *tree = parse(scene->arena, "a: 1\nb: $reply"), *resolved = NULL;

    assert_int_equal(tck_bindings_resolve(&scene->bindings, tree, scene->arena, &resolved, NULL), 0);
    assert_int_equal(tck_tree_get(resolved, "b")->place.line, 2);
    assert_int_equal(tck_tree_get(resolved, "b")->place.column, 4);
}

static void bindings_newer_hides_older_until_the_snapshot_returns(void **state)
{
    struct scene *scene = *state;
    struct tck_bindings before = scene->bindings;

    bind(scene, "id", "43");
    assert_string_equal(tck_bindings_find(&scene->bindings, "id")->text, "43");
    assert_string_equal(tck_bindings_find(&before, "id")->text, "42");
    assert_null(tck_bindings_find(&before, "i"));
}

static void bindings_resolve_bounds_the_text_that_variables_grow_into(void **state)
{
    struct scene *scene = *state;
    const struct tck_tree *resolved = NULL;
    char *large = tck_arena_alloc(scene->arena, (1 << 20) + 1);

    memset(large, 'x', 1 << 20);
    assert_int_equal(
        tck_bindings_bind(&scene->bindings, scene->arena, "x", tck_tree_string(scene->arena, large, TCK_NOWHERE), NULL),
        0);
    assert_int_equal(
        tck_bindings_resolve(&scene->bindings,
                             parse(scene->arena, "a${x}${x}${x}${x}${x}${x}${x}${x}${x}${x}${x}${x}${x}${x}"
                                                 "${x}${x}${x}${x}"),
                             scene->arena, &resolved, NULL),
        TCK_KIT);
    assert_null(resolved);
}

static void bindings_report_a_full_arena_at_any_size(void **state)
{
    struct scene *scene = *state;
    const struct tck_tree *tree = parse(scene->arena, "{a: [b, $id, c], d: \"${service}/${id}\", e: $reply}");
    size_t failures = 0;
    int r = TCK_KIT;

    for (size_t ceiling = 1; r != 0; ceiling += 16) {
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
        const struct tck_tree *resolved = NULL;

        assert_int_equal(tck_arena_new(ceiling, &arena, NULL), 0);
        r = tck_bindings_resolve(&scene->bindings, tree, arena, &resolved, NULL);
        failures += r != 0;
        assert_true(r == 0 || (r == TCK_KIT && !resolved));
    }
    assert_in_range(failures, 5, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bindings_resolve_replaces_variables, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_resolve_points_at_the_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_resolve_shares_what_holds_no_variable, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_resolved_value_has_the_place_of_its_variable, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_newer_hides_older_until_the_snapshot_returns, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_resolve_bounds_the_text_that_variables_grow_into, setup, teardown),
        cmocka_unit_test_setup_teardown(bindings_report_a_full_arena_at_any_size, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
