/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of the client's side: calls of all four shapes, HTTP requests, reflection, and many clients at once.
 */
#include <stdlib.h>
#include <string.h>

#include <grpc/reflection/v1alpha/reflection.pb-c.h>

#include "base/suggest.h"
#include "engine/compile_internal.h"
#include "spec/language.h"

#define DEFAULT_CALL "client"

static const struct tck_tree *beside(struct tck_compiler *c, const struct tck_step *step, const char *key)
{
    return tck_known(c, tck_tree_get(step->tree, key));
}

/* --- which method --- */

static const char *method_name_at(const void *service, size_t i)
{
    return ((const struct tck_service *)service)->methods[i].name;
}

static void no_method(struct tck_compiler *c, struct tck_place place, const char *service_name, const char *name)
{
    const struct tck_service *service = tck_pool_find_service(c->pool, service_name);
    const char *nearest;

    if (!service) {
        tck_mistake(c, place, "no service '%s' is known", service_name);
        return;
    }
    nearest = tck_suggest(name, service->method_count, method_name_at, service);
    if (nearest)
        tck_mistake(c, place, "%s has no method '%s'; did you mean '%s'?", service_name, name, nearest);
    else
        tck_mistake(c, place, "%s has no method '%s'", service_name, name);
}

const struct tck_method *tck_find_called(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *service = beside(c, step, "service"), *name = beside(c, step, "method");
    const char *service_name = service ? tck_known_text(c, service, "the service of a call") : c->service, *text;
    const struct tck_method *method;

    if (!name)
        name = tck_default(c, "method");
    if (!name)
        name = tck_default(c, "command");
    if (!name || !service_name) {
        tck_mistake(c, step->place,
                    name ? "no service is named: add 'services' to the suite, or 'service' to the step"
                         : "no method is named: add 'method' to the step, or to the defaults");
        return NULL;
    }
    text = tck_known_text(c, name, "the name of a method");
    if (!text)
        return NULL;
    method = tck_pool_find_method(c->pool, service_name, text);
    if (!method)
        no_method(c, name->place, service_name, text);
    return method;
}

/* --- which call --- */

static struct tck_caller *find_caller(struct tck_compiler *c, const char *name)
{
    for (struct tck_caller *caller = c->callers; caller; caller = caller->next)
        if (strcmp(caller->name, name) == 0)
            return caller;
    return NULL;
}

static void name_call(struct tck_compiler *c, const char *name, const struct tck_method *method)
{
    struct tck_caller *caller = find_caller(c, name);

    if (!caller) {
        caller = TCK_NEW(c->arena, struct tck_caller);
        if (!caller) {
            tck_compiler_no_memory(c);
            return;
        }
        caller->name = name;
        caller->next = c->callers;
        c->callers = caller;
    }
    caller->method = method;
}

/* Names may hold variables; they are checked here, as the run resolves them. */
static const char *call_name(struct tck_compiler *c, const struct tck_tree *name)
{
    if (!name || name->kind != TCK_TREE_STRING)
        return DEFAULT_CALL;
    tck_check_variables(c, name);
    return name->text;
}

static struct tck_op *add_on_call(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                                  enum tck_op_kind kind, const struct tck_tree *name)
{
    const char *call = call_name(c, name);
    const struct tck_caller *caller = find_caller(c, call);
    struct tck_op *op;

    if (!caller)
        tck_mistake(c, name ? name->place : step->place, "no call '%s' was begun here", call);
    op = tck_ops_add(c, ops, kind, step);
    op->call = call;
    op->method = caller ? caller->method : NULL;
    return op;
}

static const struct tck_tree *payload(struct tck_compiler *c, const ProtobufCMessageDescriptor *type,
                                      const struct tck_tree *value)
{
    const struct tck_tree *tree = tck_known(c, value);

    return tck_checked_literal(c, type, tree->kind == TCK_TREE_NULL ? tck_new_map(c, tree->place) : tree);
}

/* --- what is heard --- */

static void add_hear(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                     const struct tck_tree *name, const struct tck_expected *expected, bool last)
{
    struct tck_op *op = add_on_call(c, step, ops, TCK_OP_HEAR, name);

    op->expected = tck_arena_memdup(c->arena, expected, sizeof *expected);
    op->expected_count = 1;
    op->last = last;
    if (!op->expected)
        tck_compiler_no_memory(c);
}

static struct tck_expected heard(struct tck_compiler *c, const struct tck_method *method, const struct tck_tree *value)
{
    const struct tck_tree *tree = tck_known(c, value);
    struct tck_expected expected = { .awaits = TCK_AWAITS_MESSAGE, .about = TCK_ABOUT_HEARD, .place = value->place };

    if (tree->kind == TCK_TREE_NULL)
        tree = tck_new_map(c, value->place);
    if (method)
        expected.pattern = tck_checked_pattern(c, method->output, tree);
    return expected;
}

/* A description, or {code, description}. Any status but OK where no code is said. */
static struct tck_expected failure_expected(struct tck_compiler *c, const struct tck_step *step,
                                            const struct tck_tree *value)
{
    const struct tck_tree *tree = tck_known(c, value), *code, *description;
    struct tck_tree *not_ok;

    if (tree->kind == TCK_TREE_MAP && !tck_pattern_is_matcher(tree)) {
        code = tck_tree_get(tree, "code");
        description = tck_tree_get(tree, "description");
    } else {
        code = NULL;
        description = tree;
    }
    if (!code) {
        not_ok = tck_new_map(c, value->place);
        tck_put(c, not_ok, "$not", tck_new_string(c, "OK", value->place));
        code = not_ok;
    }
    return tck_end_expected(c, step, code, description);
}

static void needs_one_reply(struct tck_compiler *c, const struct tck_method *method, const struct tck_tree *key)
{
    if (method && method->server_streaming)
        tck_mistake(c, key->key_place, "'%s' is for methods with one reply, and %s streams; use 'hears'", key->key,
                    method->name);
}

static const struct tck_method *method_of(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_caller *caller = find_caller(c, call_name(c, beside(c, step, "of")));

    return caller ? caller->method : NULL;
}

static void compile_returned(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_method *method = method_of(c, step);
    struct tck_expected expected = heard(c, method, step->value);

    needs_one_reply(c, method, step->value);
    add_hear(c, step, ops, beside(c, step, "of"), &expected, true);
}

static void compile_hears(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_expected expected = heard(c, method_of(c, step), step->value);

    add_hear(c, step, ops, beside(c, step, "of"), &expected, false);
}

static void compile_failed(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_expected expected = failure_expected(c, step, step->value);

    add_hear(c, step, ops, beside(c, step, "of"), &expected, false);
}

static void compile_hung_up(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_expected expected = tck_closed_expected(c, step);

    add_hear(c, step, ops, beside(c, step, "of"), &expected, false);
}

static void compile_quiet(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_expected expected = tck_silence_expected(c, step);

    add_hear(c, step, ops, beside(c, step, "of"), &expected, false);
}

/* --- what is said --- */

/* What the call must do at once, if the step says it. */
static void compile_outcome(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                            const struct tck_method *method)
{
    const struct tck_tree *returns = tck_tree_get(step->tree, "returns"), *fails = tck_tree_get(step->tree, "fails");
    const struct tck_tree *outcome = returns ? returns : fails;
    struct tck_expected expected;

    if (!outcome)
        return;
    if (method && method->client_streaming) {
        tck_mistake(c, outcome->key_place, "the client of %s streams: '%s' comes after its 'end_saying'", method->name,
                    returns ? "returned" : "failed");
        return;
    }
    if (returns)
        needs_one_reply(c, method, returns);
    expected = returns ? heard(c, method, returns) : failure_expected(c, step, fails);
    add_hear(c, step, ops, beside(c, step, "as"), &expected, returns != NULL);
}

static void compile_call(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_method *method = tck_find_called(c, step);
    const struct tck_tree *metadata = beside(c, step, "metadata");
    const char *name = call_name(c, beside(c, step, "as"));
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_CALL, step);

    name_call(c, name, method);
    op->call = name;
    op->method = method;
    op->metadata = metadata;
    op->patience = tck_duration_of(beside(c, step, "deadline"));
    tck_check_variables(c, metadata);
    if (tck_pattern_is_matcher(metadata))
        tck_mistake(c, metadata->place, "'%s' matches what arrives; it cannot be sent", metadata->first->key);
    if (!method)
        return;
    if (!method->client_streaming)
        op->tree = payload(c, method->input, step->value);
    else if (step->value->kind != TCK_TREE_NULL)
        tck_mistake(c, step->value->place, "the client of %s streams: begin with 'call:' alone, then 'say'",
                    method->name);
    compile_outcome(c, step, ops, method);
}

static void compile_say(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = add_on_call(c, step, ops, TCK_OP_SAY, beside(c, step, "to"));

    if (!op->method)
        return;
    if (op->method->client_streaming)
        op->tree = payload(c, op->method->input, step->value);
    else
        tck_mistake(c, step->value->key_place, "the client of %s says one message, and 'call' said it",
                    op->method->name);
}

static void compile_end_saying(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    add_on_call(c, step, ops, TCK_OP_END_SAYING, tck_known(c, step->value));
}

static void compile_leave(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    add_on_call(c, step, ops, TCK_OP_LEAVE, tck_known(c, step->value));
}

/* --- HTTP --- */

static const struct tck_tree *with_variables(struct tck_compiler *c, const struct tck_tree *tree)
{
    tck_check_variables(c, tree);
    return tree;
}

static const char *upper(struct tck_compiler *c, const char *word)
{
    char *text = tck_arena_strdup(c->arena, word);

    if (!text) {
        tck_compiler_no_memory(c);
        return "";
    }
    for (char *letter = text; *letter; letter++)
        *letter = (char)(*letter - 'a' + 'A'); /* the keys of the table are lower case */
    return text;
}

static void compile_http(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_http_step *http = TCK_NEW(c->arena, struct tck_http_step);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_HTTP, step);

    if (!http) {
        tck_compiler_no_memory(c);
        return;
    }
    http->verb = upper(c, step->value->first->key);
    http->path = with_variables(c, tck_known(c, step->value->first));
    http->body = with_variables(c, beside(c, step, "body"));
    http->text = with_variables(c, beside(c, step, "text"));
    http->content_type = with_variables(c, beside(c, step, "content_type"));
    http->headers = with_variables(c, beside(c, step, "headers"));
    http->status = with_variables(c, beside(c, step, "status"));
    http->answer = with_variables(c, beside(c, step, "answer"));
    http->answer_text = with_variables(c, beside(c, step, "answer_text"));
    http->answer_headers = with_variables(c, beside(c, step, "answer_headers"));
    if (!http->status)
        http->status = tck_tree_number(c->arena, 200, step->place);
    op->http = http;
}

/* --- reflection --- */

static const struct tck_tree *service_leaf(struct tck_compiler *c, const struct tck_tree *tree, const void *context)
{
    (void)context;
    return tck_wrapped(c, "name", tree);
}

static void add_reflect(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops, const char *field,
                        const char *value, const struct tck_tree *pattern)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_REFLECT, step);

    op->tree = tck_checked_literal(c, &grpc__reflection__v1alpha__server_reflection_request__descriptor,
                                   tck_wrapped(c, field, tck_new_string(c, value, step->place)));
    op->pattern = tck_checked_pattern(c, &grpc__reflection__v1alpha__server_reflection_response__descriptor, pattern);
}

static void compile_reflect(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *services = beside(c, step, "services"), *unknown = beside(c, step, "unknown_symbol");

    /* Whether a request is repeated in its answer is not the scenario's affair. */
    if (services)
        add_reflect(
            c, step, ops, "list_services", "*",
            tck_wrapped(c, "$partial",
                        tck_wrapped(c, "list_services_response",
                                    tck_wrapped(c, "service", tck_map_leaves(c, services, service_leaf, NULL)))));
    if (unknown)
        add_reflect(c, step, ops, "file_containing_symbol", "tck.no.such.Symbol",
                    tck_pattern_is_matcher(unknown) ? unknown : tck_wrapped(c, "$partial", unknown));
}

/* --- many clients --- */

static int64_t client_count(struct tck_compiler *c, const struct tck_tree *times)
{
    const char *text = tck_known_text(c, times, "the count of 'times'");
    char *end = NULL;
    long long count = text ? strtoll(text, &end, 10) : 1;

    if (text && (*end || end == text || count < 1 || count > TCK_PARALLEL_MAX)) {
        tck_mistake(c, times->place, "'parallel' takes 1 to %d clients, found '%s'", TCK_PARALLEL_MAX, text);
        return 1;
    }
    return count;
}

static void compile_parallel(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *times = tck_tree_get(step->value, "times"), *as = tck_tree_get(step->value, "as");
    struct tck_block *blocks = tck_arena_array(c->arena, step->branch_count, sizeof *blocks);
    struct tck_caller *before = c->callers, **last;
    const struct tck_bindings scope = c->scope;
    struct tck_op *op;

    if (!blocks) {
        tck_compiler_no_memory(c);
        return;
    }
    if (as)
        tck_declare(c, as->text, tck_tree_number(c->arena, 1, as->place), as->place);
    c->callers = NULL; /* a call belongs to one client at a time */
    for (size_t i = 0; i < step->branch_count; i++) {
        const struct tck_bindings common = c->scope;

        /* What one client binds is its own. */
        blocks[i] = tck_compile_steps(c, step->branches[i].steps, step->branches[i].step_count);
        c->scope = common;
    }
    for (last = &c->callers; *last; last = &(*last)->next)
        ;
    *last = before;
    c->scope = scope;
    op = tck_ops_add(c, ops, TCK_OP_PARALLEL, step);
    op->branches = blocks;
    op->branch_count = step->branch_count;
    op->times = times ? client_count(c, times) : 1;
    op->as = as ? as->text : NULL;
}

const tck_verb_compiler tck_client_compilers[TCK_VERB_COUNT] = {
    [TCK_VERB_CALL] = compile_call,
    [TCK_VERB_SAY] = compile_say,
    [TCK_VERB_END_SAYING] = compile_end_saying,
    [TCK_VERB_RETURNED] = compile_returned,
    [TCK_VERB_FAILED] = compile_failed,
    [TCK_VERB_HEARS] = compile_hears,
    [TCK_VERB_HUNG_UP] = compile_hung_up,
    [TCK_VERB_LEAVE] = compile_leave,
    [TCK_VERB_QUIET] = compile_quiet,
    [TCK_VERB_HTTP] = compile_http,
    [TCK_VERB_REFLECT] = compile_reflect,
    [TCK_VERB_PARALLEL] = compile_parallel,
};
