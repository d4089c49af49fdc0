/* SPDX-License-Identifier: Apache-2.0
 *
 * base/utf8.h — is it UTF-8, and may it be shown?
 */
#ifndef TCK_BASE_UTF8_H
#define TCK_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Bytes (1 to 4) of the well-formed character at the start of data, its code point in *ret_point (may be NULL); 0 if
 * there is none: a stray or missing continuation byte, an overlong form, a surrogate, beyond U+10FFFF. */
size_t tck_utf8_next(const void *data, size_t size, uint32_t *ret_point);
/* Is all of it well-formed? If not, *ret_offset (may be NULL) is where the first byte is that is not. */
bool tck_utf8_valid(const void *data, size_t size, size_t *ret_offset);

/* Appends text so that any terminal, XML 1.0 or JSON document can hold it: control characters other than newline and
 * tab, DEL, the C1 controls and the noncharacters U+FFFE and U+FFFF become \xNN or \uNNNN, bytes that are not UTF-8
 * become \xNN; CR is dropped. */
void tck_utf8_append_shown(const char *text, size_t size, struct tck_buffer *out);

#endif
