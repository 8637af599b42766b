#include "cells.h"

#include <stdlib.h>
#include <string.h>

#include "border.h"
#include "memory.h"
#include "strings.h"

static void destroy_daemon(void *cell) {
    struct daemon_cell *d = cell;
    memory_free(atomic_exchange(&d->name, NULL));
    atomic_store(&d->id, 0);
    mailbox_reset(&d->mailbox, 0);
    daemon_cell_set_text(d, NULL, 0);
    if (d->sdk)
        slot_drop(&sdk_table, d->sdk);
    d->sdk = NULL;
}

/* Not inside the tables: those have initial values, so these would take up a
 * megabyte of the library's file. */
static _Atomic(char *) sdk_chunks[SLOT_CHUNKS], daemon_chunks[SLOT_CHUNKS];

struct slot_table sdk_table = {
    .chunks = sdk_chunks,
    .cell_size = sizeof(struct sdk_cell),
    .tag = 0,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

struct slot_table daemon_table = {
    .chunks = daemon_chunks,
    .cell_size = sizeof(struct daemon_cell),
    .tag = 1,
    .destroy = destroy_daemon,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

void sdk_cell_add_dropped(struct sdk_cell *s, int64_t delta) {
    atomic_fetch_add_explicit(&s->dropped, (uint64_t)delta, memory_order_relaxed);
}

void daemon_cell_consume(struct daemon_cell *d) {
    atomic_store(&d->consumed, true);
    mailbox_end(&d->mailbox);
}

void daemon_cell_drop(struct daemon_cell *d) {
    slot_drop(&daemon_table, d);
}

bool daemon_cell_fill(struct daemon_cell *d, uint64_t control_capacity, const char *name, size_t name_length,
                      const NetMeshOsDaemonVtable *vtable, void *user_ctx, void (*destroy)(void *)) {
    char *copy = name_length < MEMORY_MOST ? memory_take(name_length + 1) : NULL;
    if (!copy)
        return false;
    memcpy(copy, name, name_length);
    copy[name_length] = '\0';
    atomic_store_explicit(&d->name, copy, memory_order_relaxed);
    atomic_store_explicit(&d->consumed, false, memory_order_relaxed);
    if (vtable)
        d->vtable = *vtable;
    else
        memset(&d->vtable, 0, sizeof d->vtable);
    d->user_ctx = user_ctx;
    d->destroy = destroy;
    mailbox_reset(&d->mailbox, control_capacity);
    return true;
}

bool daemon_cell_set_text(struct daemon_cell *d, const char *text, size_t length) {
    char *copy = NULL;
    if (text) {
        copy = memory_take(length);
        if (!copy)
            return false;
        memcpy(copy, text, length);
    }
    border_lock(mailbox_lock(&d->mailbox));
    char *old = d->text;
    d->text = copy;
    d->text_length = length;
    border_unlock(mailbox_lock(&d->mailbox));
    memory_free(old);
    return true;
}

char *daemon_cell_copy_text(struct daemon_cell *d, bool *kept) {
    char *copy = NULL;
    border_lock(mailbox_lock(&d->mailbox));
    *kept = d->text != NULL;
    if (d->text)
        copy = text_hand_out(d->text, d->text_length);
    border_unlock(mailbox_lock(&d->mailbox));
    return copy;
}
