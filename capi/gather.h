/* Posts of single events by many threads to one daemon of a mesh, which one of them takes into Go for all. They wait here for the
 * end: a thread that waits in Go costs more to wake. */
#ifndef MESHOS_GATHER_H
#define MESHOS_GATHER_H

#include "cells.h"
#include "errors.h"

/* Posts an event with those of others, or with none if nobody else posts to the daemon. The SDK's cell is held. False:
 * the event must be posted alone, and nothing has been done. */
bool gather_post(struct sdk_cell *s, uint64_t daemon_id, const NetMeshOsEvent *event, size_t *accepted,
                 enum meshos_error *error);

/* A list of posts that is in Go, which ends it by gather_end, once, on any thread: accepted are stored, counted from the
 * first; the others have the error, and its words of that length. */
struct posting;
void gather_end(struct posting *first, size_t accepted, enum meshos_error error, const char *words, size_t length);

/* The post after it in the list, and its event, which stays where it is until the list has ended. */
struct posting *posting_next(const struct posting *p);
const NetMeshOsEvent *posting_event(const struct posting *p);

#endif
