/* SPDX-License-Identifier: Apache-2.0 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine/discovery.h"
#include "engine_fixture.h"

static int discover(struct engine_fixture *fixture, const char *script, int64_t wait,
                    struct tck_discovery **ret_discovery, struct tck_error *err)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;

    engine_fixture_answer(fixture, script);
    assert_int_equal(tck_channel_new(engine_fixture_address(fixture), NULL, &channel, NULL), 0);
    return tck_discover(channel, engine_fixture_pool(fixture), tck_after(wait), NULL, ret_discovery, err);
}

static void discovery_tells_services_types_and_facts(void **state)
{
    tck_cleanup(tck_discovery_freep) struct tck_discovery *discovery = NULL;

    assert_int_equal(discover(*state, NULL, TCK_SECONDS(10), &discovery, NULL), 0);
    assert_null(discovery->flaw);
    assert_true(tck_discovery_offers(discovery, "cloudstate.tck.model.crdt.CrdtTckModel"));
    assert_false(tck_discovery_offers(discovery, "cloudstate.tck.model.crdt.CrdtTckMode"));
    assert_non_null(tck_pool_find_method(discovery->pool, "cloudstate.tck.model.crdt.CrdtTckModel", "Process"));
    assert_string_equal(discovery->spec->service_info->support_library_name, "fixture");
}

/* Descriptor sets of one file with a service cloudstate.tck.model.EventSourcedTckModel { Process }: pieces of them. */
#define FILE_HEAD  "0a07742e70726f746f1214636c6f756473746174652e74636b2e6d6f64656c"
#define PLAIN_KEY  "22150a0752657175657374120a0a026964180120012809"
#define ENTITY_KEY "221a0a0752657175657374120f0a0269641801200128094203c04301"
#define RESPONSE   "220a0a08526573706f6e7365"
#define SERVICE    "0a144576656e74536f757263656454636b4d6f64656c"
#define PROCESS                                                                                                    \
    "0a0750726f63657373121d2e636c6f756473746174652e74636b2e6d6f64656c2e526571756573741a1e2e636c6f756473746174652e" \
    "74636b2e6d6f64656c2e526573706f6e7365"
#define HTTP_RULE "220682d3e4930200"
#define PROTO3    "620670726f746f33"
#define NO_RULE   "0ab101" FILE_HEAD ENTITY_KEY RESPONSE "3260" SERVICE "1248" PROCESS PROTO3
#define NO_KEY    "0ab401" FILE_HEAD PLAIN_KEY RESPONSE "3268" SERVICE "1250" PROCESS HTTP_RULE PROTO3
#define BOTH      "0ab901" FILE_HEAD ENTITY_KEY RESPONSE "3268" SERVICE "1250" PROCESS HTTP_RULE PROTO3

/* Of a file that imports google/protobuf/any.proto. */
#define OPEN_SET "0a2c0a07742e70726f746f1a19676f6f676c652f70726f746f6275662f616e792e70726f746f620670726f746f33"

static void a_flaw_of_the_spec_is_told_and_not_an_error(void **state)
{
    static const struct {
        const char *script, *flaw;
        bool pool;
    } rows[] = {
        { "discover {}\n", NULL, true },
        { "discover {proto: {hex: ff}}\n", "its descriptor set is broken: ", false },
        { "discover {entities: [{service_name: no.Such}]}\n",
          "the service 'no.Such' is declared, but no file of the descriptor set defines it", true },
        /* The kit's own types are no excuse for a set without them. */
        { "discover {entities: [{service_name: cloudstate.tck.model.EventSourcedTwo}]}\n",
          "the service 'cloudstate.tck.model.EventSourcedTwo' is declared, but no", true },
        { "discover {proto: {hex: ff}, entities: [{service_name: a}, {service_name: a}]}\n",
          "its descriptor set is broken: ", false },
        { "discover {proto: {hex: " NO_RULE "}}\n",
          "the descriptor of /cloudstate.tck.model.EventSourcedTckModel/Process lacks the HTTP rule", true },
        { "discover {proto: {hex: " NO_KEY "}}\n",
          "the field 'id' of cloudstate.tck.model.Request lacks the option that makes it the entity key", true },
        { "discover {proto: {hex: " BOTH "}}\n", NULL, true },
        { "discover {proto: {hex: " OPEN_SET "}}\n",
          "the file 't.proto' imports 'google/protobuf/any.proto', which is not in the set", true },
        { "discover add cloudstate.tck.model.EventSourcedTwo\n",
          "the service 'cloudstate.tck.model.EventSourcedTwo' is declared twice", true },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_discovery_freep) struct tck_discovery *discovery = NULL;

        assert_int_equal(discover(*state, rows[i].script, TCK_SECONDS(10), &discovery, NULL), 0);
        assert_int_equal(discovery->pool != NULL, rows[i].pool);
        if (rows[i].flaw)
            assert_int_equal(strncmp(discovery->flaw, rows[i].flaw, strlen(rows[i].flaw)), 0);
        else
            assert_null(discovery->flaw);
    }
}

static void no_answer_is_told_by_what_came_instead(void **state)
{
    static const struct {
        const char *script;
        int64_t wait;
        const char *says;
    } rows[] = {
        { "discover end UNIMPLEMENTED nope\n", TCK_SECONDS(10), "discovery was answered with UNIMPLEMENTED: nope" },
        { "discover stay\n", TCK_MS(20), "discovery was not answered in time" },
        { "discover hex ff\n", TCK_SECONDS(10), "discovery was answered with bytes that are no EntitySpec" },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };
        struct tck_discovery *discovery = NULL;

        assert_int_equal(discover(*state, rows[i].script, rows[i].wait, &discovery, &err), TCK_NO_SHOW);
        assert_int_equal(err.status, TCK_NO_SHOW);
        assert_string_equal(err.text, rows[i].says);
        assert_null(discovery);
    }
}

static void a_user_function_is_ready_when_it_answers_discovery(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const char *address = engine_fixture_address(*state);

    engine_fixture_answer(*state, NULL);
    assert_int_equal(tck_discovery_ready(NULL, address, tck_after(TCK_SECONDS(10)), &err), 0);
    engine_fixture_answer(*state, "discover end UNAVAILABLE soon\n");
    assert_int_equal(tck_discovery_ready(NULL, address, tck_after(TCK_SECONDS(10)), &err), TCK_NO_SHOW);
    assert_string_equal(err.text, "discovery was answered with UNAVAILABLE: soon");
}

static void the_kit_introduces_itself_as_a_proxy_of_this_protocol(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer packed = TCK_BUFFER_INIT(4096);
    struct tck_arena *arena;
    ProtobufCMessage *message;
    const Cloudstate__ProxyInfo *info;

    (void)state;
    assert_int_equal(tck_proxy_info_pack(&packed, NULL), 0);
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_int_equal(
        tck_message_unpack(&cloudstate__proxy_info__descriptor, tck_buffer_bytes(&packed), arena, &message, NULL), 0);
    info = (const void *)message;
    assert_int_equal(info->protocol_major_version, 0);
    assert_int_equal(info->protocol_minor_version, 2);
    assert_string_equal(info->proxy_name, "tck");
    assert_true(info->proxy_version[0]);
    assert_int_equal(info->n_supported_entity_types, 4);
    assert_string_equal(info->supported_entity_types[0], "cloudstate.eventsourced.EventSourced");
    assert_string_equal(info->supported_entity_types[3], "cloudstate.action.ActionProtocol");
    tck_arena_free(arena);
}

static void the_builtin_pool_reads_payloads_that_are_no_messages(void **state)
{
    const struct tck_pool *pool = engine_fixture_pool(*state);

    assert_string_equal(tck_pool_find_by_url(pool, "p.cloudstate.io/string")->name, "google.protobuf.StringValue");
    assert_string_equal(tck_pool_find_by_url(pool, "p.cloudstate.io/bool")->name, "google.protobuf.BoolValue");
    assert_string_equal(tck_pool_find_by_url(pool, "json.cloudstate.io/com.example.Any")->name,
                        "google.protobuf.BytesValue");
    assert_string_equal(tck_pool_string_any(pool), "p.cloudstate.io/string");
    assert_non_null(tck_pool_find_service(pool, "cloudstate.tck.model.action.ActionTckModel"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discovery_tells_services_types_and_facts),
        cmocka_unit_test(a_flaw_of_the_spec_is_told_and_not_an_error),
        cmocka_unit_test(no_answer_is_told_by_what_came_instead),
        cmocka_unit_test(a_user_function_is_ready_when_it_answers_discovery),
        cmocka_unit_test(the_kit_introduces_itself_as_a_proxy_of_this_protocol),
        cmocka_unit_test(the_builtin_pool_reads_payloads_that_are_no_messages),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
