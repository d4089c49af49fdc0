/* SPDX-License-Identifier: Apache-2.0 */
#include "judge/judge.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "judge/judge_internal.h"

// clang-format off
/* id, method, message to the user function, to the proxy, the proxy streams, the user function streams, judge */
#define ROW_MAP(XX)                                                                                                          \
    XX(EVENT_SOURCED, "/cloudstate.eventsourced.EventSourced/handle", eventsourced__event_sourced_stream_in,                 \
       eventsourced__event_sourced_stream_out, true, true, event_sourced)                                                    \
    XX(VALUE_ENTITY, "/cloudstate.valueentity.ValueEntity/handle", valueentity__value_entity_stream_in,                      \
       valueentity__value_entity_stream_out, true, true, value_entity)                                                       \
    XX(CRDT, "/cloudstate.crdt.Crdt/handle", crdt__crdt_stream_in, crdt__crdt_stream_out, true, true, crdt)                  \
    XX(ACTION_UNARY, "/cloudstate.action.ActionProtocol/handleUnary", action__action_command, action__action_response,       \
       false, false, action)                                                                                                 \
    XX(ACTION_STREAMED_IN, "/cloudstate.action.ActionProtocol/handleStreamedIn", action__action_command,                     \
       action__action_response, true, false, action)                                                                         \
    XX(ACTION_STREAMED_OUT, "/cloudstate.action.ActionProtocol/handleStreamedOut", action__action_command,                   \
       action__action_response, false, true, action)                                                                         \
    XX(ACTION_DUPLEX, "/cloudstate.action.ActionProtocol/handleStreamed", action__action_command, action__action_response,   \
       true, true, action)
// clang-format on

#define XX(id, text) static const char word_##id[] = text;
TCK_CONVERSATION_MAP(XX)
#undef XX

static const struct tck_conversation_row rows[TCK_CONVERSATION_COUNT] = {
#define XX(id, path, in, out, from_proxy, from_function, judge) \
    [TCK_CONVERSATION_##id] = {                                 \
        .word = word_##id,                                      \
        .method = (path),                                       \
        .to_user_function = &cloudstate__##in##__descriptor,    \
        .to_proxy = &cloudstate__##out##__descriptor,           \
        .proxy_streams = (from_proxy),                          \
        .user_function_streams = (from_function),               \
    },
    ROW_MAP(XX)
#undef XX
};

static const struct tck_judge_protocol *const protocols[TCK_CONVERSATION_COUNT] = {
#define XX(id, method, in, out, proxy_streams, function_streams, judge) [TCK_CONVERSATION_##id] = &tck_##judge##_judge,
    ROW_MAP(XX)
#undef XX
};

static const char *const rule_ids[TCK_RULE_COUNT] = {
#define XX(symbol, id, text) [TCK_RULE_##symbol] = (id),
    TCK_JUDGE_RULE_MAP(XX)
#undef XX
};

const char *tck_conversation_word(enum tck_conversation conversation)
{
    assert(conversation < TCK_CONVERSATION_COUNT);
    return rows[conversation].word;
}

const struct tck_conversation_row *tck_conversation(enum tck_conversation conversation)
{
    assert(conversation < TCK_CONVERSATION_COUNT);
    return &rows[conversation];
}

/* --- life --- */

int tck_judge_new(enum tck_conversation conversation, const struct tck_pool *pool, struct tck_judge **ret_judge,
                  struct tck_error *err)
{
    struct tck_judge *judge = calloc(1, sizeof *judge);

    assert(conversation < TCK_CONVERSATION_COUNT);
    if (!judge)
        return tck_no_memory(err);
    judge->conversation = conversation;
    judge->pool = pool;
    *ret_judge = judge;
    return 0;
}

void tck_judge_free(struct tck_judge *judge)
{
    if (!judge)
        return;
    tck_commands_done(&judge->commands);
    free(judge->stream.entity_id);
    free(judge);
}

/* --- breaches --- */

/* Ends a text that was cut at size with its last whole character. */
static void end_at_character(char *text, size_t size)
{
    size_t begin = size;

    while (begin > 0 && ((unsigned char)text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin > 0 && tck_utf8_next(text + begin - 1, size - begin + 1, NULL) != size - begin + 1)
        text[begin - 1] = '\0';
}

static void blame(struct tck_judge *judge, enum tck_side by, enum tck_judge_rule rule, const char *fmt, va_list args)
    __attribute__((format(printf, 4, 0)));

static void blame(struct tck_judge *judge, enum tck_side by, enum tck_judge_rule rule, const char *fmt, va_list args)
{
    struct tck_breach *breach;

    if (judge->breach_count == TCK_JUDGE_BREACHES_MAX || judge->times[rule] == TCK_JUDGE_BREACHES_OF_A_RULE)
        return;
    judge->times[rule]++;
    breach = &judge->breaches[judge->breach_count++];
    breach->rule = rule_ids[rule];
    breach->by = by;
    breach->message = judge->ending ? 0 : judge->message;
    if (vsnprintf(breach->text, sizeof breach->text, fmt, args) >= (int)sizeof breach->text)
        end_at_character(breach->text, sizeof breach->text - 1);
}

void tck_judge_blame(struct tck_judge *judge, enum tck_judge_rule rule, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    blame(judge, TCK_SIDE_USER_FUNCTION, rule, fmt, args);
    va_end(args);
}

void tck_judge_blame_proxy(struct tck_judge *judge, enum tck_refusal refusal, enum tck_judge_rule rule, const char *fmt,
                           ...)
{
    va_list args;

    if (judge->refusal < refusal)
        judge->refusal = refusal;
    va_start(args, fmt);
    blame(judge, TCK_SIDE_PROXY, rule, fmt, args);
    va_end(args);
}

void tck_judge_blame_sender(struct tck_judge *judge, enum tck_direction direction, enum tck_refusal refusal,
                            enum tck_judge_rule rule, const char *fmt, ...)
{
    va_list args;

    if (direction == TCK_TO_USER_FUNCTION && judge->refusal < refusal)
        judge->refusal = refusal;
    va_start(args, fmt);
    blame(judge, direction == TCK_TO_USER_FUNCTION ? TCK_SIDE_PROXY : TCK_SIDE_USER_FUNCTION, rule, fmt, args);
    va_end(args);
}

const char *tck_shown(const char *text, char buf[TCK_SHOWN_SIZE])
{
    const size_t most = TCK_SHOWN_SIZE - sizeof "''…";
    size_t left = strlen(tck_text(text));
    char *out = buf;

    *out++ = '\'';
    while (left > 0) {
        uint32_t point = 0;
        size_t size = tck_utf8_next(text, left, &point);
        bool plain = size > 0 && point >= 0x20 && !(point >= 0x7f && point <= 0x9f);

        if ((size_t)(out - buf) + (plain ? size : 1) > most)
            break;
        if (plain)
            out = mempcpy(out, text, size);
        else
            *out++ = '?';
        text += size ? size : 1;
        left -= size ? size : 1;
    }
    memcpy(out, left > 0 ? "'…" : "'", left > 0 ? sizeof "'…" : sizeof "'");
    return buf;
}

/* --- what crossed the wire --- */

void tck_judge_message(struct tck_judge *judge, enum tck_direction direction, const ProtobufCMessage *message)
{
    const struct tck_judge_protocol *protocol = protocols[judge->conversation];

    judge->message++;
    if (judge->lost)
        return;
    if (direction == TCK_TO_USER_FUNCTION) {
        protocol->from_proxy(judge, message);
        return;
    }
    if (judge->ended)
        tck_judge_blame(judge, protocol->after_end, "message %zu comes after the end", judge->message);
    else
        protocol->from_function(judge, message);
}

void tck_judge_undecodable(struct tck_judge *judge, enum tck_direction direction, const char *why)
{
    judge->message++;
    if (judge->lost)
        return;
    tck_judge_blame_sender(judge, direction, TCK_MUST_REFUSE, protocols[judge->conversation]->undecodable,
                           "message %zu cannot be read: %s", judge->message, tck_text(why));
}

void tck_judge_half_close(struct tck_judge *judge)
{
    judge->half_closed = true;
}

void tck_judge_end(struct tck_judge *judge, const struct tck_conversation_end *end)
{
    if (judge->ended)
        return;
    judge->ended = judge->ending = true;
    if (!judge->lost)
        protocols[judge->conversation]->end(judge, end);
    judge->ending = false;
}

/* --- what was found --- */

size_t tck_judge_breach_count(const struct tck_judge *judge)
{
    return judge->breach_count;
}

const struct tck_breach *tck_judge_breach(const struct tck_judge *judge, size_t i)
{
    assert(i < judge->breach_count);
    return &judge->breaches[i];
}

size_t tck_judge_open_commands(const struct tck_judge *judge)
{
    return judge->commands.awaiting;
}

bool tck_judge_lost(const struct tck_judge *judge)
{
    return judge->lost;
}

size_t tck_judge_rule_count(void)
{
    return TCK_RULE_COUNT;
}

const char *tck_judge_rule(size_t i)
{
    assert(i < TCK_RULE_COUNT);
    return rule_ids[i];
}
