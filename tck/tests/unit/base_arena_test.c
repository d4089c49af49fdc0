/* SPDX-License-Identifier: Apache-2.0 */
#include <stdalign.h>

#include "base/arena.h"
#include "testing.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;

    (void)state;
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    for (size_t size = 0; size < 40000; size += 997) {
        unsigned char *memory = tck_arena_alloc(arena, size);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xff, size);
    }
}

static void arena_gives_nothing_above_its_ceiling(void **state)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;

    (void)state;
    assert_int_equal(tck_arena_new(1000, &arena, NULL), 0);
    assert_null(tck_arena_alloc(arena, 1001));
    assert_non_null(tck_arena_alloc(arena, 900));
    assert_null(tck_arena_alloc(arena, 200));
    assert_null(tck_arena_alloc(arena, PTRDIFF_MAX));
    assert_in_range(tck_arena_used(arena), 900, 1000);
}

static void arena_array_refuses_a_size_that_overflows(void **state)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;

    (void)state;
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_null(tck_arena_array(arena, SIZE_MAX / 2, 4));
}

static void arena_texts_are_copies(void **state)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    char text[] = "abcdef";

    (void)state;
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    char *whole = tck_arena_strdup(arena, text), *part = tck_arena_strndup(arena, text, 3);
    char *printed = tck_arena_printf(arena, "%s-%d", text, 7);

    memset(text, 'x', 6);
    assert_string_equal(whole, "abcdef");
    assert_string_equal(part, "abc");
    assert_string_equal(printed, "abcdef-7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_gives_nothing_above_its_ceiling),
        cmocka_unit_test(arena_array_refuses_a_size_that_overflows),
        cmocka_unit_test(arena_texts_are_copies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
