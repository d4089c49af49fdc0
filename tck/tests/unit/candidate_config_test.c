/* SPDX-License-Identifier: Apache-2.0 */
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
        cmocka_unit_test(config_of_an_address_says_host_and_port),
        cmocka_unit_test(config_without_a_port_uses_the_protocols_default),
        cmocka_unit_test(config_with_several_documents_and_a_list_is_several_runs),
        cmocka_unit_test(config_of_an_image_becomes_a_container_command),
        cmocka_unit_test(config_mistakes_point_at_their_place),
        cmocka_unit_test(config_reports_several_mistakes_at_once),
        cmocka_unit_test(config_file_that_is_missing_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
