/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/outbox.h"

#include <grpc/grpc.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

static bool grow(struct tck_outbox *outbox)
{
    size_t capacity = outbox->capacity * 2;
    grpc_byte_buffer **items;

    if (capacity == 0) {
        outbox->items = outbox->few;
        outbox->capacity = TCK_COUNT(outbox->few);
        return true;
    }
    items = calloc(capacity, sizeof(*items));
    if (!items)
        return false;
    for (size_t i = 0; i < outbox->count; i++)
        items[i] = outbox->items[(outbox->head + i) % outbox->capacity];
    if (outbox->items != outbox->few)
        free(outbox->items);
    outbox->items = items;
    outbox->head = 0;
    outbox->capacity = capacity;
    return true;
}

int tck_outbox_push(struct tck_outbox *outbox, grpc_byte_buffer *take_item)
{
    if (outbox->count == outbox->capacity && !grow(outbox))
        return TCK_KIT;
    outbox->items[(outbox->head + outbox->count++) % outbox->capacity] = take_item;
    if (outbox->count == TCK_OUTBOX_FULL)
        outbox->was_full = true;
    return 0;
}

bool tck_outbox_drop_first(struct tck_outbox *outbox)
{
    bool recovered;

    grpc_byte_buffer_destroy(outbox->items[outbox->head]);
    outbox->head = (outbox->head + 1) % outbox->capacity;
    outbox->count--;
    recovered = outbox->was_full && outbox->count <= TCK_OUTBOX_FULL / 2;
    if (recovered)
        outbox->was_full = false;
    return recovered;
}

void tck_outbox_done(struct tck_outbox *outbox)
{
    while (outbox->count)
        tck_outbox_drop_first(outbox);
    if (outbox->items != outbox->few)
        free(outbox->items);
    *outbox = (struct tck_outbox){ 0 };
}
