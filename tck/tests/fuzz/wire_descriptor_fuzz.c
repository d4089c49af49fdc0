/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a FileDescriptorSet, as a candidate may send in discovery. A set is taken or refused; the types of one that
 * is taken can be used.
 */
#include <string.h>

#include "wire/json.h"
#include "wire/text.h"
#include "wire_fuzz.h"

#define LIMIT ((size_t)16 << 20)

/* A varint, a string and a message in the first fields: what a candidate's first message might be. */
static const uint8_t content[] = { 0x08, 0x01, 0x12, 0x01, 'a', 0x1a, 0x02, 0x08, 0x01 };

static void use(const struct tck_pool *pool, const ProtobufCMessageDescriptor *type)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(LIMIT), text = TCK_BUFFER_INIT(LIMIT);
    const struct tck_tree *tree;
    ProtobufCMessage *message, *again;

    LAW(tck_arena_new(LIMIT, &arena, NULL) == 0, "there is memory");
    if (tck_message_unpack(type, tck_bytes(content, sizeof content), arena, &message, NULL) < 0 &&
        tck_message_unpack(type, tck_bytes(NULL, 0), arena, &message, NULL) < 0)
        return;
    LAW(tck_message_pack(message, &out, NULL) == 0, "a message of the type can be packed");
    LAW(tck_message_unpack(type, tck_buffer_bytes(&out), arena, &again, NULL) == 0, "and unpacked again");
    if (tck_message_to_tree(pool, message, arena, &tree, NULL) == 0)
        LAW(tck_message_from_tree(pool, type, tree, NULL, arena, &again, NULL) == 0, "its literal can be read");
    tck_message_to_text(pool, message, 0, &text);
    tck_buffer_clear(&text);
    tck_message_to_json(pool, message, TCK_JSON_DEFAULTS, &text, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    LAW(tck_pool_new(fuzz_pool(), &pool, NULL) == 0, "there is memory");
    r = tck_pool_add(pool, "the candidate's descriptors", tck_bytes(data, size), &err);
    if (r < 0) {
        LAW(*err.text && tck_pool_message_count(pool) == 0 && tck_pool_service_count(pool) == 0,
            "a set that is refused is said why and leaves nothing behind");
        return 0;
    }
    for (size_t i = 0; i < tck_pool_message_count(pool) && i < 50; i++) {
        const ProtobufCMessageDescriptor *type = tck_pool_find_message(pool, tck_pool_message_name(pool, i));

        LAW(type, "a type that is listed is found");
        use(pool, type);
    }
    for (size_t i = 0; i < tck_pool_service_count(pool); i++)
        LAW(tck_pool_find_service(pool, tck_pool_service(pool, i)->full_name), "a service that is listed is found");
    return 0;
}
