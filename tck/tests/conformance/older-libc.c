/* SPDX-License-Identifier: Apache-2.0
 *
 * What the suite's runner takes from a newer C and C++ library than the oldest system that this kit supports has. All
 * it uses of them is numbers in text, which the older names read as well, and the set-up of C++'s streams.
 */
#include <stdlib.h>

long __isoc23_strtol(const char *text, char **end, int base);
long long __isoc23_strtoll(const char *text, char **end, int base);
unsigned long __isoc23_strtoul(const char *text, char **end, int base);
unsigned long long __isoc23_strtoull(const char *text, char **end, int base);
void _ZSt21ios_base_library_init(void);
void _ZNSt8ios_base4InitC1Ev(void *init) __attribute__((weak));

long __isoc23_strtol(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}

long long __isoc23_strtoll(const char *text, char **end, int base)
{
    return strtoll(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}

unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
    return strtoull(text, end, base);
}

void _ZSt21ios_base_library_init(void)
{
    static char init[8];

    if (_ZNSt8ios_base4InitC1Ev)
        _ZNSt8ios_base4InitC1Ev(init);
}
