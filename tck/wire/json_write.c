/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "wire/fields_internal.h"
#include "wire/scalar_internal.h"
#include "wire/well_known_internal.h"

/* Memory that opening the Anys of one message may take. */
#define OPENING_MAX ((size_t)256 << 20)
/* A type url in an error is cut: the candidate chose its length. */
#define SHOWN_MAX 200

/* Where we are, for errors: a chain on the C stack. */
struct path {
    const struct path *up;
    const char *name; /* NULL: an index */
    size_t index;
};

struct writer {
    const struct tck_pool *pool;
    unsigned flags;
    struct tck_buffer *out;
    struct tck_arena *arena; /* for opened Anys; made when the first one comes */
    unsigned depth;          /* of messages */
    unsigned level;          /* of braces and brackets, for indenting */
    struct tck_error *err;
};

static int write_message(struct writer *writer, const struct path *path, const ProtobufCMessage *message);

static void put_path(const struct path *path, struct tck_buffer *out)
{
    if (!path)
        return;
    put_path(path->up, out);
    if (path->name)
        tck_buffer_printf(out, "%s%s", out->size ? "." : "", path->name);
    else
        tck_buffer_printf(out, "[%zu]", path->index);
}

static int __attribute__((format(printf, 3, 4)))
broken(struct writer *writer, const struct path *path, const char *fmt, ...)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4096);
    char why[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    put_path(path, &text);
    return tck_fail(writer->err, TCK_BROKEN, TCK_NOWHERE, "%s%s%s", tck_buffer_string(&text), text.size ? ": " : "",
                    why);
}

/* The layout: begin, item before each value, end. */
static void begin(struct writer *writer, char brace)
{
    tck_buffer_putc(writer->out, brace);
    writer->level++;
}

static void new_line(struct writer *writer)
{
    tck_buffer_putc(writer->out, '\n');
    for (unsigned i = 0; i < writer->level; i++)
        tck_buffer_puts(writer->out, "  ");
}

static void item(struct writer *writer, bool *first)
{
    if (!*first)
        tck_buffer_putc(writer->out, ',');
    *first = false;
    if (writer->flags & TCK_JSON_INDENT)
        new_line(writer);
}

static void end(struct writer *writer, char brace, bool empty)
{
    writer->level--;
    if (!empty && (writer->flags & TCK_JSON_INDENT))
        new_line(writer);
    tck_buffer_putc(writer->out, brace);
}

static int write_string(struct writer *writer, const struct path *path, const char *text, size_t size)
{
    static const char escapes[][2] = { { '"', '"' },  { '\\', '\\' }, { '\b', 'b' }, { '\f', 'f' },
                                       { '\n', 'n' }, { '\r', 'r' },  { '\t', 't' } };
    size_t plain = 0, e;

    if (!tck_utf8_valid(text, size, NULL))
        return broken(writer, path, "a string that is not UTF-8 has no JSON");
    tck_buffer_putc(writer->out, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        tck_buffer_append(writer->out, text + plain, i - plain);
        plain = i + 1;
        for (e = 0; e < TCK_COUNT(escapes) && escapes[e][0] != (char)c; e++)
            ;
        if (e < TCK_COUNT(escapes))
            tck_buffer_printf(writer->out, "\\%c", escapes[e][1]);
        else
            tck_buffer_printf(writer->out, "\\u%04x", c);
    }
    tck_buffer_append(writer->out, text + plain, size - plain);
    tck_buffer_putc(writer->out, '"');
    return 0;
}

static int write_key(struct writer *writer, const struct path *path, const char *text)
{
    int r = write_string(writer, path, text, strlen(text));

    tck_buffer_puts(writer->out, writer->flags & TCK_JSON_INDENT ? ": " : ":");
    return r;
}

/* How a value of each type is written. */
typedef int write_function(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                           const void *value);

static int write_int32(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const void *value)
{
    (void)path, (void)field;
    tck_buffer_printf(writer->out, "%d", *(const int32_t *)value);
    return 0;
}

static int write_uint32(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                        const void *value)
{
    (void)path, (void)field;
    tck_buffer_printf(writer->out, "%u", *(const uint32_t *)value);
    return 0;
}

/* 64 bits do not fit JavaScript's numbers, so they are strings. */
static int write_int64(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const void *value)
{
    (void)path, (void)field;
    tck_buffer_printf(writer->out, "\"%lld\"", (long long)*(const int64_t *)value);
    return 0;
}

static int write_uint64(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                        const void *value)
{
    (void)path, (void)field;
    tck_buffer_printf(writer->out, "\"%llu\"", (unsigned long long)*(const uint64_t *)value);
    return 0;
}

static void write_number(struct writer *writer, double number, const char *text)
{
    if (isnan(number))
        tck_buffer_puts(writer->out, "\"NaN\"");
    else if (isinf(number))
        tck_buffer_puts(writer->out, number > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    else
        tck_buffer_puts(writer->out, text);
}

static int write_float(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const void *value)
{
    float number = *(const float *)value;
    char text[32];

    (void)path, (void)field;
    write_number(writer, (double)number, tck_scalar_float_text(number, text));
    return 0;
}

static int write_double(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                        const void *value)
{
    double number = *(const double *)value;
    char text[32];

    (void)path, (void)field;
    write_number(writer, number, tck_scalar_double_text(number, text));
    return 0;
}

static int write_bool(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                      const void *value)
{
    (void)path, (void)field;
    tck_buffer_puts(writer->out, *(const protobuf_c_boolean *)value ? "true" : "false");
    return 0;
}

static int write_enum(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                      const void *value)
{
    const ProtobufCEnumDescriptor *descriptor = (const ProtobufCEnumDescriptor *)field->descriptor;
    const ProtobufCEnumValue *known = tck_enum_by_number(descriptor, *(const int32_t *)value);

    if (tck_is_null_value(descriptor)) {
        tck_buffer_puts(writer->out, "null");
        return 0;
    }
    if (known)
        return write_string(writer, path, known->name, strlen(known->name));
    return write_int32(writer, path, field, value);
}

static int write_text(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                      const void *value)
{
    const char *text = tck_value_string(value);

    (void)field;
    return write_string(writer, path, text, strlen(text));
}

static int write_bytes(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const void *value)
{
    (void)path, (void)field;
    tck_buffer_putc(writer->out, '"');
    tck_base64_encode(tck_value_bytes(value), writer->out);
    tck_buffer_putc(writer->out, '"');
    return 0;
}

static int write_submessage(struct writer *writer, const struct path *path, const ProtobufCFieldDescriptor *field,
                            const void *value)
{
    const ProtobufCMessage *message = tck_value_message(value);

    (void)field;
    if (message)
        return write_message(writer, path, message);
    tck_buffer_puts(writer->out, "{}");
    return 0;
}

static write_function *const write_value[] = {
    [PROTOBUF_C_TYPE_INT32] = write_int32,        [PROTOBUF_C_TYPE_SINT32] = write_int32,
    [PROTOBUF_C_TYPE_SFIXED32] = write_int32,     [PROTOBUF_C_TYPE_INT64] = write_int64,
    [PROTOBUF_C_TYPE_SINT64] = write_int64,       [PROTOBUF_C_TYPE_SFIXED64] = write_int64,
    [PROTOBUF_C_TYPE_UINT32] = write_uint32,      [PROTOBUF_C_TYPE_FIXED32] = write_uint32,
    [PROTOBUF_C_TYPE_UINT64] = write_uint64,      [PROTOBUF_C_TYPE_FIXED64] = write_uint64,
    [PROTOBUF_C_TYPE_FLOAT] = write_float,        [PROTOBUF_C_TYPE_DOUBLE] = write_double,
    [PROTOBUF_C_TYPE_BOOL] = write_bool,          [PROTOBUF_C_TYPE_ENUM] = write_enum,
    [PROTOBUF_C_TYPE_STRING] = write_text,        [PROTOBUF_C_TYPE_BYTES] = write_bytes,
    [PROTOBUF_C_TYPE_MESSAGE] = write_submessage,
};

static int write_list(struct writer *writer, const struct path *path, const ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field)
{
    bool first = true;

    begin(writer, '[');
    for (size_t i = 0, count = tck_field_count(message, field); i < count; i++) {
        struct path at = { .up = path, .index = i };
        int r;

        item(writer, &first);
        r = write_value[field->type](writer, &at, field, tck_field_at(message, field, i));
        if (r < 0)
            return r;
    }
    end(writer, ']', first);
    return 0;
}

/* An entry of a map on its way to JSON. */
struct entry {
    const ProtobufCMessage *message;
    const void *key;
    const ProtobufCFieldDescriptor *key_field;
    size_t index;
};

static const void *entry_part(const ProtobufCMessage *entry, const ProtobufCFieldDescriptor *field)
{
    return tck_field_count(entry, field) > 0 || field->type != PROTOBUF_C_TYPE_MESSAGE ? tck_field_at(entry, field, 0)
                                                                                       : NULL;
}

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order;

    if (x->key_field->type == PROTOBUF_C_TYPE_STRING)
        order = strcmp(tck_value_string(x->key), tck_value_string(y->key));
    else
        order = memcmp(x->key, y->key, tck_type_size(x->key_field->type));
    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* Of equal keys the last counts on the wire, and a JSON object can hold but one. Returns how many are left. */
static size_t drop_repeated(struct entry *entries, size_t count)
{
    size_t kept = 0;

    qsort(entries, count, sizeof *entries, by_key);
    for (size_t i = 0; i < count; i++) {
        struct entry same = entries[i];

        if (i + 1 < count) {
            same.index = entries[i + 1].index;
            if (by_key(&same, &entries[i + 1]) == 0)
                continue;
        }
        entries[kept++] = entries[i];
    }
    qsort(entries, kept, sizeof *entries, by_index);
    return kept;
}

static int write_entry(struct writer *writer, const struct path *path, const struct entry *entry)
{
    const ProtobufCFieldDescriptor *field = &entry->message->descriptor->fields[1];
    const void *value = entry_part(entry->message, field);
    bool quoted = entry->key_field->type == PROTOBUF_C_TYPE_STRING || tck_type_size(entry->key_field->type) == 8;
    struct path at = { .up = path, .index = entry->index };
    int r;

    if (!quoted)
        tck_buffer_putc(writer->out, '"');
    r = write_value[entry->key_field->type](writer, &at, entry->key_field, entry->key);
    if (r < 0)
        return r;
    if (!quoted)
        tck_buffer_putc(writer->out, '"');
    tck_buffer_puts(writer->out, writer->flags & TCK_JSON_INDENT ? ": " : ":");
    if (value)
        return write_value[field->type](writer, &at, field, value);
    tck_buffer_puts(writer->out, "{}");
    return 0;
}

static int write_map(struct writer *writer, const struct path *path, const ProtobufCMessage *message,
                     const ProtobufCFieldDescriptor *field)
{
    size_t count = tck_field_count(message, field);
    tck_cleanup(tck_freep) struct entry *entries = calloc(count + 1, sizeof *entries);
    bool first = true;
    int r;

    if (!entries)
        return tck_no_memory(writer->err);
    for (size_t i = 0; i < count; i++) {
        entries[i].message = tck_value_message(tck_field_at(message, field, i));
        entries[i].key_field = &entries[i].message->descriptor->fields[0];
        entries[i].key = entry_part(entries[i].message, entries[i].key_field);
        entries[i].index = i;
    }
    count = drop_repeated(entries, count);
    begin(writer, '{');
    for (size_t i = 0; i < count; i++) {
        item(writer, &first);
        r = write_entry(writer, path, &entries[i]);
        if (r < 0)
            return r;
    }
    end(writer, '}', first);
    return 0;
}

static int write_field(struct writer *writer, const struct path *path, const ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field)
{
    if (!tck_field_is_repeated(field))
        return write_value[field->type](writer, path, field, tck_field_at(message, field, 0));
    if (tck_pool_is_map(writer->pool, message->descriptor, field))
        return write_map(writer, path, message, field);
    return write_list(writer, path, message, field);
}

/* The fields alone, inside braces that are open. */
static int write_fields(struct writer *writer, const struct path *path, const ProtobufCMessage *message, bool *first)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    char buf[256];

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        struct path at = { .up = path, .name = field->name };
        const char *name = field->name;
        int r;

        if (tck_field_count(message, field) == 0 &&
            (tck_field_has_presence(field) || !(writer->flags & TCK_JSON_DEFAULTS)))
            continue;
        if (!(writer->flags & TCK_JSON_PROTO_NAMES))
            name = tck_pool_json_name(writer->pool, descriptor, field, buf);
        item(writer, first);
        r = write_key(writer, &at, name);
        if (r == 0)
            r = write_field(writer, &at, message, field);
        if (r < 0)
            return r;
    }
    return 0;
}

/* The special forms. */
typedef int write_well_known_function(struct writer *writer, const struct path *path, const ProtobufCMessage *message);

static int write_plain(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    bool first = true;
    int r;

    begin(writer, '{');
    r = write_fields(writer, path, message, &first);
    end(writer, '}', first);
    return r;
}

static int write_opened(struct writer *writer, const struct path *path, const char *url,
                        const ProtobufCMessage *content)
{
    bool first = true;
    int r;

    begin(writer, '{');
    item(writer, &first);
    r = write_key(writer, path, "@type");
    if (r == 0)
        r = write_string(writer, path, url, strlen(url));
    if (r < 0)
        return r;
    if (tck_well_known(content->descriptor) == TCK_NOT_WELL_KNOWN) {
        r = write_fields(writer, path, content, &first);
    } else {
        item(writer, &first);
        r = write_key(writer, path, "value");
        if (r == 0)
            r = write_message(writer, path, content);
    }
    end(writer, '}', first);
    return r;
}

static int write_any(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *content;
    struct tck_bytes bytes;
    const char *url;
    int r;

    tck_any_parts(message, &url, &bytes);
    if (*url == '\0' && bytes.size == 0) {
        tck_buffer_puts(writer->out, "{}");
        return 0;
    }
    if (!writer->arena) {
        r = tck_arena_new(OPENING_MAX, &writer->arena, writer->err);
        if (r < 0)
            return r;
    }
    r = tck_message_unpack_any(writer->pool, message, writer->arena, &content, &why);
    if (r == TCK_KIT) {
        tck_error_move(writer->err, &why);
        return r;
    }
    if (r < 0)
        return broken(writer, path, "the Any of '%.*s' has no JSON: %s", SHOWN_MAX, url, why.text);
    return write_opened(writer, path, url, content);
}

static int write_timestamp(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    int64_t seconds;
    int32_t nanos;
    char text[40];

    tck_time_read(message, &seconds, &nanos);
    if (!tck_timestamp_text(seconds, nanos, text))
        return broken(writer, path, "the Timestamp of %lld s and %d ns is outside the years 1 to 9999",
                      (long long)seconds, nanos);
    return write_string(writer, path, text, strlen(text));
}

static int write_duration(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    int64_t seconds;
    int32_t nanos;
    char text[40];

    tck_time_read(message, &seconds, &nanos);
    if (!tck_wire_duration_text(seconds, nanos, text))
        return broken(writer, path, "the Duration of %lld s and %d ns is out of range", (long long)seconds, nanos);
    return write_string(writer, path, text, strlen(text));
}

static int write_field_mask(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = tck_well_known_field(message->descriptor, 1);
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(SIZE_MAX);

    for (size_t i = 0, count = tck_field_count(message, field); i < count; i++) {
        const char *mask = tck_value_string(tck_field_at(message, field, i));

        tck_buffer_puts(&text, i ? "," : "");
        if (!tck_field_mask_path_to_json(mask, &text))
            return broken(writer, path, "the FieldMask path '%.*s' would not come back the same", SHOWN_MAX, mask);
    }
    if (text.failed)
        return tck_no_memory(writer->err);
    return write_string(writer, path, tck_buffer_string(&text), text.size);
}

static int write_struct(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    return write_map(writer, path, message, tck_well_known_field(message->descriptor, 1));
}

static int write_list_value(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    return write_list(writer, path, message, tck_well_known_field(message->descriptor, 1));
}

static int write_kind(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *kind =
        tck_oneof_member(message, tck_well_known_field(message->descriptor, TCK_VALUE_NULL));
    const void *value;

    if (!kind)
        return broken(writer, path, "a Value that is not even null has no JSON");
    value = tck_field_at(message, kind, 0);
    if (kind->type == PROTOBUF_C_TYPE_DOUBLE && !isfinite(*(const double *)value))
        return broken(writer, path, "a Value cannot be an infinity or NaN in JSON");
    return write_value[kind->type](writer, path, kind, value);
}

static int write_wrapper(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = tck_well_known_field(message->descriptor, 1);

    return write_value[field->type](writer, path, field, tck_field_at(message, field, 0));
}

static write_well_known_function *const write_form[] = {
    [TCK_NOT_WELL_KNOWN] = write_plain,
    [TCK_WK_ANY] = write_any,
    [TCK_WK_TIMESTAMP] = write_timestamp,
    [TCK_WK_DURATION] = write_duration,
    [TCK_WK_FIELD_MASK] = write_field_mask,
    [TCK_WK_STRUCT] = write_struct,
    [TCK_WK_VALUE] = write_kind,
    [TCK_WK_LIST_VALUE] = write_list_value,
    [TCK_WK_WRAPPER] = write_wrapper,
};

static int write_message(struct writer *writer, const struct path *path, const ProtobufCMessage *message)
{
    int r;

    /* Unpacking bounds one message's nesting, but an Any starts anew. */
    if (writer->depth >= 2 * TCK_MESSAGE_MAX_DEPTH)
        return broken(writer, path, "a message nests above %d levels", 2 * TCK_MESSAGE_MAX_DEPTH);
    writer->depth++;
    r = write_form[tck_well_known(message->descriptor)](writer, path, message);
    writer->depth--;
    return r;
}

int tck_message_to_json(const struct tck_pool *pool, const ProtobufCMessage *message, unsigned flags,
                        struct tck_buffer *out, struct tck_error *err)
{
    struct writer writer = { .pool = pool, .flags = flags, .out = out, .err = err };
    size_t before = out->size;
    int r;

    r = write_message(&writer, NULL, message);
    tck_arena_free(writer.arena);
    if (r == 0)
        r = tck_buffer_check(out, err);
    if (r < 0 && out->size > before) {
        out->size = before;
        out->data[before] = '\0';
    }
    return r;
}
