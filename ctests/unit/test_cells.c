/* The cells of daemons: filled, used by many, emptied for the next. */
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "strings.h"
#include "unit.h"

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return 0;
}

static const NetMeshOsDaemonVtable vtable = {.process = process};

static struct daemon_cell *take(void) {
    struct daemon_cell *d = slot_take(&daemon_table);
    NEED(d != NULL);
    return d;
}

static void a_cell_has_what_it_was_filled_with(void) {
    struct daemon_cell *d = take();
    char name[] = "telemetry, and more";
    NetMeshOsDaemonVtable given = vtable;
    atomic_store(&d->consumed, true);
    CHECK(daemon_cell_fill(d, 3, name, 9, &given, &given, free));
    memset(name, 'x', sizeof name);
    memset(&given, 0, sizeof given);
    CHECK_TEXT(atomic_load(&d->name), "telemetry");
    CHECK(!atomic_load(&d->consumed));
    CHECK(d->vtable.process == process && !d->vtable.health);
    CHECK(d->user_ctx == &given && d->destroy == free);
    for (int i = 0; i < 4; i++)
        CHECK(mailbox_put(&d->mailbox, &(NetMeshOsDaemonControl){9, 2, 3}) == (i < 3));
    daemon_cell_drop(d);
}

static void nothing_of_a_daemon_is_left_for_the_next(void) {
    struct daemon_cell *d = take();
    CHECK(daemon_cell_fill(d, 3, "first", 5, &vtable, d, free));
    atomic_store(&d->id, 42);
    uintptr_t first = slot_open(&daemon_table, d);
    CHECK(daemon_cell_set_text(d, "{}", 2));
    mailbox_put(&d->mailbox, &(NetMeshOsDaemonControl){1, 2, 3});
    daemon_cell_consume(d);
    CHECK(slot_close(&daemon_table, first) == d);
    daemon_cell_drop(d);
    CHECK_TEXT(atomic_load(&d->name), "first"); /* valid while there is a reference */
    daemon_cell_drop(d);

    CHECK(take() == d);
    bool kept = true;
    CHECK(daemon_cell_copy_text(d, &kept) == NULL && !kept);
    CHECK(atomic_load(&d->name) == NULL);
    CHECK_U64(atomic_load(&d->id), 0);
    CHECK(daemon_cell_fill(d, 1, "", 0, NULL, NULL, NULL));
    CHECK_TEXT(atomic_load(&d->name), "");
    CHECK(!d->vtable.process && !d->user_ctx && !d->destroy);
    CHECK(!atomic_load(&d->consumed) && !d->mailbox.ended);
    CHECK(mailbox_is_empty(&d->mailbox));
    daemon_cell_drop(d);
}

static void consuming_ends_the_mailbox(void) {
    struct daemon_cell *d = take();
    CHECK(daemon_cell_fill(d, 3, "x", 1, NULL, NULL, NULL));
    daemon_cell_consume(d);
    CHECK(atomic_load(&d->consumed));
    NetMeshOsDaemonControl event;
    mailbox_take(&d->mailbox, 0, &event); /* returns at once */
    CHECK_INT(event.kind, 0);
    daemon_cell_drop(d);
}

static void no_memory_fills_nothing(void) {
    struct daemon_cell *d = take();
    static const size_t too_long[] = {SIZE_MAX / 2, SIZE_MAX / 4, (size_t)1 << 47, (size_t)1 << 40};
    for (size_t i = 0; i < sizeof too_long / sizeof *too_long; i++) /* a sanitizer's malloc would end the process */
        CHECK(!daemon_cell_fill(d, 3, "x", too_long[i], &vtable, d, free));
    alloc_fail_after(0);
    CHECK(!daemon_cell_fill(d, 3, "x", 1, &vtable, d, free));
    CHECK(alloc_has_failed());
    daemon_cell_drop(d);
    CHECK(take() == d);
    CHECK(daemon_cell_fill(d, 3, "x", 1, &vtable, d, free));
    CHECK(daemon_cell_set_text(d, "before", 6));
    alloc_fail_after(0);
    CHECK(!daemon_cell_set_text(d, "after", 5));
    CHECK(alloc_has_failed());
    bool kept;
    alloc_fail_after(0);
    CHECK(daemon_cell_copy_text(d, &kept) == NULL && kept);
    CHECK(alloc_has_failed());
    char *copy = daemon_cell_copy_text(d, &kept);
    CHECK(kept);
    CHECK_TEXT(copy, "before");
    net_meshos_free_string(copy);
    daemon_cell_drop(d);
}

static void dropped_events_are_counted_up_and_down(void) {
    static struct sdk_cell s;
    sdk_cell_add_dropped(&s, 5);
    sdk_cell_add_dropped(&s, -2);
    CHECK_U64(atomic_load(&s.dropped), 3);
    sdk_cell_add_dropped(&s, -3);
    CHECK_U64(atomic_load(&s.dropped), 0);
}

/* Texts are whole whoever writes and reads them. */
static struct daemon_cell *written;

static void *write_and_read(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    char text[300];
    memset(text, (int)('a' + me), sizeof text);
    for (size_t i = 0; i < 1500; i++) {
        if (me < 2)
            CHECK(daemon_cell_set_text(written, text, 100 + (i + me) % 200));
        bool kept;
        char *copy = daemon_cell_copy_text(written, &kept);
        if (!kept)
            continue;
        NEED(copy != NULL);
        size_t length = strlen(copy);
        CHECK(length >= 100 && length < 300);
        CHECK(strspn(copy, (char[]){copy[0], '\0'}) == length);
        net_meshos_free_string(copy);
    }
    return NULL;
}

static void texts_are_whole(void) {
    written = take();
    CHECK(daemon_cell_fill(written, 3, "x", 1, NULL, NULL, NULL));
    threads_run(5, write_and_read);
    CHECK(daemon_cell_set_text(written, NULL, 0));
    bool kept = true;
    CHECK(daemon_cell_copy_text(written, &kept) == NULL && !kept);
    daemon_cell_drop(written);
}

const struct test cells_tests[] = {
    {"cells: a cell has what it was filled with", a_cell_has_what_it_was_filled_with},
    {"cells: nothing of a daemon is left for the next", nothing_of_a_daemon_is_left_for_the_next},
    {"cells: consuming ends the mailbox", consuming_ends_the_mailbox},
    {"cells: no memory fills nothing", no_memory_fills_nothing},
    {"cells: dropped events are counted up and down", dropped_events_are_counted_up_and_down},
    {"cells: texts are whole", texts_are_whole},
    {NULL, NULL},
};
