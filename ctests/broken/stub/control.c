/* Control events, and the shutdown that sends them. */
#include "stub.h"

#include <string.h>

static void give(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    if (BREAKS(PADDING)) { /* no fault, and the suite must not take it for one */
        out->kind = NET_MESHOS_CONTROL_NONE;
        out->grace_period_ms = 0;
        out->level = 0;
    } else {
        memset(out, 0, BREAKS(NOT_ZERO) ? sizeof out->kind : sizeof *out);
    }
    if (!handle->has_event)
        return;
    handle->has_event = false;
    out->kind = NET_MESHOS_CONTROL_SHUTDOWN;
    if (BREAKS(FIELDS)) /* as if level came before grace_period_ms */
        memcpy((char *)out + 16, &handle->grace_ms, sizeof handle->grace_ms);
    else
        out->grace_period_ms = handle->grace_ms;
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    CHECK(handle, -1, "invalid_argument");
    if (BREAKS(CRASH))
        out->kind = 0;
    CHECK(out, -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    pthread_mutex_lock(&lock);
    give(handle, out);
    pthread_mutex_unlock(&lock);
    return ok();
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(out, -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    struct timespec deadline = after(timeout_ms - (BREAKS(EARLY) && timeout_ms > 1));
    bool limited = timeout_ms > 0 && timeout_ms < 1000000000;
    int timed_out = 0;
    pthread_mutex_lock(&lock);
    handle->waiting++;
    while (!handle->has_event && !handle->consumed && !handle->sdk->down && (!timed_out || BREAKS(HANG))) {
        if (limited)
            timed_out = pthread_cond_timedwait(&changed, &lock, &deadline);
        else
            pthread_cond_wait(&changed, &lock);
    }
    handle->waiting--;
    give(handle, out);
    pthread_mutex_unlock(&lock);
    return ok();
}

int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    pthread_mutex_lock(&lock);
    handle->waiting++;
    handle->grace_ms = grace_ms > 0 ? grace_ms : 5000;
    handle->has_event = true;
    for (int times = BREAKS(TWICE) ? 2 : 1; times > 0 && handle->vtable.on_control; times--)
        handle->vtable.on_control(handle->user_ctx, NET_MESHOS_CONTROL_SHUTDOWN, handle->grace_ms, 0.0f);
    pthread_cond_broadcast(&changed);
    struct timespec deadline = after(handle->grace_ms > 1000000000 ? 1000000000 : handle->grace_ms);
    while (!handle->consumed && pthread_cond_timedwait(&changed, &lock, &deadline) == 0) {
    }
    handle->waiting--;
    handle->consumed = true;
    unregister(handle);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    return ok();
}
