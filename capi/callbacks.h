/* The functions that a host gives, called by Go. Each call is inside a frame
 * while the function runs. run.h has process and the output functions. */
#ifndef MESHOS_CALLBACKS_H
#define MESHOS_CALLBACKS_H

#include <stddef.h>
#include <stdint.h>

#include "cells.h"
#include "emit.h"

/* A daemon's callbacks. One that the vtable lacks must not be called. */
void daemon_call_on_control(struct daemon_cell *d, const NetMeshOsDaemonControl *event);
int daemon_call_restore(struct daemon_cell *d, const uint8_t *state, size_t length);

/* What came of a snapshot. */
enum snapshot_result {
    SNAPSHOT_NONE, /* the callback emitted nothing */
    SNAPSHOT_TAKEN,
    SNAPSHOT_NO_MEMORY, /* what it emitted is lost, or it was not called */
};

/* *state is set if the state was taken, and then to be given back. */
enum snapshot_result daemon_call_snapshot(struct daemon_cell *d, struct emit_buffer **state);

/* health and saturation, one after the other; a missing one leaves its result
 * at what means all is well. */
void daemon_call_probe(struct daemon_cell *d, int *health, float *saturation);

/* The function of registration v2, if there is one. */
void daemon_call_destroy(struct daemon_cell *d);

/* A log function. */
void call_log(NetMeshOsLogFn fn, uintptr_t ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id,
              const char *message, size_t length);

#endif
