/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as YAML and as JSON, and the trees of it as literal and as pattern. What can be read prints as what reads the
 * same.
 */
#include <string.h>

#include "wire/json.h"
#include "wire_fuzz.h"

#define LIMIT ((size_t)64 << 20)

static void print_and_read(const struct tck_tree *tree, struct tck_arena *arena)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer first = TCK_BUFFER_INIT(LIMIT), second = TCK_BUFFER_INIT(LIMIT);
    struct tck_error_list errors = { 0 };
    const struct tck_tree *again;
    int r;

    tck_tree_print(tree, &first);
    r = tck_tree_parse_yaml("printed", tck_buffer_bytes(&first), arena, &again, &errors);
    LAW(r == 0, errors.count ? errors.items[0].text : "what is printed can be read");
    tck_tree_print(again, &second);
    LAW(first.size == second.size && memcmp(first.data, second.data, first.size) == 0,
        "what is printed reads back to what prints the same");
}

/* A pattern that is found possible runs, but for its variables. */
static void use_as_pattern(const struct tck_tree *tree, struct tck_arena *arena)
{
    const ProtobufCMessageDescriptor *kinds = tck_pool_find_message(fuzz_pool(), "tck.test.Kinds");
    static const uint8_t some[] = { 0x08, 0x01, 0x72, 0x01, 'a' };
    struct tck_error_list errors = { 0 };
    struct tck_error err = { 0 };
    struct tck_bindings bindings = { 0 };
    struct tck_match match = { .pool = fuzz_pool(), .arena = arena, .bindings = &bindings };
    ProtobufCMessage *message;
    int possible, r;

    LAW(tck_message_unpack(kinds, tck_bytes(some, sizeof some), arena, &message, NULL) == 0, "the message can be read");
    possible = tck_match_check(fuzz_pool(), kinds, tree, arena, &errors);
    r = tck_match_message(&match, tree, message, &err);
    LAW(possible < 0 || r >= 0 || strstr(err.text, "variable"), err.text);
    LAW(r != 0 || match.difference_count > 0, "what does not match has a difference");
    LAW(r == 1 || !bindings.head, "what does not match captures nothing");
    tck_error_list_done(&errors);
    tck_error_done(&err);
    if (tck_message_from_tree(fuzz_pool(), kinds, tree, NULL, arena, &message, NULL) == 0) {
        tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(LIMIT);

        LAW(tck_message_pack(message, &bytes, NULL) == 0, "what was read as a literal can be packed");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCMessageDescriptor *kinds = tck_pool_find_message(fuzz_pool(), "tck.test.Kinds");
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_error_list errors = { 0 };
    const struct tck_tree **roots, *json;
    ProtobufCMessage *message;
    size_t count = 0;

    LAW(tck_arena_new((size_t)128 << 20, &arena, NULL) == 0, "there is memory");
    if (tck_tree_parse_yaml_all("fuzz", tck_bytes(data, size), arena, &roots, &count, &errors) < 0)
        LAW(errors.count > 0, "what is refused is said why");
    else
        for (size_t i = 0; i < count; i++) {
            print_and_read(roots[i], arena);
            use_as_pattern(roots[i], arena);
        }
    tck_error_list_done(&errors);
    if (tck_tree_parse_json("fuzz", tck_bytes(data, size), arena, &json, NULL) == 0)
        print_and_read(json, arena);
    (void)tck_message_from_json(fuzz_pool(), kinds, tck_bytes(data, size), TCK_JSON_IGNORE_UNKNOWN, arena, &message,
                                NULL);
    return 0;
}
