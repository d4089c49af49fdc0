/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "judge/judge_internal.h"

bool tck_any_is(const Google__Protobuf__Any *any, const ProtobufCMessageDescriptor *type)
{
    return strcmp(type->name, "google.protobuf.Any") == 0 || strcmp(tck_type_name(any->type_url), type->name) == 0;
}

// clang-format off
#define CLOUDEVENT_MAP(XX) XX(ID, "ce-id") XX(SOURCE, "ce-source") XX(SPECVERSION, "ce-specversion") XX(TYPE, "ce-type")
// clang-format on

#define XX(id, key) CLOUDEVENT_##id,
enum cloudevent { CLOUDEVENT_MAP(XX) CLOUDEVENT_COUNT };
#undef XX

static const char *const cloudevent_keys[CLOUDEVENT_COUNT] = {
#define XX(id, key) [CLOUDEVENT_##id] = (key),
    CLOUDEVENT_MAP(XX)
#undef XX
};

/* Keys are compared without case: the transport that they come from or go to has none (HTTP). */
static void judge_metadata(struct tck_judge *judge, const Cloudstate__Metadata *metadata, const char *what)
{
    unsigned found = 0;
    bool event = false;

    for (size_t i = 0; metadata && i < metadata->n_entries; i++) {
        const char *key = tck_text(metadata->entries[i]->key);

        if (strncasecmp(key, "ce-", 3) != 0)
            continue;
        event = true;
        for (size_t k = 0; k < CLOUDEVENT_COUNT; k++)
            if (strcasecmp(key, cloudevent_keys[k]) == 0)
                found |= 1u << k;
    }
    for (size_t k = 0; event && k < CLOUDEVENT_COUNT; k++)
        if (!(found & 1u << k))
            tck_judge_blame(judge, TCK_RULE_MD_CLOUDEVENT_1, "%s has CloudEvent attributes but no %s", what,
                            cloudevent_keys[k]);
}

void tck_answer_payload(struct tck_judge *judge, const Cloudstate__Reply *reply, const struct tck_method *method,
                        enum tck_judge_rule absent, enum tck_judge_rule other_type, const char *what)
{
    char shown[TCK_SHOWN_SIZE];

    if (!reply || !tck_any_typed(reply->payload))
        tck_judge_blame(judge, absent, "%s has no typed payload", what);
    else if (method && !tck_any_is(reply->payload, method->output))
        tck_judge_blame(judge, other_type, "%s is typed %s, but its method gives %.80s", what,
                        tck_shown(reply->payload->type_url, shown), method->output->name);
    if (reply)
        judge_metadata(judge, reply->metadata, what);
}

/* The three rules of a call to somewhere else, for forwards and side effects. */
struct target_rules {
    enum tck_judge_rule named, known, payload;
    const char *kind;
};

static void judge_target(struct tck_judge *judge, const struct target_rules *rules, const char *service,
                         const char *command, const Google__Protobuf__Any *payload, const char *what)
{
    char shown[TCK_SHOWN_SIZE], other[TCK_SHOWN_SIZE];

    service = tck_text(service);
    command = tck_text(command);
    if (service[0] == '\0' || command[0] == '\0')
        tck_judge_blame(judge, rules->named, "%s has a %s to service %s, command %s", what, rules->kind,
                        tck_shown(service, shown), tck_shown(command, other));
    else if (judge->pool && !tck_pool_find_method(judge->pool, service, command))
        tck_judge_blame(judge, rules->known, "%s has a %s to %s of service %s, which no descriptor defines", what,
                        rules->kind, tck_shown(command, other), tck_shown(service, shown));
    if (!tck_any_typed(payload))
        tck_judge_blame(judge, rules->payload, "%s has a %s without a typed payload", what, rules->kind);
}

void tck_answer_forward(struct tck_judge *judge, const Cloudstate__Forward *forward, const char *what)
{
    static const struct target_rules rules = { TCK_RULE_FW_FORWARD_4, TCK_RULE_FW_FORWARD_5, TCK_RULE_FW_FORWARD_6,
                                               "forward" };

    if (!forward)
        return;
    judge_target(judge, &rules, forward->service_name, forward->command_name, forward->payload, what);
    judge_metadata(judge, forward->metadata, what);
}

void tck_answer_effects(struct tck_judge *judge, Cloudstate__SideEffect *const *effects, size_t count, const char *what)
{
    static const struct target_rules rules = { TCK_RULE_SE_EFFECT_6, TCK_RULE_SE_EFFECT_7, TCK_RULE_SE_EFFECT_8,
                                               "side effect" };

    for (size_t i = 0; i < count; i++) {
        judge_target(judge, &rules, effects[i]->service_name, effects[i]->command_name, effects[i]->payload, what);
        judge_metadata(judge, effects[i]->metadata, what);
    }
}

void tck_answer_action(struct tck_judge *judge, const Cloudstate__ClientAction *action, int64_t id,
                       const struct tck_method *method, const char *what)
{
    if (!action)
        return;
    switch (action->action_case) {
    case CLOUDSTATE__CLIENT_ACTION__ACTION_REPLY:
        tck_answer_payload(judge, action->reply, method, TCK_RULE_ST_REPLY_6, TCK_RULE_ST_REPLY_7, what);
        break;
    case CLOUDSTATE__CLIENT_ACTION__ACTION_FORWARD:
        tck_answer_forward(judge, action->forward, what);
        break;
    case CLOUDSTATE__CLIENT_ACTION__ACTION_FAILURE:
        if (action->failure && action->failure->command_id != id)
            tck_judge_blame(judge, TCK_RULE_FA_FAILURE_3, "%s is a failure of command %" PRId64, what,
                            action->failure->command_id);
        break;
    default:
        tck_judge_blame(judge, TCK_RULE_ST_REPLY_5, "%s has a client action without a reply, forward or failure", what);
    }
}
