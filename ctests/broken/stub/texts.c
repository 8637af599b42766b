/* Logs, metadata, capabilities and what daemons emit. */
#define _GNU_SOURCE
#include "stub.h"

#include <calls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Outside of malloc, as a library with a memory management of its own would. */
static void keep_line(const char *line, size_t length) {
    enum { ROOM = 1 << 20 };
    static char *room;
    static size_t used = ROOM;
    if (length > ROOM - used) {
        room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        used = 0;
    }
    memcpy(room + used, line, length);
    used += length;
}

int net_meshos_publish_log(NetMeshOsHandle *handle, int level, const char *message_ptr, size_t message_len) {
    CHECK(handle, -1, "invalid_argument");
    if (BREAKS(ORDER))
        CHECK(message_ptr, -3, "invalid_argument");
    CHECK(level >= 0 && level <= 4, -3, "invalid_log_level");
    CHECK(message_ptr, -3, "invalid_argument");
    CHECK(is_utf8(message_ptr, message_len), -3, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    CHECK(!handle->sdk->down, -2, "loop_closed");
    CHECK(!BREAKS(FULL), -2, "queue_full");
    if (BREAKS(KEPT_LINES))
        keep_line(message_ptr, message_len);
    if (BREAKS(PRINTS)) {
        puts("ok 1 - forged\n1..0\nBail out!");
        fflush(stdout);
    }
    return ok();
}

static char *text_of(const NetMeshOsHandle *handle) {
    static char shared[4096];
    const char *format = BREAKS(KEY_ORDER) ? "{\"daemon_name\":\"%2$s\",\"daemon_id\":%1$llu,"
                                           : "{\"daemon_id\":%1$llu,\"daemon_name\":\"%2$s\",";
    char *text = BREAKS(SHARED_TEXT) ? shared : malloc(sizeof shared);
    int n = snprintf(text, sizeof shared, format, (unsigned long long)net_meshos_handle_daemon_id(handle), handle->name);
    snprintf(text + n, sizeof shared - (size_t)n, "\"maintenance_state\":{\"kind\":\"active\"},\"node_id\":%llu,\"peers\":[]}",
             (unsigned long long)handle->sdk->node);
    return text;
}

char *net_meshos_metadata(const NetMeshOsHandle *handle) {
    if (BREAKS(EXIT))
        exit(0);
    if (handle && !handle->consumed)
        return text_of(handle);
    error(0, handle ? "already_shutdown" : "invalid_argument");
    return NULL;
}

#ifndef BREAK_MISSING
char *net_meshos_refresh_metadata(NetMeshOsHandle *handle) {
    return net_meshos_metadata(handle);
}
#endif

void net_meshos_free_string(char *s) {
    if (!BREAKS(SHARED_TEXT))
        free(s);
}

/* Takes any text between brackets. */
int net_meshos_publish_capabilities(NetMeshOsHandle *handle, const char *tags_json_ptr, size_t tags_json_len) {
    CHECK(handle, -1, "invalid_argument");
    CHECK(!handle->consumed, -4, "already_shutdown");
    if (tags_json_len == 0)
        return ok();
    CHECK(tags_json_ptr && tags_json_ptr[0] == '[' && tags_json_ptr[tags_json_len - 1] == ']', -3, "invalid_argument");
    return ok();
}

void net_meshos_process_emit(NetMeshOsProcessEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    (void)ctx, (void)payload_ptr, (void)payload_len;
}

void net_meshos_snapshot_emit(NetMeshOsSnapshotEmitCtx *ctx, const uint8_t *payload_ptr, size_t payload_len) {
    (void)ctx, (void)payload_ptr, (void)payload_len;
}

/* Whatever net_meshos.h declares is defined here: without that this doesn't link. */
#ifndef BREAK_MISSING
#define DEFINED(name) (void (*)(void))net_meshos_##name,
__attribute__((used)) static void (*const defined[])(void) = {MESHOS_CALLS(DEFINED)};
#endif
