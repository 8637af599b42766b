/* Go's exports, for tests without Go: cgo writes a header of this name from the
 * //export comments in capi/. Implemented in fake_go.c. */
#ifndef FAKE_CGO_EXPORT_H
#define FAKE_CGO_EXPORT_H

#include "cells.h"
#include "errors.h"
#include "frames.h"

void goPrepareThread(void);
enum meshos_error goSdkStart(struct sdk_cell *cell, char *config_path, uint64_t this_node, uint64_t tick_ms,
                             size_t event_capacity, size_t action_capacity, size_t control_capacity);
enum meshos_error goExtSdkStart(struct sdk_cell *cell, char *text, size_t length);
enum meshos_error goSdkShutdown(struct sdk_cell *cell, struct frame *frame);
void goSdkFree(struct sdk_cell *cell, struct frame *frame);
enum meshos_error goRegister(struct sdk_cell *sdk, struct daemon_cell *cell, char *name, size_t name_len, uint8_t *seed,
                             _Bool has_vtable, uint64_t *id);

void goHandleFree(struct daemon_cell *cell, struct frame *frame);
enum meshos_error goPublishLog(struct daemon_cell *cell, uint64_t unix_ns, int level, char *message, size_t length);
enum meshos_error goDaemonDone(struct daemon_cell *cell);
enum meshos_error goGracefulShutdown(struct daemon_cell *cell, uint64_t grace_ms, struct frame *frame);
enum meshos_error goMetadata(struct daemon_cell *cell, _Bool refresh);
enum meshos_error goPublishCapabilities(struct daemon_cell *cell, char *tags, size_t length);

enum meshos_error goDeliver(struct sdk_cell *cell, uint64_t began, _Bool rough, uint64_t id, uint64_t origin,
                            uint64_t sequence, uint8_t *payload, size_t length, uintptr_t fn, uintptr_t ctx,
                            struct frame *frame);
enum meshos_error goPost(struct sdk_cell *cell, uint64_t id, NetMeshOsEvent *events, size_t n, size_t *accepted);
enum meshos_error goFlush(struct sdk_cell *cell, uint64_t id, uint64_t timeout_ms, struct frame *frame);
enum meshos_error goSetOutput(struct sdk_cell *cell, NetMeshOsOutputFn fn, uintptr_t ctx, _Bool inside);
enum meshos_error goSubscribe(struct sdk_cell *cell, uint64_t from, uint64_t to, _Bool subscribe);
enum meshos_error goSnapshot(struct sdk_cell *cell, uint64_t id, uint8_t **out, size_t *length, struct frame *frame);
enum meshos_error goRestore(struct sdk_cell *cell, uint64_t id, uint8_t *state, size_t length, struct frame *frame);
enum meshos_error goEnterMaintenance(struct sdk_cell *cell, uint64_t drain_ms);
enum meshos_error goExitMaintenance(struct sdk_cell *cell);
enum meshos_error goStopDaemon(struct sdk_cell *cell, uint64_t id, uint64_t grace_ms, struct frame *frame);
enum meshos_error goRestartDaemon(struct sdk_cell *cell, uint64_t id);
enum meshos_error goOnLog(struct sdk_cell *cell, int level, NetMeshOsLogFn fn, uintptr_t ctx, _Bool inside);
enum meshos_error goLogsJSON(struct sdk_cell *cell, uint64_t after, size_t most, char **text);
enum meshos_error goRuntimeJSON(struct sdk_cell *cell, char **text);

#endif
