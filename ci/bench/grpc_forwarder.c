/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-forwarder [--unary] TARGET [ADDRESS] — forwards every gRPC call at ADDRESS (127.0.0.1:0) to TARGET byte for
 * byte and prints its port: a proxy's hops without a proxy's work, which the benchmarks of proxies compare with. Runs
 * until its standard input ends. With --unary it takes every call for a unary one and sends its last message together
 * with its end.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "transport_forwarder.h"

static int complain(const struct tck_error *err)
{
    char text[1024];

    fprintf(stderr, "tck-bench-forwarder: %s\n", tck_error_text(err, text, sizeof text));
    return -(int)err->status;
}

static void await_end(void)
{
    char bytes[64];
    ssize_t n;

    do
        n = read(STDIN_FILENO, bytes, sizeof bytes);
    while (n > 0 || (n < 0 && errno == EINTR));
}

int main(int argc, char **argv)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_loop_freep) struct tck_loop *loop = NULL;
    tck_cleanup(forwarder_freep) struct forwarder *forwarder = NULL;
    bool unary = argc > 1 && strcmp(argv[1], "--unary") == 0;
    char **arguments = argv + 1 + unary;
    int port, count = argc - 1 - unary;

    if (count < 1 || count > 2) {
        fprintf(stderr, "usage: %s [--unary] TARGET [ADDRESS]\n", argv[0]);
        return 2;
    }
    if (tck_loop_new(0, &loop, &err) < 0 ||
        forwarder_new(loop, count > 1 ? arguments[1] : "127.0.0.1:0", arguments[0], unary, &forwarder, &port, &err) < 0)
        return complain(&err);
    printf("%d\n", port);
    fflush(stdout);
    await_end();
    return 0;
}
