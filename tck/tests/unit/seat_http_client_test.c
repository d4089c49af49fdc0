/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP, opposite to a server of a few lines that keeps the request as it came and answers with given bytes.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "seat/service_client.h"

struct fixture {
    int listener;
    char url[64];
    pthread_t thread;
    struct tck_buffer asked; /* the request; read it after the answer */
    const char *answer;      /* NULL: none, until the client goes away */
    size_t answer_size;
    size_t endless; /* so many bytes of 'a' after the answer */
    struct tck_arena *arena;
    volatile sig_atomic_t interrupted;
};

/* ---- the server ---- */

/* Headers, and the body that they announce. */
static bool is_whole(const struct tck_buffer *asked)
{
    const char *end = strstr(tck_buffer_string(asked), "\r\n\r\n"), *length;

    if (!end)
        return false;
    length = strcasestr(asked->data, "content-length:");
    return !length || asked->size >= (size_t)(end + 4 - asked->data) + strtoul(length + 15, NULL, 10);
}

static void pour(int fd, size_t size)
{
    char fill[4096];

    memset(fill, 'a', sizeof fill);
    for (ssize_t n; size; size -= (size_t)n) {
        n = send(fd, fill, size < sizeof fill ? size : sizeof fill, MSG_NOSIGNAL);
        if (n <= 0)
            return;
    }
}

static void *serve(void *argument)
{
    struct fixture *fixture = argument;
    char buf[4096];
    ssize_t n = 1;
    int fd = accept(fixture->listener, NULL, NULL);

    if (fd < 0)
        return NULL;
    while (!is_whole(&fixture->asked) && (n = read(fd, buf, sizeof buf)) > 0)
        tck_buffer_append(&fixture->asked, buf, (size_t)n);
    if (n > 0 && fixture->answer) {
        send(fd, fixture->answer, fixture->answer_size, MSG_NOSIGNAL);
        pour(fd, fixture->endless);
    } else {
        while (n > 0)
            n = read(fd, buf, sizeof buf);
    }
    close(fd);
    return NULL;
}

static int setup(void **state)
{
    static struct fixture fixture;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;

    memset(&fixture, 0, sizeof fixture);
    fixture.asked = (struct tck_buffer)TCK_BUFFER_INIT(64 << 20);
    fixture.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fixture.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fixture.listener, 4), 0);
    assert_int_equal(getsockname(fixture.listener, (struct sockaddr *)&address, &size), 0);
    snprintf(fixture.url, sizeof fixture.url, "http://127.0.0.1:%d/a?b=c", ntohs(address.sin_port));
    assert_int_equal(tck_arena_new(0, &fixture.arena, NULL), 0);
    *state = &fixture;
    return 0;
}

static void answer_with(struct fixture *fixture, const char *answer)
{
    fixture->answer = answer;
    fixture->answer_size = answer ? strlen(answer) : 0;
    assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    shutdown(fixture->listener, SHUT_RDWR); /* wakes the server if nobody came */
    if (fixture->thread)
        pthread_join(fixture->thread, NULL);
    close(fixture->listener);
    tck_buffer_done(&fixture->asked);
    tck_arena_free(fixture->arena);
    return 0;
}

/* ---- the client ---- */

static struct tck_http_request request(struct fixture *fixture, const char *verb)
{
    return (struct tck_http_request){ .verb = verb,
                                      .url = fixture->url,
                                      .deadline = tck_after(TCK_SECONDS(20)),
                                      .name = "main",
                                      .interrupted = &fixture->interrupted };
}

static struct tck_http_answer ask(struct fixture *fixture, const struct tck_http_request *request)
{
    struct tck_http_answer answer;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r = tck_http(request, fixture->arena, &answer, &err);

    assert_string_equal(err.text, "");
    assert_int_equal(r, 0);
    return answer;
}

/* Asked, and the server has seen all of it. */
static struct tck_http_answer ask_to_the_end(struct fixture *fixture, const struct tck_http_request *request)
{
    struct tck_http_answer answer = ask(fixture, request);

    pthread_join(fixture->thread, NULL);
    fixture->thread = 0;
    return answer;
}

/* ---- tests ---- */

static void body_and_headers_go_as_they_are_and_nothing_else_does(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 };
    struct tck_http_request post = request(fixture, "POST");
    struct tck_http_answer answer;
    char expected[256];

    tck_metadata_add(&headers, "content-type", "application/json", 16, NULL);
    tck_metadata_add(&headers, "x-empty", "", 0, NULL);
    post.headers = &headers;
    post.body = tck_bytes("{\"a\": 1}", 8);
    answer_with(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    answer = ask_to_the_end(fixture, &post);
    assert_int_equal(answer.status, 200);
    snprintf(expected, sizeof expected,
             "POST /a?b=c HTTP/1.1\r\nHost: %.*s\r\nAccept: */*\r\ncontent-type: application/json\r\nx-empty:\r\n"
             "Content-Length: 8\r\n\r\n{\"a\": 1}",
             (int)strcspn(fixture->url + 7, "/"), fixture->url + 7);
    assert_string_equal(tck_buffer_string(&fixture->asked), expected);
    tck_http_answer_done(&answer);
}

static void answer_has_status_headers_in_order_and_the_whole_body(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;
    int64_t begun = tck_now();

    answer_with(fixture, "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
                         "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nx-b:  two words \r\nX-a: 2\r\nX-U: \xc3\xa4\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    answer = ask_to_the_end(fixture, &get);
    assert_int_equal(answer.status, 404);
    assert_string_equal(answer.text, "");
    assert_string_equal(tck_buffer_string(&answer.body), "abcde");
    assert_int_equal(answer.headers.count, 5);
    assert_string_equal(answer.headers.entries[0].key, "x-a");
    assert_string_equal(answer.headers.entries[0].value, "1");
    assert_string_equal(answer.headers.entries[1].value, "two words");
    assert_string_equal(answer.headers.entries[2].value, "2");
    assert_string_equal(answer.headers.entries[3].value, "\xc3\xa4");
    assert_true(begun <= answer.at && answer.at <= tck_now());
    assert_null(strstr(tck_buffer_string(&fixture->asked), "Content-Length"));
    tck_http_answer_done(&answer);
}

static void any_verb_goes_with_and_without_a_body(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request delete = request(fixture, "DELETE");
    struct tck_http_answer answer;

    answer_with(fixture, "HTTP/1.1 204 No Content\r\n\r\n");
    answer = ask_to_the_end(fixture, &delete);
    assert_int_equal(answer.status, 204);
    assert_memory_equal(fixture->asked.data, "DELETE /a", 9);
    assert_null(strstr(fixture->asked.data, "Content-Type"));
    tck_http_answer_done(&answer);
}

static void long_body_goes_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request put = request(fixture, "PUT");
    struct tck_http_answer answer;
    static char body[3 << 20];

    memset(body, 'x', sizeof body);
    put.body = tck_bytes(body, sizeof body);
    answer_with(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    answer = ask_to_the_end(fixture, &put);
    assert_int_equal(answer.status, 200);
    assert_true(fixture->asked.size > sizeof body);
    assert_null(strcasestr(fixture->asked.data, "expect"));
    tck_http_answer_done(&answer);
}

static void answer_to_head_has_no_body(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request head = request(fixture, "HEAD");
    struct tck_http_answer answer;

    answer_with(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    answer = ask(fixture, &head);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.body.size, 0);
    tck_http_answer_done(&answer);
}

static void redirection_is_an_answer_like_others(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    answer_with(fixture, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    answer = ask(fixture, &get);
    assert_int_equal(answer.status, 302);
    tck_http_answer_done(&answer);
}

static void proxy_of_the_environment_is_not_asked(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    answer_with(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    answer = ask(fixture, &get);
    unsetenv("http_proxy");
    assert_int_equal(answer.status, 200);
    tck_http_answer_done(&answer);
}

static void answer_that_breaks_off_or_never_begins_is_none(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    answer_with(fixture, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc");
    answer = ask_to_the_end(fixture, &get);
    assert_int_equal(answer.status, 0);
    assert_true(answer.text[0]);
    tck_http_answer_done(&answer);

    get.url = "http://127.0.0.1:1/";
    answer = ask(fixture, &get);
    assert_int_equal(answer.status, 0);
    assert_true(answer.text[0]);
    tck_http_answer_done(&answer);
}

static void body_without_end_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    fixture->endless = TCK_HTTP_MAX_BODY + 4096;
    answer_with(fixture, "HTTP/1.1 200 OK\r\n\r\n");
    answer = ask(fixture, &get);
    assert_int_equal(answer.status, 0);
    assert_string_equal(answer.text, "the body is larger than the kit takes");
    tck_http_answer_done(&answer);
}

static void wait_for_an_answer_has_an_end(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;
    int64_t begun = tck_now();

    get.deadline = tck_after(TCK_MS(80));
    answer_with(fixture, NULL);
    assert_int_equal(tck_http(&get, fixture->arena, &answer, NULL), TCK_TIMED_OUT);
    assert_in_range(tck_now() - begun, TCK_MS(80), TCK_SECONDS(5));
}

static void interruption_ends_the_wait(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    fixture->interrupted = 1;
    answer_with(fixture, NULL);
    assert_int_equal(tck_http(&get, fixture->arena, &answer, NULL), TCK_TIMED_OUT);
    assert_true(tck_now() < get.deadline);
}

static void what_cannot_be_sent_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct tck_metadata_entry entry = { .key = (char *)"x-a", .value = (char *)"1\r\nx-b: 2", .value_size = 9 };
    struct tck_metadata headers = { .entries = &entry, .count = 1 };
    struct tck_http_request get = request(fixture, "GET");
    struct tck_http_answer answer;

    get.headers = &headers;
    assert_int_equal(tck_http(&get, fixture->arena, &answer, NULL), TCK_BAD_INPUT);
    get.headers = NULL;
    get.url = "ftp://127.0.0.1/";
    assert_int_equal(tck_http(&get, fixture->arena, &answer, NULL), TCK_BAD_INPUT);
    get.url = "http://a b/";
    assert_int_equal(tck_http(&get, fixture->arena, &answer, NULL), TCK_BAD_INPUT);
}

static void request_and_answer_are_recorded(void **state)
{
    struct fixture *fixture = *state;
    struct tck_http_request post = request(fixture, "POST");
    struct tck_recording *recording;
    struct tck_http_answer answer;
    char expected[128];

    assert_int_equal(tck_recording_new(NULL, fixture->arena, &recording, NULL), 0);
    post.recording = recording;
    post.body = tck_bytes("{}", 2);
    answer_with(fixture, "HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\nwhy");
    answer = ask(fixture, &post);
    snprintf(expected, sizeof expected, "POST %s {}", fixture->url);
    assert_int_equal(tck_recording_count(recording), 2);
    assert_string_equal(tck_recording_line(recording, 0)->text, expected);
    assert_string_equal(tck_recording_line(recording, 1)->text, "500 why");
    tck_http_answer_done(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(body_and_headers_go_as_they_are_and_nothing_else_does),
        TEST(answer_has_status_headers_in_order_and_the_whole_body),
        TEST(any_verb_goes_with_and_without_a_body),
        TEST(long_body_goes_at_once),
        TEST(answer_to_head_has_no_body),
        TEST(redirection_is_an_answer_like_others),
        TEST(proxy_of_the_environment_is_not_asked),
        TEST(answer_that_breaks_off_or_never_begins_is_none),
        TEST(body_without_end_is_refused),
        TEST(wait_for_an_answer_has_an_end),
        TEST(interruption_ends_the_wait),
        TEST(what_cannot_be_sent_is_refused),
        TEST(request_and_answer_are_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
