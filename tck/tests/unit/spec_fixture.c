/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_fixture.h"

#include "testing.h"

int spec_fixture_setup(void **state)
{
    struct spec_fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture || tck_spec_new(&fixture->spec, NULL) < 0)
        return -1;
    *state = fixture;
    return 0;
}

int spec_fixture_teardown(void **state)
{
    struct spec_fixture *fixture = *state;

    tck_spec_free(fixture->spec);
    tck_error_list_done(&fixture->errors);
    free(fixture);
    return 0;
}

int spec_fixture_load(struct spec_fixture *fixture, const char *yaml)
{
    return tck_spec_parse(fixture->spec, "t.yaml", "t", tck_bytes(yaml, strlen(yaml)), &fixture->errors);
}

int spec_fixture_steps(struct spec_fixture *fixture, const char *protocol, const char *steps)
{
    return spec_fixture_steps_of(fixture, "user-function", protocol, steps);
}

int spec_fixture_steps_of(struct spec_fixture *fixture, const char *role, const char *protocol, const char *steps)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 20);

    tck_buffer_printf(&yaml,
                      "suite: a title\n"
                      "role: %s\n"
                      "protocol: %s\n"
                      "scenarios:\n"
                      "  - name: a name\n"
                      "    steps:\n"
                      "%s",
                      role, protocol, steps);
    return spec_fixture_load(fixture, tck_buffer_string(&yaml));
}

const struct tck_scenario *spec_fixture_scenario(const struct spec_fixture *fixture, size_t i)
{
    const struct tck_suite *suite = tck_spec_suite(fixture->spec, 0);

    assert_non_null(suite);
    assert_true(i < suite->scenario_count);
    return suite->scenarios[i];
}

const struct tck_step *spec_fixture_step(const struct spec_fixture *fixture, size_t i)
{
    const struct tck_scenario *scenario = spec_fixture_scenario(fixture, 0);

    assert_true(i < scenario->step_count);
    return scenario->steps[i];
}

void spec_fixture_assert_mistake(const struct spec_fixture *fixture, size_t i, unsigned line, unsigned column,
                                 const char *text)
{
    const struct tck_error *err = &fixture->errors.items[i];

    assert_true(i < fixture->errors.count);
    assert_string_equal(err->text, text);
    assert_int_equal(err->status, TCK_BAD_INPUT);
    assert_string_equal(err->name, "t.yaml");
    assert_int_equal(err->line, line);
    assert_int_equal(err->column, column);
}

void spec_fixture_assert_no_mistake(const struct spec_fixture *fixture)
{
    char text[1024];

    if (fixture->errors.count)
        fail_msg("%s", tck_error_text(&fixture->errors.items[0], text, sizeof text));
}
