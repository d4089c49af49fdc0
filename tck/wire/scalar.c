/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/scalar_internal.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Longer than any number that has a value of its own: 64-bit integers take 20 digits, doubles 17 and an exponent; zeros
 * beyond that are padding that nobody writes. */
#define LONGEST_NUMBER 127

/* --- whole numbers --- */

struct magnitude {
    bool negative;
    uint64_t value;
};

static bool digits_of_base(const char *text, size_t size, unsigned base, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned digit = c >= '0' && c <= '9'                     ? c - '0'
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10
                                                                  : 99;

        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret_value = value;
    return true;
}

/* Decimal digits with an optional fraction and exponent, as long as the whole is integral: "1.50e2" is 150. */
static bool scaled_decimal(const char *text, size_t size, uint64_t *ret_value)
{
    char digits[LONGEST_NUMBER + 1];
    size_t count = 0, i = 0;
    long exponent = 0, after_point = 0;
    bool point = false;

    for (; i < size && ((text[i] >= '0' && text[i] <= '9') || (text[i] == '.' && !point)); i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        digits[count++] = text[i];
        after_point += point;
    }
    if (count == 0)
        return false;
    if (i < size) {
        char *end;

        if ((text[i] | 0x20) != 'e' || i + 1 == size || strchr(" \t\n\v\f\r", text[i + 1]))
            return false;
        errno = 0;
        exponent = strtol(text + i + 1, &end, 10);
        if (errno || end != text + size || exponent > LONGEST_NUMBER || exponent < -LONGEST_NUMBER)
            return false;
    }
    exponent -= after_point;
    while (exponent < 0 && count > 1 && digits[count - 1] == '0') {
        count--;
        exponent++;
    }
    if (!digits_of_base(digits, count, 10, ret_value))
        return false;
    for (; exponent > 0 && *ret_value != 0; exponent--)
        if (__builtin_mul_overflow(*ret_value, 10, ret_value))
            return false;
    return exponent >= 0 || *ret_value == 0;
}

static bool whole_number(const char *text, size_t size, struct magnitude *ret_number)
{
    char copy[LONGEST_NUMBER + 1];
    const char *digits = copy;

    if (size == 0 || size > LONGEST_NUMBER || memchr(text, '\0', size))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    ret_number->negative = copy[0] == '-';
    if (copy[0] == '-' || copy[0] == '+') {
        digits++;
        size--;
    }
    if (size > 2 && digits == copy && copy[0] == '0' && (copy[1] == 'x' || copy[1] == 'o'))
        return digits_of_base(digits + 2, size - 2, copy[1] == 'x' ? 16 : 8, &ret_number->value);
    return scaled_decimal(digits, size, &ret_number->value);
}

bool tck_scalar_int(const char *text, size_t size, int64_t low, int64_t high, int64_t *ret_number)
{
    struct magnitude number;
    int64_t value;

    if (!whole_number(text, size, &number))
        return false;
    if (number.value > (uint64_t)INT64_MAX + number.negative)
        return false;
    value = number.negative ? (int64_t)(0 - number.value) : (int64_t)number.value;
    if (value < low || value > high)
        return false;
    *ret_number = value;
    return true;
}

bool tck_scalar_uint(const char *text, size_t size, uint64_t high, uint64_t *ret_number)
{
    struct magnitude number;

    if (!whole_number(text, size, &number) || number.value > high || (number.negative && number.value != 0))
        return false;
    *ret_number = number.value;
    return true;
}

/* --- floating point --- */

static bool special_double(const char *text, double *ret_number)
{
    static const struct {
        const char *text;
        double number;
    } specials[] = {
        { "NaN", NAN },         { "Infinity", INFINITY }, { "-Infinity", -INFINITY }, { ".nan", NAN },
        { ".NaN", NAN },        { ".NAN", NAN },          { ".inf", INFINITY },       { ".Inf", INFINITY },
        { ".INF", INFINITY },   { "+.inf", INFINITY },    { "-.inf", -INFINITY },     { "-.Inf", -INFINITY },
        { "-.INF", -INFINITY },
    };

    for (size_t i = 0; i < TCK_COUNT(specials); i++) {
        if (strcmp(specials[i].text, text) == 0) {
            *ret_number = specials[i].number;
            return true;
        }
    }
    return false;
}

/* Copies text to buf when it is made of a number's characters alone: strtod() also reads blanks, "inf" and hexadecimal.
 */
static bool number_text(const char *text, size_t size, char buf[LONGEST_NUMBER + 1])
{
    if (size == 0 || size > LONGEST_NUMBER || memchr(text, '\0', size))
        return false;
    memcpy(buf, text, size);
    buf[size] = '\0';
    return true;
}

static bool is_decimal_text(const char *text)
{
    return strspn(text, "+-.0123456789eE") == strlen(text);
}

bool tck_scalar_whole(ProtobufCType type, const char *text, size_t size, void *slot)
{
    uint64_t natural;
    int64_t whole;

    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        if (!tck_scalar_int(text, size, INT32_MIN, INT32_MAX, &whole))
            return false;
        *(int32_t *)slot = (int32_t)whole;
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return tck_scalar_int(text, size, INT64_MIN, INT64_MAX, slot);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        if (!tck_scalar_uint(text, size, UINT32_MAX, &natural))
            return false;
        *(uint32_t *)slot = (uint32_t)natural;
        return true;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return tck_scalar_uint(text, size, UINT64_MAX, slot);
    default:
        return false;
    }
}

bool tck_scalar_double(const char *text, size_t size, double *ret_number)
{
    char copy[LONGEST_NUMBER + 1], *end;
    double number;

    if (!number_text(text, size, copy))
        return false;
    if (special_double(copy, ret_number))
        return true;
    if (!is_decimal_text(copy))
        return false;
    number = strtod(copy, &end);
    if (*end != '\0' || end == copy || isinf(number))
        return false;
    *ret_number = number;
    return true;
}

bool tck_scalar_float(const char *text, size_t size, float *ret_number)
{
    char copy[LONGEST_NUMBER + 1], *end;
    double special;
    float number;

    if (!number_text(text, size, copy))
        return false;
    if (special_double(copy, &special)) {
        *ret_number = (float)special;
        return true;
    }
    if (!is_decimal_text(copy))
        return false;
    number = strtof(copy, &end); /* not by way of double: that would round twice */
    if (*end != '\0' || end == copy || isinf(number))
        return false;
    *ret_number = number;
    return true;
}

static const char *special_text(double number)
{
    if (isnan(number))
        return "nan";
    if (isinf(number))
        return number < 0 ? "-inf" : "inf";
    return NULL;
}

const char *tck_scalar_double_text(double number, char buf[32])
{
    const char *special = special_text(number);

    if (special)
        return strcpy(buf, special);
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(buf, 32, "%.*g", digits, number);
        if (strtod(buf, NULL) == number)
            break;
    }
    return buf;
}

const char *tck_scalar_float_text(float number, char buf[32])
{
    const char *special = special_text((double)number);

    if (special)
        return strcpy(buf, special);
    for (int digits = FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
        snprintf(buf, 32, "%.*g", digits, (double)number);
        if (strtof(buf, NULL) == number)
            break;
    }
    return buf;
}

/* --- bytes --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int tck_hex_decode(const char *text, size_t size, struct tck_arena *arena, struct tck_bytes *ret_bytes)
{
    uint8_t *bytes = tck_arena_alloc(arena, size / 2 + 1);
    size_t filled = 0;

    if (!bytes)
        return TCK_KIT;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ' ' || text[i] == '\n')
            continue;
        if (i + 1 == size || hex_digit(text[i]) < 0 || hex_digit(text[i + 1]) < 0)
            return 1;
        bytes[filled++] = (uint8_t)(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
        i++;
    }
    *ret_bytes = tck_bytes(bytes, filled);
    return 0;
}
