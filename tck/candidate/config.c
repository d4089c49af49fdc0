/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define CONFIG_CEILING        ((size_t)1 << 20) /* a configuration is written by hand */
#define DEFAULT_READY_TIMEOUT TCK_SECONDS(60)
#define DEFAULT_STOP_TIMEOUT  TCK_SECONDS(5)

/* The ports of the protocol's world, where neither port nor {port} is given. */
#define PROXY_PORT         9000
#define USER_FUNCTION_PORT 8080
#define TAP_PORT           8090

#define PORT_NOT_SAID (-1)

struct reader {
    struct tck_arena *arena;
    const char *name;      /* the file's, as it was given */
    const char *directory; /* what relative directories are relative to */
    struct tck_error_list *errors;
    int status; /* the first mistake's, or 0 */
};

static void mistake(struct reader *reader, struct tck_place place, const char *text, const char *detail)
{
    reader->status = tck_error_list_add(reader->errors, TCK_BAD_INPUT, place, "%s%s", text, detail);
}

static void *must(struct reader *reader, void *memory)
{
    if (!memory && reader->status != TCK_KIT)
        reader->status = tck_error_list_add(reader->errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    return memory;
}

static void expected(struct reader *reader, const struct tck_tree *tree, const char *what)
{
    char text[256];

    snprintf(text, sizeof text, "'%s': expected %s, found %s", tree->key ? tree->key : "", what,
             tck_tree_kind_text(tree->kind));
    mistake(reader, tree->place, text, "");
}

static bool is_scalar(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_STRING || tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_BOOL;
}

static const char *read_text(struct reader *reader, const struct tck_tree *tree)
{
    if (!is_scalar(tree) || tree->text_size == 0) {
        expected(reader, tree, "a text");
        return NULL;
    }
    return tree->text;
}

static const char *const *read_argv(struct reader *reader, const struct tck_tree *tree)
{
    const char **argv;
    size_t i = 0;

    if (tree->kind != TCK_TREE_LIST || tree->count == 0) {
        expected(reader, tree, "a list of the program and its arguments, such as [java, -jar, service.jar]");
        return NULL;
    }
    argv = must(reader, tck_arena_array(reader->arena, tree->count + 1, sizeof *argv));
    if (!argv)
        return NULL;
    for (const struct tck_tree *item = tree->first; item; item = item->next) {
        if (!is_scalar(item)) {
            expected(reader, item, "a text");
            return NULL;
        }
        argv[i++] = item->text;
    }
    return argv;
}

static const char *const *read_env(struct reader *reader, const struct tck_tree *tree)
{
    const char **env;
    size_t i = 0;

    if (tree->kind != TCK_TREE_MAP) {
        expected(reader, tree, "a map of names and values");
        return NULL;
    }
    env = must(reader, tck_arena_array(reader->arena, tree->count + 1, sizeof *env));
    if (!env)
        return NULL;
    for (const struct tck_tree *item = tree->first; item; item = item->next) {
        if (!is_scalar(item)) {
            expected(reader, item, "a text");
            continue;
        }
        if (item->key[0] == '\0' || strchr(item->key, '=')) {
            mistake(reader, item->key_place, "not a name for an environment variable: ", item->key);
            continue;
        }
        env[i] = must(reader, tck_arena_printf(reader->arena, "%s=%s", item->key, item->text));
        if (!env[i++])
            return NULL;
    }
    return env;
}

static int read_port(struct reader *reader, const struct tck_tree *tree)
{
    char *end;
    long port;

    if (is_scalar(tree) && strcmp(tree->text, "auto") == 0)
        return TCK_PORT_AUTO;
    if (tree->kind == TCK_TREE_NUMBER) {
        port = strtol(tree->text, &end, 10);
        if (*end == '\0' && port > 0 && port < 65536)
            return (int)port;
    }
    mistake(reader, tree->place, "a port is a number from 1 to 65535, or auto", "");
    return TCK_PORT_AUTO;
}

static int64_t read_duration(struct reader *reader, const struct tck_tree *tree)
{
    struct tck_error err = { 0 };
    int64_t duration = 0;

    if (!is_scalar(tree))
        expected(reader, tree, "a duration such as 30s");
    else if (tck_duration_parse(tree->text, tree->place, &duration, &err) < 0)
        reader->status = tck_error_list_take(reader->errors, &err);
    return duration;
}

static const char *read_directory(struct reader *reader, const struct tck_tree *tree)
{
    const char *text = read_text(reader, tree);

    if (!text || text[0] == '/' || !reader->directory)
        return text;
    return must(reader, tck_arena_printf(reader->arena, "%s/%s", reader->directory, text));
}

/* A path beside the file, as one who stands where the program was started would write it. */
static const char *read_beside(struct reader *reader, const struct tck_tree *tree)
{
    const char *text = read_text(reader, tree), *slash = reader->name ? strrchr(reader->name, '/') : NULL;

    if (!text || text[0] == '/' || !slash)
        return text;
    return must(reader, tck_arena_printf(reader->arena, "%.*s/%s", (int)(slash - reader->name), reader->name, text));
}

/* "host:port" into host and port. */
static void read_address(struct reader *reader, const struct tck_tree *tree, struct tck_side_config *side)
{
    const char *text = read_text(reader, tree);
    const char *colon = text ? strrchr(text, ':') : NULL;
    char *end;
    long port;

    if (!text)
        return;
    port = colon ? strtol(colon + 1, &end, 10) : 0;
    if (!colon || colon == text || *end || port <= 0 || port > 65535) {
        mistake(reader, tree->place, "an address is host:port, such as 127.0.0.1:8080; found ", text);
        return;
    }
    side->address = text;
    side->host = must(reader, tck_arena_strndup(reader->arena, text, (size_t)(colon - text)));
    side->port = (int)port;
}

#define SIDE_KEYS(XX) \
    XX(command)       \
    XX(address) XX(image) XX(directory) XX(env) XX(host) XX(port) XX(ready_timeout) XX(stop_timeout) XX(stop_command)
#define PROXY_KEYS(XX)  SIDE_KEYS(XX) XX(durable)
#define CONFIG_KEYS(XX) XX(name) XX(user_function) XX(proxy) XX(tap) XX(known) XX(combinations)
#define XX(key)         #key,
static const char *const side_keys[] = { SIDE_KEYS(XX) };
static const char *const proxy_keys[] = { PROXY_KEYS(XX) };
static const char *const config_keys[] = { CONFIG_KEYS(XX) };
static const char *const tap_keys[] = { "port" };
#undef XX

static void check_keys(struct reader *reader, const struct tck_tree *map, size_t count, const char *const keys[])
{
    int r = tck_tree_check_keys(map, count, keys, reader->errors);

    if (r < 0)
        reader->status = r;
}

static bool any_has(const char *const *texts, const char *name)
{
    for (size_t i = 0; texts && texts[i]; i++)
        if (strstr(texts[i], name))
            return true;
    return false;
}

/* The command of an image is ours, and names its container by the port. */
bool tck_config_mentions(const struct tck_side_config *side, const char *name)
{
    return (!side->image && any_has(side->command, name)) || any_has(side->env, name);
}

static bool read_bool(struct reader *reader, const struct tck_tree *tree)
{
    if (tree->kind != TCK_TREE_BOOL)
        expected(reader, tree, "true or false");
    else
        return strcmp(tree->text, "true") == 0;
    return false;
}

static const char *container_program(void)
{
    const char *path = getenv("PATH");
    static const char *const programs[] = { "docker", "podman" };

    for (size_t i = 0; i < TCK_COUNT(programs); i++)
        for (const char *part = path ? path : "/usr/bin"; part;
             part = strchr(part, ':') ? strchr(part, ':') + 1 : NULL) {
            char file[PATH_MAX];

            snprintf(file, sizeof file, "%.*s/%s", (int)strcspn(part, ":"), part, programs[i]);
            if (access(file, X_OK) == 0)
                return programs[i];
        }
    return programs[0]; /* starting it then fails with "no such program", which says what is missing */
}

/* A container is a command too: on the host's network, so that ports and addresses mean the same inside. */
static void command_from_image(struct reader *reader, struct tck_side_config *side)
{
    const char *program = container_program();
    size_t env_count = 0, n = 0;
    const char **argv, **stop;
    char *name = must(reader, tck_arena_printf(reader->arena, "tck-%d-{port}", (int)getpid()));

    while (side->env && side->env[env_count])
        env_count++;
    argv = must(reader, tck_arena_array(reader->arena, env_count * 2 + 9, sizeof *argv));
    stop = must(reader, tck_arena_array(reader->arena, 5, sizeof *stop));
    if (!name || !argv || !stop)
        return;
    argv[n++] = program;
    argv[n++] = "run";
    argv[n++] = "--rm";
    argv[n++] = "--network=host";
    argv[n++] = "--name";
    argv[n++] = name;
    for (size_t i = 0; i < env_count; i++) {
        argv[n++] = "--env";
        argv[n++] = side->env[i];
    }
    argv[n++] = side->image;
    side->command = argv;
    if (!side->stop_command) {
        stop[0] = program;
        stop[1] = "rm";
        stop[2] = "--force";
        stop[3] = name;
        side->stop_command = stop;
    }
}

/* The port may stay PORT_NOT_SAID: whether it is mentioned is known once all sides are read. */
static void read_side(struct reader *reader, const struct tck_tree *tree, size_t key_count, const char *const keys[],
                      struct tck_side_config *side)
{
    const struct tck_tree *item;
    int ways;

    side->place = tree->place;
    side->present = true;
    side->host = "127.0.0.1";
    side->port = PORT_NOT_SAID;
    side->ready_timeout = DEFAULT_READY_TIMEOUT;
    side->stop_timeout = DEFAULT_STOP_TIMEOUT;
    if (tree->kind != TCK_TREE_MAP) {
        expected(reader, tree, "a map with command, address or image");
        return;
    }
    check_keys(reader, tree, key_count, keys);
    if ((item = tck_tree_get(tree, "command")))
        side->command = read_argv(reader, item);
    if ((item = tck_tree_get(tree, "env")))
        side->env = read_env(reader, item);
    if ((item = tck_tree_get(tree, "directory")))
        side->directory = read_directory(reader, item);
    if ((item = tck_tree_get(tree, "stop_command")))
        side->stop_command = read_argv(reader, item);
    if ((item = tck_tree_get(tree, "host")))
        side->host = read_text(reader, item);
    if ((item = tck_tree_get(tree, "ready_timeout")))
        side->ready_timeout = read_duration(reader, item);
    if ((item = tck_tree_get(tree, "stop_timeout")))
        side->stop_timeout = read_duration(reader, item);
    if ((item = tck_tree_get(tree, "image")))
        side->image = read_text(reader, item);
    ways = !!tck_tree_get(tree, "command") + !!tck_tree_get(tree, "address") + !!tck_tree_get(tree, "image");
    if (ways != 1)
        mistake(reader, tree->place, "needs exactly one of command, address or image", "");
    if ((item = tck_tree_get(tree, "port")))
        side->port = read_port(reader, item);
    if ((item = tck_tree_get(tree, "durable")) && keys == proxy_keys)
        side->durable = read_bool(reader, item);
    if ((item = tck_tree_get(tree, "address"))) {
        if (tck_tree_get(tree, "port") || tck_tree_get(tree, "host"))
            mistake(reader, tree->place, "address says host and port already", "");
        read_address(reader, item, side);
    }
    if (side->image)
        command_from_image(reader, side);
}

static void settle_port(const struct tck_candidate_config *config, const char *name, int otherwise,
                        struct tck_side_config *side)
{
    if (!side->present || side->port != PORT_NOT_SAID)
        return;
    side->port = tck_config_mentions(side, "{port}") || tck_config_mentions(&config->user_function, name) ||
                         tck_config_mentions(&config->proxy, name)
                     ? TCK_PORT_AUTO
                     : otherwise;
}

static void settle_ports(struct tck_candidate_config *config)
{
    settle_port(config, "{user_function.port}", USER_FUNCTION_PORT, &config->user_function);
    settle_port(config, "{proxy.port}", PROXY_PORT, &config->proxy);
    if (config->tap_port != PORT_NOT_SAID)
        return;
    /* Without a proxy of its own, whoever stands in for it is told. */
    config->tap_port =
        !config->proxy.present || tck_config_mentions(&config->proxy, "{tap.port}") ? TCK_PORT_AUTO : TAP_PORT;
}

static void read_config(struct reader *reader, const struct tck_tree *tree, struct tck_candidate_config *config)
{
    const struct tck_tree *item;

    config->place = tree->place;
    config->name = "candidate";
    config->tap_port = PORT_NOT_SAID;
    if (tree->kind != TCK_TREE_MAP) {
        mistake(reader, tree->place, "a configuration is a map with user_function or proxy; found ",
                tck_tree_kind_text(tree->kind));
        return;
    }
    check_keys(reader, tree, TCK_COUNT(config_keys), config_keys);
    if ((item = tck_tree_get(tree, "name")))
        config->name = read_text(reader, item);
    if ((item = tck_tree_get(tree, "known")))
        config->known = read_beside(reader, item);
    if ((item = tck_tree_get(tree, "user_function")))
        read_side(reader, item, TCK_COUNT(side_keys), side_keys, &config->user_function);
    if ((item = tck_tree_get(tree, "proxy")))
        read_side(reader, item, TCK_COUNT(proxy_keys), proxy_keys, &config->proxy);
    if ((item = tck_tree_get(tree, "tap"))) {
        if (item->kind == TCK_TREE_MAP)
            check_keys(reader, item, TCK_COUNT(tap_keys), tap_keys);
        else
            expected(reader, item, "a map with port");
        if (tck_tree_get(item, "port"))
            config->tap_port = read_port(reader, tck_tree_get(item, "port"));
    }
    if (!config->user_function.present && !config->proxy.present)
        mistake(reader, tree->place, "needs user_function, proxy or both", "");
    settle_ports(config);
}

int tck_config_parse(const char *name, const char *directory, struct tck_bytes text, struct tck_arena *arena,
                     struct tck_configs *ret_configs, struct tck_error_list *errors)
{
    struct reader reader = { .arena = arena, .name = name, .directory = directory, .errors = errors };
    const struct tck_tree **roots, *list = NULL, *next;
    struct tck_candidate_config *items;
    size_t root_count, count = 0, i = 0;
    int r;

    r = tck_tree_parse_yaml_all(name, text, arena, &roots, &root_count, errors);
    if (r < 0)
        return r;
    for (size_t d = 0; d < root_count; d++) {
        list = tck_tree_get(roots[d], "combinations");
        count += list && list->kind == TCK_TREE_LIST ? list->count : 1;
    }
    if (count == 0)
        return tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = name },
                                  "the configuration is empty");
    items = must(&reader, tck_arena_array(arena, count, sizeof *items));
    if (!items)
        return reader.status;
    for (size_t d = 0; d < root_count; d++) {
        list = tck_tree_get(roots[d], "combinations");
        if (!list || list->kind != TCK_TREE_LIST) {
            read_config(&reader, roots[d], &items[i++]);
            if (list)
                expected(&reader, list, "a list of configurations");
            continue;
        }
        for (next = list->first; next; next = next->next)
            read_config(&reader, next, &items[i++]);
    }
    if (reader.status < 0)
        return reader.status;
    *ret_configs = (struct tck_configs){ .items = items, .count = i };
    return 0;
}

int tck_config_load(const char *path, struct tck_arena *arena, struct tck_configs *ret_configs,
                    struct tck_error_list *errors)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(CONFIG_CEILING);
    char absolute[PATH_MAX], *slash;
    struct tck_error err = { 0 };
    const char *name;

    if (tck_read_file(path, CONFIG_CEILING, &text, &err) < 0)
        return tck_error_list_take(errors, &err);
    name = tck_arena_strdup(arena, path);
    if (!name || !realpath(path, absolute))
        return tck_error_list_add(errors, TCK_BAD_INPUT, (struct tck_place){ .name = path }, "cannot be resolved: %s",
                                  strerror(errno));
    slash = strrchr(absolute, '/');
    *slash = '\0';
    slash = tck_arena_strdup(arena, absolute);
    if (!slash)
        return tck_error_list_add(errors, TCK_KIT, TCK_NOWHERE, "out of memory");
    return tck_config_parse(name, slash, tck_buffer_bytes(&text), arena, ret_configs, errors);
}

int tck_config_attached(const struct tck_attached *attached, struct tck_arena *arena, struct tck_configs *ret_configs,
                        struct tck_error *err)
{
    struct tck_candidate_config *config = TCK_NEW(arena, struct tck_candidate_config);
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct reader reader = { .arena = arena, .errors = &errors };
    const struct {
        const char *option, *address;
        struct tck_side_config *side;
    } sides[] = { { "--user-function", attached->user_function, config ? &config->user_function : NULL },
                  { "--proxy", attached->proxy, config ? &config->proxy : NULL } };

    if (!config)
        return tck_no_memory(err);
    config->place = (struct tck_place){ .name = attached->user_function ? sides[0].option : sides[1].option };
    config->tap_port = attached->tap_port ? attached->tap_port : PORT_NOT_SAID;
    config->name = attached->user_function && attached->proxy
                       ? tck_arena_printf(arena, "%s behind %s", attached->user_function, attached->proxy)
                       : tck_arena_strdup(arena, attached->user_function ? attached->user_function : attached->proxy);
    for (size_t i = 0; i < TCK_COUNT(sides); i++) {
        struct tck_tree *text;

        if (!sides[i].address)
            continue;
        text = tck_tree_string(arena, sides[i].address, (struct tck_place){ .name = sides[i].option });
        if (!text)
            return tck_no_memory(err);
        sides[i].side->place = text->place;
        sides[i].side->present = true;
        sides[i].side->ready_timeout = TCK_SECONDS(10);
        read_address(&reader, text, sides[i].side);
    }
    if (!config->name)
        return tck_no_memory(err);
    settle_ports(config);
    if (errors.count) {
        tck_error_move(err, &errors.items[0]);
        return TCK_BAD_INPUT;
    }
    *ret_configs = (struct tck_configs){ .items = config, .count = 1 };
    return 0;
}
