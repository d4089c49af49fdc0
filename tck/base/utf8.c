/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t tck_utf8_next(const void *data, size_t size, uint32_t *ret_point)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *bytes = data;
    uint32_t point;
    size_t n;

    if (size == 0)
        return 0;
    if (bytes[0] < 0x80) {
        n = 1;
        point = bytes[0];
    } else if ((bytes[0] & 0xe0) == 0xc0) {
        n = 2;
        point = bytes[0] & 0x1f;
    } else if ((bytes[0] & 0xf0) == 0xe0) {
        n = 3;
        point = bytes[0] & 0x0f;
    } else if ((bytes[0] & 0xf8) == 0xf0) {
        n = 4;
        point = bytes[0] & 0x07;
    } else {
        return 0;
    }
    if (n > size)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (bytes[i] & 0x3f);
    }
    if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        return 0;
    if (ret_point)
        *ret_point = point;
    return n;
}

bool tck_utf8_valid(const void *data, size_t size, size_t *ret_offset)
{
    const unsigned char *bytes = data;

    for (size_t i = 0, n; i < size; i += n) {
        n = bytes[i] < 0x80 ? 1 : tck_utf8_next(bytes + i, size - i, NULL);
        if (n > 0)
            continue;
        if (ret_offset)
            *ret_offset = i;
        return false;
    }
    return true;
}

static bool may_be_shown(uint32_t point)
{
    if (point < 0x20)
        return point == '\n' || point == '\t';
    return !(point >= 0x7f && point < 0xa0) && point != 0xfffe && point != 0xffff;
}

void tck_utf8_append_shown(const char *text, size_t size, struct tck_buffer *out)
{
    size_t plain = 0; /* start of what can be copied as it is */
    uint32_t point = 0;

    for (size_t i = 0, n; i < size; i += n) {
        n = tck_utf8_next(text + i, size - i, &point);
        if (n > 0 && may_be_shown(point))
            continue;
        tck_buffer_append(out, text + plain, i - plain);
        if (n == 0) {
            tck_buffer_printf(out, "\\x%02X", (unsigned char)text[i]);
            n = 1;
        } else if (point > 0xff) {
            tck_buffer_printf(out, "\\u%04X", (unsigned)point);
        } else if (point != '\r') {
            tck_buffer_printf(out, "\\x%02X", (unsigned)point);
        }
        plain = i + n;
    }
    if (plain < size)
        tck_buffer_append(out, text + plain, size - plain);
}
