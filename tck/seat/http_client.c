/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP request by libcurl. It is driven through a multi handle: that is waited for in slices, so that an interruption
 * is noticed soon.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seat/seat_internal.h"
#include "seat/service_client.h"

/* Of a body, in a recording. */
#define RECORDED_BODY 4096

struct exchange {
    const struct tck_http_request *request;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    char reason[CURL_ERROR_SIZE];
    struct tck_http_answer answer;
    size_t header_bytes;
    const char *refused; /* why we broke it off; static */
    bool no_memory;
};

/* ---- what comes ---- */

static size_t on_body(char *data, size_t one, size_t size, void *context)
{
    struct exchange *exchange = context;

    (void)one;
    tck_buffer_append(&exchange->answer.body, data, size);
    if (!exchange->answer.body.failed)
        return size;
    exchange->refused = "the body is larger than the kit takes";
    return 0;
}

static struct tck_bytes trim(const char *data, size_t size)
{
    while (size && (*data == ' ' || *data == '\t')) {
        data++;
        size--;
    }
    while (size && strchr("\r\n\t ", data[size - 1]))
        size--;
    return tck_bytes(data, size);
}

/* By tck_metadata_copy, which takes any bytes: what came is not ours to refuse. */
static void add_header(struct exchange *exchange, const char *line, size_t size)
{
    const char *colon = memchr(line, ':', size);
    struct tck_metadata_entry entry = { 0 };
    struct tck_bytes value;

    if (!colon)
        return;
    value = trim(colon + 1, size - (size_t)(colon + 1 - line));
    entry.key = strndup(line, (size_t)(colon - line));
    entry.value = (char *)value.data;
    entry.value_size = value.size;
    exchange->no_memory |=
        !entry.key ||
        tck_metadata_copy(&exchange->answer.headers, &(struct tck_metadata){ .entries = &entry, .count = 1 }, NULL) < 0;
    free(entry.key);
}

/* One line at a time; an interim answer (100) is followed by the headers that count. */
static size_t on_header(char *line, size_t one, size_t size, void *context)
{
    struct exchange *exchange = context;

    (void)one;
    exchange->header_bytes += size;
    if (exchange->header_bytes > TCK_HTTP_MAX_HEADERS) {
        exchange->refused = "the headers are larger than the kit takes";
        return 0;
    }
    if (size > 5 && memcmp(line, "HTTP/", 5) == 0)
        tck_metadata_done(&exchange->answer.headers);
    else
        add_header(exchange, line, size);
    return exchange->no_memory ? 0 : size;
}

/* ---- the request ---- */

static bool is_clean(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' && text[i] != '\t')
            return false;
    return true;
}

/* False when memory runs out. */
static bool add_line(struct exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);

    if (longer)
        exchange->headers = longer;
    return longer != NULL;
}

/* libcurl wants a header without a value to end in ';'. */
static int add_request_header(struct exchange *exchange, const struct tck_metadata_entry *entry, struct tck_error *err)
{
    char *line;
    bool added;

    if (!is_clean(entry->key, strlen(entry->key)) || !is_clean(entry->value, entry->value_size) ||
        memchr(entry->value, '\0', entry->value_size))
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "the header '%s' holds what HTTP cannot carry", entry->key);
    if (asprintf(&line, entry->value_size ? "%s: %s" : "%s;", entry->key, entry->value) < 0)
        return tck_no_memory(err);
    added = add_line(exchange, line);
    free(line);
    return added ? 0 : tck_no_memory(err);
}

/* What libcurl would add of its own accord is switched off by a name without a value: a form's content type, and the wait
 * for leave to send a long body. */
static int set_headers(struct exchange *exchange, struct tck_error *err)
{
    const struct tck_metadata *headers = exchange->request->headers;
    int r = 0;

    for (size_t i = 0; headers && i < headers->count && r == 0; i++)
        r = add_request_header(exchange, &headers->entries[i], err);
    if (r < 0)
        return r;
    if (!headers || !tck_metadata_find(headers, "content-type"))
        if (!add_line(exchange, "Content-Type:"))
            return tck_no_memory(err);
    if (!headers || !tck_metadata_find(headers, "expect"))
        if (!add_line(exchange, "Expect:"))
            return tck_no_memory(err);
    curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
    return 0;
}

static void set_body(struct exchange *exchange)
{
    const struct tck_http_request *request = exchange->request;

    if (request->body.data) {
        curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
        curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDS, request->body.data);
    }
    if (strcmp(request->verb, "HEAD") == 0)
        curl_easy_setopt(exchange->easy, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(exchange->easy, CURLOPT_CUSTOMREQUEST, request->verb);
}

static int set_up(struct exchange *exchange, struct tck_error *err)
{
    CURL *easy = exchange->easy;

    if (!easy || !exchange->multi || curl_easy_setopt(easy, CURLOPT_URL, exchange->request->url) != CURLE_OK)
        return tck_no_memory(err);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->reason);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    set_body(exchange);
    return set_headers(exchange, err);
}

/* ---- the exchange ---- */

/* True when it is over, with what libcurl says of it. */
static bool is_over(CURLM *multi, CURLcode *ret_code)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *ret_code = message->data.result;
            return true;
        }
    }
    return false;
}

/* 0 when it is over, TCK_TIMED_OUT, TCK_KIT. */
static int drive(struct exchange *exchange, CURLcode *ret_code)
{
    const struct tck_http_request *request = exchange->request;
    int running;

    if (curl_multi_add_handle(exchange->multi, exchange->easy) != CURLM_OK)
        return TCK_KIT;
    for (;;) {
        int64_t left = request->deadline - tck_now();
        int64_t slice = left < TCK_SEAT_LOOK_UP ? left / TCK_MS(1) + 1 : TCK_SEAT_LOOK_UP / TCK_MS(1);

        if (curl_multi_perform(exchange->multi, &running) != CURLM_OK)
            return TCK_KIT;
        if (is_over(exchange->multi, ret_code))
            return 0;
        if (left <= 0 || tck_seat_interrupted(request->interrupted))
            return TCK_TIMED_OUT;
        if (curl_multi_poll(exchange->multi, NULL, 0, (int)slice, NULL) != CURLM_OK)
            return TCK_KIT;
    }
}

/* A failure of the connection is an answer, one of the request is not. */
static int conclude(struct exchange *exchange, CURLcode code, struct tck_arena *arena, struct tck_error *err)
{
    const char *why = exchange->refused ? exchange->refused : exchange->reason;
    long status = 0;

    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "'%s' is no url of HTTP", exchange->request->url);
    if (code == CURLE_OUT_OF_MEMORY || exchange->no_memory)
        return tck_no_memory(err);
    if (code == CURLE_OK) {
        curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
        why = "";
    } else if (!why[0]) {
        why = curl_easy_strerror(code);
    }
    exchange->answer.status = (int)status;
    exchange->answer.text = tck_arena_strdup(arena, why);
    exchange->answer.at = tck_now();
    return exchange->answer.text ? 0 : tck_no_memory(err);
}

static void done(struct exchange *exchange)
{
    if (exchange->multi && exchange->easy)
        curl_multi_remove_handle(exchange->multi, exchange->easy);
    curl_easy_cleanup(exchange->easy);
    curl_multi_cleanup(exchange->multi);
    curl_slist_free_all(exchange->headers);
    tck_http_answer_done(&exchange->answer);
}

/* ---- the recording ---- */

static int shown_size(size_t size)
{
    return (int)(size < RECORDED_BODY ? size : RECORDED_BODY);
}

static void record(const struct tck_http_request *request, unsigned stream, struct tck_recorded line)
{
    if (!request->recording)
        return;
    line.conversation = request->name;
    line.protocol = "http";
    line.stream = stream;
    tck_recording_note(request->recording, &line);
}

/* Returns the exchange's number in the recording. */
static unsigned record_request(const struct tck_http_request *request, struct tck_arena *arena)
{
    const unsigned stream = request->recording ? tck_recording_stream(request->recording) : 0;

    if (request->recording)
        record(request, stream,
               (struct tck_recorded){
                   .kind = TCK_RECORDED_REQUEST,
                   .flow = TCK_SENT,
                   .bytes = request->body,
                   .text = tck_arena_printf(arena, "%s %s %.*s", request->verb, request->url,
                                            shown_size(request->body.size),
                                            request->body.data ? (const char *)request->body.data : "") });
    return stream;
}

static void record_answer(const struct tck_http_request *request, unsigned stream, const struct tck_http_answer *answer,
                          struct tck_arena *arena)
{
    struct tck_recorded line = {
        .kind = TCK_RECORDED_ANSWER, .flow = TCK_CAME, .code = answer->status, .bytes = tck_buffer_bytes(&answer->body)
    };

    if (!request->recording)
        return;
    if (answer->status == 0)
        line.text = tck_arena_printf(arena, "no answer: %s", answer->text);
    else
        line.text = tck_arena_printf(arena, "%d %.*s", answer->status, shown_size(answer->body.size),
                                     tck_buffer_string(&answer->body));
    record(request, stream, line);
}

/* ---- all of it ---- */

static void init_library(void)
{
    curl_global_init(CURL_GLOBAL_ALL);
}

int tck_http(const struct tck_http_request *request, struct tck_arena *arena, struct tck_http_answer *ret_answer,
             struct tck_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    tck_cleanup(done) struct exchange exchange = { .request = request };
    CURLcode code = CURLE_OK;
    unsigned stream;
    int r;

    pthread_once(&once, init_library);
    exchange.answer.body = (struct tck_buffer)TCK_BUFFER_INIT(TCK_HTTP_MAX_BODY);
    exchange.easy = curl_easy_init();
    exchange.multi = curl_multi_init();
    r = set_up(&exchange, err);
    if (r < 0)
        return r;
    stream = record_request(request, arena);
    r = drive(&exchange, &code);
    if (r == TCK_KIT)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "libcurl cannot drive a request");
    if (r == TCK_TIMED_OUT) {
        record(request, stream, (struct tck_recorded){ .flow = TCK_HAPPENED, .text = "no answer until the deadline" });
        return r;
    }
    r = conclude(&exchange, code, arena, err);
    if (r < 0)
        return r;
    record_answer(request, stream, &exchange.answer, arena);
    *ret_answer = exchange.answer;
    exchange.answer = (struct tck_http_answer){ 0 };
    return 0;
}

void tck_http_answer_done(struct tck_http_answer *answer)
{
    tck_metadata_done(&answer->headers);
    tck_buffer_done(&answer->body);
}
