/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/config.h — how to start or reach a candidate, from YAML.
 *
 *     name: Java on Akka
 *     user_function:
 *       command: [java, -jar, service.jar]  # or `address: 127.0.0.1:8080` (it runs already), or `image:` (a container)
 *       directory: ../service               # relative to this file
 *       env: {HOST: 127.0.0.1, PORT: "{port}"}
 *       port: 8088                          # or auto
 *       ready_timeout: 30s
 *       stop_timeout: 5s
 *       stop_command: [./stop.sh]           # default: SIGTERM to its group, SIGKILL after stop_timeout
 *     proxy: {command: […], env: {USER_FUNCTION_PORT: "{tap.port}"}, port: 9000}
 *     tap: {port: 8090}
 *
 * {port}, {host}, {tap.port}, {user_function.port} and {proxy.port} are replaced in command, env and stop_command.
 * Several documents in one file, or a list under `combinations:`, are several configurations.
 */
#ifndef TCK_CANDIDATE_CONFIG_H
#define TCK_CANDIDATE_CONFIG_H

#include "wire/tree.h"

#define TCK_PORT_AUTO 0 /* picked by the system */

struct tck_side_config {
    struct tck_place place;
    bool present;
    const char *address;        /* "host:port": runs already; then there is no command */
    const char *const *command; /* NULL-terminated argv, or NULL */
    const char *image;          /* container image run by docker or podman, or NULL */
    const char *directory;      /* absolute, or NULL for ours */
    const char *const *env;     /* "NAME=value", NULL-terminated; added to our environment */
    const char *const *stop_command;
    const char *host; /* default 127.0.0.1 */
    int port; /* TCK_PORT_AUTO by default where there is a command that mentions {port}, else the world's default */
    int64_t ready_timeout, stop_timeout;
};

struct tck_candidate_config {
    const char *name;
    struct tck_place place;
    struct tck_side_config user_function, proxy;
    int tap_port;
};

struct tck_configs {
    const struct tck_candidate_config *items;
    size_t count;
};

/* Every mistake with file:line:column. The arena keeps all of it. */
int tck_config_load(const char *path, struct tck_arena *arena, struct tck_configs *ret_configs,
                    struct tck_error_list *errors);
/* Text in place of a file; relative directories are relative to `directory`. */
int tck_config_parse(const char *name, const char *directory, struct tck_bytes text, struct tck_arena *arena,
                     struct tck_configs *ret_configs, struct tck_error_list *errors);
/* A configuration of one side that runs already. */
int tck_config_address(const char *user_function, const char *proxy, struct tck_arena *arena,
                       struct tck_configs *ret_configs, struct tck_error *err);

#endif
