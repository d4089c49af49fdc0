/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/compile_internal.h — what the parts of the compiler share.
 *
 * Mistakes are collected, not returned: every function goes on with what it has, and a script that had any is thrown
 * away. Memory that runs out is remembered in the same way.
 */
#ifndef TCK_ENGINE_COMPILE_INTERNAL_H
#define TCK_ENGINE_COMPILE_INTERNAL_H

#include "engine/compile.h"
#include "engine/envelope.h"

/* What is known of a conversation before it runs: enough to say which types its payloads have. */
struct tck_lane {
    const char *on;
    const char *service; /* of the entity, from its init */
    enum tck_conversation conversation;
    bool opened;
    const struct tck_method *method;   /* of the action's call, or of the last command; NULL: not a known one */
    const struct tck_method *streamed; /* of the last command that was subscribed */
    const struct tck_method **owed;    /* of commands that no step expected the answer of yet; entries may be NULL */
    size_t owed_first, owed_count, owed_capacity;
    struct tck_claim *claim; /* of an action's call that was seen to open and has no payload yet, or NULL */
    struct tck_lane *next;
};

/* A step's `at`. */
struct tck_named_moment {
    const char *name;
    struct tck_named_moment *next;
};

/* A call of a client. */
struct tck_caller {
    const char *name;
    const struct tck_method *method;
    struct tck_caller *next;
};

struct tck_compiler {
    const struct tck_scenario *scenario;
    const struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_error_list *errors;
    const struct tck_envelope *envelope;
    const char *service; /* the default, or NULL */
    /* Values that are known now: columns of the row, items of `each`. */
    struct tck_bindings known;
    /* All variables in reach; those with a value (maybe a stand-in of the right kind) can be tried, NULL ones are
     * trusted. */
    struct tck_bindings scope;
    struct tck_lane *lanes;
    struct tck_caller *callers;
    struct tck_named_moment *moments;
    bool seen; /* it is a proxy that speaks, and the kit watches */
    bool ends_user_function;
    int64_t waits;       /* silences and delays so far */
    size_t number;       /* of the scenario's step that is compiled */
    int status;          /* the worst so far */
    struct tck_op spare; /* takes what there is no memory for */
};

struct tck_ops {
    struct tck_op *items;
    size_t count, capacity;
};

void tck_mistake(struct tck_compiler *c, struct tck_place place, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void tck_compiler_no_memory(struct tck_compiler *c);
/* A new operation at the end; valid until the next is added. */
struct tck_op *tck_ops_add(struct tck_compiler *c, struct tck_ops *ops, enum tck_op_kind kind,
                           const struct tck_step *step);
struct tck_block tck_compile_steps(struct tck_compiler *c, const struct tck_step *const *steps, size_t count);

/* --- trees (compile_trees.c) --- */

/* Builders that tolerate NULL values (nothing is put) and remember when memory runs out. */
struct tck_tree *tck_new_map(struct tck_compiler *c, struct tck_place place);
struct tck_tree *tck_new_list(struct tck_compiler *c, struct tck_place place);
const struct tck_tree *tck_new_string(struct tck_compiler *c, const char *text, struct tck_place place);
const struct tck_tree *tck_new_variable(struct tck_compiler *c, const char *name, struct tck_place place);
void tck_put(struct tck_compiler *c, struct tck_tree *parent, const char *key, const struct tck_tree *value);
/* A map of one entry. */
const struct tck_tree *tck_wrapped(struct tck_compiler *c, const char *key, const struct tck_tree *value);
bool tck_pattern_is_matcher(const struct tck_tree *tree);
bool tck_flag_is_true(const struct tck_tree *tree);
/* A duration that was checked already; 0 where there is none. */
int64_t tck_duration_of(const struct tck_tree *tree);

/* Applies leaf to every place of a pattern where one element of the list (or the value itself) stands, through lists
 * and matchers: {$unordered: [A, B]} gives {$unordered: [leaf(A), leaf(B)]}. */
typedef const struct tck_tree *tck_leaf(struct tck_compiler *c, const struct tck_tree *tree, const void *context);
const struct tck_tree *tck_map_leaves(struct tck_compiler *c, const struct tck_tree *tree, tck_leaf *leaf,
                                      const void *context);
/* The literal or pattern of an Any (or of a list of them) as written, with the type that is expected there. type NULL:
 * none is known, so it must be written; what says what the payload is, for the mistake. */
const struct tck_tree *tck_typed(struct tck_compiler *c, const struct tck_tree *tree, const char *type,
                                 const char *what);
bool tck_has_type(const struct tck_tree *tree);

/* --- variables (compile_variables.c) --- */

/* The tree with variables that are known now replaced, where they stand for a whole value. NULL for NULL. */
const struct tck_tree *tck_known(struct tck_compiler *c, const struct tck_tree *tree);
/* A scalar whose text is needed now; NULL (and a mistake) where it depends on the run. */
const char *tck_known_text(struct tck_compiler *c, const struct tck_tree *tree, const char *what);
/* Puts a name in scope; value NULL: taken on trust. Reserved names are mistakes. */
void tck_declare(struct tck_compiler *c, const char *name, const struct tck_tree *value, struct tck_place place);
void tck_declare_own(struct tck_compiler *c, const char *name, const struct tck_tree *value);
/* Declares what the pattern captures, then checks that every variable in it is in scope. */
void tck_check_variables(struct tck_compiler *c, const struct tck_tree *tree);
/* Are all variables of the tree ones whose value (or a stand-in of the right kind) is there? */
bool tck_can_be_tried(const struct tck_compiler *c, const struct tck_tree *tree);
/* Checks a whole literal or pattern: variables, fields, kinds. */
const struct tck_tree *tck_checked_literal(struct tck_compiler *c, const ProtobufCMessageDescriptor *type,
                                           const struct tck_tree *tree);
const struct tck_tree *tck_checked_pattern(struct tck_compiler *c, const ProtobufCMessageDescriptor *type,
                                           const struct tck_tree *tree);

/* --- methods and defaults (compile_methods.c) --- */

struct tck_lane *tck_lane_of(struct tck_compiler *c, const char *on);
/* A mistake if nothing was sent on the step's conversation before, so that nothing can be expected of it. */
void tck_check_open(struct tck_compiler *c, const struct tck_step *step);
/* Copies of all lanes, and back to them: the roads of an `either` start from the same state. */
struct tck_lane *tck_lanes_save(struct tck_compiler *c);
void tck_lanes_restore(struct tck_compiler *c, const struct tck_lane *saved);

const struct tck_tree *tck_default(struct tck_compiler *c, const char *key);
/* The type name under the defaults' key, or under `event`; NULL if neither is there. */
const char *tck_default_type(struct tck_compiler *c, const char *key);
/* The method that a step calls. name NULL: the default under default_key. payload: what is sent to it, for a method
 * that is not known on purpose must have a type of its own there (or be NULL). *ret_name is the name to send. */
const struct tck_method *tck_find_method(struct tck_compiler *c, const struct tck_step *step, const char *service,
                                         const struct tck_tree *name, const char *default_key,
                                         const struct tck_tree *payload, const char **ret_name);
void tck_lane_owes(struct tck_compiler *c, struct tck_lane *lane, const struct tck_method *method);
/* The method whose answer comes next. */
const struct tck_method *tck_lane_answers(struct tck_lane *lane, bool latest);

/* Where forwards and side effects go that do not say it: defaults.target. */
struct tck_target {
    const struct tck_tree *service, *command;
    const char *input; /* type name, or NULL */
};
/* A method that a client calls; name NULL: defaults.method, or else defaults.command. NULL: a mistake. */
const struct tck_method *tck_find_called(struct tck_compiler *c, const struct tck_step *step);
struct tck_target tck_target_of(struct tck_compiler *c, const struct tck_tree *service, const struct tck_tree *command,
                                struct tck_place place);

/* --- shorthands --- */

typedef void (*tck_verb_compiler)(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops);
/* By verb; NULL where the other table has it. */
extern const tck_verb_compiler tck_send_compilers[TCK_VERB_COUNT];
extern const tck_verb_compiler tck_expect_compilers[TCK_VERB_COUNT];
extern const tck_verb_compiler tck_plain_compilers[TCK_VERB_COUNT];
extern const tck_verb_compiler tck_client_compilers[TCK_VERB_COUNT];
extern const tck_verb_compiler tck_stage_compilers[TCK_VERB_COUNT];

/* A SEE for the next thing of the proxy; type NULL: pattern is not of a message. */
struct tck_op *tck_compile_see(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                               enum tck_opens opens, const struct tck_expected *expected);
struct tck_expected tck_end_expected(struct tck_compiler *c, const struct tck_step *step, const struct tck_tree *code,
                                     const struct tck_tree *message);
/* The status of `closed` and `hung_up`, and the length of a silence. */
struct tck_expected tck_closed_expected(struct tck_compiler *c, const struct tck_step *step);
struct tck_expected tck_silence_expected(struct tck_compiler *c, const struct tck_step *step);
/* A pattern of Metadata: a list is that of its entries. */
const struct tck_tree *tck_metadata_pattern(struct tck_compiler *c, const struct tck_tree *metadata);
/* {$any: } */
const struct tck_tree *tck_anything(struct tck_compiler *c, struct tck_place place);
/* The bytes of a literal of bytes: base64 or {hex: …}. */
struct tck_bytes tck_compile_bytes(struct tck_compiler *c, const struct tck_tree *tree);

/* Expectations beside a verb that sends: an EXPECT or EITHER. */
void tck_compile_answer(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops);

#endif
