/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/trace_internal.h"

#define PART_MAX 200 /* of a file's name, which most systems let have 255 bytes */

/* FNV-1a: it tells things apart, and nobody gains by making two of them the same. */
static uint64_t hash_of(const void *data, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)data)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* A part that begins with a dot would be hidden, or lead out of the directory. */
static bool is_plain(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-_[]=,+~@ ", c) ||
           (c == '.' && !first);
}

static void put_part(const char *part, size_t size, struct tck_buffer *out)
{
    const size_t begin = out->size;

    for (size_t i = 0; i < size; i++)
        if (part[i] && is_plain(part[i], i == 0))
            tck_buffer_putc(out, part[i]);
        else
            tck_buffer_printf(out, "%%%02X", (unsigned char)part[i]);
    if (out->failed || out->size - begin <= PART_MAX)
        return;
    out->size = begin + PART_MAX;
    tck_buffer_printf(out, "%%%016" PRIx64, hash_of(part, size)); /* "%0…" would be a control character: none has it */
}

void tck_trace_path(const char *id, unsigned repetition, struct tck_buffer *out)
{
    for (;;) {
        const size_t size = strcspn(id, "/");

        if (size)
            put_part(id, size, out);
        else
            tck_buffer_puts(out, "%"); /* an empty part is one too */
        if (!id[size])
            break;
        tck_buffer_putc(out, '/');
        id += size + 1;
    }
    if (repetition > 1)
        tck_buffer_printf(out, "#%u", repetition); /* no part has a # of its own */
    tck_buffer_puts(out, ".jsonl");
}

const char *tck_trace_descriptors_name(struct tck_bytes descriptors, char buf[TCK_TRACE_DESCRIPTORS_SIZE])
{
    snprintf(buf, TCK_TRACE_DESCRIPTORS_SIZE, "descriptors-%016" PRIx64 ".binpb",
             hash_of(descriptors.data, descriptors.size));
    return buf;
}
