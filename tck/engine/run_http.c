/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client asks beside calls: HTTP requests, and reflection.
 */
#include <string.h>

#include <grpc/reflection/v1alpha/reflection.pb-c.h>

#include "engine/run_internal.h"

#define HTTP              "http" /* what transcripts call these */
#define REFLECTION        "reflection"
#define REFLECTION_METHOD "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
#define BODY_MAX          ((size_t)16 << 20)
#define SERVER_ERROR      500
#define SHOWN_MAX         300 /* of a body, within a sentence */

/* --- what is sent --- */

static int fill_body(struct tck_scenario_run *run, const struct tck_http_step *http, struct tck_buffer *body,
                     struct tck_error *err)
{
    const struct tck_tree *resolved, *source = http->body ? http->body : http->text;
    int r;

    if (!source)
        return 0;
    r = tck_bindings_resolve(&run->bindings, source, run->arena, &resolved, err);
    if (r < 0)
        return r;
    if (http->body)
        tck_tree_print_json(resolved, body);
    else
        tck_buffer_append(body, resolved->text ? resolved->text : "", resolved->text ? resolved->text_size : 0);
    return tck_buffer_check(body, err);
}

static int add_header(struct tck_scenario_run *run, const char *key, const struct tck_tree *value,
                      struct tck_metadata *headers, struct tck_error *err)
{
    const char *text;
    int r = tck_resolve_tree_text(run, value, &text, err);

    return r < 0 ? r : tck_metadata_add(headers, key, text, strlen(text), err);
}

static int fill_headers(struct tck_scenario_run *run, const struct tck_http_step *http, bool has_body,
                        struct tck_metadata *headers, struct tck_error *err)
{
    static const char json[] = "application/json";
    int r = 0;

    if (http->content_type)
        r = add_header(run, "content-type", http->content_type, headers, err);
    else if (has_body)
        r = tck_metadata_add(headers, "content-type", json, strlen(json), err);
    for (const struct tck_tree *entry = http->headers ? http->headers->first : NULL; entry && r == 0;
         entry = entry->next)
        r = add_header(run, entry->key, entry, headers, err);
    return r;
}

/* --- what came --- */

/* A finding about the answer; the body is told as far as it can be shown. */
static int find_answer(struct tck_scenario_run *run, const struct tck_http_answer *answer, const char *what,
                       const struct tck_match *match)
{
    const char *body = tck_say(run, "%.*s", (int)(answer->body.size < SHOWN_MAX ? answer->body.size : SHOWN_MAX),
                               answer->body.data ? (const char *)answer->body.data : "");

    const char *sentence = tck_say(run, "the %s of the HTTP answer is not as expected: %s; it was %d: %s", what,
                                   tck_first_difference(run, match), answer->status, body);
    const struct tck_call_status told = { .code = tck_grpc_code_parse("UNAVAILABLE"), .from_peer = true };

    if (answer->status >= SERVER_ERROR)
        return tck_find_gone(run, TCK_CAUSE_DIFFERENCE, &told, match, sentence);
    return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, match, "%s", sentence);
}

static int compare(struct tck_scenario_run *run, const struct tck_http_answer *answer, const char *what,
                   const struct tck_tree *pattern, const struct tck_tree *actual, struct tck_error *err)
{
    struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    int r;

    if (!actual)
        return tck_no_memory(err);
    r = tck_match_tree(&match, pattern, actual, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return find_answer(run, answer, what, &match);
}

static bool has_failed(const struct tck_http_answer *answer)
{
    return answer->status >= 400;
}

static int compare_json(struct tck_scenario_run *run, const struct tck_http_answer *answer,
                        const struct tck_tree *pattern, struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    struct tck_suspect suspect = { .failed = has_failed(answer) };
    const struct tck_tree *json;
    int r = tck_tree_parse_json("the answer", tck_buffer_bytes(&answer->body), run->arena, &json, &why);

    if (r == TCK_BAD_INPUT)
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL, "the HTTP answer (%d) is no JSON: %s", answer->status,
                        why.text);
    if (r < 0) {
        tck_error_move(err, &why);
        return r;
    }
    suspect.json = json;
    run->suspect = &suspect;
    r = compare(run, answer, "JSON", pattern, json, err);
    run->suspect = NULL;
    return r;
}

static int compare_headers(struct tck_scenario_run *run, const struct tck_http_answer *answer,
                           const struct tck_tree *patterns, struct tck_error *err)
{
    for (const struct tck_tree *pattern = patterns->first; pattern; pattern = pattern->next) {
        const struct tck_metadata_entry *entry = tck_metadata_find(&answer->headers, pattern->key);
        const struct tck_tree *actual = entry ? tck_tree_string(run->arena, entry->value, TCK_NOWHERE)
                                              : tck_tree_scalar(run->arena, TCK_TREE_NULL, "", 0, TCK_NOWHERE);
        int r = compare(run, answer, tck_say(run, "header '%s'", pattern->key), pattern, actual, err);

        if (r != 0)
            return r;
    }
    return 0;
}

static int compare_status(struct tck_scenario_run *run, const struct tck_http_step *http,
                          const struct tck_http_answer *answer, struct tck_error *err)
{
    const struct tck_suspect suspect = { .text = tck_buffer_bytes(&answer->body), .failed = has_failed(answer) };
    int r;

    if (suspect.failed) /* which other status is right is the proxy's choice */
        run->suspect = &suspect;
    r = compare(run, answer, "status", http->status, tck_tree_number(run->arena, answer->status, TCK_NOWHERE), err);
    run->suspect = NULL;
    return r;
}

static int compare_text(struct tck_scenario_run *run, const struct tck_http_step *http,
                        const struct tck_http_answer *answer, struct tck_error *err)
{
    const struct tck_suspect suspect = { .text = tck_buffer_bytes(&answer->body), .failed = has_failed(answer) };
    int r;

    run->suspect = &suspect;
    r = compare(run, answer, "body", http->answer_text,
                tck_tree_scalar(run->arena, TCK_TREE_STRING, suspect.text.data ? (const char *)suspect.text.data : "",
                                suspect.text.size, TCK_NOWHERE),
                err);
    run->suspect = NULL;
    return r;
}

static int compare_answer(struct tck_scenario_run *run, const struct tck_http_step *http,
                          const struct tck_http_answer *answer, struct tck_error *err)
{
    int r;

    if (answer->status == 0) {
        const struct tck_call_status lost = { .code = tck_grpc_code_parse("UNAVAILABLE") };

        return tck_find_gone(run, TCK_CAUSE_ENDED, &lost, NULL,
                             tck_say(run, "the HTTP request had no answer: %s", answer->text ? answer->text : ""));
    }
    r = compare_status(run, http, answer, err);
    if (r == 0 && http->answer)
        r = compare_json(run, answer, http->answer, err);
    if (r == 0 && http->answer_text)
        r = compare_text(run, http, answer, err);
    if (r == 0 && http->answer_headers)
        r = compare_headers(run, answer, http->answer_headers, err);
    return r;
}

static int request(struct tck_scenario_run *run, const struct tck_http_step *http, struct tck_bytes body,
                   const struct tck_metadata *headers, struct tck_http_answer *ret_answer, struct tck_error *err)
{
    const char *path;
    int r = tck_resolve_tree_text(run, http->path, &path, err);
    const struct tck_http_request options = { .verb = http->verb,
                                              .url = r < 0
                                                         ? ""
                                                         : tck_say(run, "http://%s%s", run->world->proxy_address, path),
                                              .headers = headers,
                                              .body = body,
                                              .deadline = run->until,
                                              .recording = run->recording,
                                              .name = HTTP,
                                              .interrupted = run->world->interrupted };

    return r < 0 ? r : tck_http(&options, run->arena, ret_answer, err);
}

static int find_no_answer(struct tck_scenario_run *run)
{
    const struct tck_arrival nothing = { .kind = TCK_ARRIVAL_NOTHING };
    const struct tck_suspect suspect = { .arrival = &nothing };
    int r;

    run->suspect = &suspect;
    r = tck_find_timeout(run, "the answer of an HTTP request", "");
    run->suspect = NULL;
    return r;
}

int tck_op_http(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer body = TCK_BUFFER_INIT(BODY_MAX);
    const bool has_body = op->http->body || op->http->text;
    struct tck_metadata headers = { 0 };
    struct tck_http_answer answer = { 0 };
    int r;

    run->blame = TCK_BLAME_PROXY;
    r = fill_body(run, op->http, &body, err);
    if (r == 0)
        r = fill_headers(run, op->http, has_body, &headers, err);
    if (r == 0)
        r = request(run, op->http, has_body ? tck_buffer_bytes(&body) : (struct tck_bytes){ 0 }, &headers, &answer,
                    err);
    tck_metadata_done(&headers);
    if (run->world->interrupted && *run->world->interrupted && r >= 0)
        r = tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    else if (r == TCK_TIMED_OUT)
        r = find_no_answer(run);
    else if (r == 0 && (r = tck_mark(run, answer.at, err)) == 0)
        r = compare_answer(run, op->http, &answer, err);
    tck_http_answer_done(&answer);
    return r;
}

/* --- REFLECT --- */

static int compare_reflection(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_buffer *bytes,
                              struct tck_error *err)
{
    struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    r = tck_message_unpack(&grpc__reflection__v1alpha__server_reflection_response__descriptor, tck_buffer_bytes(bytes),
                           run->arena, &message, &why);
    if (r == TCK_BROKEN)
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL, "what reflection answered is no such message: %s",
                        why.text);
    if (r < 0) {
        tck_error_move(err, &why);
        return r;
    }
    tck_recording_note(run->recording, &(struct tck_recorded){ .conversation = REFLECTION,
                                                               .protocol = REFLECTION,
                                                               .kind = TCK_RECORDED_MESSAGE,
                                                               .flow = TCK_CAME,
                                                               .message = message,
                                                               .bytes = tck_buffer_bytes(bytes) });
    r = tck_match_message(&match, op->pattern, message, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, &match, "what reflection answered is not as expected: %s",
                    tck_first_difference(run, &match));
}

int tck_op_reflect(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    tck_cleanup(tck_buffer_done) struct tck_buffer in = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    struct tck_call_status status = { 0 };
    ProtobufCMessage *message;
    int r;

    run->blame = TCK_BLAME_PROXY;
    r = tck_message_from_tree(run->script->pool, &grpc__reflection__v1alpha__server_reflection_request__descriptor,
                              op->tree, &run->bindings, run->arena, &message, err);
    if (r == 0)
        r = tck_message_pack(message, &out, err);
    if (r < 0)
        return r;
    tck_recording_note(run->recording, &(struct tck_recorded){ .conversation = REFLECTION,
                                                               .protocol = REFLECTION,
                                                               .kind = TCK_RECORDED_MESSAGE,
                                                               .flow = TCK_SENT,
                                                               .message = message,
                                                               .bytes = tck_buffer_bytes(&out) });
    r = tck_seat_call(run->channel, REFLECTION_METHOD, tck_buffer_bytes(&out), run->until, run->world->interrupted, &in,
                      &status, err);
    if (r < 0)
        return r;
    if (run->world->interrupted && *run->world->interrupted)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    if (r == TCK_TIMED_OUT)
        return tck_find_timeout(run, "the answer of reflection", "");
    if (status.code != 0)
        return tck_find_gone(run, TCK_CAUSE_ENDED, &status, NULL,
                             tck_say(run, "reflection was answered with %s", tck_status_said(run, &status)));
    return compare_reflection(run, op, &in, err);
}
