/* SPDX-License-Identifier: Apache-2.0
 *
 * base/base64.h — bytes as text and back.
 */
#ifndef TCK_BASE_BASE64_H
#define TCK_BASE_BASE64_H

#include "base/arena.h"
#include "base/buffer.h"

/* Appends the standard alphabet with padding. */
void tck_base64_encode(struct tck_bytes bytes, struct tck_buffer *out);
/* Either alphabet, padding optional. 0; 1: not base64 (nothing allocated); TCK_KIT: the arena is full. */
int tck_base64_decode(const char *text, size_t size, struct tck_arena *arena, struct tck_bytes *ret_bytes);

#endif
