/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/scalar_internal.h — numbers and bytes to text and back, by the proto3 JSON mapping, without loss. For this room
 * alone.
 */
#ifndef TCK_WIRE_SCALAR_INTERNAL_H
#define TCK_WIRE_SCALAR_INTERNAL_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"

/* Whole numbers: decimal, YAML's 0x… and 0o…, and what JSON writes with a fraction or an exponent if it is whole (1.0,
 * 1e3). false: not a whole number, or outside [low, high] / above high. Blanks are refused. */
bool tck_scalar_int(const char *text, size_t size, int64_t low, int64_t high, int64_t *ret_number);
bool tck_scalar_uint(const char *text, size_t size, uint64_t high, uint64_t *ret_number);
/* The same for a field of this type, whose slot is of it; false also for a type that is no whole number. */
bool tck_scalar_whole(ProtobufCType type, const char *text, size_t size, void *slot);
/* Decimal numbers, and NaN, Infinity, -Infinity, .nan, .inf, -.inf. false: not a number, or finite text that overflows.
 */
bool tck_scalar_double(const char *text, size_t size, double *ret_number);
bool tck_scalar_float(const char *text, size_t size, float *ret_number);

/* The shortest decimal text that reads back to the same number; "nan", "inf", "-inf" for those. Return buf. */
const char *tck_scalar_double_text(double number, char buf[32]);
const char *tck_scalar_float_text(float number, char buf[32]);

/* Pairs of hexadecimal digits, blanks between pairs allowed. Returns as tck_base64_decode. */
int tck_hex_decode(const char *text, size_t size, struct tck_arena *arena, struct tck_bytes *ret_bytes);

#endif
