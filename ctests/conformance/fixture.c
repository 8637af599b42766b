#define _GNU_SOURCE
#include "fixture.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sync.h"

enum { DEFAULT_TICK_MS = 500 };

/* The longest tick that an SDK of this case was told, but those that hardly come. */
static atomic_ullong longest_tick_ms;

uint64_t ticks_ms(long ticks) {
    uint64_t time = (uint64_t)(20 + ticks) * atomic_load(&longest_tick_ms);
    return time > soon_ms() ? time : soon_ms();
}

NetMeshOsSdk *sdk_ticking(uint64_t ms) {
    NetMeshOsSdk *sdk = NULL;
    uint64_t tick = ms > 0 ? ms : DEFAULT_TICK_MS;
    unsigned long long longest = atomic_load(&longest_tick_ms);
    while (tick > longest && tick <= 1000 && !atomic_compare_exchange_weak(&longest_tick_ms, &longest, tick))
        continue;
    NEED_OK(net_meshos_sdk_start(7, ms, 0, 0, 0, &sdk));
    NEED(sdk != NULL);
    return sdk;
}

NetMeshOsSdk *sdk_new(void) {
    return sdk_ticking(0);
}

NetMeshOsHandle *daemon_new(NetMeshOsSdk *sdk, unsigned n) {
    NetMeshOsHandle *handle = NULL;
    char name[32];
    int length = snprintf(name, sizeof name, "daemon-%u", n);
    NEED_OK(net_meshos_register_daemon(sdk, name, (size_t)length, seed(n), &handle));
    NEED(handle != NULL);
    return handle;
}

static bool line_is_taken(NetMeshOsHandle *handle, const char *line, size_t length) {
    int status = net_meshos_publish_log(handle, NET_MESHOS_LOG_INFO, line, length);
    if (status == NET_MESHOS_OK)
        return true;
    NEED(EXPECT(status, NET_MESHOS_ERR_CALL_FAILED, queue_full));
    return false;
}

void publish_line(NetMeshOsHandle *handle, const char *line, size_t length) {
    POLL_UNTIL(line_is_taken(handle, line, length));
}

void end(NetMeshOsSdk *sdk, NetMeshOsHandle *handle) {
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
}

static int process_nothing(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash,
                           uint64_t sequence, const uint8_t *payload, size_t length) {
    (void)user_ctx, (void)emit_ctx, (void)origin_hash, (void)sequence, (void)payload, (void)length;
    return 0;
}

static int register_with_vtable(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed_bytes,
                                NetMeshOsHandle **out) {
    NetMeshOsDaemonVtable vtable = {.process = process_nothing};
    return net_meshos_register_daemon_with_vtable(sdk, name, length, seed_bytes, &vtable, NULL, out);
}

const struct registration registrations[2] = {
    {"register_daemon", net_meshos_register_daemon},
    {"register_daemon_with_vtable", register_with_vtable},
};

void check_event(const char *file, int line, const char *expression, const NetMeshOsDaemonControl *event, int kind,
                 uint64_t grace) {
    if (event->kind != kind || event->grace_period_ms != grace || event->level != 0.0f)
        check_failed(file, line, "%s: kind %d, grace_period_ms %llu, level %g, expected kind %d, grace_period_ms %llu",
                     expression, event->kind, (unsigned long long)event->grace_period_ms, (double)event->level, kind,
                     (unsigned long long)grace);
}

void check_no_event(const char *file, int line, const char *expression, const NetMeshOsDaemonControl *event) {
    check_event(file, line, expression, event, NET_MESHOS_CONTROL_NONE, 0);
}

NetMeshOsDaemonControl event_poison(void) {
    return (NetMeshOsDaemonControl){.kind = 0x5a5a5a5a, .grace_period_ms = 0x5a5a5a5a5a5a5a5a, .level = 0x5a5a};
}

bool event_untouched(const NetMeshOsDaemonControl *event) {
    const NetMeshOsDaemonControl poison = event_poison();
    return event->kind == poison.kind && event->grace_period_ms == poison.grace_period_ms &&
           event->level == poison.level;
}

static _Thread_local char made_message[256];

void make_error(void) {
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, NULL), -3, invalid_argument);
    const char *message = net_meshos_last_error_message();
    snprintf(made_message, sizeof made_message, "%s", message ? message : "");
}

void check_made_error(const char *file, int line, const char *statement) {
    const char *message = net_meshos_last_error_message();
    if (check_kind(file, line, statement, invalid_argument) &&
        strncmp(message, made_message, sizeof made_message - 1) != 0)
        check_failed(file, line, "%s: the message has changed from \"%s\"", statement, made_message);
}

void check_left(const char *file, int line, const char *call, int status) {
    if (status == NET_MESHOS_ERR_CALL_FAILED)
        check_kind(file, line, call, shutdown_failed);
    else
        check_status(file, line, call, status, NET_MESHOS_OK, NULL);
}

void *leave_gracefully(void *argument) {
    struct leaving *l = argument;
    l->began_ms = now_ms();
    l->status = net_meshos_graceful_shutdown(l->handle, l->grace_ms);
    l->ended_ms = now_ms();
    l->kind = NULL;
    if (net_meshos_last_error_kind())
        l->kind = strncpy(l->kind_text, net_meshos_last_error_kind(), sizeof l->kind_text - 1);
    return NULL;
}
