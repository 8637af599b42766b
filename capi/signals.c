/* What Go may do to the host's signal handlers. The library is linked with
 * --wrap=sigaction, which makes Go's calls come here.
 *
 * Go may handle faults: SIGSEGV, SIGBUS, SIGFPE, which it passes on where they are
 * not its own. It gets neither SIGPIPE, from which a host may want to die, nor
 * SIGURG, which it does not send (see start.c). And it does not change the host's
 * own handlers: to one without SA_ONSTACK it would add that, and the handler would
 * then run on a stack that may be too small for it. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* The linker's name for what is wrapped. Weak, for builds that don't wrap. */
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old) __attribute__((weak));

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

static bool is_handler_of(const struct sigaction *a, const struct sigaction *b) {
    return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN && a->sa_handler == b->sa_handler;
}

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    struct sigaction now;
    if (!action || signal == SIGPIPE || signal == SIGURG)
        return __real_sigaction(signal, NULL, old);
    if (__real_sigaction(signal, NULL, &now) == 0 && is_handler_of(&now, action)) {
        if (old)
            *old = now;
        return 0;
    }
    return __real_sigaction(signal, action, old);
}
