/* SPDX-License-Identifier: Apache-2.0
 *
 * From what was found to what the result says: levels, rules, deaths of the candidate, and the texts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/discovery.h"
#include "engine/run_internal.h"
#include "wire/text.h"

#define SAID_MAX       400         /* of a message within a sentence */
#define STEP_TEXT_MAX  2000        /* a step that sends a megabyte is not for reading */
#define OUTPUT_LINES   40          /* of the candidate: a stack trace and what came before it */
#define DEATH_PATIENCE TCK_MS(200) /* a lost connection is seen before the process is found dead */
#define KNOCK          TCK_MS(500) /* how long an unreachable candidate may take to answer a call */

const char *tck_say(struct tck_scenario_run *run, const char *fmt, ...)
{
    va_list args;
    const char *text;

    va_start(args, fmt);
    text = tck_arena_vprintf(run->arena, fmt, args);
    va_end(args);
    return text ? text : "";
}

const char *tck_message_said(struct tck_scenario_run *run, const ProtobufCMessage *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(16 * SAID_MAX);

    tck_message_to_text(run->script->pool, message, SAID_MAX, &text);
    return tck_say(run, "%s", tck_buffer_string(&text));
}

const char *tck_status_said(struct tck_scenario_run *run, const struct tck_call_status *status)
{
    char code[16];

    return tck_say(run, "%s%s%s", tck_grpc_code_name(status->code, code), status->message[0] ? ": " : "",
                   status->message);
}

/* --- levels --- */

static bool fails(const struct tck_world *world, enum tck_level level)
{
    return tck_level_fails(level, world->strict, world->upstream);
}

static enum tck_level level_in_hand(const struct tck_scenario_run *run)
{
    return run->op && run->op->step->level >= 0 ? (enum tck_level)run->op->step->level : run->script->scenario->level;
}

static enum tck_level level_of_rule(const struct tck_scenario_run *run, const char *rule)
{
    const struct tck_requirement *requirement =
        run->world->spec ? tck_spec_find_requirement(run->world->spec, rule) : NULL;

    return requirement ? requirement->level : TCK_LEVEL_MUST;
}

static const char *rule_in_hand(const struct tck_scenario_run *run)
{
    const struct tck_strings *step = run->op ? &run->op->step->covers : NULL, *all = &run->script->scenario->covers;

    if (step && step->count)
        return step->items[0];
    return all->count ? all->items[0] : NULL;
}

/* --- remarks --- */

static int add_remark(struct tck_scenario_run *run, const struct tck_remark **remarks, size_t *count,
                      struct tck_remark remark)
{
    struct tck_arena *arena = run->result->arena;
    struct tck_remark *more = tck_arena_array(arena, *count + 1, sizeof *more);

    if (!more || (remark.rule && !(remark.rule = tck_arena_strdup(arena, remark.rule))) ||
        !(remark.text = tck_arena_strdup(arena, remark.text)))
        return TCK_KIT;
    if (*count)
        memcpy(more, *remarks, *count * sizeof *more);
    more[(*count)++] = remark;
    *remarks = more;
    return 0;
}

/* What does not fail: a deviation, or for `may` one more choice that the candidate made. */
static int note(struct tck_scenario_run *run, enum tck_level level, const char *rule, const char *text)
{
    struct tck_result *result = run->result;
    struct tck_remark remark = { .rule = rule, .text = text, .level = level };
    int r;

    pthread_mutex_lock(&run->shared->lock);
    if (level == TCK_LEVEL_MAY)
        r = add_remark(run, &result->choices, &result->choice_count, remark);
    else
        r = add_remark(run, &result->deviations, &result->deviation_count, remark);
    pthread_mutex_unlock(&run->shared->lock);
    return r;
}

int tck_note_choice(struct tck_scenario_run *run, const char *as)
{
    return note(run, TCK_LEVEL_MAY, NULL, as ? as : "");
}

/* --- verdicts --- */

static int copy_differences(struct tck_result *result, const struct tck_match *match)
{
    struct tck_result_difference *differences;
    size_t count = 0, i = 0;

    for (const struct tck_difference *difference = match->differences; difference; difference = difference->next)
        count++;
    differences = tck_arena_array(result->arena, count, sizeof *differences);
    if (!differences)
        return TCK_KIT;
    for (const struct tck_difference *difference = match->differences; difference; difference = difference->next, i++) {
        differences[i].path = tck_arena_strdup(result->arena, difference->path);
        differences[i].expected = tck_arena_strdup(result->arena, difference->expected);
        differences[i].actual = tck_arena_strdup(result->arena, difference->actual);
        if (!differences[i].path || !differences[i].expected || !differences[i].actual)
            return TCK_KIT;
    }
    result->differences = differences;
    result->difference_count = count;
    return 0;
}

static int fill(struct tck_scenario_run *run, enum tck_cause cause, const char *rule, const struct tck_match *match,
                const char *reason)
{
    struct tck_result *result = run->result;

    result->cause = cause;
    result->verdict = tck_cause_verdict(cause);
    result->reason = tck_arena_strdup(result->arena, reason);
    if (tck_is_watching(run) && result->verdict != TCK_VERDICT_SKIPPED)
        result->blame = run->blame == TCK_BLAME_NONE ? TCK_BLAME_UNKNOWN : run->blame;
    if (rule)
        result->rule = tck_arena_strdup(result->arena, rule);
    if (!result->reason || (rule && !result->rule) || (match && copy_differences(result, match) < 0))
        return TCK_KIT;
    return TCK_OVER;
}

/* Does the level of a step or scenario have a say in it? Nobody's level excuses a dead candidate or a mistake of ours.
 */
static bool has_level(enum tck_cause cause)
{
    return tck_cause_verdict(cause) == TCK_VERDICT_FAILED || cause == TCK_CAUSE_TIMEOUT;
}

/* What is wrong behind the proxy is the cause of what the client heard; that something is not seen there is none. */
static int overrule(struct tck_scenario_run *run, enum tck_cause cause, const char *rule, const struct tck_match *match,
                    const char *reason)
{
    if (tck_cause_verdict(cause) != TCK_VERDICT_FAILED) {
        run->inquiry->stuck = true;
        run->inquiry->waits = cause == TCK_CAUSE_TIMEOUT && run->blame == TCK_BLAME_PROXY;
        return TCK_OVER;
    }
    run->inquiry->overruled = true;
    run->result->rule = NULL;
    run->result->differences = NULL;
    run->result->difference_count = 0;
    return fill(run, cause, rule, match, reason);
}

/* For the inquiry, when the step is over: what is behind the proxy is not for a client's thread to look at. */
static void keep_suspect(struct tck_scenario_run *run)
{
    struct tck_shared *shared = run->shared;

    shared->suspect = *run->suspect;
    if (shared->suspect.arrival) {
        shared->arrival = *shared->suspect.arrival;
        shared->suspect.arrival = &shared->arrival;
    }
    shared->suspect.text.data = tck_arena_memdup(run->arena, shared->suspect.text.data, shared->suspect.text.size);
    shared->doubt = shared->suspect.text.data != NULL;
}

/* Of clients that find something at the same time, the first one is told. */
static int conclude(struct tck_scenario_run *run, enum tck_cause cause, const char *rule, const struct tck_match *match,
                    const char *reason)
{
    int r = TCK_OVER;

    if (run->inquiry)
        return overrule(run, cause, rule, match, reason);
    if (run->suspect || (cause == TCK_CAUSE_TIMEOUT && run->meddles))
        run->blame = TCK_BLAME_UNKNOWN; /* of what a client heard, until the inquiry */
    pthread_mutex_lock(&run->shared->lock);
    if (!run->shared->decided) {
        run->shared->decided = true;
        run->decider = true;
        r = fill(run, cause, rule, match, reason);
        if (run->suspect && has_level(cause))
            keep_suspect(run);
    }
    pthread_mutex_unlock(&run->shared->lock);
    return r;
}

bool tck_is_decided(struct tck_scenario_run *run)
{
    bool decided;

    pthread_mutex_lock(&run->shared->lock);
    decided = run->shared->decided;
    pthread_mutex_unlock(&run->shared->lock);
    return decided;
}

/* After these the conversation is as it would be had the step been kept. */
static bool can_go_on(enum tck_cause cause)
{
    return cause == TCK_CAUSE_DIFFERENCE || cause == TCK_CAUSE_CHECK;
}

int tck_find(struct tck_scenario_run *run, enum tck_cause cause, const char *rule, const struct tck_match *match,
             const char *fmt, ...)
{
    const enum tck_level level = level_in_hand(run);
    va_list args;
    const char *reason;

    va_start(args, fmt);
    reason = tck_arena_vprintf(run->arena, fmt, args);
    va_end(args);
    if (!reason)
        return TCK_KIT;
    if (!rule && has_level(cause))
        rule = rule_in_hand(run);
    if (!has_level(cause) || fails(run->world, level))
        return conclude(run, cause, rule, match, reason);
    if (note(run, level, rule, reason) < 0)
        return TCK_KIT;
    return run->op && run->op->step->level >= 0 && can_go_on(cause) ? 0 : TCK_OVER;
}

/* --- the judge --- */

/* What the kit's own side breaks, the scenario broke on purpose; where it watches, both sides are the candidate's. */
static const struct tck_breach *next_breach(const struct tck_talk *talk, size_t *at)
{
    const struct tck_judge *judge = tck_talk_judge(talk);

    for (size_t count = tck_judge_breach_count(judge); *at < count;) {
        const struct tck_breach *breach = tck_judge_breach(judge, (*at)++);

        if (talk->observer || breach->by == TCK_SIDE_USER_FUNCTION)
            return breach;
    }
    return NULL;
}

/* Where the proxy alone is judged, what stands behind it is not held against it. */
static bool counts(const struct tck_scenario_run *run, const struct tck_breach *breach)
{
    const bool judged = run->script->scenario->suite->role != TCK_ROLE_PROXY || breach->by == TCK_SIDE_PROXY;

    return judged && fails(run->world, level_of_rule(run, breach->rule));
}

const char *tck_new_breach_rule(struct tck_scenario_run *run, const struct tck_talk *talk)
{
    const struct tck_breach *breach;
    size_t at = talk->breaches;

    while ((breach = next_breach(talk, &at)))
        if (counts(run, breach))
            return breach->rule;
    return NULL;
}

bool tck_broke_rule(const struct tck_scenario_run *run, enum tck_side by)
{
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next) {
        const struct tck_breach *breach;
        size_t at = 0;

        while ((breach = next_breach(talk, &at)))
            if (breach->by == by && fails(run->world, level_of_rule(run, breach->rule)))
                return true;
    }
    return false;
}

int tck_find_breaches(struct tck_scenario_run *run, struct tck_talk *talk)
{
    const struct tck_breach *breach;

    while ((breach = next_breach(talk, &talk->breaches))) {
        const bool by_proxy = breach->by == TCK_SIDE_PROXY;
        const char *text = breach->text;

        if (talk->observer) {
            run->blame = by_proxy ? TCK_BLAME_PROXY : TCK_BLAME_USER_FUNCTION;
            text = tck_say(run, "%s of '%s': %s", by_proxy ? "the proxy" : "the user function", talk->on, breach->text);
        }
        if (counts(run, breach))
            return conclude(run, TCK_CAUSE_RULE, breach->rule, NULL, text);
        if (note(run, level_of_rule(run, breach->rule), breach->rule, text) < 0)
            return TCK_KIT;
    }
    return 0;
}

/* --- dead or alive --- */

/* The processes that a scenario can be spoilt by: alone, a user function is the candidate. */
static struct tck_candidate *side_of(const struct tck_scenario_run *run, enum tck_side side)
{
    if (side == TCK_SIDE_USER_FUNCTION)
        return run->world->candidate;
    return run->script->scenario->suite->role == TCK_ROLE_USER_FUNCTION ? NULL : run->world->proxy;
}

static const char *side_name(const struct tck_scenario_run *run, enum tck_side side)
{
    if (side == TCK_SIDE_PROXY)
        return "the proxy";
    return run->script->scenario->suite->role == TCK_ROLE_USER_FUNCTION ? "the candidate" : "the user function";
}

void tck_sides_note(struct tck_scenario_run *run)
{
    for (int side = 0; side < TCK_SIDE_COUNT; side++) {
        const struct tck_candidate *candidate = side_of(run, side);

        if (!candidate)
            continue;
        run->generation[side] = tck_candidate_generation(candidate);
        run->output_mark[side] = tck_candidate_output_mark(candidate);
    }
}

/* how: "the candidate exited with status 3". */
static int find_death(struct tck_scenario_run *run, const char *how, const char *sentence)
{
    unsigned others = run->world->in_flight ? atomic_load(run->world->in_flight) : 1;

    others -= others > 0; /* this one */
    if (others == 0)
        return tck_find(run, TCK_CAUSE_DIED, NULL, NULL, "%s (%s)", how, sentence);
    return tck_find(run, TCK_CAUSE_DIED, NULL, NULL,
                    "%s (%s); %u other scenario%s ran at that moment and may be the cause", how, sentence, others,
                    others == 1 ? "" : "s");
}

/* Does anything answer at the candidate's address, be it with an error? */
static bool is_reachable(struct tck_scenario_run *run)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    struct tck_call_status status;
    int r = tck_seat_call(run->channel, TCK_DISCOVER_METHOD, tck_bytes("", 0), tck_after(KNOCK),
                          run->world->interrupted, &response, &status, NULL);

    /* A stream that the peer resets is an answer too; only a connection that fails is none. */
    return r == 0 && (status.from_peer || status.code != tck_grpc_code_parse("UNAVAILABLE"));
}

/* Did a side die since the scenario began? how: "the candidate exited with status 3". */
static bool has_died(const struct tck_scenario_run *run, int64_t patience, char *how, size_t size)
{
    const int64_t until = tck_after(patience);

    for (int side = 0; side < TCK_SIDE_COUNT; side++) {
        struct tck_candidate *candidate = side_of(run, side);
        const int64_t left = until - tck_now();
        char end[128];

        if (!candidate)
            continue;
        /* Another scenario may have noticed first, and it is started again or was. */
        if (!tck_candidate_death(candidate, left > 0 ? left : 0, end, sizeof end)) {
            if (tck_candidate_generation(candidate) == run->generation[side])
                continue;
            snprintf(end, sizeof end, "died");
        }
        snprintf(how, size, "%s %s", side_name(run, side), end);
        return true;
    }
    return false;
}

int tck_find_gone(struct tck_scenario_run *run, enum tck_cause cause, const struct tck_call_status *status,
                  const struct tck_match *match, const char *sentence)
{
    const bool lost = status && !status->from_peer;
    /* A proxy says by an error that its user function is gone, and may do so before its end is seen here. */
    const bool told = status && status->code != 0 && tck_is_watching(run);
    bool reachable = true;
    char how[192];

    if (has_died(run, lost || told ? DEATH_PATIENCE : 0, how, sizeof how))
        return find_death(run, how, sentence);
    if (lost) {
        reachable = is_reachable(run);
        /* While it was being replaced, it was neither dead nor new. */
        if (has_died(run, 0, how, sizeof how))
            return find_death(run, how, sentence);
    }
    if (!reachable)
        return tck_find(run, TCK_CAUSE_UNREACHABLE, NULL, NULL, "%s cannot be reached: %s",
                        side_name(run, run->script->scenario->suite->role == TCK_ROLE_USER_FUNCTION
                                           ? TCK_SIDE_USER_FUNCTION
                                           : TCK_SIDE_PROXY),
                        sentence);
    return tck_find(run, cause, NULL, match, "%s", sentence);
}

/* --- the rest of the result --- */

#define ENTITIES_MAX 1000 /* that are named; a loop may make more */

int tck_result_name_entity(struct tck_scenario_run *run, const char *id, struct tck_error *err)
{
    struct tck_strings *entities = &run->result->entities;
    struct tck_arena *arena = run->result->arena;
    const char **items;
    int r = 0;

    pthread_mutex_lock(&run->shared->lock);
    if (entities->count < ENTITIES_MAX) {
        /* Room is made in powers of two, and what is left behind dies with the arena. */
        items = (entities->count & (entities->count - 1)) == 0
                    ? tck_arena_array(arena, entities->count ? 2 * entities->count : 1, sizeof *items)
                    : (const char **)entities->items;
        if (!items || !(id = tck_arena_strdup(arena, id))) {
            r = tck_no_memory(err);
        } else {
            if (entities->count && items != entities->items)
                memcpy(items, entities->items, entities->count * sizeof *items);
            items[entities->count++] = id;
            entities->items = items;
        }
    }
    pthread_mutex_unlock(&run->shared->lock);
    return r;
}

/* The lines in the order of time: what is watched is told later than it happened. */
static const struct tck_recorded **sorted_lines(struct tck_scenario_run *run, size_t count)
{
    const struct tck_recorded **lines = tck_arena_array(run->arena, count, sizeof(*lines));

    if (!lines)
        return NULL;
    for (size_t i = 0; i < count; i++)
        lines[i] = tck_recording_line(run->recording, i);
    for (size_t i = 1; i < count; i++) /* few lines, nearly in order, and equal ones keep theirs */
        for (size_t k = i; k > 0 && lines[k - 1]->at > lines[k]->at; k--) {
            const struct tck_recorded *later = lines[k - 1];

            lines[k - 1] = lines[k];
            lines[k] = later;
        }
    return lines;
}

static int copy_transcript(struct tck_scenario_run *run)
{
    struct tck_result *result = run->result;
    size_t count = tck_recording_count(run->recording);
    const struct tck_recorded **sorted = sorted_lines(run, count);
    struct tck_transcript_line *lines = tck_arena_array(result->arena, count, sizeof *lines);
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(8 * TCK_TRANSCRIPT_TEXT_MAX);

    if (!lines || !sorted)
        return TCK_KIT;
    for (size_t i = 0; i < count; i++) {
        const struct tck_recorded *line = sorted[i];

        tck_buffer_clear(&text);
        tck_recording_text(run->recording, line, TCK_TRANSCRIPT_TEXT_MAX, &text);
        lines[i].at = line->at - run->began;
        lines[i].conversation = tck_arena_strdup(result->arena, line->conversation);
        lines[i].arrow = tck_flow_arrow(line->flow);
        lines[i].text = tck_arena_strdup(result->arena, tck_buffer_string(&text));
        if (!lines[i].conversation || !lines[i].text)
            return TCK_KIT;
    }
    result->transcript = lines;
    result->transcript_count = count;
    result->transcript_dropped = tck_recording_dropped(run->recording);
    return 0;
}

static int copy_step(struct tck_scenario_run *run)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)16 << 20);
    struct tck_result *result = run->result;
    size_t size;

    if (!run->op)
        return 0;
    tck_tree_print(run->op->step->tree, &text);
    size = text.size;
    while (size > STEP_TEXT_MAX || (size > 0 && size < text.size && (text.data[size] & 0xc0) == 0x80))
        size = size > STEP_TEXT_MAX ? STEP_TEXT_MAX : size - 1; /* not within a character */
    result->step = run->op->number;
    result->step_place = run->op->step->place;
    result->step_text =
        tck_arena_printf(result->arena, "%.*s%s", (int)size, tck_buffer_string(&text), size < text.size ? "…" : "");
    return result->step_text ? 0 : TCK_KIT;
}

/* Of each side that printed something; with a heading where there may be two. */
static int copy_output(struct tck_scenario_run *run)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)2 << 20);

    for (int side = TCK_SIDE_COUNT - 1; side >= 0; side--) {
        tck_cleanup(tck_buffer_done) struct tck_buffer part = TCK_BUFFER_INIT((size_t)1 << 20);
        const struct tck_candidate *candidate = side_of(run, side);

        if (!candidate ||
            tck_candidate_output_since(candidate, run->output_mark[side], OUTPUT_LINES, &part, NULL) < 0 ||
            part.size == 0)
            continue;
        if (run->world->proxy && run->script->scenario->suite->role != TCK_ROLE_USER_FUNCTION)
            tck_buffer_printf(&text, "%s:\n", side_name(run, side));
        tck_buffer_append(&text, part.data, part.size);
    }
    if (text.size == 0)
        return 0;
    run->result->candidate_output = tck_arena_strdup(run->result->arena, tck_buffer_string(&text));
    return run->result->candidate_output ? 0 : TCK_KIT;
}

int tck_result_complete(struct tck_scenario_run *run)
{
    const bool passed = run->result->verdict == TCK_VERDICT_PASSED;

    if (!passed)
        tck_watch_look(run);
    if (!passed && (copy_step(run) < 0 || copy_output(run) < 0))
        return TCK_KIT;
    if (!passed || run->result->deviation_count || run->world->transcripts)
        return copy_transcript(run);
    return 0;
}
