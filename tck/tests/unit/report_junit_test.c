/* SPDX-License-Identifier: Apache-2.0 */
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <unistd.h>

#include "report_fixture.h"
#include "testing.h"

static char path[] = "/tmp/tck-junit-test-XXXXXX";

static xmlDocPtr written(struct report_fixture *fixture)
{
    tck_cleanup(tck_sink_freep) struct tck_sink *sink = NULL;
    int fd = mkstemp(path);
    xmlDocPtr document;

    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(tck_junit_sink_new(path, fixture->spec, &sink, NULL), 0);
    assert_int_equal(report_fixture_play(fixture, sink, NULL), 0);
    document = xmlReadFile(path, NULL, XML_PARSE_NONET);
    unlink(path);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    assert_non_null(document);
    return document;
}

static double number(xmlDocPtr document, const char *expression)
{
    xmlXPathContextPtr context = xmlXPathNewContext(document);
    xmlXPathObjectPtr object = xmlXPathEvalExpression(BAD_CAST expression, context);
    double value;

    assert_non_null(object);
    value = xmlXPathCastToNumber(object);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    return value;
}

static void expect_valid(xmlDocPtr document)
{
    xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt("reports/junit.xsd");
    xmlSchemaPtr schema = xmlSchemaParse(parser);
    xmlSchemaValidCtxtPtr valid;

    assert_non_null(schema);
    valid = xmlSchemaNewValidCtxt(schema);
    assert_int_equal(xmlSchemaValidateDoc(valid, document), 0);
    xmlSchemaFreeValidCtxt(valid);
    xmlSchemaFree(schema);
    xmlSchemaFreeParserCtxt(parser);
}

static void junit_of_hostile_names_is_valid_by_the_schema(void **state)
{
    struct report_fixture fixture;
    xmlDocPtr document;

    (void)state;
    report_fixture_init(&fixture);
    document = written(&fixture);
    expect_valid(document);
    xmlFreeDoc(document);
    report_fixture_done(&fixture);
}

static void junit_tells_failures_errors_skips_and_known_failures_apart(void **state)
{
    struct report_fixture fixture;
    xmlDocPtr document;

    (void)state;
    report_fixture_init(&fixture);
    document = written(&fixture);
    assert_true(number(document, "count(/testsuites/testsuite/testcase)") == REPORT_FIXTURE_RESULTS);
    assert_true(number(document, "count(//testcase[@classname='es.state'])") == REPORT_FIXTURE_RESULTS);
    assert_true(number(document, "count(//testcase[@name='one']/*)") == 0);
    assert_true(number(document, "count(//testcase[@name='two']/failure[@type='ES-STATE-1'])") == 1);
    assert_true(number(document, "count(//testcase[@name='three']/skipped)") == 1);
    assert_true(number(document, "count(//testcase[@name='four']/error)") == 1);
    assert_true(number(document, "number(/testsuites/@failures)") == 1);
    assert_true(number(document, "number(/testsuites/testsuite/@errors)") == 1);
    assert_true(number(document, "number(/testsuites/testsuite/@skipped)") == 2);
    assert_true(number(document, "count(//testcase[@name='five']/skipped[@type='ES-STATE-1']"
                                 "[starts-with(@message, 'known failure: known a')])") == 1);
    assert_true(number(document, "count(//property[@name='tck.flaky.es/state/one'][@value='3 of 10 failed'])") == 1);
    assert_true(number(document, "count(//property[@name='tck.known.trouble'])") == 1);
    assert_true(number(document, "count(//testcase/system-out)") == 3);
    assert_true(number(document, "count(//property[@name='tck.seed'][@value='42'])") == 1);
    assert_true(number(document, "count(//property[starts-with(@name, 'tck.blame.')])") == 1);
    assert_true(number(document, "count(//property[@name='tck.blame.es/state/two'][@value='proxy'])") == 1);
    xmlFreeDoc(document);
    report_fixture_done(&fixture);
}

static void junit_failure_text_names_step_rule_difference_and_messages(void **state)
{
    static const char *const parts[] = { "ES-STATE-1 (must) A new entity is empty.",
                                         "specs/es/state.yaml:9",
                                         "reply.events[0].value",
                                         "expected: \"A\"",
                                         "-> init { }",
                                         "5 earlier lines",
                                         "line one",
                                         "tck run --scenario 'es/state/two'" };
    struct report_fixture fixture;
    xmlDocPtr document;

    (void)state;
    report_fixture_init(&fixture);
    document = written(&fixture);
    for (size_t i = 0; i < TCK_COUNT(parts); i++) {
        char expression[256];

        snprintf(expression, sizeof expression, "count(//failure[contains(., \"%s\")])", parts[i]);
        if (strchr(parts[i], '"'))
            snprintf(expression, sizeof expression, "count(//failure[contains(., '%s')])", parts[i]);
        if (number(document, expression) != 1)
            fail_msg("the failure does not say: %s", parts[i]);
    }
    xmlFreeDoc(document);
    report_fixture_done(&fixture);
}

static void junit_that_cannot_be_written_is_an_error_of_the_kit(void **state)
{
    tck_cleanup(tck_sink_freep) struct tck_sink *sink = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct report_fixture fixture;

    (void)state;
    report_fixture_init(&fixture);
    assert_int_equal(tck_junit_sink_new("/no/such/directory/junit.xml", fixture.spec, &sink, NULL), 0);
    assert_int_equal(report_fixture_play(&fixture, sink, &err), TCK_KIT);
    assert_string_equal(err.name, "/no/such/directory/junit.xml");
    report_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(junit_of_hostile_names_is_valid_by_the_schema),
        cmocka_unit_test(junit_tells_failures_errors_skips_and_known_failures_apart),
        cmocka_unit_test(junit_failure_text_names_step_rule_difference_and_messages),
        cmocka_unit_test(junit_that_cannot_be_written_is_an_error_of_the_kit),
    };
    int r = cmocka_run_group_tests(tests, NULL, NULL);

    xmlSchemaCleanupTypes();
    xmlCleanupParser();
    return r;
}
