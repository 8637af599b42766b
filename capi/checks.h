/* The argument checks of the calls. Each reads like its row in the header: the
 * first that fails ends the call. */
#ifndef MESHOS_CHECKS_H
#define MESHOS_CHECKS_H

#include "border.h"
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

/* Why a handle has no cell: in a child of fork none has. */
static inline enum meshos_error why_no_cell(const void *handle, enum meshos_error null, enum meshos_error stale) {
    return !handle ? null : meshos_forked() ? MESHOS_E_FORKED : stale;
}

#define REQUIRE_CELL(table, handle, what)                                                              \
    do {                                                                                               \
        if (!slot_peek(&(table), (uintptr_t)(handle)))                                                 \
            return meshos_fail(why_no_cell(handle, MESHOS_E_NULL_##what, MESHOS_E_STALE_##what));      \
        REQUIRE(!border_is_inside(), INTERRUPTED);                                                     \
    } while (0)

/* For calls that return nothing: whether this one is refused. */
static inline bool refuse_interrupted(void) {
    if (border_is_inside())
        meshos_fail(MESHOS_E_INTERRUPTED);
    return border_is_inside();
}

#define REQUIRE_SDK(sdk) REQUIRE_CELL(sdk_table, sdk, SDK)
#define REQUIRE_HANDLE(handle) REQUIRE_CELL(daemon_table, handle, HANDLE)

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
    if (error == MESHOS_E_CONSUMED && !slot_is(d, handle)) {
        error = MESHOS_E_STALE_HANDLE;
        meshos_error_forget();
    }
    slot_drop(&daemon_table, d);
    return meshos_finish(error);
}

/* Crosses into Go. Nothing in there, down to the starting of a thread, may end
 * this one. */
#define CROSS(error, ask)               \
    do {                                \
        int cancel = cancel_off();      \
        border_enter();                 \
        (error) = (ask);                \
        border_end();                   \
        cancel_restore(cancel);         \
    } while (0)

/* The same for what reports no error. A defect in there has its words, which
 * must not become those of the next error. */
#define CROSS_SILENTLY(ask)             \
    do {                                \
        int cancel = cancel_off();      \
        border_enter();                 \
        (ask);                          \
        border_end();                   \
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

/* Ends a call that asks Go one thing of a held daemon. */
#define ASK_HANDLE(handle, ask)                              \
    do {                                                     \
        HOLD_HANDLE(d, handle);                              \
        enum meshos_error error;                             \
        CROSS(error, ask);                                   \
        return release_handle(d, (uintptr_t)(handle), error); \
    } while (0)

/* Is a call that asks Go for a text and returns it; one that succeeds leaves the
 * last error as it was. */
#define ASK_TEXT(sdk, ask)                                               \
    do {                                                                 \
        REQUIRE_OR_NULL(sdk, NULL_SDK);                                  \
        REQUIRE_OR_NULL(!meshos_forked(), FORKED);                       \
        REQUIRE_OR_NULL(!border_is_inside(), INTERRUPTED);               \
        struct sdk_cell *s = slot_hold(&sdk_table, (uintptr_t)(sdk));    \
        REQUIRE_OR_NULL(s, STALE_SDK);                                   \
        char *text = NULL;                                               \
        enum meshos_error error;                                         \
        CROSS(error, ask);                                               \
        slot_drop(&sdk_table, s);                                        \
        if (error)                                                       \
            meshos_finish(error);                                        \
        return text;                                                     \
    } while (0)

/* The callbacks that the caller is inside of, as cgo's prototypes take it. */
#define FRAME ((struct frame *)frame_current())

/* What Go is shown of memory of the host's: where the length is 0 the pointer may
 * be any, and Go takes what it calls a pointer for one. */
#define SHOWN(pointer, length) ((length) > 0 ? (pointer) : NULL)

/* No object is larger (C11 6.5.6: differences of pointers). */
#define LONGEST ((size_t)PTRDIFF_MAX)

#endif
