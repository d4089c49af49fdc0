/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a message: the first byte picks the type. What can be read must come back the same through bytes, through a
 * literal, through the literal's YAML and through JSON, and must match its own literal.
 */
#include <string.h>

#include "wire/json.h"
#include "wire/text.h"
#include "wire_fuzz.h"

#define LIMIT ((size_t)64 << 20)

static const char *const types[] = {
    "tck.test.Kinds",
    "cloudstate.eventsourced.EventSourcedStreamOut",
    "cloudstate.crdt.CrdtStreamOut",
    "google.protobuf.Any",
    "google.protobuf.Struct",
    "tck.test.Leaf",
};

static bool same(const struct tck_buffer *a, const struct tck_buffer *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* The message's bytes are those of `bytes`. */
static bool packs_to(const ProtobufCMessage *message, const struct tck_buffer *bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer packed = TCK_BUFFER_INIT(LIMIT);

    return tck_message_pack(message, &packed, NULL) == 0 && same(&packed, bytes);
}

static void through_bytes(const ProtobufCMessage *message, const struct tck_buffer *bytes, struct tck_arena *arena)
{
    struct tck_match match = { .pool = fuzz_pool(), .arena = arena };
    ProtobufCMessage *again;

    LAW(tck_message_unpack(message->descriptor, tck_buffer_bytes(bytes), arena, &again, NULL) == 0,
        "what was packed can be unpacked");
    LAW(packs_to(again, bytes), "packing is stable");
    LAW(tck_match_messages(&match, message, again, NULL, 0, NULL) == 1, "a message equals its copy");
}

/* Read from a literal: equal bytes, but for the bits of a NaN, of which text has one. */
static bool is_again(const ProtobufCMessage *again, const ProtobufCMessage *message, const struct tck_buffer *bytes,
                     struct tck_arena *arena)
{
    struct tck_match match = { .pool = fuzz_pool(), .arena = arena };

    if (packs_to(again, bytes))
        return true;
    return memmem(bytes->data, bytes->size, "\x7f", 1) || memmem(bytes->data, bytes->size, "\xff", 1)
               ? tck_match_messages(&match, message, again, NULL, 0, NULL) == 1
               : false;
}

static void through_tree(const ProtobufCMessage *message, const struct tck_buffer *bytes, struct tck_arena *arena)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(LIMIT), said = TCK_BUFFER_INIT(LIMIT);
    struct tck_match match = { .pool = fuzz_pool(), .arena = arena };
    struct tck_error_list errors = { 0 };
    struct tck_error err = { 0 };
    const struct tck_tree *tree, *read;
    ProtobufCMessage *again;
    int r;

    LAW(tck_message_to_tree(fuzz_pool(), message, arena, &tree, NULL) == 0, "a message has a literal");
    r = tck_message_from_tree(fuzz_pool(), message->descriptor, tree, NULL, arena, &again, &err);
    LAW(r == 0, err.text);
    LAW(is_again(again, message, bytes, arena), "a literal reads back to equal bytes");

    tck_tree_print(tree, &yaml);
    /* Readers of YAML allow fewer levels than messages and the Anys in them can have. */
    if (tck_tree_parse_yaml("printed", tck_buffer_bytes(&yaml), arena, &read, &errors) == 0) {
        r = tck_message_from_tree(fuzz_pool(), message->descriptor, read, NULL, arena, &again, &err);
        LAW(r == 0, err.text);
        LAW(is_again(again, message, bytes, arena), "a printed literal reads back to equal bytes");
    } else {
        LAW(strstr(errors.items[0].text, "deep") || strstr(errors.items[0].text, "more than"), errors.items[0].text);
    }
    tck_error_list_done(&errors);

    if (yaml.size > 0 && memchr(yaml.data, '$', yaml.size))
        return; /* in a pattern it would mean something else */
    r = tck_match_message(&match, tree, message, &err);
    tck_differences_print(&match, &said);
    LAW(r == 1, r < 0 ? err.text : tck_buffer_string(&said));
}

static void through_json(const ProtobufCMessage *message, unsigned flags, struct tck_arena *arena)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer json = TCK_BUFFER_INIT(LIMIT), again = TCK_BUFFER_INIT(LIMIT);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    ProtobufCMessage *read;
    int r;

    if (tck_message_to_json(fuzz_pool(), message, flags, &json, NULL) < 0)
        return;
    r = tck_message_from_json(fuzz_pool(), message->descriptor, tck_buffer_bytes(&json), 0, arena, &read, &err);
    if (r < 0 && (strstr(err.text, "deep") || strstr(err.text, "more than")))
        return;
    LAW(r == 0, err.text);
    LAW(tck_message_to_json(fuzz_pool(), read, flags, &again, NULL) == 0 && same(&json, &again),
        "JSON reads back to what prints the same");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(LIMIT), text = TCK_BUFFER_INIT(LIMIT);
    const ProtobufCMessageDescriptor *type;
    ProtobufCMessage *message;

    if (size == 0)
        return 0;
    type = tck_pool_find_message(fuzz_pool(), types[data[0] % TCK_COUNT(types)]);
    LAW(tck_arena_new((size_t)64 << 20, &arena, NULL) == 0, "there is memory");
    if (tck_message_unpack(type, tck_bytes(data + 1, size - 1), arena, &message, NULL) < 0)
        return 0;
    LAW(tck_message_pack(message, &bytes, NULL) == 0, "what was unpacked can be packed");
    through_bytes(message, &bytes, arena);
    through_tree(message, &bytes, arena);
    through_json(message, 0, arena);
    through_json(message, TCK_JSON_DEFAULTS | TCK_JSON_PROTO_NAMES | TCK_JSON_INDENT, arena);
    tck_message_to_text(fuzz_pool(), message, 0, &text);
    return 0;
}
