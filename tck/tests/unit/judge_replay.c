/* SPDX-License-Identifier: Apache-2.0 */
#include "judge_replay.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "law.h"

struct replay {
    const struct tck_conversation_row *row;
    struct tck_judge *judge;
    struct tck_arena *arena;
    size_t messages, to_user_function;
};

static void check_breach(const struct tck_breach *breach, enum tck_side by, size_t message)
{
    size_t rule = 0;

    while (rule < tck_judge_rule_count() && strcmp(tck_judge_rule(rule), breach->rule) != 0)
        rule++;
    LAW(rule < tck_judge_rule_count());
    LAW(breach->by == by);
    LAW(breach->message == message);
    LAW(strnlen(breach->text, sizeof breach->text) < sizeof breach->text);
    LAW(breach->text[0] != '\0' && tck_utf8_valid(breach->text, strlen(breach->text), NULL));
    for (const char *c = breach->text; *c; c++)
        LAW((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* What was found since `before` was found in this message, or (0) at the end. */
static void check_news(const struct replay *replay, size_t before, enum tck_side by, size_t message)
{
    size_t count = tck_judge_breach_count(replay->judge);

    LAW(count >= before && count <= TCK_JUDGE_BREACHES_MAX);
    for (size_t i = before; i < count; i++)
        check_breach(tck_judge_breach(replay->judge, i), by, message);
    LAW(tck_judge_open_commands(replay->judge) <= replay->to_user_function);
}

static void play_message(struct replay *replay, enum tck_direction direction, struct tck_bytes bytes)
{
    const struct tck_conversation_row *row = replay->row;
    bool to_function = direction == TCK_TO_USER_FUNCTION;
    size_t before = tck_judge_breach_count(replay->judge);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    ProtobufCMessage *message;

    replay->messages++;
    replay->to_user_function += to_function;
    if (tck_message_unpack(to_function ? row->to_user_function : row->to_proxy, bytes, replay->arena, &message, &err) <
        0)
        tck_judge_undecodable(replay->judge, direction, err.text);
    else
        tck_judge_message(replay->judge, direction, message);
    check_news(replay, before, to_function ? TCK_SIDE_PROXY : TCK_SIDE_USER_FUNCTION, replay->messages);
}

static void play_record(struct replay *replay, enum replay_record what, struct tck_bytes bytes)
{
    size_t before = tck_judge_breach_count(replay->judge);
    struct tck_conversation_end end = { 0 };

    switch (what) {
    case REPLAY_TO_USER_FUNCTION:
        play_message(replay, TCK_TO_USER_FUNCTION, bytes);
        break;
    case REPLAY_TO_PROXY:
        play_message(replay, TCK_TO_PROXY, bytes);
        break;
    case REPLAY_HALF_CLOSE:
        tck_judge_half_close(replay->judge);
        break;
    default:
        end.code = bytes.size > 0 ? bytes.data[0] : 0;
        end.by_user_function = bytes.size > 1 && bytes.data[1] & 1;
        end.waited = bytes.size > 1 && bytes.data[1] & 2;
        tck_judge_end(replay->judge, &end);
        check_news(replay, before, TCK_SIDE_USER_FUNCTION, 0);
    }
}

static struct tck_judge *play(const struct tck_pool *pool, const uint8_t *data, size_t size)
{
    enum tck_conversation conversation = (enum tck_conversation)((data[0] & 0x7f) % TCK_CONVERSATION_COUNT);
    struct replay replay = { .row = tck_conversation(conversation) };

    LAW(tck_arena_new(0, &replay.arena, NULL) == 0);
    LAW(tck_judge_new(conversation, data[0] & 0x80 ? pool : NULL, &replay.judge, NULL) == 0);
    for (size_t at = 1; at + 3 <= size;) {
        enum replay_record what = (enum replay_record)(data[at] % REPLAY_RECORD_COUNT);
        size_t length = data[at + 1] | (size_t)data[at + 2] << 8;

        at += 3;
        if (length > size - at)
            length = size - at;
        play_record(&replay, what, tck_bytes(data + at, length));
        at += length;
    }
    tck_arena_free(replay.arena);
    LAW(!tck_judge_lost(replay.judge));
    return replay.judge;
}

size_t judge_replay(const struct tck_pool *pool, const uint8_t *data, size_t size)
{
    struct tck_judge *first, *second;
    size_t count;

    if (size == 0)
        return 0;
    first = play(pool, data, size);
    second = play(pool, data, size);
    count = tck_judge_breach_count(first);
    LAW(tck_judge_breach_count(second) == count);
    for (size_t i = 0; i < count; i++)
        LAW(strcmp(tck_judge_breach(first, i)->text, tck_judge_breach(second, i)->text) == 0);
    tck_judge_free(first);
    tck_judge_free(second);
    return count;
}
