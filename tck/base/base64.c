/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void tck_base64_encode(struct tck_bytes bytes, struct tck_buffer *out)
{
    char *to = tck_buffer_extend(out, (bytes.size + 2) / 3 * 4);

    if (!to)
        return;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t bits = (uint32_t)bytes.data[i] << 16 | (left > 1 ? (uint32_t)bytes.data[i + 1] << 8 : 0) |
                        (left > 2 ? bytes.data[i + 2] : 0);

        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = left > 2 ? alphabet[bits & 63] : '=';
    }
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

int tck_base64_decode(const char *text, size_t size, struct tck_arena *arena, struct tck_bytes *ret_bytes)
{
    uint32_t group = 0;
    size_t padded = size, filled = 0;
    uint8_t *bytes;

    while (size > 0 && padded - size < 2 && text[size - 1] == '=')
        size--;
    if (size % 4 == 1 || (padded != size && padded % 4 != 0))
        return 1;
    for (size_t i = 0; i < size; i++)
        if (digit_value(text[i]) < 0)
            return 1;
    bytes = tck_arena_alloc(arena, size / 4 * 3 + 3);
    if (!bytes)
        return TCK_KIT;
    for (size_t i = 0; i < size; i++) {
        group = group << 6 | (uint32_t)digit_value(text[i]);
        if (i % 4 == 0)
            continue;
        bytes[filled++] = (uint8_t)(group >> (6 - 2 * (i % 4)));
    }
    *ret_bytes = tck_bytes(bytes, filled);
    return 0;
}
