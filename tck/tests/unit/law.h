/* SPDX-License-Identifier: Apache-2.0
 *
 * law.h — what must hold of any input, also where there is no test framework: tells it and aborts.
 */
#ifndef TCK_TESTS_LAW_H
#define TCK_TESTS_LAW_H

#include <stdio.h>
#include <stdlib.h>

#define LAW(holds)                                                              \
    do {                                                                        \
        if (!(holds)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                            \
        }                                                                       \
    } while (0)

#endif
