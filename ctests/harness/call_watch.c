#include "call_watch.h"

#include "check.h"

void call_watch_enter(struct call_watch *w) {
    if (atomic_fetch_add(&w->running, 1) != 0)
        atomic_store(&w->overlap, true);
    if (atomic_load(&w->over))
        atomic_store(&w->too_late, true);
}

void call_watch_leave(struct call_watch *w) {
    atomic_fetch_sub(&w->running, 1);
}

void check_calls(const char *file, int line, struct call_watch *w) {
    check_true(file, line, "no overlap of callbacks", !atomic_load(&w->overlap));
    check_true(file, line, "no callback after the end", !atomic_load(&w->too_late));
}
