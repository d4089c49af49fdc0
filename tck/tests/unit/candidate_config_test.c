/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "candidate/config.h"
#include "testing.h"

struct parsed {
    struct tck_arena *arena;
    struct tck_configs configs;
    struct tck_error_list errors;
    int r;
};

static void parse(const char *yaml, struct parsed *parsed)
{
    memset(parsed, 0, sizeof *parsed);
    assert_int_equal(tck_arena_new(0, &parsed->arena, NULL), 0);
    parsed->r = tck_config_parse("c.yaml", "/srv", tck_bytes(yaml, strlen(yaml)), parsed->arena, &parsed->configs,
                                 &parsed->errors);
}

static void done(struct parsed *parsed)
{
    tck_error_list_done(&parsed->errors);
    tck_arena_free(parsed->arena);
}

static void config_of_a_command_is_read_whole(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("name: Java\n"
          "user_function:\n"
          "  command: [java, -jar, 7]\n"
          "  directory: ../service\n"
          "  env: {HOST: 127.0.0.1, PORT: \"{port}\"}\n"
          "  ready_timeout: 2m\n"
          "  stop_command: [./stop.sh]\n",
          &parsed);
    assert_int_equal(parsed.r, 0);
    assert_int_equal(parsed.configs.count, 1);
    const struct tck_side_config *side = &parsed.configs.items[0].user_function;

    assert_string_equal(parsed.configs.items[0].name, "Java");
    assert_string_equal(side->command[2], "7");
    assert_null(side->command[3]);
    assert_string_equal(side->directory, "/srv/../service");
    assert_string_equal(side->env[1], "PORT={port}");
    assert_int_equal(side->port, TCK_PORT_AUTO);
    assert_int_equal(side->ready_timeout, TCK_SECONDS(120));
    assert_string_equal(side->stop_command[0], "./stop.sh");
    assert_false(parsed.configs.items[0].proxy.present);
    done(&parsed);
}

static void list_of_known_failures_lies_beside_the_configuration(void **state)
{
    static const struct {
        const char *name, *known, *path;
    } rows[] = { { "c.yaml", "known.yaml", "known.yaml" },
                 { "gate/c.yaml", "known.yaml", "gate/known.yaml" },
                 { "../c.yaml", "lists/k.yaml", "../lists/k.yaml" },
                 { "/srv/c.yaml", "known.yaml", "/srv/known.yaml" },
                 { "gate/c.yaml", "/srv/known.yaml", "/srv/known.yaml" } };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        struct parsed parsed = { 0 };
        char yaml[128];

        snprintf(yaml, sizeof yaml, "user_function: {command: [a]}\nknown: %s\n", rows[i].known);
        assert_int_equal(tck_arena_new(0, &parsed.arena, NULL), 0);
        assert_int_equal(tck_config_parse(rows[i].name, "/srv", tck_bytes(yaml, strlen(yaml)), parsed.arena,
                                          &parsed.configs, &parsed.errors),
                         0);
        assert_string_equal(parsed.configs.items[0].known, rows[i].path);
        done(&parsed);
    }
}

static void config_of_an_address_says_host_and_port(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("user_function: {address: \"localhost:8088\"}\nproxy: {address: \"127.0.0.1:9000\"}\ntap: {port: auto}",
          &parsed);
    assert_int_equal(parsed.r, 0);
    assert_string_equal(parsed.configs.items[0].user_function.host, "localhost");
    assert_int_equal(parsed.configs.items[0].user_function.port, 8088);
    assert_int_equal(parsed.configs.items[0].proxy.port, 9000);
    assert_int_equal(parsed.configs.items[0].tap_port, TCK_PORT_AUTO);
    done(&parsed);
}

static void config_without_a_port_uses_the_protocols_default(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("user_function: {command: [node, index.js]}\nproxy: {command: [proxy]}", &parsed);
    assert_int_equal(parsed.configs.items[0].user_function.port, 8080);
    assert_int_equal(parsed.configs.items[0].proxy.port, 9000);
    assert_int_equal(parsed.configs.items[0].tap_port, 8090);
    done(&parsed);
}

static void config_whose_ports_are_mentioned_has_them_picked(void **state)
{
    static const struct {
        const char *yaml;
        int user_function, proxy, tap;
    } cases[] = {
        { "user_function: {command: [a], env: {P: \"{port}\"}}\nproxy: {command: [b, \"{port}\", \"{tap.port}\"]}",
          TCK_PORT_AUTO, TCK_PORT_AUTO, TCK_PORT_AUTO },
        { "user_function: {command: [a, \"{proxy.port}\"]}\nproxy: {command: [b]}", 8080, TCK_PORT_AUTO, 8090 },
        { "user_function: {command: [a]}\nproxy: {command: [b], env: {U: \"{user_function.port}\"}}", TCK_PORT_AUTO,
          9000, 8090 },
        { "user_function: {command: [a]}", 8080, 0, TCK_PORT_AUTO }, /* whoever stands in for the proxy is told */
        { "user_function: {command: [a, \"{port}\"], port: 7}\nproxy: {command: [\"{tap.port}\"]}\ntap: {port: 9}", 7,
          9000, 9 },
        { "user_function: {image: a}", 8080, 0, TCK_PORT_AUTO },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        struct parsed parsed;

        parse(cases[i].yaml, &parsed);
        assert_int_equal(parsed.r, 0);
        assert_int_equal(parsed.configs.items[0].user_function.port, cases[i].user_function);
        assert_int_equal(parsed.configs.items[0].proxy.port, cases[i].proxy);
        assert_int_equal(parsed.configs.items[0].tap_port, cases[i].tap);
        done(&parsed);
    }
}

static void config_of_a_durable_proxy_says_so(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("proxy: {command: [a, \"{scratch}/b\"], durable: true}\n---\nproxy: {command: [a], durable: false}", &parsed);
    assert_int_equal(parsed.r, 0);
    assert_true(parsed.configs.items[0].proxy.durable);
    assert_true(tck_config_mentions(&parsed.configs.items[0].proxy, "{scratch}"));
    assert_false(parsed.configs.items[1].proxy.durable);
    assert_false(tck_config_mentions(&parsed.configs.items[1].proxy, "{scratch}"));
    done(&parsed);
}

static void config_of_sides_that_run_already_has_their_addresses(void **state)
{
    static const struct {
        struct tck_attached attached;
        const char *name;
        bool user_function, proxy;
        int tap;
    } cases[] = {
        { { .user_function = "h:1" }, "h:1", true, false, TCK_PORT_AUTO },
        { { .proxy = "h:2" }, "h:2", false, true, 8090 },
        { { .user_function = "h:1", .proxy = "h:2", .tap_port = 77 }, "h:1 behind h:2", true, true, 77 },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
        struct tck_configs configs;

        assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
        assert_int_equal(tck_config_attached(&cases[i].attached, arena, &configs, NULL), 0);
        assert_int_equal(configs.count, 1);
        assert_string_equal(configs.items[0].name, cases[i].name);
        assert_int_equal(configs.items[0].user_function.present, cases[i].user_function);
        assert_int_equal(configs.items[0].proxy.present, cases[i].proxy);
        assert_int_equal(configs.items[0].tap_port, cases[i].tap);
    }
}

static void config_of_an_address_that_is_none_names_the_option(void **state)
{
    static const struct tck_attached attached = { .user_function = "h:1", .proxy = "nowhere" };
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_configs configs;

    (void)state;
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_int_equal(tck_config_attached(&attached, arena, &configs, &err), TCK_BAD_INPUT);
    assert_string_equal(err.name, "--proxy");
    assert_string_equal(err.text, "an address is host:port, such as 127.0.0.1:8080; found nowhere");
}

static void config_with_several_documents_and_a_list_is_several_runs(void **state)
{
    struct parsed parsed;

    (void)state;
    parse(
        "name: one\nuser_function: {address: \"a:1\"}\n---\n"
        "combinations:\n- {name: two, user_function: {address: \"a:2\"}}\n- {name: three, proxy: {address: \"a:3\"}}\n",
        &parsed);
    assert_int_equal(parsed.r, 0);
    assert_int_equal(parsed.configs.count, 3);
    assert_string_equal(parsed.configs.items[2].name, "three");
    done(&parsed);
}

static void config_of_an_image_becomes_a_container_command(void **state)
{
    struct parsed parsed;
    bool network = false, image = false;

    (void)state;
    parse("user_function: {image: \"example/service:1\", env: {PORT: \"{port}\"}}", &parsed);
    assert_int_equal(parsed.r, 0);
    const struct tck_side_config *side = &parsed.configs.items[0].user_function;

    for (size_t i = 0; side->command[i]; i++) {
        network = network || strcmp(side->command[i], "--network=host") == 0;
        image = strcmp(side->command[i], "example/service:1") == 0; /* the last one */
    }
    assert_true(network && image);
    assert_string_equal(side->stop_command[1], "rm");
    assert_int_equal(side->port, TCK_PORT_AUTO);
    done(&parsed);
}

static const struct {
    const char *yaml;
    unsigned line, column;
    const char *says;
} mistakes[] = {
    { "user_function: {comand: [a]}", 1, 17, "unknown key 'comand'; did you mean 'command'?" },
    { "userfunction: {}", 1, 1, "unknown key 'userfunction'; did you mean 'user_function'?" },
    { "user_function: {command: java}", 1, 26,
      "'command': expected a list of the program and its arguments, such as [java, -jar, service.jar], found a "
      "string" },
    { "user_function: {command: [a], port: 70000}", 1, 37, "a port is a number from 1 to 65535, or auto" },
    { "user_function: {command: [a], ready_timeout: 3}", 1, 46,
      "'3' is not a duration; write for example 250ms, 3s or 2m" },
    { "user_function: {address: here}", 1, 26, "an address is host:port, such as 127.0.0.1:8080; found here" },
    { "user_function: {command: [a], address: \"b:1\"}", 1, 16, "needs exactly one of command, address or image" },
    { "user_function:\n  command: [a]\n  env: {\"A=B\": c}", 3, 9, "not a name for an environment variable: A=B" },
    { "user_function: {command: [a], durable: true}", 1, 31, "unknown key 'durable'" },
    { "proxy: {command: [a], durable: perhaps}", 1, 32, "'durable': expected true or false, found a string" },
    { "name: x", 1, 1, "needs user_function, proxy or both" },
};

static void config_mistakes_point_at_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        struct parsed parsed;

        parse(mistakes[i].yaml, &parsed);
        assert_int_equal(parsed.r, TCK_BAD_INPUT);
        assert_string_equal(parsed.errors.items[0].text, mistakes[i].says);
        assert_int_equal(parsed.errors.items[0].line, mistakes[i].line);
        assert_int_equal(parsed.errors.items[0].column, mistakes[i].column);
        assert_string_equal(parsed.errors.items[0].name, "c.yaml");
        done(&parsed);
    }
}

static void config_reports_several_mistakes_at_once(void **state)
{
    struct parsed parsed;

    (void)state;
    parse("nme: x\nuser_function: {command: [a], port: x, env: [b]}", &parsed);
    assert_int_equal(parsed.errors.count, 3);
    done(&parsed);
}

static void config_file_that_is_missing_is_named(void **state)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_configs configs;

    (void)state;
    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_int_equal(tck_config_load("no-such-file.yaml", arena, &configs, &errors), TCK_BAD_INPUT);
    assert_string_equal(errors.items[0].name, "no-such-file.yaml");
    assert_string_equal(errors.items[0].text, "cannot be opened: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_of_a_command_is_read_whole),
        cmocka_unit_test(list_of_known_failures_lies_beside_the_configuration),
        cmocka_unit_test(config_of_an_address_says_host_and_port),
        cmocka_unit_test(config_without_a_port_uses_the_protocols_default),
        cmocka_unit_test(config_whose_ports_are_mentioned_has_them_picked),
        cmocka_unit_test(config_of_a_durable_proxy_says_so),
        cmocka_unit_test(config_of_sides_that_run_already_has_their_addresses),
        cmocka_unit_test(config_of_an_address_that_is_none_names_the_option),
        cmocka_unit_test(config_with_several_documents_and_a_list_is_several_runs),
        cmocka_unit_test(config_of_an_image_becomes_a_container_command),
        cmocka_unit_test(config_mistakes_point_at_their_place),
        cmocka_unit_test(config_reports_several_mistakes_at_once),
        cmocka_unit_test(config_file_that_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
