/* The argument checks of the calls. Each reads like its row in the header: the
 * first that fails ends the call. */
#ifndef MESHOS_CHECKS_H
#define MESHOS_CHECKS_H

#include "cancel.h"
#include "cells.h"
#include "errors.h"
#include "fork.h"
#include "frames.h"

#define REQUIRE(condition, error)                   \
    do {                                            \
        if (!(condition))                           \
            return meshos_fail(MESHOS_E_##error);   \
    } while (0)

/* The same in a call that returns a pointer. */
#define REQUIRE_OR_NULL(condition, error)           \
    do {                                            \
        if (!(condition)) {                         \
            meshos_fail(MESHOS_E_##error);          \
            return NULL;                            \
        }                                           \
    } while (0)

/* What a handle is that has no cell: a child's of fork, or no handle. */
#define REQUIRE_SDK(sdk)                                        \
    do {                                                        \
        REQUIRE(sdk, NULL_SDK);                                 \
        REQUIRE(!meshos_forked(), FORKED);                      \
        REQUIRE(slot_peek(&sdk_table, (uintptr_t)(sdk)), STALE_SDK); \
    } while (0)

#define REQUIRE_HANDLE(handle)                                  \
    do {                                                        \
        REQUIRE(handle, NULL_HANDLE);                           \
        REQUIRE(!meshos_forked(), FORKED);                      \
        REQUIRE(slot_peek(&daemon_table, (uintptr_t)(handle)), STALE_HANDLE); \
    } while (0)

/* Declares a cell that is held from here on; the handle has been required. */
#define HOLD_SDK(cell, sdk)                                             \
    struct sdk_cell *cell = slot_hold(&sdk_table, (uintptr_t)(sdk));    \
    REQUIRE(cell, STALE_SDK)

#define HOLD_HANDLE(cell, handle)                                             \
    struct daemon_cell *cell = slot_hold(&daemon_table, (uintptr_t)(handle)); \
    REQUIRE(cell, STALE_HANDLE)

/* Ends a call that holds a daemon's cell. A handle that another thread has freed
 * meanwhile is no consumed one. */
static inline int release_handle(struct daemon_cell *d, uintptr_t handle, enum meshos_error error) {
    if (error == MESHOS_E_CONSUMED && !slot_is(d, handle))
        error = MESHOS_E_STALE_HANDLE;
    slot_drop(&daemon_table, d);
    return meshos_finish(error);
}

/* Crosses into Go. Nothing in there, down to the starting of a thread, may end
 * this one. */
#define CROSS(error, ask)               \
    do {                                \
        int cancel = cancel_off();      \
        (error) = (ask);                \
        cancel_restore(cancel);         \
    } while (0)

/* The same for what reports no error. A defect in there has its words, which
 * must not become those of the next error. */
#define CROSS_SILENTLY(ask)             \
    do {                                \
        int cancel = cancel_off();      \
        (ask);                          \
        cancel_restore(cancel);         \
        meshos_error_forget();          \
    } while (0)

/* Ends a call that asks Go one thing of a held SDK. */
#define ASK(sdk, ask)                                   \
    do {                                                \
        HOLD_SDK(s, sdk);                               \
        enum meshos_error error;                        \
        CROSS(error, ask);                              \
        slot_drop(&sdk_table, s);                       \
        return meshos_finish(error);                    \
    } while (0)

/* The callbacks that the caller is inside of, as cgo's prototypes take it. */
#define FRAME ((struct frame *)frame_current())

/* No object is larger (C11 6.5.6: differences of pointers). */
#define LONGEST ((size_t)PTRDIFF_MAX)

#endif
