/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a call is for, read from the first messages of the proxy. They may be anything: fields that are not there leave
 * the call without a name.
 */
#include <assert.h>
#include <string.h>

#include "seat/passage_internal.h"

enum tck_conversation tck_identity_conversation(const char *method)
{
    enum tck_conversation conversation = 0;

    while (conversation < TCK_CONVERSATION_COUNT && strcmp(method, tck_conversation(conversation)->method) != 0)
        conversation++;
    return conversation;
}

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message, name);

    assert(field); /* the protocol's own messages have it */
    return field;
}

/* A field of text or bytes, or a message in one. By protobuf's rules the last of several counts, and one that is not
 * there is empty. */
static bool read_field(struct tck_bytes message, const ProtobufCFieldDescriptor *field, struct tck_bytes *ret_value)
{
    return tck_option_bytes(message, field->id, ret_value);
}

static void read_text(struct tck_bytes message, const ProtobufCMessageDescriptor *descriptor, const char *name,
                      struct tck_bytes *ret_text)
{
    if (!read_field(message, field_of(descriptor, name), ret_text))
        *ret_text = tck_bytes("", 0);
}

static bool read_init(const ProtobufCMessageDescriptor *descriptor, struct tck_bytes message,
                      struct tck_identity_found *found)
{
    const ProtobufCFieldDescriptor *field = field_of(descriptor, "init");
    struct tck_bytes init;

    if (!read_field(message, field, &init))
        return false;
    read_text(init, field->descriptor, "service_name", &found->service);
    read_text(init, field->descriptor, "entity_id", &found->entity_id);
    return true;
}

/* A client that streams is announced by a command without a payload. */
static bool read_action(const struct tck_identity *known, const ProtobufCMessageDescriptor *descriptor,
                        struct tck_bytes message, struct tck_identity_found *found)
{
    if (!known->service) {
        read_text(message, descriptor, "service_name", &found->service);
        read_text(message, descriptor, "name", &found->command);
    }
    if (!known->payload.data && !read_field(message, field_of(descriptor, "payload"), &found->payload))
        found->payload = (struct tck_bytes){ 0 };
    return found->service.data || found->payload.data;
}

bool tck_identity_read(const struct tck_identity *known, struct tck_bytes message, struct tck_identity_found *ret_found)
{
    struct tck_identity_found found = { 0 };
    const ProtobufCMessageDescriptor *descriptor;
    bool told;

    if (known->conversation == TCK_CONVERSATION_COUNT)
        return false;
    descriptor = tck_conversation(known->conversation)->to_user_function;
    if (known->conversation >= TCK_CONVERSATION_ACTION_UNARY)
        told = read_action(known, descriptor, message, &found);
    else
        told = !known->service && read_init(descriptor, message, &found);
    if (told)
        *ret_found = found;
    return told;
}
