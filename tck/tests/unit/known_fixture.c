/* SPDX-License-Identifier: Apache-2.0 */
#include "known_fixture.h"

#include "testing.h"

static const char requirements[] = "- {id: R-ONE-1, level: must, text: One., source: one.proto}\n"
                                   "- {id: R-TWO-1, level: must, text: Two., source: two.proto}\n"
                                   "- {id: R-TWO-2, level: should, text: Two again., source: two.proto}\n";
static const char suite[] = "suite: a title\nrole: user-function\nprotocol: crdt\nscenarios:\n"
                            "- {name: one, covers: [R-ONE-1], steps: [init: ]}\n"
                            "- {name: two, covers: [R-TWO-1], steps: [init: ]}\n"
                            "- {name: rows, rows: [{row: a}, {row: b}], steps: [init: ]}\n"
                            "- {name: last, steps: [init: ]}\n";

int known_fixture_setup(void **state)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_spec *spec;

    if (tck_spec_new(&spec, NULL) < 0)
        return -1;
    *state = spec;
    tck_spec_parse_requirements(spec, "requirements.yaml", tck_bytes(requirements, sizeof requirements - 1), &errors);
    tck_spec_parse(spec, "s.yaml", "s", tck_bytes(suite, sizeof suite - 1), &errors);
    tck_spec_finish(spec, &errors);
    return errors.count ? -1 : 0;
}

int known_fixture_teardown(void **state)
{
    tck_spec_free(*state);
    return 0;
}

struct tck_known *known_fixture_list(const struct tck_spec *spec, const char *yaml)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_known *list = NULL;
    char text[1024];

    if (tck_known_parse("known.yaml", tck_bytes(yaml, strlen(yaml)), spec, &list, &errors) < 0)
        fail_msg("%s", tck_error_text(&errors.items[0], text, sizeof text));
    return list;
}

const struct tck_scenario *known_fixture_scenario(const struct tck_spec *spec, const char *id)
{
    const struct tck_suite *of = tck_spec_suite(spec, 0);

    for (size_t i = 0; i < of->scenario_count; i++)
        if (strcmp(of->scenarios[i]->id, id) == 0)
            return of->scenarios[i];
    fail_msg("no scenario %s", id);
    return NULL;
}
