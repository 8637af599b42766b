#define _POSIX_C_SOURCE 200809L
#include "fixture.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "sync.h"

static void straighten(char *text) {
    for (; *text; text++)
        if (*text == '\'')
            *text = '"';
}

unsigned many(unsigned n) {
    return in_durable_mesh() ? n / 10 : n;
}

static struct {
    atomic_uint made;
    char keys[128];
    char name[64]; /* empty: each has another */
} mesh;

void mesh_keys(const char *keys) {
    snprintf(mesh.keys, sizeof mesh.keys, "%s%s", *keys ? ", " : "", keys);
}

void mesh_stays(void) {
    snprintf(mesh.name, sizeof mesh.name, "case-%ld", (long)getpid());
}

bool ran_where_it_should(pthread_t callback) {
    return (pthread_equal(callback, pthread_self()) != 0) == !in_durable_mesh();
}

bool is_of_mesh(uint64_t daemon_id, const char *message) {
    return in_mesh() && (daemon_id == 0 || strstr(message, "daemon \"") != NULL);
}

/* With a server, each SDK is the one node of a mesh of its own: another one's would bring back its daemons. */
static void join(char *text, size_t size) {
    char *open = strchr(text, '{'), *first = text + strspn(text, " \t\r\n");
    if (!in_mesh() || open != first || !open || strstr(text, "'mesh'"))
        return;
    char rest[1024], name[64];
    snprintf(name, sizeof name, "case-%ld-%u", (long)getpid(), atomic_fetch_add(&mesh.made, 1));
    snprintf(rest, sizeof rest, "%s", open + 1);
    const char *comma = rest[strspn(rest, " \t\r\n")] == '}' ? "" : ",";
    /* With more time than a node needs on a busy machine. */
    snprintf(open + 1, size - (size_t)(open + 1 - text),
             "'mesh': {'servers': ['%s'], 'name': '%s', 'events': '%s', 'start_timeout_ms': 60000, 'lease_ms': 30000%s}%s%s",
             getenv("MESHOS_TEST_SERVER"), *mesh.name ? mesh.name : name, in_durable_mesh() ? "durable" : "direct",
             mesh.keys, comma, rest);
}

int sdk_start(NetMeshOsSdk **sdk, const char *config) {
    char text[2048];
    snprintf(text, sizeof text, "%s", *config || !in_mesh() ? config : "{}");
    join(text, sizeof text);
    straighten(text);
    return net_meshos_ext_sdk_start(text, strlen(text), sdk);
}

NetMeshOsSdk *sdk_new(const char *config, ...) {
    char text[1024];
    NetMeshOsSdk *sdk = NULL;
    va_list arguments;
    va_start(arguments, config);
    vsnprintf(text, sizeof text, config, arguments);
    va_end(arguments);
    NEED_OK(sdk_start(&sdk, text));
    return sdk;
}

void sdk_end(NetMeshOsSdk *sdk) {
    EXPECT_OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

NetMeshOsEvent event(uint64_t origin, uint64_t sequence, const char *payload) {
    return (NetMeshOsEvent){origin, sequence, (const uint8_t *)payload, strlen(payload)};
}

int post(NetMeshOsSdk *sdk, uint64_t id, uint64_t origin, uint64_t sequence, const char *payload) {
    NetMeshOsEvent e = event(origin, sequence, payload);
    return net_meshos_ext_post(sdk, id, &e, 1, NULL);
}

int deliver(NetMeshOsSdk *sdk, uint64_t id, uint64_t origin, uint64_t sequence, const char *payload) {
    NetMeshOsEvent e = event(origin, sequence, payload);
    return net_meshos_ext_deliver(sdk, id, &e, NULL, NULL);
}

void post_many(NetMeshOsSdk *sdk, uint64_t id, uint64_t first, uint64_t n) {
    enum { BATCH = 512 };
    NetMeshOsEvent events[BATCH];
    uint64_t next = first, end = first + n, began = now_ms();
    while (next < end) {
        size_t batch = end - next < BATCH ? (size_t)(end - next) : BATCH, accepted;
        for (size_t i = 0; i < batch; i++)
            events[i] = event(0, next + i, "");
        int status = net_meshos_ext_post(sdk, id, events, batch, &accepted);
        NEED(accepted == batch || EXPECT(status, NET_MESHOS_ERR_CALL_FAILED, queue_full));
        next += accepted;
        if (accepted < batch && net_meshos_ext_flush(sdk, id, 10) != NET_MESHOS_OK)
            NEED(now_ms() - began < patience_ms());
    }
}

uint64_t enough_ms(void) {
    return in_durable_mesh() ? patience_ms() : 1;
}

void need_waiting(NetMeshOsSdk *sdk, uint64_t n) {
    POLL_UNTIL(json_u64(look(sdk), "queues.events_waiting") == n);
}

struct json_object *look(NetMeshOsSdk *sdk) {
    char *text = net_meshos_ext_runtime_json(sdk);
    struct json_object *j = json_read(text);
    if (!j)
        FAIL("runtime_json is no JSON: %s", text ? text : "NULL");
    net_meshos_free_string(text);
    return j;
}

struct json_object *look_at(NetMeshOsSdk *sdk, uint64_t id) {
    struct json_object *daemons = json_get(look(sdk), "daemons");
    for (size_t i = 0; daemons && i < json_length(daemons); i++)
        if (json_u64(json_at(daemons, i), "id") == id)
            return json_at(daemons, i);
    return NULL;
}

struct json_object *maintenance(NetMeshOsHandle *handle) {
    char *text = net_meshos_refresh_metadata(handle);
    struct json_object *j = json_get(json_read(text), "maintenance_state");
    if (!j)
        FAIL("the metadata has no maintenance_state: %s", text ? text : "NULL");
    net_meshos_free_string(text);
    return j;
}

bool maintenance_is(NetMeshOsHandle *handle, const char *kind) {
    return strcmp(json_text(maintenance(handle), "kind"), kind) == 0;
}

const char *maintenance_state(NetMeshOsSdk *sdk) {
    return json_text(look(sdk), "maintenance.state");
}

void is_refused(struct actor *a) {
    size_t accepted = 99;
    NetMeshOsEvent e = event(1, 1, "");
    EXPECT(deliver(a->sdk, a->id, 1, 1, ""), -2, draining);
    EXPECT(net_meshos_ext_post(a->sdk, a->id, &e, 1, &accepted), -2, draining);
    CHECK_U64(accepted, 0);
}

void publish(struct actor *a, int level, const char *text, size_t length) {
    int status;
    while ((status = net_meshos_publish_log(a->handle, level, text, length)) == NET_MESHOS_ERR_CALL_FAILED &&
           strcmp(net_meshos_last_error_kind(), queue_full) == 0)
        sync_yield();
    EXPECT(status, 0, NULL);
}

bool logged(NetMeshOsSdk *sdk, const char *text) {
    char *all = net_meshos_ext_logs_json(sdk, 0, 0);
    struct json_object *records = json_read(all);
    bool found = false;
    if (!records)
        FAIL("logs_json is no JSON: %s", all ? all : "NULL");
    for (size_t i = 0; records && i < json_length(records); i++)
        found |= strstr(json_text(json_at(records, i), "message"), text) != NULL;
    net_meshos_free_string(all);
    return found;
}

void outputs_take(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t sequence,
                  const uint8_t *payload, size_t length) {
    struct outputs *outputs = ctx;
    if (outputs->count < OUTPUTS_KEPT) {
        struct output *o = &outputs->kept[outputs->count];
        *o = (struct output){daemon_id, in_origin, in_sequence, sequence, payload == NULL, length, ""};
        if (payload)
            memcpy(o->text, payload, length < sizeof o->text ? length : sizeof o->text - 1);
    }
    outputs->count++;
}
