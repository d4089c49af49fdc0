/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tap keeps of discovery: the specification that the user function gave, and what the proxy reported.
 */
#include <stdlib.h>
#include <string.h>

#include <cloudstate/entity.pb-c.h>

#include "seat/tap_internal.h"

#define DISCOVER     "/cloudstate.EntityDiscovery/discover"
#define REPORT_ERROR "/cloudstate.EntityDiscovery/reportError"

void tck_discovery_init(struct tck_discovery *discovery)
{
    memset(discovery, 0, sizeof *discovery);
    pthread_mutex_init(&discovery->lock, NULL);
    tck_changed_init(&discovery->changed);
    discovery->spec = (struct tck_buffer)TCK_BUFFER_INIT(SIZE_MAX / 2); /* transport bounds both */
    discovery->proxy_info = (struct tck_buffer)TCK_BUFFER_INIT(SIZE_MAX / 2);
}

void tck_discovery_done(struct tck_discovery *discovery)
{
    for (size_t i = 0; i < TCK_REPORTS; i++)
        free(discovery->reports[i]);
    tck_buffer_done(&discovery->spec);
    tck_buffer_done(&discovery->proxy_info);
    pthread_cond_destroy(&discovery->changed);
    pthread_mutex_destroy(&discovery->lock);
}

bool tck_discovery_is_method(const char *method)
{
    return strcmp(method, DISCOVER) == 0 || strcmp(method, REPORT_ERROR) == 0;
}

/* ---- what passes; with the lock held ---- */

static void keep(struct tck_buffer *kept, struct tck_bytes bytes)
{
    tck_buffer_clear(kept);
    tck_buffer_append(kept, bytes.data, bytes.size);
}

/* A report that cannot be read is one without text. */
static void keep_report(struct tck_discovery *discovery, struct tck_bytes report)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(&cloudstate__user_function_error__descriptor, "message");
    char **place = &discovery->reports[discovery->reported % TCK_REPORTS];
    struct tck_bytes text;

    if (!tck_option_bytes(report, field->id, &text))
        text = tck_bytes("", 0);
    free(*place);
    *place = strndup((const char *)text.data, text.size < TCK_REPORT_BYTES ? text.size : TCK_REPORT_BYTES);
    discovery->reported++;
}

void tck_discovery_see(struct tck_discovery *discovery, const char *method, const struct tck_passed *passed)
{
    bool discover = strcmp(method, DISCOVER) == 0;

    if (!discover && strcmp(method, REPORT_ERROR) != 0)
        return;
    pthread_mutex_lock(&discovery->lock);
    if (discover && passed->kind == TCK_PASSED_OPENED)
        discovery->count++;
    else if (discover && passed->kind == TCK_PASSED_ANSWER)
        keep(&discovery->spec, passed->bytes);
    else if (discover && passed->kind == TCK_PASSED_COMMAND)
        keep(&discovery->proxy_info, passed->bytes);
    else if (!discover && passed->kind == TCK_PASSED_COMMAND)
        keep_report(discovery, passed->bytes);
    pthread_cond_broadcast(&discovery->changed);
    pthread_mutex_unlock(&discovery->lock);
}

/* ---- asking ---- */

static int copy_kept(struct tck_discovery *discovery, const struct tck_buffer *kept, struct tck_buffer *ret_copy)
{
    bool there;

    pthread_mutex_lock(&discovery->lock);
    there = kept->data != NULL;
    tck_buffer_clear(ret_copy);
    tck_buffer_append(ret_copy, kept->data, kept->size);
    pthread_mutex_unlock(&discovery->lock);
    return there ? tck_buffer_check(ret_copy, NULL) : TCK_NO_SHOW;
}

int tck_tap_entity_spec(struct tck_tap *tap, struct tck_buffer *ret_spec)
{
    return copy_kept(&tap->discovery, &tap->discovery.spec, ret_spec);
}

int tck_tap_proxy_info(struct tck_tap *tap, struct tck_buffer *ret_info)
{
    return copy_kept(&tap->discovery, &tap->discovery.proxy_info, ret_info);
}

unsigned tck_tap_discoveries(struct tck_tap *tap)
{
    unsigned count;

    pthread_mutex_lock(&tap->discovery.lock);
    count = tap->discovery.count;
    pthread_mutex_unlock(&tap->discovery.lock);
    return count;
}

size_t tck_tap_report_mark(struct tck_tap *tap)
{
    size_t mark;

    pthread_mutex_lock(&tap->discovery.lock);
    mark = tap->discovery.reported;
    pthread_mutex_unlock(&tap->discovery.lock);
    return mark;
}

/* With the lock held. */
static const char *find_report(const struct tck_discovery *discovery, size_t mark, const char *part)
{
    size_t kept = discovery->reported > TCK_REPORTS ? discovery->reported - TCK_REPORTS : 0;

    for (size_t i = mark > kept ? mark : kept; i < discovery->reported; i++) {
        const char *report = discovery->reports[i % TCK_REPORTS];

        if (report && strstr(report, part))
            return report;
    }
    return NULL;
}

int tck_tap_await_report(struct tck_tap *tap, size_t mark, const char *part, int64_t deadline,
                         struct tck_buffer *ret_text)
{
    struct tck_discovery *discovery = &tap->discovery;
    const char *report;

    pthread_mutex_lock(&discovery->lock);
    while (!(report = find_report(discovery, mark, part)) &&
           tck_changed_wait(&discovery->changed, &discovery->lock, deadline, NULL))
        ;
    if (report && ret_text) {
        tck_buffer_clear(ret_text);
        tck_buffer_puts(ret_text, report);
    }
    pthread_mutex_unlock(&discovery->lock);
    return report ? 0 : TCK_TIMED_OUT;
}
