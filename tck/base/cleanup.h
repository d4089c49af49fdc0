/* SPDX-License-Identifier: Apache-2.0
 *
 * base/cleanup.h — the project's one ownership idiom.
 *
 * A local that owns something names its destructor; handing the thing on is TCK_TAKE:
 *
 *     tck_cleanup(tck_plan_freep) struct tck_plan *plan = NULL;
 *     …
 *     *ret_plan = TCK_TAKE(plan);
 *
 * Verbs: x_new/x_free (one owner; free takes NULL and half-built objects), x_ref/x_unref (shared between threads),
 * x_init/x_done (a value inside another object or on the stack). `const struct x *` is borrowed for the call; a
 * parameter that the callee keeps is named take_….
 */
#ifndef TCK_BASE_CLEANUP_H
#define TCK_BASE_CLEANUP_H

#include <stdlib.h>

#define tck_cleanup(fn) __attribute__((cleanup(fn)))
#define TCK_TAKE(p)             \
    ({                          \
        __typeof__(p) t_ = (p); \
        (p) = NULL;             \
        t_;                     \
    })
#define TCK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Defines `name`p, the destructor of a local pointer, from `name`, which takes the pointer itself. */
#define TCK_DEFINE_FREEP(type, name)           \
    static inline void name##p(type **pointer) \
    {                                          \
        name(*pointer);                        \
        *pointer = NULL;                       \
    }

/* For locals from malloc. */
static inline void tck_freep(void *pointer)
{
    free(*(void **)pointer);
}

#endif
