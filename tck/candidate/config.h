/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/config.h — how to start or reach a candidate, from YAML: a user function, a proxy, or both (a combination).
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
 *     proxy:                                # the same keys, and:
 *       command: [./proxy, --port, "{port}"]
 *       env: {USER_FUNCTION_PORT: "{tap.port}"}
 *       durable: true                       # what it stored is there again when it starts again
 *     tap: {port: 8090}                     # where the kit listens as the user function, for the proxy
 *     known: known.yaml                     # failures that are known (known/known.h); relative to this file
 *
 * {port}, {host}, {tap.port}, {user_function.port}, {proxy.port} and {scratch}, an empty directory that is there from the
 * run's start to its end, are replaced in command, env and stop_command. A
 * port that is mentioned so (in command or env, of any side) and not given is picked by the system; else it is the one
 * that such programs have by default: proxy 9000, user function 8080, tap 8090.
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
    int port;
    int64_t ready_timeout, stop_timeout;
    bool durable;  /* of a proxy: its store outlives its process */
    bool stand_in; /* not what is to be judged: takes the place of the side that the configuration lacks */
};

struct tck_candidate_config {
    const char *name;
    struct tck_place place;
    struct tck_side_config user_function, proxy;
    int tap_port;      /* TCK_PORT_AUTO where nobody is told a port from outside */
    const char *known; /* the path of a list of known failures, or NULL; nothing is read here */
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
/* Is the name, "{scratch}", in a side's command or environment? */
bool tck_config_mentions(const struct tck_side_config *side, const char *name);

/* Sides that run already. What is NULL or 0 is not there, or the default. */
struct tck_attached {
    const char *user_function, *proxy; /* addresses */
    int tap_port;                      /* where that proxy looks for its user function */
};
int tck_config_attached(const struct tck_attached *attached, struct tck_arena *arena, struct tck_configs *ret_configs,
                        struct tck_error *err);

#endif
