/* The stage of a daemon: where posted events wait while the daemon is busy, so
 * that a post need not cross into Go.
 *
 * Go opens the stage of an actor that has a turn, or waits for one, if events are
 * accepted; it closes it before either ends. So nobody needs to be woken for what
 * comes in here, and what Go would refuse never does. Whoever acts on the inbox
 * takes what is in the stage first: see actor/inbox.go.
 *
 * A stage is found by the number of its daemon's SDK and by its id without a look
 * at Go's tables. The cell that it is in never moves and is never given back, so
 * a way that leads to another daemon by now is only noticed as that. */
#ifndef MESHOS_STAGE_H
#define MESHOS_STAGE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "chunks.h"

struct daemon_cell;
struct sdk_cell;

/* How many events wait in all inboxes of an SDK. Go's backpressure.Shared has the
 * same layout: stage.go checks that. */
struct waiting {
    _Atomic int64_t events;
    _Atomic int64_t mark; /* from here on Go wants to know */
};

/* Its memory is all zeroes at first. */
struct stage {
    atomic_bool open;       /* set without the lock, cleared with it */
    uint8_t class;          /* of the next first chunk; guarded by the lock */
    _Atomic int64_t room;   /* how many events more the inbox and the stage may have while it is open */
    _Atomic uint64_t staged; /* how many events are in the chunks */
    /* The stage's lock guards what follows, and that posts take room. */
    struct chunk *first, *last;
};

struct staged {
    enum {
        STAGE_TOOK,  /* all events */
        STAGE_FULL,  /* there was no room for the rest */
        STAGE_ASK_GO, /* about the rest */
    } answer;
    size_t took;       /* so many of them */
    uint64_t capacity; /* of the inbox that is full */
};

/* Puts copies of events into a daemon's stage, as many as Go would accept. The
 * events are the host's, and nothing of them has been checked before. */
struct staged stage_post(uintptr_t sdk, uint64_t daemon_id, const NetMeshOsEvent *events, size_t n);

/* The daemon that a way leads to, which may be another one, or none any more. NULL:
 * none has ever gone it. */
struct daemon_cell *stage_way(const struct sdk_cell *s, uint64_t daemon_id);
void stage_note_way(struct daemon_cell *d);

/* The lock of a cell's stage, which those of others may have, too: whoever holds it
 * takes no other. */
pthread_mutex_t *stage_lock(const struct daemon_cell *d);

/* For Go, which calls one of them at a time for each daemon: open notes the way
 * to the stage, whose room has been set; take returns all chunks that have come;
 * close lets no more in, after which a last take gets the rest. */
void stage_open(struct daemon_cell *d);
struct chunk *stage_take(struct daemon_cell *d);
void stage_close(struct daemon_cell *d);

#endif
