/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/text.h"

#include <string.h>

#include "base/utf8.h"
#include "wire/fields_internal.h"
#include "wire/scalar_internal.h"
#include "wire/text_internal.h"

/* A string or bytes value above this is cut: a difference or a transcript line shows what it is, not all of it. */
#define VALUE_MAX 256
/* Memory that opening the Anys of one message may take. */
#define OPENING_MAX ((size_t)64 << 20)

struct printer {
    const struct tck_pool *pool;
    struct tck_buffer *out;
    size_t end; /* out->size at which the whole is cut */
    unsigned depth;
    struct tck_arena *arena; /* for opened Anys; made when the first one comes */
    bool first;              /* nothing was printed since the last brace: no blank is due */
};

static bool full(const struct printer *printer)
{
    return printer->out->failed || printer->out->size > printer->end;
}

/* The length of the character at text if it may be shown as it is, or 0: broken, a control character, or one that turns
 * the direction of what follows. */
static size_t printable_sequence(const char *text, size_t size)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = { { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0x061c, 0x061c }, { 0x200b, 0x200f },
                   { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfffe, 0xffff } };
    uint32_t point;
    size_t length = tck_utf8_next(text, size, &point);

    for (size_t i = 0; length > 0 && i < TCK_COUNT(hidden); i++)
        if (point >= hidden[i].first && point <= hidden[i].last)
            return 0;
    return length;
}

static void quote_byte(unsigned char c, struct tck_buffer *out)
{
    static const char escapes[][2] = { { '"', '"' }, { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' }, { '\t', 't' } };

    for (size_t i = 0; i < TCK_COUNT(escapes); i++)
        if (c == (unsigned char)escapes[i][0]) {
            tck_buffer_putc(out, '\\');
            tck_buffer_putc(out, escapes[i][1]);
            return;
        }
    tck_buffer_printf(out, "\\%03o", c);
}

void tck_text_quote(const char *text, size_t size, size_t limit, struct tck_buffer *out)
{
    size_t at = 0, end = limit > 0 && size > limit ? limit : size;

    tck_buffer_putc(out, '"');
    while (at < end) {
        size_t plain = at, length;

        /* Runs go out in one piece; a sequence that the limit would split is left out whole. */
        while (plain < end && text[plain] != '"' && text[plain] != '\\' &&
               (length = printable_sequence(text + plain, size - plain)) > 0 && plain + length <= end)
            plain += length;
        tck_buffer_append(out, text + at, plain - at);
        at = plain;
        if (at >= end)
            break;
        length = printable_sequence(text + at, size - at);
        if (length > 1)
            break;
        quote_byte((unsigned char)text[at++], out);
    }
    tck_buffer_putc(out, '"');
    if (at < size)
        tck_buffer_printf(out, "… %zu bytes", size);
}

static void put_message(struct printer *printer, const ProtobufCMessage *message);

static void begin_entry(struct printer *printer)
{
    if (!printer->first)
        tck_buffer_putc(printer->out, ' ');
    printer->first = false;
}

static void put_braces(struct printer *printer, const ProtobufCMessage *message)
{
    size_t start;

    tck_buffer_putc(printer->out, '{');
    start = printer->out->size;
    printer->first = false;
    if (printer->depth >= TCK_MESSAGE_MAX_DEPTH) {
        tck_buffer_puts(printer->out, " …");
    } else if (message) {
        printer->depth++;
        put_message(printer, message);
        printer->depth--;
    }
    tck_buffer_puts(printer->out, printer->out->size > start ? " }" : "}");
}

/* How a value of each type is written. */
typedef void put_function(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value);

static void put_int32(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    tck_buffer_printf(printer->out, "%d", *(const int32_t *)value);
}

static void put_int64(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    tck_buffer_printf(printer->out, "%lld", (long long)*(const int64_t *)value);
}

static void put_uint32(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    tck_buffer_printf(printer->out, "%u", *(const uint32_t *)value);
}

static void put_uint64(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    tck_buffer_printf(printer->out, "%llu", (unsigned long long)*(const uint64_t *)value);
}

static void put_float(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    char text[32];

    (void)field;
    tck_buffer_puts(printer->out, tck_scalar_float_text(*(const float *)value, text));
}

static void put_double(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    char text[32];

    (void)field;
    tck_buffer_puts(printer->out, tck_scalar_double_text(*(const double *)value, text));
}

static void put_bool(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    tck_buffer_puts(printer->out, *(const protobuf_c_boolean *)value ? "true" : "false");
}

static void put_enum(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    const ProtobufCEnumDescriptor *descriptor = (const ProtobufCEnumDescriptor *)field->descriptor;
    const ProtobufCEnumValue *known = tck_enum_by_number(descriptor, *(const int32_t *)value);

    if (known)
        tck_buffer_puts(printer->out, known->name);
    else
        put_int32(printer, field, value);
}

static void put_string(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    const char *text = tck_value_string(value);

    (void)field;
    tck_text_quote(text, strlen(text), VALUE_MAX, printer->out);
}

static void put_bytes(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    struct tck_bytes bytes = tck_value_bytes(value);

    (void)field;
    tck_text_quote((const char *)bytes.data, bytes.size, VALUE_MAX, printer->out);
}

static void put_submessage(struct printer *printer, const ProtobufCFieldDescriptor *field, const void *value)
{
    (void)field;
    put_braces(printer, tck_value_message(value));
}

static put_function *const put_value[] = {
    [PROTOBUF_C_TYPE_INT32] = put_int32,        [PROTOBUF_C_TYPE_SINT32] = put_int32,
    [PROTOBUF_C_TYPE_SFIXED32] = put_int32,     [PROTOBUF_C_TYPE_INT64] = put_int64,
    [PROTOBUF_C_TYPE_SINT64] = put_int64,       [PROTOBUF_C_TYPE_SFIXED64] = put_int64,
    [PROTOBUF_C_TYPE_UINT32] = put_uint32,      [PROTOBUF_C_TYPE_FIXED32] = put_uint32,
    [PROTOBUF_C_TYPE_UINT64] = put_uint64,      [PROTOBUF_C_TYPE_FIXED64] = put_uint64,
    [PROTOBUF_C_TYPE_FLOAT] = put_float,        [PROTOBUF_C_TYPE_DOUBLE] = put_double,
    [PROTOBUF_C_TYPE_BOOL] = put_bool,          [PROTOBUF_C_TYPE_ENUM] = put_enum,
    [PROTOBUF_C_TYPE_STRING] = put_string,      [PROTOBUF_C_TYPE_BYTES] = put_bytes,
    [PROTOBUF_C_TYPE_MESSAGE] = put_submessage,
};

static void put_field(struct printer *printer, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    size_t count = tck_field_count(message, field);

    for (size_t i = 0; i < count && !full(printer); i++) {
        begin_entry(printer);
        tck_buffer_puts(printer->out, field->name);
        tck_buffer_puts(printer->out, field->type == PROTOBUF_C_TYPE_MESSAGE ? " " : ": ");
        put_value[field->type](printer, field, tck_field_at(message, field, i));
    }
}

/* data without the length before it: protobuf-c keeps the tag's value with its length prefix. */
static struct tck_bytes unknown_payload(const ProtobufCMessageUnknownField *field)
{
    size_t skip = 0;

    while (skip < field->len && (field->data[skip] & 0x80))
        skip++;
    return skip < field->len ? tck_bytes(field->data + skip + 1, field->len - skip - 1) : tck_bytes(NULL, 0);
}

static uint64_t unknown_number(const ProtobufCMessageUnknownField *field)
{
    uint64_t number = 0;

    if (field->wire_type == PROTOBUF_C_WIRE_TYPE_VARINT) {
        for (size_t i = 0; i < field->len && i < 10; i++)
            number |= (uint64_t)(field->data[i] & 0x7f) << (7 * i);
        return number;
    }
    for (size_t i = 0; i < field->len && i < 8; i++)
        number |= (uint64_t)field->data[i] << (8 * i);
    return number;
}

static void put_unknown(struct printer *printer, const ProtobufCMessageUnknownField *field)
{
    struct tck_bytes payload;

    begin_entry(printer);
    tck_buffer_printf(printer->out, "%u: ", field->tag);
    switch (field->wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        tck_buffer_printf(printer->out, "%llu", (unsigned long long)unknown_number(field));
        break;
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        tck_buffer_printf(printer->out, "0x%016llx", (unsigned long long)unknown_number(field));
        break;
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        tck_buffer_printf(printer->out, "0x%08llx", (unsigned long long)unknown_number(field));
        break;
    default:
        payload = unknown_payload(field);
        tck_text_quote((const char *)payload.data, payload.size, VALUE_MAX, printer->out);
    }
}

/* "[full.Name] { … }"; false if the Any cannot be opened, nothing was printed then. */
static bool put_opened_any(struct printer *printer, const ProtobufCMessage *any, const char *url)
{
    const char *name = tck_type_name(url);
    ProtobufCMessage *content;

    if (!printer->arena && tck_arena_new(OPENING_MAX, &printer->arena, NULL) < 0)
        return false;
    if (tck_message_unpack_any(printer->pool, any, printer->arena, &content, NULL) < 0)
        return false;

    begin_entry(printer);
    /* An alias is known by its url, not by the type that it is read as. */
    tck_buffer_putc(printer->out, '[');
    tck_buffer_puts(printer->out, strcmp(name, content->descriptor->name) == 0 ? name : url);
    tck_buffer_puts(printer->out, "] ");
    put_braces(printer, content);
    return true;
}

static void put_message(struct printer *printer, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    struct tck_bytes value;
    const char *url;

    if (!(printer->depth < TCK_MESSAGE_MAX_DEPTH && tck_any_parts(message, &url, &value) && *url != '\0' &&
          put_opened_any(printer, message, url)))
        for (unsigned i = 0; i < descriptor->n_fields && !full(printer); i++)
            put_field(printer, message, &descriptor->fields[i]);
    for (unsigned i = 0; i < message->n_unknown_fields && !full(printer); i++)
        put_unknown(printer, &message->unknown_fields[i]);
}

/* Cuts at a whole character at or below end, and says so. */
static void cut(struct tck_buffer *out, size_t end)
{
    while (end > 0 && ((unsigned char)out->data[end] & 0xc0) == 0x80)
        end--;
    out->size = end;
    out->data[end] = '\0';
    tck_buffer_puts(out, "…");
}

static void begin(struct printer *printer, const struct tck_pool *pool, size_t limit, struct tck_buffer *out)
{
    *printer = (struct printer){ .pool = pool, .out = out, .first = true };
    printer->end = limit > 0 && limit < SIZE_MAX - out->size ? out->size + limit : SIZE_MAX;
}

static void end(struct printer *printer)
{
    if (!printer->out->failed && printer->out->size > printer->end)
        cut(printer->out, printer->end);
    tck_arena_free(printer->arena);
}

void tck_message_to_text(const struct tck_pool *pool, const ProtobufCMessage *message, size_t limit,
                         struct tck_buffer *out)
{
    struct printer printer;

    begin(&printer, pool, limit, out);
    put_message(&printer, message);
    end(&printer);
}

void tck_text_value(const struct tck_pool *pool, const ProtobufCFieldDescriptor *field, const void *value, size_t limit,
                    struct tck_buffer *out)
{
    struct printer printer;

    begin(&printer, pool, limit, out);
    put_value[field->type](&printer, field, value);
    end(&printer);
}

void tck_text_unknown(const ProtobufCMessageUnknownField *field, struct tck_buffer *out)
{
    struct printer printer;

    begin(&printer, NULL, 0, out);
    put_unknown(&printer, field);
    end(&printer);
}
