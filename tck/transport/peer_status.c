/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/peer_status.h"

#include <grpc/status.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"

#define FROM_HTTP2 "Error received from peer"
#define ANY_CODE   (-1)

/* The statuses that grpc core 1.51 itself gives to calls whose stream ended without one. They reach us by the same way
 * as the peer's. code, how the text begins, is that all of it? */
// clang-format off
static const struct {
    int code;
    const char *text;
    bool whole;
} local_statuses[] = {
    { GRPC_STATUS_CANCELLED,          "CANCELLED",                                   true },
    { GRPC_STATUS_UNIMPLEMENTED,      "Compression algorithm '",                      false },
    { GRPC_STATUS_UNKNOWN,            "Stream removed",                              true },
    { GRPC_STATUS_UNAVAILABLE,        "Socket closed",                               true },
    { GRPC_STATUS_UNAVAILABLE,        "recvmsg:",                                    false },
    { GRPC_STATUS_UNAVAILABLE,        "Broken pipe",                                 true },
    { GRPC_STATUS_UNAVAILABLE,        "Connection reset by peer",                    true },
    { GRPC_STATUS_UNAVAILABLE,        "Connection timed out",                        true },
    { GRPC_STATUS_UNAVAILABLE,        "GOAWAY received",                             true },
    { GRPC_STATUS_UNAVAILABLE,        "Endpoint read failed",                        true },
    { GRPC_STATUS_UNAVAILABLE,        "Failed parsing HTTP/2",                       true },
    { GRPC_STATUS_UNAVAILABLE,        "Trying to connect an http1.x server",         true },
    { GRPC_STATUS_UNAVAILABLE,        "Transport closed",                            true },
    { GRPC_STATUS_UNAVAILABLE,        "Delayed close due to in-progress write",      true },
    { GRPC_STATUS_UNAVAILABLE,        "Too many pings",                              true },
    { GRPC_STATUS_UNAVAILABLE,        "keepalive watchdog timeout",                  true },
    { GRPC_STATUS_RESOURCE_EXHAUSTED, "Buffers full",                                true },
    { GRPC_STATUS_RESOURCE_EXHAUSTED, "received initial metadata size exceeds limit",  false },
    { GRPC_STATUS_RESOURCE_EXHAUSTED, "received trailing metadata size exceeds limit", false },
    { GRPC_STATUS_INTERNAL,           "Bad GRPC frame type",                         false },
    { GRPC_STATUS_INTERNAL,           "Too many trailer frames",                     true },
    { GRPC_STATUS_INTERNAL,           "unsupported data flags",                      false },
    { ANY_CODE,                       "Received RST_STREAM with error code ",        false },
    { ANY_CODE,                       "Received http2 header with status: ",         false },
};
// clang-format on

static bool reads(grpc_slice details, const char *text, bool whole)
{
    size_t size = strlen(text), length = GRPC_SLICE_LENGTH(details);

    return (whole ? length == size : length >= size) && memcmp(GRPC_SLICE_START_PTR(details), text, size) == 0;
}

/* The account is "UNKNOWN:" and its sentence, and then fields in braces that may hold any text. */
static bool came_from_http2(const char *account)
{
    const char *found = account ? strstr(account, FROM_HTTP2) : NULL;

    return found && found - account <= (ptrdiff_t)strlen("UNAUTHENTICATED:");
}

bool tck_status_is_from_peer(int code, const char *account, grpc_slice details, struct tck_status_facts facts)
{
    if (code == GRPC_STATUS_OK)
        return true;
    if (!came_from_http2(account))
        return false;
    if ((facts.deadline_passed && reads(details, "Deadline Exceeded", true)) ||
        (facts.receive_failed && reads(details, "Received message larger than max", false)) ||
        (facts.sent_too_large && reads(details, "Sent message larger than max", false)))
        return false;
    for (size_t i = 0; i < TCK_COUNT(local_statuses); i++)
        if ((local_statuses[i].code == ANY_CODE || local_statuses[i].code == code) &&
            reads(details, local_statuses[i].text, local_statuses[i].whole))
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

void tck_status_tell(int code, const char *account, grpc_slice details, struct tck_status_facts facts,
                     struct tck_call_status *ret_status)
{
    ret_status->code = code;
    ret_status->from_peer = tck_status_is_from_peer(code, account, details, facts);
    tck_status_details(ret_status->message, sizeof ret_status->message, details);
    /* The server has the same deadline, and its RST_STREAM may come before grpc core's own timer strikes here. */
    if (facts.deadline_passed && !ret_status->from_peer && code == GRPC_STATUS_CANCELLED && !facts.cancelled)
        ret_status->code = GRPC_STATUS_DEADLINE_EXCEEDED;
}
