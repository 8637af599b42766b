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

#include "start.h"

const char *start_setting(const char *name) {
    return issetugid() ? NULL : getenv(name);
}
#endif
