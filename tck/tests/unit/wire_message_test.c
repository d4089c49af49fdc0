/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cloudstate/entity.pb-c.h"
#include "google/protobuf/any.pb-c.h"
#include "testing.h"
#include "wire/message.h"
#include "wire_fixture.h"

extern const unsigned char wire_old[];
extern const size_t wire_old_size;

#define KINDS "tck.test.Kinds"
#define OLD   "tck.old.Old"

static int setup(void **state)
{
    struct wire_fixture *fixture;

    if (wire_fixture_setup(state) != 0)
        return -1;
    fixture = *state;
    if (tck_pool_alias(fixture->pool, "p.cloudstate.io/string", "google.protobuf.StringValue", NULL) < 0)
        return -1;
    return tck_pool_add(fixture->pool, "wire_old.proto", tck_bytes(wire_old, wire_old_size), NULL);
}

/* One of everything, as bytes. */
static const char everything[] =
    "{int32_field: -1, int64_field: 9223372036854775807, uint32_field: 4294967295, uint64_field: 18446744073709551615, "
    "sint32_field: -5, sint64_field: -6, fixed32_field: 7, fixed64_field: 8, sfixed32_field: -9, sfixed64_field: -10, "
    "float_field: 1.5, double_field: -0.1, bool_field: true, string_field: \"\xc3\xa4$x\", bytes_field: AAH/, colour: "
    "DEEP, "
    "leaf: {value: v}, kinds: {kinds: {int32_field: 3}}, maybe_int32: 0, maybe_string: \"\", numbers: [1, -1, 300], "
    "words: [a, \"\"], leaves: [{}, {weight: 2}], colours: [RED, 77], blobs: [\"\", AA==], doubles: [.nan, -.inf, "
    "1e300], "
    "by_string: {\"\": \"\", k: v}, by_int32: {\"-1\": {value: x}, \"2\": {}}, by_int64: {\"9\": GREEN}, "
    "by_uint32: {\"1\": true}, by_uint64: {\"2\": 0.5}, by_bool: {\"true\": AA==, \"false\": \"\"}, by_sint32: "
    "{\"-3\": 4}, "
    "by_fixed64: {\"5\": -6}, chosen_string: \"\", any: {\"@type\": tck.test.Leaf, value: in}, "
    "anys: [{\"@type\": x.org/google.protobuf.Duration, value: 1.500s}, {\"@type\": no/such, \"@value\": AAE=}, {}], "
    "timestamp: \"1972-01-01T10:00:20.021Z\", duration: \"-3.000000001s\", field_mask: \"user.displayName,photo\", "
    "struct: {a: [1, null, {b: c}], d: true}, value: [x], list_value: [{}, []], empty: {}, wrapped_bool: false, "
    "wrapped_int64: -1, wrapped_string: \"\", wrapped_bytes: AA==, values: [null, 1.5], wrapped_strings: [a, \"\"], "
    "named_otherwise: 1, \"@unknown\": [{number: 999, varint: 18446744073709551615}, {number: 1000, bytes: AAE=}, "
    "{number: 1001, fixed32: 1}, {number: 1002, fixed64: 2}, {number: 1003, group: CAE=}]}";

static struct tck_bytes pack(const struct wire_fixture *fixture, const ProtobufCMessage *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);

    assert_int_equal(tck_message_pack(message, &out, NULL), 0);
    return tck_bytes(tck_arena_memdup(fixture->arena, out.data, out.size), out.size);
}

static void assert_same_bytes(struct tck_bytes a, struct tck_bytes b)
{
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
}

static struct tck_bytes from_hex(const struct wire_fixture *fixture, const char *hex)
{
    size_t size = strlen(hex) / 2;
    uint8_t *bytes = tck_arena_alloc(fixture->arena, size);

    for (size_t i = 0; i < size; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return tck_bytes(bytes, size);
}

static void assert_tree_prints(const struct wire_fixture *fixture, const ProtobufCMessage *message, const char *wanted)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1 << 20);
    const struct tck_tree *tree = NULL;

    assert_int_equal(tck_message_to_tree(fixture->pool, message, fixture->arena, &tree, NULL), 0);
    tck_tree_print(tree, &out);
    assert_string_equal(tck_buffer_string(&out), wanted);
}

/* --- bytes --- */

/* type, bytes, what they mean */
// clang-format off
static const struct { const char *type, *hex, *means; } readings[] = {
    { KINDS, "", "{}" },
    { KINDS, "0801" "0802", "{int32_field: 2}" },                                    /* the last one wins */
    { KINDS, "08ffffffffffffffffff01", "{int32_field: -1}" },
    { KINDS, "08ffffffff0f", "{int32_field: -1}" },                                  /* a negative number in five bytes */
    { KINDS, "088080808010" , "{}" },                                                /* 2^32 in 32 bits: 0, the default */
    { KINDS, "0880808080808080808000", "{}" },                                       /* zero in ten bytes */
    { KINDS, "68808001", "{bool_field: true}" },
    { KINDS, "0d01000000", "{\"@unknown\": [{number: 1, fixed32: 1}]}" },            /* an int32 sent as fixed32 */
    { KINDS, "7001", "{\"@unknown\": [{number: 14, varint: 1}]}" },                  /* a string sent as varint */
    { KINDS, "fa0103010203", "{numbers: [1, 2, 3]}" },                               /* packed */
    { KINDS, "f80101" "f80102" "fa010103", "{numbers: [1, 2, 3]}" },                 /* and not packed */
    { KINDS, "fa0100", "{}" },
    { KINDS, "8a01030a0161" "8a01021005", "{leaf: {value: a, weight: 5}}" },         /* parts of a message are merged */
    { KINDS, "9a03030a0161" "9a03021005", "{chosen_leaf: {value: a, weight: 5}}" },  /* in a oneof, too */
    { KINDS, "9a03030a0161" "a2030178", "{chosen_string: x}" },                      /* the last member wins */
    { KINDS, "a2030178" "9a030210" "05", "{chosen_leaf: {weight: 5}}" },
    { KINDS, "d20202" "0805", "{by_int32: {5: {}}}" },                               /* an entry without a value */
    { KINDS, "d20200", "{by_int32: {0: {}}}" },
    { KINDS, "ca0200", "{by_string: {\"\": \"\"}}" },
    { KINDS, "ca0203" "188001", "{by_string: [{key: \"\", value: \"\", \"@unknown\": [{number: 3, varint: 128}]}]}" },
    { KINDS, "980100", "{maybe_int32: 0}" },                                         /* present, though the default */
    { KINDS, "a20100", "{maybe_string: \"\"}" },
    { KINDS, "7200" "0800", "{}" },                                                  /* no presence */
    { KINDS, "c03e8001", "{\"@unknown\": [{number: 1000, varint: 128}]}" },
    { KINDS, "c03e808000", "{\"@unknown\": [{number: 1000, varint: 0}]}" },          /* in shortest form */
    { KINDS, "c33e" "0801" "0b" "0c" "c43e", "{\"@unknown\": [{number: 1000, group: \"CAELDA==\"}]}" },
    { OLD,   "0a00" "5b" "0801" "5c", "{name: \"\", \"@unknown\": [{number: 11, group: \"CAE=\"}]}" },
    { OLD,   "0a00" "a00605", "{name: \"\", \"@unknown\": [{number: 100, varint: 5}]}" },          /* an extension */
    { OLD,   "0a00" "3005" "3006", "{name: \"\", mood: GLAD, \"@unknown\": [{number: 6, varint: 6}]}" }, /* closed enum */
    { OLD,   "0a00" "820103" "050605", "{name: \"\", moods: [GLAD, GLAD], \"@unknown\": [{number: 16, varint: 6}]}" },
    { OLD,   "0a00" "30ffffffff07", "{name: \"\", mood: LAST}" },
    { OLD,   "0a00" "1a03616263", "{name: \"\", text: abc}" },                       /* present, though its default */
    { OLD,   "0a00" "2200", "{name: \"\", data: \"\"}" },
};

static const struct { const char *type, *hex, *says; } refusals[] = {
    { KINDS, "08", "not a tck.test.Kinds: at byte 1: it ends inside a number" },
    { KINDS, "0880", "not a tck.test.Kinds: at byte 2: it ends inside a number" },
    { KINDS, "0880808080808080808080" "01", "not a tck.test.Kinds: at byte 11: a number has more than 10 bytes" },
    { KINDS, "7205" "61", "not a tck.test.Kinds: at byte 1: a length is larger than what is left" },
    { KINDS, "72ffffffffffffffffff01", "not a tck.test.Kinds: at byte 1: a length is larger than what is left" },
    { KINDS, "3d0000", "not a tck.test.Kinds: at byte 1: it ends inside a number" },
    { KINDS, "00", "not a tck.test.Kinds: at byte 0: no field can have this tag" },
    { KINDS, "f8ffffff7f00", "not a tck.test.Kinds: at byte 0: no field can have this tag" },
    { KINDS, "0e", "not a tck.test.Kinds: at byte 1: there is no such wire type" },
    { KINDS, "0c", "not a tck.test.Kinds: at byte 1: a group ends that did not begin" },
    { KINDS, "0b14", "not a tck.test.Kinds: at byte 2: a group ends that was not the last to begin" },
    { KINDS, "0b0801", "not a tck.test.Kinds: at byte 3: it ends inside a group" },
    { KINDS, "7203" "61ff62", "not a tck.test.Kinds: string_field, at byte 3: the string is not UTF-8" },
    { KINDS, "7203" "eda080", "not a tck.test.Kinds: string_field, at byte 2: the string is not UTF-8" },
    { KINDS, "7203" "610062",
      "not a tck.test.Kinds: string_field, at byte 3: the string holds a NUL character, which this program cannot represent" },
    { KINDS, "8a02" "00" "8a02" "03" "0a01" "ff", "not a tck.test.Kinds: leaves[1].value, at byte 8: the string is not UTF-8" },
    { KINDS, "92010492010172", "not a tck.test.Kinds: kinds.kinds, at byte 7: it ends inside a number" },
    { KINDS, "8a010101", "not a tck.test.Kinds: leaf, at byte 3: no field can have this tag" },
    { KINDS, "fa010180", "not a tck.test.Kinds: numbers[0], at byte 3: it ends inside a number" },
    { KINDS, "a2020400000000", "not a tck.test.Kinds: doubles[0], at byte 3: a packed list ends inside a number" },
    { OLD, "", "not a tck.old.Old: name, at byte 0: the required field is missing" },
    { OLD, "0a00" "7200", "not a tck.old.Old: again.name, at byte 4: the required field is missing" },
};
// clang-format on

static void message_bytes_mean_what_protobuf_says(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(readings); i++)
        assert_tree_prints(fixture, wire_fixture_from_hex(fixture, readings[i].type, readings[i].hex),
                           readings[i].means);
}

static void message_unpack_names_path_and_offset_of_what_is_wrong(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(refusals); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        ProtobufCMessage *message = NULL;

        assert_int_equal(tck_message_unpack(wire_fixture_type(fixture, refusals[i].type),
                                            from_hex(fixture, refusals[i].hex), fixture->arena, &message, &err),
                         TCK_BROKEN);
        assert_null(message);
        assert_string_equal(err.text, refusals[i].says);
    }
}

/* A Kinds with so many more inside it. */
static char *nested(size_t depth, size_t *ret_size)
{
    size_t capacity = depth * 12 + 1, at = capacity;
    char *bytes = malloc(capacity);

    assert_non_null(bytes);
    for (size_t i = 0; i < depth; i++) {
        size_t n = 2, length = capacity - at;
        char head[12] = { (char)0x92, 0x01 };

        for (; length >= 0x80; length >>= 7)
            head[n++] = (char)(length | 0x80);
        head[n++] = (char)length;
        at -= n;
        memcpy(bytes + at, head, n);
    }
    memmove(bytes, bytes + at, capacity - at);
    *ret_size = capacity - at;
    return bytes;
}

static void message_may_be_nested_as_deep_as_protobuf_allows_and_no_deeper(void **state)
{
    static const struct {
        size_t depth;
        int status;
    } depths[] = { { 100, 0 }, { 101, TCK_BROKEN }, { 200000, TCK_BROKEN } };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(depths); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        tck_cleanup(tck_freep) char *bytes = NULL;
        ProtobufCMessage *message = NULL;
        size_t size;

        bytes = nested(depths[i].depth, &size);
        assert_int_equal(tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_bytes(bytes, size), fixture->arena,
                                            &message, &err),
                         depths[i].status);
        assert_true(depths[i].status == 0 || strstr(err.text, "nested too deep"));
    }
}

static void message_groups_may_be_nested_as_deep_and_no_deeper(void **state)
{
    static const struct {
        size_t depth;
        int status;
    } depths[] = { { 100, 0 }, { 101, TCK_BROKEN }, { 200000, TCK_BROKEN } };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(depths); i++) {
        tck_cleanup(tck_freep) char *bytes = malloc(2 * depths[i].depth);
        ProtobufCMessage *message = NULL;

        memset(bytes, 0x0b, depths[i].depth);
        memset(bytes + depths[i].depth, 0x0c, depths[i].depth);
        assert_int_equal(tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_bytes(bytes, 2 * depths[i].depth),
                                            fixture->arena, &message, NULL),
                         depths[i].status);
    }
}

static void message_of_everything_survives_pack_and_unpack(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_bytes bytes = pack(fixture, wire_fixture_message(fixture, KINDS, everything));
    ProtobufCMessage *again = NULL;

    assert_int_equal(tck_message_unpack(wire_fixture_type(fixture, KINDS), bytes, fixture->arena, &again, NULL), 0);
    assert_true(bytes.size > 500);
    assert_same_bytes(pack(fixture, again), bytes);
}

static void message_many_elements_are_kept_in_order(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
    ProtobufCMessage *message = NULL;
    struct tck_bytes again;

    for (int i = 0; i < 1000; i++) {
        tck_buffer_append(&bytes, "\x82\x02\x01", 3); /* words */
        tck_buffer_putc(&bytes, (char)('a' + i % 26));
    }
    assert_int_equal(
        tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_buffer_bytes(&bytes), fixture->arena, &message, NULL),
        0);
    again = pack(fixture, message);
    assert_same_bytes(again, tck_buffer_bytes(&bytes));
}

static void message_unknown_fields_are_written_in_their_shortest_form(void **state)
{
    static const struct {
        const char *read, *written;
    } fields[] = {
        { "c03e808000", "c03e00" },
        { "c23e810061", "c23e0161" },
        { "c0be0001", "c03e01" },
        { "c33e0801c4be00", "c33e0801c43e" },
    };
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(fields); i++)
        assert_same_bytes(pack(fixture, wire_fixture_from_hex(fixture, KINDS, fields[i].read)),
                          from_hex(fixture, fields[i].written));
}

static void message_map_entry_without_a_value_has_an_empty_message(void **state)
{
    struct wire_fixture *fixture = *state;
    const ProtobufCMessage *message = wire_fixture_from_hex(fixture, KINDS,
                                                            "d2020208"
                                                            "05");
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "by_int32");
    ProtobufCMessage *const *entries = *(ProtobufCMessage * *const *)((const char *)message + field->offset);
    const ProtobufCFieldDescriptor *value = &entries[0]->descriptor->fields[1];

    assert_non_null(*(ProtobufCMessage *const *)((const char *)entries[0] + value->offset));
}

static void message_cut_off_anywhere_does_no_harm(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_bytes bytes = pack(fixture, wire_fixture_message(fixture, KINDS, everything));
    size_t refused = 0;

    for (size_t size = 0; size < bytes.size; size++) {
        tck_cleanup(tck_freep) void *exact = malloc(size + 1); /* so that a read beyond the end is seen */
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
        ProtobufCMessage *message = NULL;
        int r;

        memcpy(exact, bytes.data, size);
        exact = realloc(exact, size ? size : 1);
        assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
        r = tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_bytes(exact, size), arena, &message, NULL);
        assert_true(r == 0 || r == TCK_BROKEN);
        refused += r != 0;
    }
    assert_true(refused > bytes.size / 2);
}

/* What was read can be written and read again, to the same bytes, and said as a literal that means the same. */
static void assert_laws(const struct wire_fixture *fixture, const char *type, struct tck_bytes bytes, size_t *read)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(1 << 20);
    struct wire_fixture own = *fixture;
    ProtobufCMessage *message = NULL, *again = NULL;
    const struct tck_tree *tree = NULL;
    struct tck_bytes packed;
    int r;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    own.arena = arena;
    r = tck_message_unpack(wire_fixture_type(fixture, type), bytes, arena, &message, NULL);
    assert_true(r == 0 || r == TCK_BROKEN);
    if (r != 0)
        return;
    ++*read;
    packed = pack(&own, message);
    assert_int_equal(tck_message_unpack(message->descriptor, packed, arena, &again, NULL), 0);
    assert_same_bytes(pack(&own, again), packed);
    assert_int_equal(tck_message_to_tree(fixture->pool, message, arena, &tree, NULL), 0);
    tck_tree_print(tree, &text);
    if (strstr(tck_buffer_string(&text), ".nan")) /* one is like another in a literal */
        return;
    assert_int_equal(tck_message_from_tree(fixture->pool, message->descriptor, tree, NULL, arena, &again, NULL), 0);
    assert_same_bytes(pack(&own, again), packed);
}

static void message_damaged_at_random_keeps_the_laws(void **state)
{
    struct wire_fixture *fixture = *state;
    struct tck_bytes bytes = pack(fixture, wire_fixture_message(fixture, KINDS, everything));
    tck_cleanup(tck_freep) uint8_t *damaged = malloc(bytes.size);
    unsigned short seed[3] = { 4, 5, 6 };
    size_t read = 0;

    for (int round = 0; round < 20000; round++) {
        memcpy(damaged, bytes.data, bytes.size);
        for (long n = nrand48(seed) % 3; n >= 0; n--)
            damaged[nrand48(seed) % (long)bytes.size] = (uint8_t)nrand48(seed);
        assert_laws(fixture, KINDS, tck_bytes(damaged, bytes.size), &read);
    }
    assert_true(read > 1000);
}

static void message_made_of_noise_keeps_the_laws(void **state)
{
    struct wire_fixture *fixture = *state;
    static const char *const types[] = { KINDS,
                                         OLD,
                                         "google.protobuf.Any",
                                         "google.protobuf.Struct",
                                         "google.protobuf.Value",
                                         "cloudstate.eventsourced.EventSourcedStreamOut" };
    unsigned short seed[3] = { 7, 8, 9 };
    size_t read = 0;

    for (int round = 0; round < 60000; round++) {
        uint8_t noise[24];
        size_t size = (size_t)(nrand48(seed) % (long)sizeof noise);

        for (size_t i = 0; i < size; i++)
            noise[i] = (uint8_t)(nrand48(seed) % (i % 2 ? 8 : 256));
        assert_laws(fixture, types[round % (int)TCK_COUNT(types)], tck_bytes(noise, size), &read);
    }
    assert_true(read > 1000);
}

static void message_that_needs_more_memory_than_the_arena_has_is_refused(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    size_t size = 3 << 20;
    tck_cleanup(tck_freep) uint8_t *bytes = malloc(size);
    ProtobufCMessage *message = NULL;

    for (size_t i = 0; i < size; i += 3) /* a million empty Kinds in a list of Kinds would be half a gigabyte */
        memcpy(bytes + i, "\x92\x01\x00", 3);
    assert_int_equal(tck_arena_new(1 << 20, &arena, NULL), 0);
    assert_int_equal(
        tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_bytes(bytes, size), arena, &message, &err), 0);
    for (size_t i = 0; i < size; i += 3)
        memcpy(bytes + i, "\x8a\x02\x00", 3);
    assert_int_equal(
        tck_message_unpack(wire_fixture_type(fixture, KINDS), tck_bytes(bytes, size), arena, &message, &err), TCK_KIT);
    assert_non_null(strstr(err.text, "out of memory, or the message takes more of it than is allowed"));
}

static void message_functions_report_a_full_arena_at_any_size(void **state)
{
    struct wire_fixture *fixture = *state;
    const struct tck_tree *literal = wire_fixture_tree(fixture, everything);
    const ProtobufCMessageDescriptor *type = wire_fixture_type(fixture, KINDS);
    ProtobufCMessage *whole = wire_fixture_message(fixture, KINDS, everything);
    struct tck_bytes bytes = pack(fixture, whole);
    size_t failures = 0;
    int done = 0;

    for (size_t ceiling = 1; done != 7; ceiling += 16) {
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL, *second = NULL, *third = NULL;
        ProtobufCMessage *message = NULL;
        const struct tck_tree *tree = NULL;
        int r[3];

        assert_int_equal(tck_arena_new(ceiling, &arena, NULL), 0);
        assert_int_equal(tck_arena_new(ceiling, &second, NULL), 0);
        assert_int_equal(tck_arena_new(ceiling, &third, NULL), 0);
        r[0] = tck_message_unpack(type, bytes, arena, &message, NULL);
        r[1] = tck_message_from_tree(fixture->pool, type, literal, NULL, second, &message, NULL);
        r[2] = tck_message_to_tree(fixture->pool, whole, third, &tree, NULL);
        for (int i = 0; i < 3; i++) {
            assert_true(r[i] == 0 || r[i] == TCK_KIT);
            failures += r[i] != 0;
            done |= r[i] == 0 ? 1 << i : 0;
        }
    }
    assert_true(failures > 300);
}

static void message_of_a_compiled_type_goes_the_same_ways(void **state)
{
    struct wire_fixture *fixture = *state;
    const struct tck_tree *tree = wire_fixture_tree(fixture, "{payload: {\"@type\": tck.test.Leaf, value: x}}");
    ProtobufCMessage *message = NULL, *again = NULL, *content = NULL;
    Cloudstate__Reply *reply;
    struct tck_bytes bytes;

    assert_int_equal(tck_message_from_tree(fixture->pool, &cloudstate__reply__descriptor, tree, NULL, fixture->arena,
                                           &message, NULL),
                     0);
    bytes = pack(fixture, message);
    assert_int_equal(tck_message_unpack(&cloudstate__reply__descriptor, bytes, fixture->arena, &again, NULL), 0);
    reply = (Cloudstate__Reply *)again;
    assert_string_equal(reply->payload->type_url, "type.googleapis.com/tck.test.Leaf");
    assert_tree_prints(fixture, again, "{payload: {\"@type\": tck.test.Leaf, value: x}}");
    assert_int_equal(tck_message_unpack_any(fixture->pool, &reply->payload->base, fixture->arena, &content, NULL), 0);
    assert_string_equal(content->descriptor->name, "tck.test.Leaf");
}

static const struct {
    const char *any, *says;
} anys[] = {
    { "{}", "an Any has no type_url" },
    { "{\"@type\": x/y.Z, \"@value\": \"\"}", "an Any has the type 'x/y.Z', which is not known" },
    { "{\"@type\": x/tck.test.Leaf, \"@value\": CA==}",
      "an Any of type 'x/tck.test.Leaf' does not hold such a message" },
};

static void message_unpack_any_says_why_it_cannot_be_opened(void **state)
{
    struct wire_fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(anys); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        const ProtobufCMessage *any = wire_fixture_message(fixture, "google.protobuf.Any", anys[i].any);
        ProtobufCMessage *content = NULL;

        assert_int_equal(tck_message_unpack_any(fixture->pool, any, fixture->arena, &content, &err), TCK_BROKEN);
        assert_string_equal(err.text, anys[i].says);
        assert_null(content);
    }
}

static void message_pack_reports_a_buffer_that_is_full(void **state)
{
    struct wire_fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(20);
    const ProtobufCMessage *message = wire_fixture_message(fixture, KINDS, everything);

    assert_int_equal(tck_message_pack(message, &out, NULL), TCK_KIT);
    tck_buffer_clear(&out);
    assert_int_equal(tck_message_pack(wire_fixture_message(fixture, KINDS, "{}"), &out, NULL), 0);
    assert_int_equal(out.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_bytes_mean_what_protobuf_says),
        cmocka_unit_test(message_unpack_names_path_and_offset_of_what_is_wrong),
        cmocka_unit_test(message_may_be_nested_as_deep_as_protobuf_allows_and_no_deeper),
        cmocka_unit_test(message_groups_may_be_nested_as_deep_and_no_deeper),
        cmocka_unit_test(message_of_everything_survives_pack_and_unpack),
        cmocka_unit_test(message_many_elements_are_kept_in_order),
        cmocka_unit_test(message_unknown_fields_are_written_in_their_shortest_form),
        cmocka_unit_test(message_map_entry_without_a_value_has_an_empty_message),
        cmocka_unit_test(message_cut_off_anywhere_does_no_harm),
        cmocka_unit_test(message_damaged_at_random_keeps_the_laws),
        cmocka_unit_test(message_made_of_noise_keeps_the_laws),
        cmocka_unit_test(message_that_needs_more_memory_than_the_arena_has_is_refused),
        cmocka_unit_test(message_functions_report_a_full_arena_at_any_size),
        cmocka_unit_test(message_of_a_compiled_type_goes_the_same_ways),
        cmocka_unit_test(message_unpack_any_says_why_it_cannot_be_opened),
        cmocka_unit_test(message_pack_reports_a_buffer_that_is_full),
    };

    return cmocka_run_group_tests(tests, setup, wire_fixture_teardown);
}
