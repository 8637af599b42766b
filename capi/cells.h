/* The cells behind the two kinds of handles: what C keeps of an SDK and of a
 * daemon because calls need it without asking Go. */
#ifndef MESHOS_CELLS_H
#define MESHOS_CELLS_H

#include "loan.h"
#include "mailbox.h"
#include "abi.h"
#include "slots.h"
#include "stage.h"

struct sdk_cell {
    struct slot slot;
    _Atomic uint64_t dropped; /* control events, over the daemons registered now */
    atomic_bool down;
    bool meshed; /* this and the next are written by Go before the cell is open */
    uint64_t control_capacity, inbox_capacity, max_payload;
    struct waiting waiting;
};

/* What receives, posts and accessors use comes first, and what is hardly ever written last:
 * so threads that use neighbouring cells don't slow each other down, wherever in
 * them a cache line ends. */
struct daemon_cell {
    struct slot slot;
    _Atomic uint64_t id;
    _Atomic(char *) name; /* NUL-terminated */
    atomic_bool consumed;
    struct mailbox mailbox;
    struct sdk_cell *sdk; /* held as long as the cell has a daemon */
    struct stage stage;
    struct loan loan;
    NetMeshOsDaemonVtable vtable; /* all NULL for a daemon without callbacks */
    void *user_ctx;
    void (*destroy)(void *user_ctx); /* may be NULL */
    /* The mailbox's lock guards what follows. */
    char *text;                /* the metadata, as the host sees it; NULL until it is asked for */
    size_t text_length;
};

extern struct slot_table sdk_table, daemon_table;

/* What Go does to the cells. */
void sdk_cell_add_dropped(struct sdk_cell *s, int64_t delta);
void daemon_cell_consume(struct daemon_cell *d); /* calls find the handle consumed; readers don't wait */
void daemon_cell_drop(struct daemon_cell *d);    /* drops Go's reference */

/* Fills a cell that has been taken for a daemon of an SDK. False: no memory. */
bool daemon_cell_fill(struct daemon_cell *d, uint64_t control_capacity, const char *name, size_t name_length,
                      const NetMeshOsDaemonVtable *vtable, void *user_ctx, void (*destroy)(void *));

/* Keeps a metadata text for later calls; NULL forgets it. False: no memory. */
bool daemon_cell_set_text(struct daemon_cell *d, const char *text, size_t length);

/* A copy of the kept text that the host owns; NULL if none is kept (*kept is
 * false) or there is no memory (*kept is true). */
char *daemon_cell_copy_text(struct daemon_cell *d, bool *kept);

#endif
