/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_fixture.h"

#include <stdio.h>

#include "builtin_descriptors.h"
#include "testing.h"

static struct tck_pool *pool;

const struct tck_pool *judge_fixture_pool(void)
{
    if (pool)
        return pool;
    assert_int_equal(tck_pool_new(NULL, &pool, NULL), 0);
    assert_int_equal(
        tck_pool_add(pool, "protocol", tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size), NULL), 0);
    return pool;
}

void judge_fixture_done(void)
{
    tck_pool_free(pool);
    pool = NULL;
}

static void fail_at(const char *line, int size, const char *why)
{
    print_error("in the line '%.*s': %s\n", size, line, why);
    fail();
}

static void play_message(struct tck_judge *judge, const struct tck_conversation_row *row, const char *line, int size,
                         struct tck_arena *arena)
{
    enum tck_direction direction = line[0] == '>' ? TCK_TO_USER_FUNCTION : TCK_TO_PROXY;
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const struct tck_tree *tree = NULL;
    ProtobufCMessage *message = NULL;

    if (size == 9 && memcmp(line + 1, " garbage", 8) == 0) {
        tck_judge_undecodable(judge, direction, "it is garbage");
        return;
    }
    if (tck_tree_parse_yaml("script", tck_bytes(line + 1, (size_t)size - 1), arena, &tree, &errors) < 0)
        fail_at(line, size, errors.items[0].text);
    if (tck_message_from_tree(judge_fixture_pool(),
                              direction == TCK_TO_USER_FUNCTION ? row->to_user_function : row->to_proxy, tree, NULL,
                              arena, &message, &err) < 0)
        fail_at(line, size, err.text);
    tck_judge_message(judge, direction, message);
}

static void play_line(struct tck_judge *judge, const struct tck_conversation_row *row, const char *line, int size,
                      struct tck_arena *arena)
{
    char word[16];
    int code = 0;

    if (line[0] == '>' || line[0] == '<') {
        play_message(judge, row, line, size, arena);
        return;
    }
    snprintf(word, sizeof word, "%.*s", size, line);
    if (strcmp(word, "half-close") == 0)
        tck_judge_half_close(judge);
    else if (sscanf(word, "end %d", &code) == 1)
        tck_judge_end(judge, &(struct tck_conversation_end){ .code = code, .by_user_function = true, .waited = true });
    else if (strcmp(word, "cut") == 0)
        tck_judge_end(judge, &(struct tck_conversation_end){ .code = 1 });
    else if (strcmp(word, "hang") == 0)
        tck_judge_end(judge, &(struct tck_conversation_end){ .code = 4, .waited = true });
    else
        fail_at(line, size, "what is this?");
}

struct tck_judge *judge_fixture_play(enum tck_conversation conversation, const struct tck_pool *judges_pool,
                                     const char *script)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_judge *judge = NULL;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_int_equal(tck_judge_new(conversation, judges_pool, &judge, NULL), 0);
    while (*script) {
        int size = (int)strcspn(script, "\n");

        if (size > 0)
            play_line(judge, tck_conversation(conversation), script, size, arena);
        script += size + (script[size] == '\n');
    }
    return judge;
}

const char *judge_fixture_breaches(const struct tck_judge *judge)
{
    static char text[2048];
    size_t size = 0;

    text[0] = '\0';
    for (size_t i = 0; i < tck_judge_breach_count(judge); i++) {
        const struct tck_breach *breach = tck_judge_breach(judge, i);

        size += (size_t)snprintf(text + size, sizeof text - size, "%s%s%s@%zu", i ? ", " : "",
                                 breach->by == TCK_SIDE_PROXY ? "proxy " : "", breach->rule, breach->message);
        assert_true(size < sizeof text);
    }
    return text;
}

void judge_fixture_check(const struct judge_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct tck_judge *judge = judge_fixture_play(
            cases[i].conversation, cases[i].without_pool ? NULL : judge_fixture_pool(), cases[i].script);

        if (strcmp(judge_fixture_breaches(judge), cases[i].broken) != 0) {
            print_error("%s\n  expected: %s\n  found:    %s\n", cases[i].script, cases[i].broken,
                        judge_fixture_breaches(judge));
            for (size_t k = 0; k < tck_judge_breach_count(judge); k++)
                print_error("            %s\n", tck_judge_breach(judge, k)->text);
            wrong++;
        }
        tck_judge_free(judge);
    }
    assert_int_equal(wrong, 0);
}
