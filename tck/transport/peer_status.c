/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/peer_status.h"

#include <grpc/status.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

#define FROM_HTTP2 "Error received from peer"

/* How the texts begin that grpc core's HTTP/2 layer gives to streams that ended without a status. */
static const char *const local_texts[] = {
    "Socket closed", "recvmsg:", "Connection reset by peer", "Broken pipe", "Received RST_STREAM with error code ",
};

static bool begins_with(grpc_slice details, const char *text)
{
    size_t size = strlen(text);

    return GRPC_SLICE_LENGTH(details) >= size && memcmp(GRPC_SLICE_START_PTR(details), text, size) == 0;
}

bool tck_status_is_from_peer(int code, const char *account, grpc_slice details)
{
    if (code == GRPC_STATUS_OK)
        return true;
    if (!account || !strstr(account, FROM_HTTP2))
        return false;
    for (size_t i = 0; i < TCK_COUNT(local_texts); i++)
        if (begins_with(details, local_texts[i]))
            return false;
    return true;
}

/* The length without a UTF-8 character that the cut went through. */
static size_t whole_characters(const char *text, size_t size)
{
    size_t start = size;

    while (start > 0 && size - start < 4 && ((uint8_t)text[start] & 0xC0) == 0x80)
        start--;
    return start;
}

void tck_status_details(char *buf, size_t size, grpc_slice details)
{
    size_t length = GRPC_SLICE_LENGTH(details);
    const char *text = (const char *)GRPC_SLICE_START_PTR(details);

    if (length >= size)
        length = whole_characters(text, size - 1);
    for (size_t i = 0; i < length; i++)
        buf[i] = text[i] ? text[i] : ' ';
    buf[length] = '\0';
}
