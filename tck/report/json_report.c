/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "report/report.h"

#define TEXT_CEILING ((size_t)4 << 20)

struct json_sink {
    struct tck_sink sink;
    char *path;
};

/* Every function below takes over the values given to it, and a NULL value makes the whole document NULL: jansson's
 * _new functions refuse NULL, so one check at the end finds any lack of memory. `ok` gathers it. */
static bool ok_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) == 0;
}

static json_t *text(const char *value)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TEXT_CEILING);

    if (!value)
        return json_null();
    tck_utf8_append_shown(value, strlen(value), &out);
    return out.failed ? NULL : json_string(tck_buffer_string(&out));
}

static json_t *milliseconds(int64_t nanoseconds)
{
    return json_real((double)(nanoseconds / 1000) / 1000.0); /* microseconds are as fine as a reader can use */
}

static json_t *strings(struct tck_strings items)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < items.count; i++)
        if (json_array_append_new(list, text(items.items[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *differences(const struct tck_result *result)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < result->difference_count; i++) {
        const struct tck_result_difference *difference = &result->differences[i];

        if (json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "path", text(difference->path), "expected",
                                                  text(difference->expected), "actual", text(difference->actual))) <
            0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *remarks(const struct tck_remark *items, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < count; i++)
        if (json_array_append_new(list, json_pack("{s:o, s:o, s:s}", "rule", text(items[i].rule), "text",
                                                  text(items[i].text), "level", tck_level_word(items[i].level))) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *transcript(const struct tck_result *result)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < result->transcript_count; i++) {
        const struct tck_transcript_line *line = &result->transcript[i];

        if (json_array_append_new(list, json_pack("{s:o, s:o, s:s, s:o}", "at_ms", milliseconds(line->at),
                                                  "conversation", text(line->conversation), "arrow", line->arrow,
                                                  "text", text(line->text))) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *step(const struct tck_result *result)
{
    if (!result->step)
        return json_null();
    return json_pack("{s:I, s:o, s:I, s:o}", "number", (json_int_t)result->step, "file", text(result->step_place.name),
                     "line", (json_int_t)result->step_place.line, "text", text(result->step_text));
}

static json_t *known_fact(const struct tck_known_fact *fact)
{
    if (!fact)
        return json_null();
    return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o}", "kind", tck_known_word(fact->kind), "reason", text(fact->reason),
                     "file", text(fact->place.name), "line", (json_int_t)fact->place.line, "until", text(fact->until),
                     "note", text(fact->note));
}

static json_t *scenario(const struct tck_result *result)
{
    const struct tck_scenario *of = result->scenario;
    json_t *object = json_object();
    bool ok = object && ok_set(object, "id", text(of->id)) && ok_set(object, "name", text(of->name)) &&
              ok_set(object, "suite", text(of->suite->id)) && ok_set(object, "file", text(of->place.name)) &&
              ok_set(object, "line", json_integer(of->place.line)) &&
              ok_set(object, "role", json_string(tck_role_word(of->suite->role))) &&
              ok_set(object, "level", json_string(tck_level_word(of->level))) &&
              ok_set(object, "upstream", text(of->upstream)) && ok_set(object, "requirements", strings(of->covers)) &&
              ok_set(object, "verdict", json_string(tck_verdict_word(result->verdict))) &&
              ok_set(object, "cause", json_string(tck_cause_word(result->cause))) &&
              ok_set(object, "reason", text(result->reason)) && ok_set(object, "rule", text(result->rule)) &&
              ok_set(object, "blame",
                     result->blame == TCK_BLAME_NONE ? json_null() : json_string(tck_blame_word(result->blame))) &&
              ok_set(object, "known", known_fact(result->known)) && ok_set(object, "step", step(result)) &&
              ok_set(object, "differences", differences(result)) &&
              ok_set(object, "deviations", remarks(result->deviations, result->deviation_count)) &&
              ok_set(object, "choices", remarks(result->choices, result->choice_count)) &&
              ok_set(object, "started_ms", milliseconds(result->started)) &&
              ok_set(object, "duration_ms", milliseconds(result->duration)) &&
              ok_set(object, "repetition", json_integer(result->repetition)) &&
              ok_set(object, "transcript_dropped", json_integer((json_int_t)result->transcript_dropped)) &&
              ok_set(object, "transcript", transcript(result)) &&
              ok_set(object, "candidate_output", text(result->candidate_output));

    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *scenarios(const struct tck_run *run)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < run->result_count; i++)
        if (run->results[i] && json_array_append_new(list, scenario(run->results[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *candidate(const struct tck_run *run)
{
    const struct tck_candidate_facts *facts = &run->candidate;
    json_t *object = json_object();
    bool ok = object && ok_set(object, "name", text(facts->name)) &&
              ok_set(object, "user_function", text(facts->user_function_address)) &&
              ok_set(object, "proxy", text(facts->proxy_address)) &&
              ok_set(object, "service_name", text(facts->service_name)) &&
              ok_set(object, "service_version", text(facts->service_version)) &&
              ok_set(object, "service_runtime", text(facts->service_runtime)) &&
              ok_set(object, "library_name", text(facts->library_name)) &&
              ok_set(object, "library_version", text(facts->library_version)) &&
              ok_set(object, "protocol_version", json_sprintf("%d.%d", facts->protocol_major, facts->protocol_minor)) &&
              ok_set(object, "output_file", text(facts->output_file)) &&
              ok_set(object, "user_function_stands_in", json_boolean(facts->user_function_stands_in)) &&
              ok_set(object, "proxy_name", text(facts->proxy_name)) &&
              ok_set(object, "proxy_version", text(facts->proxy_version)) &&
              ok_set(object, "proxy_output_file", text(facts->proxy_output_file)) &&
              ok_set(object, "proxy_stands_in", json_boolean(facts->proxy_stands_in));

    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *flaky_rates(const struct tck_run_known *known)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < known->rate_count; i++) {
        const struct tck_flaky_rate *rate = &known->rates[i];

        if (json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:o, s:I}", "scenario", text(rate->scenario->id),
                                                  "failed", (json_int_t)rate->failed, "runs", (json_int_t)rate->runs,
                                                  "reason", text(rate->fact->reason), "line",
                                                  (json_int_t)rate->fact->place.line)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *known(const struct tck_run_known *known)
{
    const struct tck_strings troubles = { .items = known->troubles, .count = known->trouble_count };

    if (!known->file)
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "file", text(known->file), "troubles", strings(troubles), "flaky",
                     flaky_rates(known));
}

static json_t *summary(const struct tck_run *run)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "planned", (json_int_t)run->planned, "passed",
                     (json_int_t)run->count[TCK_VERDICT_PASSED], "failed", (json_int_t)run->count[TCK_VERDICT_FAILED],
                     "skipped", (json_int_t)run->count[TCK_VERDICT_SKIPPED], "errored",
                     (json_int_t)run->count[TCK_VERDICT_ERRORED], "known", (json_int_t)run->count[TCK_VERDICT_KNOWN],
                     "deviations", (json_int_t)run->deviations);
}

static json_t *document(const struct tck_run *run)
{
    enum tck_status status = tck_run_status(run);
    json_t *object = json_object();
    char started[32] = "";
    struct tm tm;
    bool ok;

    if (gmtime_r(&run->started_at.tv_sec, &tm))
        strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &tm);
    ok = object && ok_set(object, "kit", json_pack("{s:s, s:o}", "name", "tck", "version", text(run->kit_version))) &&
         ok_set(object, "candidate", candidate(run)) && ok_set(object, "seed", json_integer((json_int_t)run->seed)) &&
         ok_set(object, "shuffled", json_boolean(run->shuffled)) &&
         ok_set(object, "strict", json_boolean(run->strict)) &&
         ok_set(object, "upstream", json_boolean(run->upstream)) && ok_set(object, "jobs", json_integer(run->jobs)) &&
         ok_set(object, "started_at", json_string(started)) &&
         ok_set(object, "duration_ms", milliseconds(run->duration)) &&
         ok_set(object, "complete", json_boolean(!run->interrupted)) &&
         ok_set(object, "interrupted",
                run->interrupted ? json_sprintf("SIG%s", sigabbrev_np(run->interrupted)) : json_null()) &&
         ok_set(object, "problem", text(run->problem)) && ok_set(object, "problem_output", text(run->problem_output)) &&
         ok_set(object, "known", known(&run->known)) && ok_set(object, "exit_code", json_integer(-status)) &&
         ok_set(object, "status", json_string(tck_status_text(status))) && ok_set(object, "summary", summary(run)) &&
         ok_set(object, "scenarios", scenarios(run));
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static int json_run_ended(struct tck_sink *sink, const struct tck_run *run, struct tck_error *err)
{
    struct json_sink *json = (struct json_sink *)sink;
    json_t *object = document(run);
    tck_cleanup(tck_freep) char *printed = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) : NULL;
    tck_cleanup(tck_freep) char *with_newline = NULL;

    json_decref(object);
    if (!printed || asprintf(&with_newline, "%s\n", printed) < 0)
        return tck_no_memory(err);
    return tck_write_file(json->path, tck_bytes(with_newline, strlen(with_newline)), err);
}

static void json_free(struct tck_sink *sink)
{
    struct json_sink *json = (struct json_sink *)sink;

    free(json->path);
    free(json);
}

int tck_json_sink_new(const char *path, struct tck_sink **ret_sink, struct tck_error *err)
{
    static const struct tck_sink_methods methods = { .run_ended = json_run_ended, .free = json_free };
    struct json_sink *json = calloc(1, sizeof *json);

    if (!json)
        return tck_no_memory(err);
    json->sink.methods = &methods;
    json->path = strdup(path);
    if (!json->path) {
        json_free(&json->sink);
        return tck_no_memory(err);
    }
    *ret_sink = &json->sink;
    return 0;
}
