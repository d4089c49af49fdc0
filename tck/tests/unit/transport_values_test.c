/* SPDX-License-Identifier: Apache-2.0
 *
 * What needs no connection: metadata, codes by name, who made a status.
 */
#include "transport_fixture.h"

#include <grpc/slice.h>

#include "transport/peer_status.h"

static void metadata_refuses_what_http2_cannot_carry(void **state)
{
    static const struct {
        const char *key, *value;
        size_t size;
    } rows[] = {
        { "", "x", 1 },   { ":path", "x", 1 }, { "a b", "x", 1 },      { "a\n", "x", 1 },  { "\xc3\xa9", "x", 1 },
        { "a", "\n", 1 }, { "a", "x\0y", 3 },  { "a", "\xc3\xa9", 2 }, { "a", "\x7f", 1 }, { "-bin", "\1", 1 },
    };
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        assert_int_equal(tck_metadata_add(&metadata, rows[i].key, rows[i].value, rows[i].size, &err), TCK_BAD_INPUT);
        assert_string_not_equal(err.text, "");
    }
    assert_int_equal(metadata.count, 0);
}

static void metadata_keeps_order_and_finds_the_first_in_any_case(void **state)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 }, copy = { 0 };

    (void)state;
    assert_int_equal(tck_metadata_add(&metadata, "Key", "first", 5, NULL), 0);
    assert_int_equal(tck_metadata_add(&metadata, "data-BIN", "\0\377", 2, NULL), 0);
    assert_int_equal(tck_metadata_add(&metadata, "key", "second", 6, NULL), 0);
    assert_int_equal(tck_metadata_add(&metadata, "empty-bin", NULL, 0, NULL), 0);
    assert_int_equal(tck_metadata_copy(&copy, &metadata, NULL), 0);
    assert_int_equal(copy.count, 4);
    assert_string_equal(copy.entries[0].key, "key");
    assert_string_equal(copy.entries[1].key, "data-bin");
    assert_string_equal(copy.entries[2].value, "second");
    assert_string_equal(tck_metadata_find(&copy, "KEY")->value, "first");
    assert_int_equal(tck_metadata_find(&copy, "data-bin")->value_size, 2);
    assert_string_equal(tck_metadata_find(&copy, "empty-bin")->value, "");
    assert_null(tck_metadata_find(&copy, "other"));
}

static void code_names_go_both_ways(void **state)
{
    char buf[16];

    (void)state;
    for (int code = 0; code <= 16; code++)
        assert_int_equal(tck_grpc_code_parse(tck_grpc_code_name(code, buf)), code);
    assert_string_equal(tck_grpc_code_name(0, buf), "OK");
    assert_string_equal(tck_grpc_code_name(14, buf), "UNAVAILABLE");
    assert_string_equal(tck_grpc_code_name(17, buf), "CODE 17");
    assert_string_equal(tck_grpc_code_name(-1, buf), "CODE -1");
    assert_string_equal(tck_grpc_code_name(INT32_MIN, buf), "CODE -214748364"); /* cut, not beyond the buffer */
    assert_int_equal(tck_grpc_code_parse("unavailable"), -1);
    assert_int_equal(tck_grpc_code_parse(""), -1);
}

#define PEER  "UNKNOWN:Error received from peer ipv4:127.0.0.1:1 {grpc_status:14}"
#define LOCAL "UNKNOWN:failed to connect to all addresses {grpc_message:\"Error received from peer\"}"

static void status_is_the_peers_unless_grpc_core_is_known_to_make_it(void **state)
{
    static const struct {
        int code;
        const char *account, *text;
        struct tck_status_facts facts;
        bool from_peer;
    } rows[] = {
        { 0, NULL, "", { 0 }, true },
        { 14, PEER, "not now", { 0 }, true },
        { 14, PEER, "", { 0 }, true },
        { 14, LOCAL, "not now", { 0 }, false },
        { 14, NULL, "not now", { 0 }, false },
        { 14, PEER, "Socket closed", { 0 }, false },
        { 13, PEER, "Socket closed", { 0 }, true },
        { 14, PEER, "Socket closed by me", { 0 }, true },
        { 14, PEER, "recvmsg:Connection reset by peer", { 0 }, false },
        { 9, PEER, "Received RST_STREAM with error code 2", { 0 }, false },
        { 4, PEER, "Deadline Exceeded", { 0 }, true },
        { 4, PEER, "Deadline Exceeded", { .deadline_passed = true }, false },
        { 4, PEER, "too slow", { .deadline_passed = true }, true },
        { 8, PEER, "Received message larger than max (2 vs. 1)", { 0 }, true },
        { 8, PEER, "Received message larger than max (2 vs. 1)", { .receive_failed = true }, false },
        { 8, PEER, "Sent message larger than max (2 vs. 1)", { .sent_too_large = true }, false },
        { 8, PEER, "quota", { .receive_failed = true, .sent_too_large = true }, true },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        grpc_slice text = grpc_slice_from_static_string(rows[i].text);

        if (tck_status_is_from_peer(rows[i].code, rows[i].account, text, rows[i].facts) != rows[i].from_peer)
            fail_msg("row %zu: '%s'", i, rows[i].text);
    }
}

static void status_text_is_cut_before_a_character_that_does_not_fit(void **state)
{
    char buf[6];

    (void)state;
    tck_status_details(buf, sizeof buf, grpc_slice_from_static_string("12345"));
    assert_string_equal(buf, "12345");
    tck_status_details(buf, sizeof buf, grpc_slice_from_static_string("1234\xc3\xa9"));
    assert_string_equal(buf, "1234");
    tck_status_details(buf, sizeof buf, grpc_slice_from_static_string("\xf0\x9f\x99\x82\xf0\x9f\x99\x82"));
    assert_string_equal(buf, "\xf0\x9f\x99\x82");
    tck_status_details(buf, sizeof buf, grpc_slice_from_static_buffer("a\0b", 3));
    assert_string_equal(buf, "a b");
    tck_status_details(buf, sizeof buf, grpc_empty_slice());
    assert_string_equal(buf, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata_refuses_what_http2_cannot_carry),
        cmocka_unit_test(metadata_keeps_order_and_finds_the_first_in_any_case),
        cmocka_unit_test(code_names_go_both_ways),
        cmocka_unit_test(status_is_the_peers_unless_grpc_core_is_known_to_make_it),
        cmocka_unit_test(status_text_is_cut_before_a_character_that_does_not_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
