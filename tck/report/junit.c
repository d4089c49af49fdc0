/* SPDX-License-Identifier: Apache-2.0 */
#include <libxml/xmlwriter.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "report/report.h"

#define TEXT_CEILING ((size_t)4 << 20) /* of one failure's text or one log */

struct junit_sink {
    struct tck_sink sink;
    char *path;
    const struct tck_spec *spec;
};

/* libxml2 answers -1 where memory ran out; one flag gathers that for the whole document. */
struct document {
    xmlTextWriterPtr writer;
    bool failed;
};

static void check(struct document *document, int r)
{
    if (r < 0)
        document->failed = true;
}

static char *shown(const char *text)
{
    struct tck_buffer out = TCK_BUFFER_INIT(TEXT_CEILING);

    tck_utf8_append_shown(text, strlen(text), &out);
    return tck_buffer_take(&out);
}

static void start(struct document *document, const char *name)
{
    check(document, xmlTextWriterStartElement(document->writer, BAD_CAST name));
}

static void end(struct document *document)
{
    check(document, xmlTextWriterEndElement(document->writer));
}

static void attribute(struct document *document, const char *name, const char *value)
{
    tck_cleanup(tck_freep) char *text = shown(value);

    if (!text)
        document->failed = true;
    else
        check(document, xmlTextWriterWriteAttribute(document->writer, BAD_CAST name, BAD_CAST text));
}

static void attribute_count(struct document *document, const char *name, size_t count)
{
    check(document, xmlTextWriterWriteFormatAttribute(document->writer, BAD_CAST name, "%zu", count));
}

static void attribute_time(struct document *document, int64_t nanoseconds)
{
    check(document,
          xmlTextWriterWriteFormatAttribute(document->writer, BAD_CAST "time", "%.3f", (double)nanoseconds / 1e9));
}

static void content(struct document *document, const char *value)
{
    tck_cleanup(tck_freep) char *text = shown(value);

    if (!text)
        document->failed = true;
    else
        check(document, xmlTextWriterWriteString(document->writer, BAD_CAST text));
}

static void property(struct document *document, const char *name, const char *value)
{
    if (!value || !value[0])
        return;
    start(document, "property");
    attribute(document, "name", name);
    attribute(document, "value", value);
    end(document);
}

/* "tck.blame.<scenario>": of a test case itself not all readers take properties. */
static void property_of(struct document *document, const char *what, const struct tck_scenario *scenario,
                        const char *value)
{
    tck_cleanup(tck_freep) char *name = NULL;

    if (asprintf(&name, "tck.%s.%s", what, scenario->id) < 0) {
        name = NULL;
        document->failed = true;
        return;
    }
    property(document, name, value);
}

/* Whose fault it is. */
static void put_blames(struct document *document, const struct tck_run *run, const struct tck_suite *suite)
{
    for (size_t i = 0; i < run->result_count; i++) {
        const struct tck_result *result = run->results[i];

        if (result && result->scenario->suite == suite && result->blame != TCK_BLAME_NONE)
            property_of(document, "blame", result->scenario, tck_blame_word(result->blame));
    }
}

/* How often what is known to be flaky failed. */
static void put_rates(struct document *document, const struct tck_run *run, const struct tck_suite *suite)
{
    for (size_t i = 0; i < run->known.rate_count; i++) {
        const struct tck_flaky_rate *rate = &run->known.rates[i];
        char value[64];

        if (rate->scenario->suite != suite)
            continue;
        snprintf(value, sizeof value, "%zu of %zu failed", rate->failed, rate->runs);
        property_of(document, "flaky", rate->scenario, value);
    }
}

static void put_properties(struct document *document, const struct tck_run *run, const struct tck_suite *suite)
{
    const struct tck_candidate_facts *facts = &run->candidate;
    char text[64];

    start(document, "properties");
    property(document, "tck.version", run->kit_version);
    snprintf(text, sizeof text, "%llu", (unsigned long long)run->seed);
    property(document, "tck.seed", text);
    property(document, "candidate.name", facts->name);
    property(document, "candidate.user_function", facts->user_function_address);
    property(document, "candidate.proxy", facts->proxy_address);
    property(document, "candidate.stand_in",
             facts->proxy_stands_in           ? "proxy"
             : facts->user_function_stands_in ? "user_function"
                                              : NULL);
    property(document, "proxy.name", facts->proxy_name);
    property(document, "proxy.version", facts->proxy_version);
    property(document, "service.name", facts->service_name);
    property(document, "service.version", facts->service_version);
    property(document, "service.runtime", facts->service_runtime);
    property(document, "library.name", facts->library_name);
    property(document, "library.version", facts->library_version);
    snprintf(text, sizeof text, "%d.%d", facts->protocol_major, facts->protocol_minor);
    property(document, "protocol.version", text);
    if (run->interrupted) {
        snprintf(text, sizeof text, "SIG%s", sigabbrev_np(run->interrupted));
        property(document, "tck.interrupted", text);
    }
    property(document, "tck.problem", run->problem);
    property(document, "tck.known", run->known.file);
    for (size_t i = 0; i < run->known.trouble_count; i++)
        property(document, "tck.known.trouble", run->known.troubles[i]);
    put_rates(document, run, suite);
    put_blames(document, run, suite);
    end(document);
}

static void put_message(struct document *document, const struct tck_result *result)
{
    tck_cleanup(tck_freep) char *message = NULL;

    if (result->verdict != TCK_VERDICT_KNOWN) {
        attribute(document, "message", result->reason ? result->reason : "");
        return;
    }
    if (asprintf(&message, "known failure: %s", result->known->reason) < 0) {
        message = NULL;
        document->failed = true;
        return;
    }
    attribute(document, "message", message);
}

static void put_outcome(struct document *document, const struct tck_run *run, const struct tck_result *result,
                        const struct tck_spec *spec)
{
    static const char *const elements[] = {
        [TCK_VERDICT_FAILED] = "failure",
        [TCK_VERDICT_ERRORED] = "error",
        [TCK_VERDICT_SKIPPED] = "skipped",
        [TCK_VERDICT_KNOWN] = "skipped", /* readers know no third way between red and green */
    };
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TEXT_CEILING);

    if (result->verdict == TCK_VERDICT_PASSED)
        return;
    start(document, elements[result->verdict]);
    attribute(document, "type", result->rule ? result->rule : tck_cause_word(result->cause));
    put_message(document, result);
    tck_result_describe(run, result, spec, &text);
    document->failed = document->failed || text.failed;
    content(document, tck_buffer_string(&text));
    end(document);
}

/* "event-sourced.snapshots": readers take it for a class in a package, and show packages as a tree. */
static void classname(struct document *document, const struct tck_suite *suite)
{
    tck_cleanup(tck_freep) char *name = strdup(suite->id);

    if (!name) {
        document->failed = true;
        return;
    }
    for (char *slash = name; (slash = strchr(slash, '/'));)
        *slash = '.';
    attribute(document, "classname", name);
}

static void put_testcase(struct document *document, const struct tck_run *run, const struct tck_result *result,
                         const struct tck_spec *spec)
{
    const struct tck_scenario *scenario = result->scenario;
    char repetition[32] = "";
    tck_cleanup(tck_freep) char *name = NULL;

    if (result->repetition > 1)
        snprintf(repetition, sizeof repetition, " #%u", result->repetition);
    if (asprintf(&name, "%s%s", scenario->name, repetition) < 0) {
        name = NULL;
        document->failed = true;
        return;
    }
    start(document, "testcase");
    attribute(document, "name", name);
    classname(document, scenario->suite);
    attribute_time(document, result->duration);
    put_outcome(document, run, result, spec);
    if (result->candidate_output && result->candidate_output[0]) {
        start(document, "system-out");
        content(document, result->candidate_output);
        end(document);
    }
    end(document);
}

struct counts {
    size_t tests, of[TCK_VERDICT_COUNT];
    int64_t duration;
};

static struct counts count_suite(const struct tck_run *run, const struct tck_suite *suite)
{
    struct counts counts = { 0 };

    for (size_t i = 0; i < run->result_count; i++)
        if (run->results[i] && run->results[i]->scenario->suite == suite) {
            counts.tests++;
            counts.of[run->results[i]->verdict]++;
            counts.duration += run->results[i]->duration;
        }
    return counts;
}

static void put_suite(struct document *document, const struct tck_run *run, const struct tck_suite *suite, size_t id,
                      const struct tck_spec *spec)
{
    struct counts counts = count_suite(run, suite);
    char timestamp[32] = "";
    struct tm tm;

    if (counts.tests == 0)
        return;
    if (gmtime_r(&run->started_at.tv_sec, &tm))
        strftime(timestamp, sizeof timestamp, "%Y-%m-%dT%H:%M:%S", &tm);
    start(document, "testsuite");
    attribute(document, "name", suite->id);
    attribute_count(document, "id", id);
    attribute(document, "package", tck_role_word(suite->role));
    attribute(document, "file", suite->file);
    attribute_count(document, "tests", counts.tests);
    attribute_count(document, "failures", counts.of[TCK_VERDICT_FAILED]);
    attribute_count(document, "errors", counts.of[TCK_VERDICT_ERRORED]);
    attribute_count(document, "skipped", counts.of[TCK_VERDICT_SKIPPED] + counts.of[TCK_VERDICT_KNOWN]);
    attribute_time(document, counts.duration);
    attribute(document, "timestamp", timestamp);
    put_properties(document, run, suite);
    for (size_t i = 0; i < run->result_count; i++)
        if (run->results[i] && run->results[i]->scenario->suite == suite)
            put_testcase(document, run, run->results[i], spec);
    end(document);
}

static void put_document(struct document *document, const struct tck_run *run, const struct tck_spec *spec)
{
    check(document, xmlTextWriterSetIndent(document->writer, 1));
    check(document, xmlTextWriterStartDocument(document->writer, NULL, "UTF-8", NULL));
    start(document, "testsuites");
    attribute(document, "name", run->candidate.name ? run->candidate.name : "tck");
    attribute_count(document, "tests", run->result_count);
    attribute_count(document, "failures", run->count[TCK_VERDICT_FAILED]);
    attribute_count(document, "errors", run->count[TCK_VERDICT_ERRORED]);
    attribute_time(document, run->duration);
    for (size_t i = 0; i < tck_spec_suite_count(spec); i++)
        put_suite(document, run, tck_spec_suite(spec, i), i, spec);
    end(document);
    check(document, xmlTextWriterEndDocument(document->writer));
}

static int junit_run_ended(struct tck_sink *sink, const struct tck_run *run, struct tck_error *err)
{
    struct junit_sink *junit = (struct junit_sink *)sink;
    xmlBufferPtr buffer = xmlBufferCreate();
    struct document document = { .writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL };
    int r;

    if (document.writer)
        put_document(&document, run, junit->spec);
    if (!document.writer || document.failed) {
        r = tck_no_memory(err);
    } else {
        xmlTextWriterFlush(document.writer);
        r = tck_write_file(junit->path, tck_bytes(xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)), err);
    }
    if (document.writer)
        xmlFreeTextWriter(document.writer);
    if (buffer)
        xmlBufferFree(buffer);
    return r;
}

static void junit_free(struct tck_sink *sink)
{
    struct junit_sink *junit = (struct junit_sink *)sink;

    free(junit->path);
    free(junit);
}

int tck_junit_sink_new(const char *path, const struct tck_spec *spec, struct tck_sink **ret_sink, struct tck_error *err)
{
    static const struct tck_sink_methods methods = { .run_ended = junit_run_ended, .free = junit_free };
    struct junit_sink *junit = calloc(1, sizeof *junit);

    if (!junit)
        return tck_no_memory(err);
    junit->sink.methods = &methods;
    junit->spec = spec;
    junit->path = strdup(path);
    if (!junit->path) {
        junit_free(&junit->sink);
        return tck_no_memory(err);
    }
    *ret_sink = &junit->sink;
    return 0;
}
