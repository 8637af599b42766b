/* Notices callbacks of one daemon that overlap, or that come after the daemon's end.
 *
 * Part of whatever records a daemon's calls, all zero at first. On any thread: that is what it is for. */
#ifndef HARNESS_CALL_WATCH_H
#define HARNESS_CALL_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>

struct call_watch {
    atomic_int running;   /* callbacks that run now */
    atomic_bool overlap;  /* two of them did at once */
    atomic_bool over;     /* set by the test: from now on none may be called */
    atomic_bool too_late; /* one was */
};

/* At the begin and the end of each callback. */
void call_watch_enter(struct call_watch *w);
void call_watch_leave(struct call_watch *w);

/* Fails the test if callbacks overlapped or came too late. */
#define CHECK_CALLS(w) check_calls(__FILE__, __LINE__, (w))
void check_calls(const char *file, int line, struct call_watch *w);

#endif
