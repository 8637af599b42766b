/* The Go runtime takes SIGPIPE over, so that a host which relied on dying from
 * it would not any more. The library writes to no pipe and has no use for the
 * signal. It is linked with --wrap=sigaction, which makes the runtime's calls
 * come here. */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>

/* The linker's name for what is wrapped. Weak, for builds that don't wrap. */
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old) __attribute__((weak));

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    return __real_sigaction(signal, signal == SIGPIPE ? NULL : action, old);
}
