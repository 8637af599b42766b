/* How Go lives in a process of macOS. The loader starts it when it loads the library,
 * and a call waits until it is ready: what start.c, relocate.c, threads.c and
 * resources.c do on Linux needs ELF, its linker and /proc. Go's own handlers for
 * SIGSEGV, SIGBUS, SIGFPE and SIGPIPE are there from then on, and hand on to the host's
 * what is not Go's: signals.c needs a linker that wraps functions. A handler of the
 * host's needs SA_ONSTACK: the stacks that stacks.c prepares for others would not stay,
 * because no GODEBUG of ours is there when Go starts. */
#include <stddef.h>
#ifdef __APPLE__
#include <stdlib.h>
#include <unistd.h>

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

/* From the load on: a child that is forked has none of Go's threads. */
bool start_has_begun(void) {
    return true;
}

bool start_release_descriptors(void) {
    return false;
}

const char *start_setting(const char *name) {
    return issetugid() ? NULL : getenv(name);
}
#endif
