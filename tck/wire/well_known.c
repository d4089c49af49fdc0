/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/well_known_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "wire/fields_internal.h"

#define PACKAGE          "google.protobuf."
#define DAY              86400
#define LAST_SECOND      INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */
#define FIRST_SECOND     (-INT64_C(62135596800)) /* 0001-01-01T00:00:00Z */
#define LONGEST_DURATION INT64_C(315576000000)   /* 10,000 years, as duration.proto has it */
#define NANOS_END        1000000000

/* --- which types --- */

#define MAX_FIELDS 6

struct shape {
    const char *name; /* after PACKAGE */
    enum tck_well_known kind;
    bool repeated;
    ProtobufCType types[MAX_FIELDS]; /* of fields 1, 2, … */
    unsigned count;
};

// clang-format off
#define ONE(name, kind, repeated, type) { name, kind, repeated, { PROTOBUF_C_TYPE_##type }, 1 }
#define TWO(name, kind, first, second) { name, kind, false, { PROTOBUF_C_TYPE_##first, PROTOBUF_C_TYPE_##second }, 2 }
static const struct shape shapes[] = {
    TWO("Any",         TCK_WK_ANY,        STRING, BYTES),
    TWO("Timestamp",   TCK_WK_TIMESTAMP,  INT64, INT32),
    TWO("Duration",    TCK_WK_DURATION,   INT64, INT32),
    ONE("FieldMask",   TCK_WK_FIELD_MASK, true, STRING),
    ONE("Struct",      TCK_WK_STRUCT,     true, MESSAGE),
    ONE("ListValue",   TCK_WK_LIST_VALUE, true, MESSAGE),
    { "Value",         TCK_WK_VALUE,      false,
      { PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_DOUBLE, PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BOOL,
        PROTOBUF_C_TYPE_MESSAGE, PROTOBUF_C_TYPE_MESSAGE }, 6 },
    ONE("DoubleValue", TCK_WK_WRAPPER,    false, DOUBLE),
    ONE("FloatValue",  TCK_WK_WRAPPER,    false, FLOAT),
    ONE("Int64Value",  TCK_WK_WRAPPER,    false, INT64),
    ONE("UInt64Value", TCK_WK_WRAPPER,    false, UINT64),
    ONE("Int32Value",  TCK_WK_WRAPPER,    false, INT32),
    ONE("UInt32Value", TCK_WK_WRAPPER,    false, UINT32),
    ONE("BoolValue",   TCK_WK_WRAPPER,    false, BOOL),
    ONE("StringValue", TCK_WK_WRAPPER,    false, STRING),
    ONE("BytesValue",  TCK_WK_WRAPPER,    false, BYTES),
};
// clang-format on

static bool is_struct_entry(const ProtobufCMessageDescriptor *entry)
{
    return tck_descriptor_is_map_entry(entry) && entry->n_fields == 2 &&
           entry->fields[0].type == PROTOBUF_C_TYPE_STRING && entry->fields[1].type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool has_shape(const ProtobufCMessageDescriptor *descriptor, const struct shape *shape)
{
    if (descriptor->n_fields != shape->count)
        return false;
    for (unsigned i = 0; i < shape->count; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

        if (field->id != i + 1 || field->type != shape->types[i] || tck_field_is_repeated(field) != shape->repeated ||
            tck_field_in_oneof(field) != (shape->kind == TCK_WK_VALUE))
            return false;
    }
    return shape->kind != TCK_WK_STRUCT || is_struct_entry(descriptor->fields[0].descriptor);
}

enum tck_well_known tck_well_known(const ProtobufCMessageDescriptor *descriptor)
{
    const char *name = descriptor->name;

    if (strncmp(name, PACKAGE, strlen(PACKAGE)) != 0)
        return TCK_NOT_WELL_KNOWN;
    for (size_t i = 0; i < TCK_COUNT(shapes); i++)
        if (strcmp(name + strlen(PACKAGE), shapes[i].name) == 0)
            return has_shape(descriptor, &shapes[i]) ? shapes[i].kind : TCK_NOT_WELL_KNOWN;
    return TCK_NOT_WELL_KNOWN;
}

bool tck_is_null_value(const ProtobufCEnumDescriptor *descriptor)
{
    return strcmp(descriptor->name, PACKAGE "NullValue") == 0;
}

const ProtobufCFieldDescriptor *tck_well_known_field(const ProtobufCMessageDescriptor *descriptor, uint32_t number)
{
    return &descriptor->fields[number - 1];
}

/* --- Any --- */

bool tck_any_parts(const ProtobufCMessage *any, const char **ret_type_url, struct tck_bytes *ret_value)
{
    const ProtobufCMessageDescriptor *descriptor = any->descriptor;

    if (tck_well_known(descriptor) != TCK_WK_ANY)
        return false;
    *ret_type_url = tck_value_string(tck_field_at(any, tck_well_known_field(descriptor, 1), 0));
    *ret_value = tck_value_bytes(tck_field_at(any, tck_well_known_field(descriptor, 2), 0));
    return true;
}

bool tck_any_fill(ProtobufCMessage *any, const char *type_url, struct tck_bytes take_value, struct tck_arena *arena)
{
    const ProtobufCMessageDescriptor *descriptor = any->descriptor;

    if (tck_well_known(descriptor) != TCK_WK_ANY)
        return false;
    if (*type_url) {
        char *copy = tck_arena_strdup(arena, type_url);
        char **url = copy ? tck_field_add(any, tck_well_known_field(descriptor, 1), arena) : NULL;

        if (!url)
            return false;
        *url = copy;
    }
    if (take_value.size) {
        ProtobufCBinaryData *value = tck_field_add(any, tck_well_known_field(descriptor, 2), arena);

        if (!value)
            return false;
        *value = (ProtobufCBinaryData){ .len = take_value.size, .data = (uint8_t *)take_value.data };
    }
    return true;
}

/* --- Timestamp and Duration --- */

void tck_time_read(const ProtobufCMessage *message, int64_t *ret_seconds, int32_t *ret_nanos)
{
    *ret_seconds = *(const int64_t *)tck_field_at(message, tck_well_known_field(message->descriptor, 1), 0);
    *ret_nanos = *(const int32_t *)tck_field_at(message, tck_well_known_field(message->descriptor, 2), 0);
}

bool tck_time_write(ProtobufCMessage *message, int64_t seconds, int32_t nanos, struct tck_arena *arena)
{
    int64_t *whole = seconds ? tck_field_add(message, tck_well_known_field(message->descriptor, 1), arena) : NULL;
    int32_t *fraction = nanos ? tck_field_add(message, tck_well_known_field(message->descriptor, 2), arena) : NULL;

    if (whole)
        *whole = seconds;
    if (fraction)
        *fraction = nanos;
    return (!seconds || whole) && (!nanos || fraction);
}

/* ".020" with the fewest of 3, 6 or 9 digits; nothing for 0. */
static int fraction_text(int32_t nanos, char *buf, size_t size)
{
    if (nanos == 0)
        return snprintf(buf, size, "%s", "");
    if (nanos % 1000000 == 0)
        return snprintf(buf, size, ".%03" PRId32, nanos / 1000000);
    if (nanos % 1000 == 0)
        return snprintf(buf, size, ".%06" PRId32, nanos / 1000);
    return snprintf(buf, size, ".%09" PRId32, nanos);
}

/* Reads ".digits" (1 to 9) if it is there. false: malformed. */
static bool fraction_parse(const char **text, int32_t *ret_nanos)
{
    int32_t nanos = 0;
    int digits = 0;

    *ret_nanos = 0;
    if (**text != '.')
        return true;
    for ((*text)++; isdigit((unsigned char)**text) && digits < 10; (*text)++, digits++)
        if (digits < 9)
            nanos = nanos * 10 + (**text - '0');
    if (digits == 0 || digits > 9)
        return false;
    for (; digits < 9; digits++)
        nanos *= 10;
    *ret_nanos = nanos;
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar, by years that begin in March and eras of 400 of them. */
static int64_t days_of_date(int64_t year, int month, int day)
{
    int64_t era, of_era, of_year;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    of_era = year - era * 400;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t era, of_era, years, of_year, month;

    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    of_era = days - era * 146097;
    years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * years + years / 4 - years / 100);
    month = (5 * of_year + 2) / 153;
    *ret_day = (int)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(years + era * 400 + (*ret_month <= 2));
}

bool tck_timestamp_text(int64_t seconds, int32_t nanos, char buf[40])
{
    int64_t days, of_day;
    int year, month, day, n;

    if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= NANOS_END)
        return false;
    days = seconds / DAY - (seconds % DAY < 0);
    of_day = seconds - days * DAY;
    date_of_days(days, &year, &month, &day);
    n = snprintf(buf, 40, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, (int)(of_day / 3600),
                 (int)(of_day / 60 % 60), (int)(of_day % 60));
    n += fraction_text(nanos, buf + n, 40 - (size_t)n);
    snprintf(buf + n, 40 - (size_t)n, "Z");
    return true;
}

/* Exactly `digits` digits and then `after` ('\0': nothing in particular). */
static bool read_digits(const char **text, int digits, char after, int *ret_number)
{
    int number = 0;

    for (; digits > 0; digits--, (*text)++) {
        if (!isdigit((unsigned char)**text))
            return false;
        number = number * 10 + (**text - '0');
    }
    *ret_number = number;
    return after == '\0' || *(*text)++ == after;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* "Z" or "+01:30" at the end; the seconds to subtract. */
static bool read_offset(const char *text, int *ret_seconds)
{
    int hours, minutes, sign = *text == '-' ? -1 : 1;

    *ret_seconds = 0;
    if (*text == 'Z')
        return text[1] == '\0';
    if (*text != '+' && *text != '-')
        return false;
    text++;
    if (!read_digits(&text, 2, ':', &hours) || !read_digits(&text, 2, '\0', &minutes) || *text || hours > 23 ||
        minutes > 59)
        return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool tck_timestamp_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos)
{
    int year, month, day, hour, minute, second, offset;
    int64_t seconds;
    int32_t nanos;

    if (!read_digits(&text, 4, '-', &year) || !read_digits(&text, 2, '-', &month) ||
        !read_digits(&text, 2, 'T', &day) || !read_digits(&text, 2, ':', &hour) ||
        !read_digits(&text, 2, ':', &minute) || !read_digits(&text, 2, '\0', &second) ||
        !fraction_parse(&text, &nanos) || !read_offset(text, &offset))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) || hour > 23 ||
        minute > 59 || second > 59)
        return false;
    seconds = days_of_date(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
        return false;
    *ret_seconds = seconds;
    *ret_nanos = nanos;
    return true;
}

bool tck_wire_duration_text(int64_t seconds, int32_t nanos, char buf[40])
{
    int n;

    if (seconds < -LONGEST_DURATION || seconds > LONGEST_DURATION || nanos <= -NANOS_END || nanos >= NANOS_END ||
        (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0))
        return false;
    n = snprintf(buf, 40, "%s%" PRId64, seconds < 0 || nanos < 0 ? "-" : "", seconds < 0 ? -seconds : seconds);
    n += fraction_text(nanos < 0 ? -nanos : nanos, buf + n, 40 - (size_t)n);
    snprintf(buf + n, 40 - (size_t)n, "s");
    return true;
}

bool tck_wire_duration_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos)
{
    bool negative = *text == '-';
    int64_t seconds = 0;
    int32_t nanos;

    text += negative;
    if (!isdigit((unsigned char)*text))
        return false;
    for (; isdigit((unsigned char)*text); text++) {
        seconds = seconds * 10 + (*text - '0');
        if (seconds > LONGEST_DURATION)
            return false;
    }
    if (!fraction_parse(&text, &nanos) || strcmp(text, "s") != 0)
        return false;
    *ret_seconds = negative ? -seconds : seconds;
    *ret_nanos = negative ? -nanos : nanos;
    return true;
}

/* --- FieldMask --- */

bool tck_field_mask_path_to_json(const char *path, struct tck_buffer *out)
{
    for (; *path; path++) {
        if (*path != '_' && !isupper((unsigned char)*path)) {
            tck_buffer_putc(out, *path);
            continue;
        }
        /* only a letter after '_' survives the way back, and capitals would come back as '_' and a letter */
        if (*path != '_' || !islower((unsigned char)path[1]))
            return false;
        path++;
        tck_buffer_putc(out, (char)toupper((unsigned char)*path));
    }
    return true;
}

bool tck_field_mask_path_from_json(const char *path, size_t size, struct tck_buffer *out)
{
    for (size_t i = 0; i < size; i++) {
        if (path[i] == '_')
            return false;
        if (isupper((unsigned char)path[i])) {
            tck_buffer_putc(out, '_');
            tck_buffer_putc(out, (char)tolower((unsigned char)path[i]));
        } else {
            tck_buffer_putc(out, path[i]);
        }
    }
    return true;
}
