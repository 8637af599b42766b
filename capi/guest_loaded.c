//go:build darwin || windows

/* What a call finds where Go starts with the load of the library, and needs none of
 * what start.c, threads.c and stacks.c prepare on Linux: see guest_darwin.c and
 * guest_windows.c. */
#include <stddef.h>
#if defined __APPLE__ || defined _WIN32
#include "border.h"
#include "start.h"
#include "threads.h"

_Thread_local struct border border;

/* Go prepares a thread at each of its crossings. */
void border_prepare(void) {
    border.ready = true;
}

/* Go makes its threads itself. */
int32_t threads_for_workers_made = INT32_MAX;

bool threads_for_workers(int64_t workers) {
    return workers <= INT32_MAX;
}

enum meshos_error start_go(void) {
    return MESHOS_OK;
}

void start_sdk_over(void) {}

/* A child that is forked, where there are any, has none of Go's threads. */
bool start_has_begun(void) {
    return true;
}

bool start_release_descriptors(void) {
    return false;
}
#endif
