/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"

#include <string.h>

#include "engine/builtin.h"
#include "engine/schedule_internal.h"
#include "transport/grpc.h"

#define DISCOVERY_DEADLINE TCK_SECONDS(10)
#define LAST_LINES         32

static const char *keep(struct tck_run *run, const char *text)
{
    const char *copy = text ? tck_arena_strdup(run->arena, text) : NULL;

    return copy ? copy : "";
}

static int new_run(const struct tck_plan *plan, const struct tck_candidate_config *config,
                   const struct tck_run_options *options, struct tck_run **ret_run, struct tck_error *err)
{
    struct tck_arena *arena = NULL;
    struct tck_run *run;
    int r = tck_arena_new(0, &arena, err);

    if (r < 0)
        return r;
    run = TCK_NEW(arena, struct tck_run);
    if (run)
        run->results = tck_arena_array(arena, tck_plan_count(plan), sizeof *run->results);
    if (!run || !run->results) {
        tck_arena_free(arena);
        return tck_no_memory(err);
    }
    run->arena = arena;
    run->kit_version = options->kit_version;
    run->command = options->command;
    run->specs = options->specs ? options->specs : "";
    run->seed = options->seed;
    run->shuffled = options->shuffled;
    run->strict = options->strict;
    run->upstream = options->upstream;
    run->jobs = tck_schedule_jobs(plan, options);
    run->planned = run->result_count = tck_plan_count(plan);
    run->candidate.name = keep(run, config->name);
    run->candidate.user_function_address = run->candidate.proxy_address = "";
    run->candidate.proxy_name = run->candidate.proxy_version = "";
    run->candidate.user_function_stands_in = config->user_function.stand_in;
    run->candidate.proxy_stands_in = config->proxy.stand_in;
    run->candidate.service_name = run->candidate.service_version = run->candidate.service_runtime = "";
    run->candidate.library_name = run->candidate.library_version = "";
    clock_gettime(CLOCK_REALTIME, &run->started_at);
    run->started = tck_now();
    *ret_run = run;
    return 0;
}

void tck_run_free(struct tck_run *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->result_count; i++)
        tck_result_free(run->results[i]);
    tck_arena_free(run->arena);
}

/* --- the sides --- */

/* Why a side did not come: the run's problem, with what the side printed. */
static void tell_problem(struct tck_schedule *schedule, enum tck_side side, const struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer output = TCK_BUFFER_INIT((size_t)1 << 20);
    const struct tck_candidate *candidate = schedule->combination.sides[side];
    char text[2048];

    schedule->run->problem = keep(schedule->run, tck_error_text(err, text, sizeof text));
    if (candidate && tck_candidate_output_since(candidate, 0, LAST_LINES, &output, NULL) == 0 && output.size)
        schedule->run->problem_output = keep(schedule->run, tck_buffer_string(&output));
}

static void note_user_function(struct tck_schedule *schedule)
{
    const Cloudstate__ServiceInfo *info = schedule->discovery->spec->service_info;
    struct tck_candidate_facts *facts = &schedule->run->candidate;

    if (!info)
        return;
    facts->service_name = keep(schedule->run, info->service_name);
    facts->service_version = keep(schedule->run, info->service_version);
    facts->service_runtime = keep(schedule->run, info->service_runtime);
    facts->library_name = keep(schedule->run, info->support_library_name);
    facts->library_version = keep(schedule->run, info->support_library_version);
    facts->protocol_major = info->protocol_major_version;
    facts->protocol_minor = info->protocol_minor_version;
}

/* Who the proxy says it is. One that says nothing, or nothing that can be read, has no name: discovery is judged by
 * scenarios. */
static int note_proxy(struct tck_schedule *schedule, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(SIZE_MAX / 2);
    ProtobufCMessage *message;
    const Cloudstate__ProxyInfo *info;
    int r = tck_tap_proxy_info(schedule->combination.tap, &bytes);

    if (r == 0)
        r = tck_message_unpack(&cloudstate__proxy_info__descriptor, tck_buffer_bytes(&bytes), schedule->run->arena,
                               &message, NULL);
    if (r < 0)
        return r == TCK_KIT ? tck_no_memory(err) : 0;
    info = (const Cloudstate__ProxyInfo *)message;
    schedule->run->candidate.proxy_name = keep(schedule->run, info->proxy_name);
    schedule->run->candidate.proxy_version = keep(schedule->run, info->proxy_version);
    return 0;
}

/* Where the side is, and where its output goes; known also of one that did not come. */
static void note_place(struct tck_schedule *schedule, enum tck_side side)
{
    const struct tck_candidate *candidate = schedule->combination.sides[side];
    struct tck_candidate_facts *facts = &schedule->run->candidate;
    const char *log_file;

    if (!candidate || !tck_candidate_address(candidate))
        return;
    log_file = tck_candidate_log_file(candidate);
    *(side == TCK_SIDE_PROXY ? &facts->proxy_address : &facts->user_function_address) =
        keep(schedule->run, tck_candidate_address(candidate));
    *(side == TCK_SIDE_PROXY ? &facts->proxy_output_file : &facts->output_file) =
        log_file ? keep(schedule->run, log_file) : NULL;
}

static int discover(struct tck_schedule *schedule, struct tck_error *err)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    const char *address = tck_candidate_address(schedule->combination.sides[TCK_SIDE_USER_FUNCTION]);
    int r = tck_channel_new(address, NULL, &channel, err);

    if (r == 0)
        r = tck_discover(channel, schedule->builtin, tck_after(DISCOVERY_DEADLINE), schedule->options->interrupted,
                         &schedule->discovery, err);
    if (r < 0)
        return r;
    note_user_function(schedule);
    /* Scenarios of discovery fail by it; all others run with the types that the kit knows itself. */
    if (schedule->discovery->flaw)
        schedule->run->problem = keep(schedule->run, schedule->discovery->flaw);
    return 0;
}

static int find_user_function(struct tck_schedule *schedule, struct tck_error *err)
{
    const struct tck_combination_options options = { .log_directory = schedule->options->log_directory,
                                                     .log_suffix = schedule->options->log_suffix,
                                                     .interrupted = schedule->options->interrupted };
    int r = tck_combination_open(&schedule->combination, schedule->config, &options, tck_schedule_needs_proxy(schedule),
                                 err);

    if (r == 0)
        r = tck_combination_start_user_function(&schedule->combination, err);
    note_place(schedule, TCK_SIDE_USER_FUNCTION);
    if (r < 0)
        return r;
    schedule->world.candidate = schedule->combination.sides[TCK_SIDE_USER_FUNCTION];
    return discover(schedule, err);
}

static bool is_interrupted(const struct tck_schedule *schedule)
{
    return schedule->options->interrupted && *schedule->options->interrupted;
}

/* Without its proxy a run goes on with the scenarios that need none. */
static int find_proxy(struct tck_schedule *schedule, struct tck_error *err)
{
    struct tck_combination *combination = &schedule->combination;
    tck_cleanup(tck_error_done) struct tck_error trouble = { 0 };
    char text[2048];
    int r;

    if (!tck_schedule_needs_proxy(schedule))
        return 0;
    r = tck_combination_start_proxy(combination, &trouble);
    note_place(schedule, TCK_SIDE_PROXY);
    if (r == TCK_KIT) {
        tck_error_move(err, &trouble);
        return r;
    }
    if (r < 0) {
        if (is_interrupted(schedule))
            return 0; /* the workers see it, and nothing will be run */
        tell_problem(schedule, TCK_SIDE_PROXY, &trouble);
        tck_schedule_give_up_proxy(schedule, tck_error_text(&trouble, text, sizeof text));
        return 0;
    }
    schedule->world.proxy = combination->sides[TCK_SIDE_PROXY];
    schedule->world.tap = combination->tap;
    schedule->world.proxy_address = tck_candidate_address(schedule->world.proxy);
    schedule->world.durable = schedule->config->proxy.durable;
    schedule->world.act = tck_combination_act;
    schedule->world.lifts = true;
    schedule->world.can_act = tck_combination_can_act;
    schedule->world.act_context = combination;
    return note_proxy(schedule, err);
}

/* --- the whole --- */

static int schedule_init(struct tck_schedule *schedule, const struct tck_plan *plan, const struct tck_spec *spec,
                         const struct tck_candidate_config *config, const struct tck_run_options *options,
                         struct tck_run *run, struct tck_error *err)
{
    int r;

    memset(schedule, 0, sizeof *schedule);
    schedule->plan = plan;
    schedule->options = options;
    schedule->config = config;
    schedule->run = run;
    schedule->results = (struct tck_result **)run->results;
    tck_fresh_ids_init(&schedule->ids);
    atomic_init(&schedule->in_flight, 0);
    tck_schedule_turns_init(&schedule->turns);
    pthread_mutex_init(&schedule->restart, NULL);
    pthread_mutex_init(&schedule->lock, NULL);
    pthread_cond_init(&schedule->paused.changed, NULL);
    schedule->world = (struct tck_world){ .spec = spec,
                                          .ids = &schedule->ids,
                                          .timeout = options->timeout,
                                          .strict = options->strict,
                                          .upstream = options->upstream,
                                          .transcripts = options->transcripts,
                                          .listener = options->listener,
                                          .interrupted = options->interrupted,
                                          .in_flight = &schedule->in_flight };
    r = tck_arena_new(0, &schedule->scripts, err);
    if (r == 0 && options->known)
        r = tck_audit_new(options->known, tck_known_today(), plan, &schedule->audit, err);
    return r < 0 ? r : tck_builtin_pool_new(&schedule->builtin, err);
}

static void schedule_done(struct tck_schedule *schedule)
{
    tck_combination_close(&schedule->combination);
    tck_audit_free(schedule->audit);
    tck_discovery_free(schedule->discovery);
    tck_pool_free(schedule->builtin);
    tck_arena_free(schedule->scripts);
    pthread_cond_destroy(&schedule->paused.changed);
    pthread_mutex_destroy(&schedule->lock);
    pthread_mutex_destroy(&schedule->restart);
    tck_schedule_turns_done(&schedule->turns);
}

static void tell_known(const struct tck_schedule *schedule)
{
    const struct tck_listener *listener = schedule->options->listener;
    const Cloudstate__EntitySpec *spec = schedule->discovery->spec;

    if (listener && listener->known)
        listener->known(listener->context, schedule->run, schedule->discovery->pool,
                        tck_bytes(spec->proto.data, spec->proto.len));
}

/* From the sides to the last verdict. A candidate that is not there is no error: the run says so. */
static int judge(struct tck_schedule *schedule, struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error trouble = { 0 };
    bool interrupted;
    int r;

    for (size_t i = 0; i < schedule->options->sink_count; i++) {
        struct tck_sink *sink = schedule->options->sinks[i];

        if (sink->methods->run_started)
            sink->methods->run_started(sink, schedule->run);
    }
    r = find_user_function(schedule, &trouble);
    if (r == 0) {
        r = tck_schedule_scope(schedule, err);
        if (r == 0)
            r = find_proxy(schedule, err);
        if (r == 0)
            tell_known(schedule);
        if (r == 0)
            r = tck_schedule_work(schedule, err);
        /* Whatever went wrong with the kit, nothing stays without a verdict. */
        tck_schedule_abandon(schedule, TCK_CAUSE_NOT_RUN, "not run: the kit failed", NULL);
        return r;
    }
    if (r == TCK_KIT) {
        tck_error_move(err, &trouble);
        return r;
    }
    interrupted = is_interrupted(schedule);
    if (!interrupted) {
        schedule->run->candidate_failed = true;
        tell_problem(schedule, TCK_SIDE_USER_FUNCTION, &trouble);
    }
    return tck_schedule_abandon(schedule, interrupted ? TCK_CAUSE_NOT_RUN : TCK_CAUSE_UNREACHABLE,
                                interrupted ? "not run: the run was interrupted" : schedule->run->problem, err);
}

/* What the listener lost, the kit failed at: the reports say so. */
static int conclude_listener(const struct tck_run_options *options, struct tck_run *run, struct tck_error *err)
{
    const struct tck_listener *listener = options->listener;
    int r = listener && listener->conclude ? listener->conclude(listener->context, err) : 0;

    if (r < 0)
        run->kit_failed = true;
    return r;
}

/* The verdicts stand without it; but who looks for something in the file must know. */
static void tell_lost_output(struct tck_schedule *schedule)
{
    for (int side = 0; side < TCK_SIDE_COUNT; side++) {
        struct tck_candidate *candidate = schedule->combination.sides[side];
        int lost = candidate ? tck_candidate_log_lost(candidate) : 0;

        if (lost && !schedule->run->problem)
            schedule->run->problem = tck_arena_printf(
                schedule->run->arena, "%s: does not hold all that %s printed: %s", tck_candidate_log_file(candidate),
                tck_combination_side_name(&schedule->combination, side), strerror(lost));
    }
}

/* Every sink is told, also when an earlier one failed; the first failure is the error. */
static int tell_ended(const struct tck_run_options *options, const struct tck_run *run, struct tck_error *err)
{
    int r = 0;

    for (size_t i = 0; i < options->sink_count; i++) {
        struct tck_sink *sink = options->sinks[i];
        tck_cleanup(tck_error_done) struct tck_error trouble = { 0 };

        if (sink->methods->run_ended && sink->methods->run_ended(sink, run, &trouble) < 0 && r == 0) {
            r = trouble.status;
            tck_error_move(err, &trouble);
        }
    }
    return r;
}

int tck_run_execute(const struct tck_plan *plan, const struct tck_spec *spec, const struct tck_candidate_config *config,
                    const struct tck_run_options *options, struct tck_run **ret_run, struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error unwritten = { 0 }, lost = { 0 };
    struct tck_schedule schedule;
    struct tck_run *run;
    int r, told;

    r = tck_grpc_init(err);
    if (r < 0)
        return r;
    r = new_run(plan, config, options, &run, err);
    if (r < 0) {
        tck_grpc_shutdown();
        return r;
    }
    *ret_run = run;
    r = schedule_init(&schedule, plan, spec, config, options, run, err);
    if (r == 0)
        r = tck_schedule_prepare(&schedule, err);
    /* A mistake in a scenario is found before anything is started; then there is nothing to report. */
    if (r == 0) {
        r = judge(&schedule, err);
        if (schedule.audit && tck_audit_end(schedule.audit, run, r < 0 ? NULL : err) < 0)
            r = TCK_KIT;
        if (r == TCK_KIT)
            run->kit_failed = true;
        tell_lost_output(&schedule);
        tck_combination_close(&schedule.combination); /* output files are complete before reports speak of them */
        run->interrupted = options->interrupted ? *options->interrupted : 0;
        run->duration = tck_now() - run->started;
        told = conclude_listener(options, run, &lost);
        if (told < 0 && r == 0) {
            r = told;
            tck_error_move(err, &lost);
        }
        told = tell_ended(options, run, &unwritten);
        if (told < 0 && r == 0) {
            r = told;
            tck_error_move(err, &unwritten);
        }
    }
    schedule_done(&schedule);
    tck_grpc_shutdown();
    return r;
}
