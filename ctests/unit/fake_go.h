/* A Go half that does what the C half must be able to rely on, and nothing
 * more. It answers as it is told and notes what it was asked. */
#ifndef FAKE_GO_H
#define FAKE_GO_H

#include <stdatomic.h>

#include "cells.h"
#include "errors.h"
#include "frames.h"

enum { GO_ARGUMENTS = 16 };

/* The note is of one thread's calls; only the count is of all. */
struct fake_go {
    enum meshos_error answer; /* what the next calls return */
    const char *text;         /* given with it, if not NULL */
    const char *metadata;     /* what goMetadata keeps in the cell; NULL: nothing */
    void (*during)(void);     /* called inside of each call, if not NULL */
    bool many;                /* threads call at once: only how often is noted */

    /* What goPost does, if not NULL. */
    enum meshos_error (*post)(const NetMeshOsEvent *events, size_t n, size_t *accepted);

    atomic_uint calls;
    const char *last; /* the name of the last call; what follows is of it */
    struct sdk_cell *sdk;
    struct daemon_cell *daemon;
    struct {
        const char *name;
        uint64_t value;
    } arguments[GO_ARGUMENTS];
    unsigned count;
};

extern struct fake_go go;

/* The names of all exports; NULL at the end. */
extern const char *const go_exports[];

/* Forgets what was noted; answers with success from now on. */
void go_reset(void);

/* An argument of the last call, by the name that it has in capi/NAME.go. */
#define ARGUMENT(name) go_argument(#name)
#define POINTER(name) ((const void *)(uintptr_t)go_argument(#name))
uint64_t go_argument(const char *name);

/* For the fakes that fakes.awk makes. */
void go_note(const char *name);
void go_note_argument(const char *name, uint64_t value);
enum meshos_error go_answer(enum meshos_error error);

#endif
