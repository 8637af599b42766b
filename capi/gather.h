/* Posts of single events by many threads to one daemon of a mesh, which one of them takes into Go together: a thread that
 * waits in Go costs more to wake than one that waits here. */
#ifndef MESHOS_GATHER_H
#define MESHOS_GATHER_H

#include "cells.h"
#include "errors.h"

/* Posts an event with those of others, or with none if nobody else posts to the daemon. The SDK's cell is held. False:
 * the event must be posted alone, and nothing has been done. */
bool gather_post(struct sdk_cell *s, uint64_t daemon_id, const NetMeshOsEvent *event, size_t *accepted,
                 enum meshos_error *error);

#endif
