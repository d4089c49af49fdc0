/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"
#include "spec_fixture.h"
#include "testing.h"

static const char crdt_flag[] = "suite: flags\n"
                                "role: user-function\n"
                                "protocol: crdt\n"
                                "services: [cloudstate.tck.model.CrdtTckModel]\n"
                                "tags: [fast]\n"
                                "scenarios:\n"
                                "  - name: a flag is off at first\n"
                                "    upstream: crdt | model | verify flag initial\n"
                                "    covers: [CR-FLAG-1]\n"
                                "    steps: [init: ]\n"
                                "  - name: a flag goes on\n"
                                "    tags: [slow]\n"
                                "    rows: [{row: once}, {row: twice}]\n"
                                "    steps:\n"
                                "      - init:\n"
                                "      - repeat: {times: 2}\n"
                                "        steps:\n"
                                "          - either:\n"
                                "              - {as: a, closed: , then: [{half_close: , covers: [CR-FLAG-2]}]}\n"
                                "              - {as: b, ended: }\n";
static const char crdt_vote[] = "suite: votes\n"
                                "role: user-function\n"
                                "protocol: crdt\n"
                                "scenarios:\n"
                                "  - name: votes add up\n"
                                "    steps: [init: ]\n";
static const char action[] = "suite: calls\n"
                             "role: proxy\n"
                             "protocol: action\n"
                             "services: [cloudstate.tck.model.action.ActionTckModel]\n"
                             "scenarios:\n"
                             "  - name: a call is answered\n"
                             "    upstream: action | proxy | verify unary call\n"
                             "    steps: [half_close: ]\n";

#define FLAG_OFF   "crdt/flag/a-flag-is-off-at-first"
#define FLAG_ONCE  "crdt/flag/a-flag-goes-on[once]"
#define FLAG_TWICE "crdt/flag/a-flag-goes-on[twice]"
#define VOTES      "crdt/vote/votes-add-up"
#define CALL       "action/unary/a-call-is-answered"

static int setup(void **state)
{
    static const struct {
        const char *id, *text;
    } suites[] = { { "crdt/flag", crdt_flag }, { "crdt/vote", crdt_vote }, { "action/unary", action } };
    struct spec_fixture *fixture;

    if (spec_fixture_setup(state) < 0)
        return -1;
    fixture = *state;
    for (size_t i = 0; i < TCK_COUNT(suites); i++)
        if (tck_spec_parse(fixture->spec, suites[i].id, suites[i].id, tck_bytes(suites[i].text, strlen(suites[i].text)),
                           &fixture->errors) < 0)
            return -1;
    return 0;
}

static int teardown(void **state)
{
    return spec_fixture_teardown(state);
}

static struct tck_strings strings(const char *const *items)
{
    struct tck_strings list = { .items = items };

    while (items[list.count])
        list.count++;
    return list;
}

#define LIST(...) strings((const char *const[]){ __VA_ARGS__, NULL })

static void assert_plan(const struct spec_fixture *fixture, const struct tck_selection *selection,
                        struct tck_strings expected)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;

    if (tck_plan_build(fixture->spec, selection, &plan, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < expected.count && i < tck_plan_count(plan); i++) {
        assert_string_equal(tck_plan_item(plan, i)->scenario->id, expected.items[i]);
        assert_int_equal(tck_plan_item(plan, i)->repetition, 1);
    }
    assert_int_equal(tck_plan_count(plan), expected.count);
    assert_null(tck_plan_item(plan, expected.count));
}

static void assert_refused(const struct spec_fixture *fixture, const struct tck_selection *selection, const char *says)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_plan *plan = NULL;

    assert_int_equal(tck_plan_build(fixture->spec, selection, &plan, &err), TCK_BAD_INPUT);
    assert_string_equal(err.text, says);
    assert_null(plan);
}

static void selection_of_nothing_in_particular_is_all_in_the_order_of_the_spec(void **state)
{
    struct tck_selection selection = TCK_SELECTION_ALL;

    assert_plan(*state, &selection, LIST(FLAG_OFF, FLAG_ONCE, FLAG_TWICE, VOTES, CALL));
}

static void name_hits_ids_whole_parts_of_them_and_names(void **state)
{
    static const struct {
        const char *glob;
        const char *expected[4];
    } cases[] = {
        { FLAG_OFF, { FLAG_OFF } },
        { "crdt/flag/a-flag-goes-on", { FLAG_ONCE, FLAG_TWICE } },
        { FLAG_TWICE, { FLAG_TWICE } },
        { "a-flag-goes-on[once]", { FLAG_ONCE } },
        { "flag", { FLAG_OFF, FLAG_ONCE, FLAG_TWICE } },
        { "crdt/flag", { FLAG_OFF, FLAG_ONCE, FLAG_TWICE } },
        { "flag/*", { FLAG_OFF, FLAG_ONCE, FLAG_TWICE } },
        { "crdt/v*", { VOTES } },
        { "**on**", { FLAG_ONCE, FLAG_TWICE, CALL } },
        { "votes add up", { VOTES } },
        { "Votes add ??", { VOTES } },
        { "a flag goes on", { FLAG_ONCE, FLAG_TWICE } },
        { "a flag goes on [twice]", { FLAG_TWICE } },
        { "action", { CALL } },
    };

    for (size_t i = 0; i < TCK_COUNT(cases); i++) {
        struct tck_selection selection = TCK_SELECTION_ALL;

        selection.names = LIST(cases[i].glob);
        assert_plan(*state, &selection, strings(cases[i].expected));
    }
}

static void half_of_a_part_hits_nothing(void **state)
{
    static const char *const globs[] = { "fla", "crdt/fla", "rdt/flag", "[once]", "crdt/", "/flag" };

    for (size_t i = 0; i < TCK_COUNT(globs); i++)
        assert_false(tck_plan_name_matches(globs[i], spec_fixture_scenario(*state, 1)));
}

static void one_criterion_selects_by_its_list(void **state)
{
    struct tck_selection tags = TCK_SELECTION_ALL, services = TCK_SELECTION_ALL, sections = TCK_SELECTION_ALL;
    struct tck_selection rules = TCK_SELECTION_ALL, upstream = TCK_SELECTION_ALL, role = TCK_SELECTION_ALL;

    tags.tags = LIST("slow");
    assert_plan(*state, &tags, LIST(FLAG_ONCE, FLAG_TWICE));
    services.services = LIST("cloudstate.tck.model.CrdtTckModel", "ActionTckModel");
    assert_plan(*state, &services, LIST(FLAG_OFF, FLAG_ONCE, FLAG_TWICE, CALL));
    sections.sections = LIST("action");
    assert_plan(*state, &sections, LIST(CALL));
    rules.rules = LIST("CR-FLAG-1");
    assert_plan(*state, &rules, LIST(FLAG_OFF));
    rules.rules = LIST("CR-FLAG-2"); /* only a step deep inside proves it */
    assert_plan(*state, &rules, LIST(FLAG_ONCE, FLAG_TWICE));
    upstream.upstream = LIST("action | proxy | verify unary call");
    assert_plan(*state, &upstream, LIST(CALL));
    upstream.upstream = LIST("crdt | *", "action | *");
    assert_plan(*state, &upstream, LIST(FLAG_OFF, CALL));
    role.role = TCK_ROLE_PROXY;
    assert_plan(*state, &role, LIST(CALL));
}

static void criteria_narrow_each_other_and_skips_come_off(void **state)
{
    struct tck_selection selection = TCK_SELECTION_ALL;

    selection.sections = LIST("crdt");
    selection.tags = LIST("fast");
    selection.skips = LIST("*[once]");
    assert_plan(*state, &selection, LIST(FLAG_OFF, FLAG_TWICE));
}

static void pattern_that_hits_nothing_is_refused_with_the_nearest(void **state)
{
    struct tck_selection names = TCK_SELECTION_ALL, skips = TCK_SELECTION_ALL, tags = TCK_SELECTION_ALL;
    struct tck_selection sections = TCK_SELECTION_ALL, services = TCK_SELECTION_ALL, rules = TCK_SELECTION_ALL;
    struct tck_selection upstream = TCK_SELECTION_ALL;

    names.names = LIST("crdt", "votes-ad-up");
    assert_refused(*state, &names, "no scenario is called 'votes-ad-up'; did you mean 'votes-add-up'?");
    names.names = LIST("xyzzy");
    assert_refused(*state, &names, "no scenario is called 'xyzzy'; `tck list` shows what there is");
    skips.skips = LIST("flags");
    assert_refused(*state, &skips, "no scenario to skip is called 'flags'; did you mean 'flag'?");
    tags.tags = LIST("slwo");
    assert_refused(*state, &tags, "no scenario has the tag 'slwo'; did you mean 'slow'?");
    sections.sections = LIST("actions");
    assert_refused(*state, &sections, "no suite is in the section 'actions'; did you mean 'action'?");
    services.services = LIST("CrdtTckModle");
    assert_refused(*state, &services, "no scenario needs the service 'CrdtTckModle'; did you mean 'CrdtTckModel'?");
    rules.rules = LIST("CR-FLAG-3");
    assert_refused(*state, &rules, "no scenario covers the rule 'CR-FLAG-3'; did you mean 'CR-FLAG-1'?");
    upstream.upstream = LIST("action | proxy | verify unary cal");
    assert_refused(*state, &upstream,
                   "no scenario stands for the upstream name 'action | proxy | verify unary cal'; did you mean "
                   "'action | proxy | verify unary call'?");
}

static void selection_that_selects_nothing_is_refused(void **state)
{
    struct tck_selection selection = TCK_SELECTION_ALL;
    void *empty = NULL;

    selection.sections = LIST("action");
    selection.tags = LIST("fast");
    assert_refused(*state, &selection, "no scenario is selected by all that was asked for");
    selection = (struct tck_selection)TCK_SELECTION_ALL;
    selection.role = TCK_ROLE_PAIR;
    assert_refused(*state, &selection, "no scenario is selected by all that was asked for");
    selection = (struct tck_selection)TCK_SELECTION_ALL;
    assert_int_equal(spec_fixture_setup(&empty), 0);
    assert_refused(empty, &selection, "no scenario is selected by all that was asked for");
    spec_fixture_teardown(&empty);
}

static struct tck_plan *build(const struct spec_fixture *fixture, const struct tck_selection *selection)
{
    struct tck_plan *plan = NULL;

    assert_int_equal(tck_plan_build(fixture->spec, selection, &plan, NULL), 0);
    return plan;
}

static void repetitions_run_round_by_round(void **state)
{
    struct tck_selection selection = TCK_SELECTION_ALL;
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;

    selection.repeat = 3;
    selection.names = LIST("vote", "action");
    plan = build(*state, &selection);
    assert_int_equal(tck_plan_count(plan), 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(tck_plan_item(plan, i)->scenario->id, i % 2 == 0 ? VOTES : CALL);
        assert_int_equal(tck_plan_item(plan, i)->repetition, i / 2 + 1);
    }
}

static void more_runs_than_make_sense_are_refused(void **state)
{
    struct tck_selection selection = TCK_SELECTION_ALL;

    selection.repeat = 4000000000;
    assert_refused(*state, &selection, "5 scenarios 4000000000 times are more than 10000000 runs");
}

static void append_order(const struct tck_plan *plan, struct tck_buffer *out)
{
    for (size_t i = 0; i < tck_plan_count(plan); i++)
        tck_buffer_printf(out, "%s ", strrchr(tck_plan_item(plan, i)->scenario->id, '-') + 1);
}

/* The order itself is pinned: a seed from a report of last year must give last year's order. */
static void shuffle_of_a_seed_is_the_same_for_ever(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer order = TCK_BUFFER_INIT(4096);
    struct tck_selection selection = TCK_SELECTION_ALL;
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;

    selection.shuffle = true;
    selection.seed = 42;
    selection.repeat = 2;
    plan = build(*state, &selection);
    append_order(plan, &order);
    assert_string_equal(tck_buffer_string(&order), "on[once] on[twice] first answered up "
                                                   "up answered on[once] on[twice] first ");
}

static void shuffle_keeps_each_scenario_once_a_round_and_reaches_each_place(void **state)
{
    bool seen[5][5] = { { false } };

    for (uint64_t seed = 0; seed < 200; seed++) {
        struct tck_selection selection = TCK_SELECTION_ALL;
        tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
        tck_cleanup(tck_plan_freep) struct tck_plan *plain = build(*state, &selection);
        unsigned found = 0;

        selection.shuffle = true;
        selection.seed = seed;
        plan = build(*state, &selection);
        assert_int_equal(tck_plan_count(plan), 5);
        for (size_t i = 0; i < 5; i++) {
            for (size_t k = 0; k < 5; k++) {
                if (tck_plan_item(plan, i)->scenario != tck_plan_item(plain, k)->scenario)
                    continue;
                found |= 1u << k;
                seen[k][i] = true;
            }
        }
        assert_int_equal(found, 0x1f);
    }
    for (size_t k = 0; k < 5; k++)
        for (size_t i = 0; i < 5; i++)
            assert_true(seen[k][i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(selection_of_nothing_in_particular_is_all_in_the_order_of_the_spec),
        TEST(name_hits_ids_whole_parts_of_them_and_names),
        TEST(half_of_a_part_hits_nothing),
        TEST(one_criterion_selects_by_its_list),
        TEST(criteria_narrow_each_other_and_skips_come_off),
        TEST(pattern_that_hits_nothing_is_refused_with_the_nearest),
        TEST(selection_that_selects_nothing_is_refused),
        TEST(repetitions_run_round_by_round),
        TEST(more_runs_than_make_sense_are_refused),
        TEST(shuffle_of_a_seed_is_the_same_for_ever),
        TEST(shuffle_keeps_each_scenario_once_a_round_and_reaches_each_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
