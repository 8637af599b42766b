/* The likeness of the reference, second half: control events, graceful shutdown, logs, texts. See reference.c. */
#define _GNU_SOURCE
#include "reference.h"

#include <stdlib.h>
#include <string.h>

/* ---- Control: no event ever comes, and the bytes between the fields stay as they were. */

static void give_none(NetMeshOsDaemonControl *out) {
    out->kind = NET_MESHOS_CONTROL_NONE;
    out->grace_period_ms = 0;
    out->level = 0;
}

/* What only the time and handle_free end. */
static void wait_for_time(NetMeshOsHandle *handle, uint64_t timeout_ms) {
    struct timespec deadline = after(timeout_ms > 0 ? timeout_ms : UINT64_MAX);
    int timed_out = 0;
    pthread_mutex_lock(&lock);
    handle->waiting++;
    while (!handle->freed && !timed_out)
        timed_out = pthread_cond_timedwait(&changed, &lock, &deadline);
    handle->waiting--;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static int receive(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out, bool waits, uint64_t timeout_ms) {
    if (!handle)
        return fails(-1, "invalid_argument");
    use(handle->live);
    if (!out)
        return fails(-3, "invalid_argument");
    pthread_mutex_lock(&handle->busy);
    bool consumed = handle->consumed;
    if (!consumed && waits && !handle->sdk->down)
        wait_for_time(handle, timeout_ms);
    pthread_mutex_unlock(&handle->busy);
    if (consumed)
        return fails(-4, "already_shutdown");
    give_none(out);
    return succeeds();
}

int net_meshos_try_next_control(NetMeshOsHandle *handle, NetMeshOsDaemonControl *out) {
    return receive(handle, out, false, 0);
}

int net_meshos_next_control(NetMeshOsHandle *handle, uint64_t timeout_ms, NetMeshOsDaemonControl *out) {
    return receive(handle, out, true, timeout_ms);
}

/* The handle is consumed at once: nobody can receive SHUTDOWN. It takes all of its time, whatever happens. */
int net_meshos_graceful_shutdown(NetMeshOsHandle *handle, uint64_t grace_ms) {
    if (!handle)
        return fails(-1, "invalid_argument");
    use(handle->live);
    pthread_mutex_lock(&handle->busy); /* which a next_control that waits has */
    bool again = handle->consumed;
    handle->consumed = true;
    pthread_mutex_unlock(&handle->busy);
    if (again)
        return fails(-4, "already_shutdown");
    struct timespec end = after(grace_ms > 0 ? grace_ms : 5000);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0)
        continue;
    use(handle->live);
    return passes(real.graceful_shutdown(handle->real, 1));
}

/* ---- Logs, metadata, capabilities, emits */

static bool is_past(struct timespec t) {
    struct timespec now = after(0);
    return now.tv_sec > t.tv_sec || (now.tv_sec == t.tv_sec && now.tv_nsec >= t.tv_nsec);
}

int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message, size_t length) {
    if (handle) {
        use(handle->live);
        use_length(length);
    }
    bool is_full = handle && handle->sdk->event_queue == 1 && !is_past(handle->own_event);
    if (is_full && !handle->sdk->down && !handle->consumed && level >= 0 && level <= NET_MESHOS_LOG_ERROR && message)
        return fails(-2, "queue_full");
    return passes(real.publish_log(handle ? handle->real : NULL, level, message, length));
}

/* A text of malloc, which free_string frees. */
static char *own_text(NetMeshOsHandle *handle, char *text) {
    if (handle && handle->consumed) {
        fails(0, "already_shutdown");
        return NULL;
    }
    if (!text) {
        passes(0);
        return NULL;
    }
    char *copy = strdup(text);
    real.free_string(text);
    return copy;
}

char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    if (handle)
        use(handle->live);
    return own_text((NetMeshOsHandle *)(uintptr_t)handle, real.metadata(handle ? handle->real : NULL));
}

char *net_meshos_refresh_metadata(NetMeshOsHandle *handle) {
    if (handle)
        use(handle->live);
    return own_text(handle, real.refresh_metadata(handle ? handle->real : NULL));
}

void net_meshos_free_string(char *text) {
    free(text);
}

int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags, size_t length) {
    if (handle)
        use(handle->live);
    if (handle && handle->consumed)
        return fails(-4, "already_shutdown");
    if (handle && tags)
        use_length(length);
    return passes(real.publish_capabilities(handle ? handle->real : NULL, tags, length));
}

/* A context that isn't NULL is taken for one. */
void net_meshos_process_emit(NetMeshOsProcessEmitCtx *ctx, const uint8_t *payload, size_t length) {
    if (ctx)
        use(*(volatile int *)ctx);
    (void)payload, (void)length;
}

void net_meshos_snapshot_emit(NetMeshOsSnapshotEmitCtx *ctx, const uint8_t *payload, size_t length) {
    net_meshos_process_emit((NetMeshOsProcessEmitCtx *)ctx, payload, length);
}
