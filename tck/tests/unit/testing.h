/* SPDX-License-Identifier: Apache-2.0
 *
 * What every cmocka test includes, in the order that cmocka wants it.
 */
#ifndef TCK_TESTS_TESTING_H
#define TCK_TESTS_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
