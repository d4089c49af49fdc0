/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/outbox.h — messages of one call on their way out, oldest first: both sides' calls have one. The first may
 * be with grpc core already; it counts until that is done with it.
 */
#ifndef TCK_TRANSPORT_OUTBOX_H
#define TCK_TRANSPORT_OUTBOX_H

#include <grpc/byte_buffer.h>
#include <stdbool.h>
#include <stddef.h>

/* So many waiting messages hold back whoever makes them. */
#define TCK_OUTBOX_FULL 64

/* A ring; zeroed it is empty. It must not be moved. */
struct tck_outbox {
    grpc_byte_buffer **items; /* owned, unless few */
    size_t head, count, capacity;
    grpc_byte_buffer *few[4]; /* enough for most calls */
    bool was_full;            /* and was not down to half since */
};

/* Takes the item, if memory does not run out (TCK_KIT). */
int tck_outbox_push(struct tck_outbox *outbox, grpc_byte_buffer *take_item);
static inline grpc_byte_buffer *tck_outbox_first(const struct tck_outbox *outbox)
{
    return outbox->items[outbox->head];
}
/* True when an outbox that was full is down to half now. */
bool tck_outbox_drop_first(struct tck_outbox *outbox);
void tck_outbox_done(struct tck_outbox *outbox);

#endif
