//go:build linux

/* What Go may do to the host's signal handlers. The library is linked with
 * --wrap=sigaction, which makes Go's calls come here.
 *
 * Go may handle faults: SIGSEGV, SIGBUS, SIGFPE, of which it gets those that it
 * makes panics of, and passes on the others where the host has a handler. Where the
 * host has none it would print and end the process by another signal; so it does
 * not get to see those. It gets neither SIGPIPE, from which a host may want to die,
 * nor SIGURG, which it does not send (see start.c). And it does not change the
 * host's own handlers: to one without SA_ONSTACK it would add that, and the handler
 * would then run on a stack that may be too small for it. */
#define _GNU_SOURCE
#include "signals.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

/* The linker's name for what is wrapped; unwrapped.c has it for builds that don't
 * wrap. */
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

typedef void handler(int signal, siginfo_t *info, void *context);

static _Atomic uintptr_t go_begin, go_end;
static handler *_Atomic go_handler;         /* one for all signals */
static struct sigaction hosts[SIGSEGV + 1]; /* what the host had before Go's handler, by signal */

void signals_go_text(uintptr_t begin, uintptr_t end) {
    atomic_store(&go_begin, begin);
    atomic_store(&go_end, end);
}

static uintptr_t instruction(const void *context) {
    const ucontext_t *c = context;
#if defined(__x86_64__)
    return (uintptr_t)c->uc_mcontext.gregs[REG_RIP];
#elif defined(__s390x__)
    return (uintptr_t)c->uc_mcontext.psw.addr;
#else
    return (uintptr_t)c->uc_mcontext.pc;
#endif
}

static bool is_in_go(const void *context) {
    uintptr_t end = atomic_load(&go_end);
    return end == 0 || (instruction(context) >= atomic_load(&go_begin) && instruction(context) < end);
}

/* Whether Go makes a panic of a fault of its own: it divides by zero, or has no
 * pointer. At any other address it is one of the host's that it used. */
static bool is_panic(int signal, const siginfo_t *info) {
    enum { FIRST_PAGE = 4096 };
    return info->si_code > 0 && info->si_code != SI_KERNEL &&
           (signal == SIGFPE || (uintptr_t)info->si_addr < FIRST_PAGE);
}

static bool is_function(const struct sigaction *a) {
    return a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN;
}

static void call(const struct sigaction *host, int signal, siginfo_t *info, void *context) {
    if (host->sa_flags & SA_SIGINFO)
        host->sa_sigaction(signal, info, context);
    else
        host->sa_handler(signal);
}

/* As if there had never been a handler: the instruction is carried out again, or
 * the signal sent. */
static void end_by(int signal, const siginfo_t *info) {
    const struct sigaction none = {.sa_handler = SIG_DFL};
    __real_sigaction(signal, &none, NULL);
    if (info->si_code <= 0)
        pthread_kill(pthread_self(), signal);
}

static void sort(int signal, siginfo_t *info, void *context) {
    const struct sigaction *host = &hosts[signal];
    bool is_gos = is_in_go(context) ? is_panic(signal, info) : is_function(host);
    if (is_gos)
        atomic_load(&go_handler)(signal, info, context);
    else if (is_function(host))
        call(host, signal, info, context);
    else if (info->si_code > 0 || host->sa_handler != SIG_IGN)
        end_by(signal, info);
}

static bool is_fault(int signal) {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE;
}

static bool is_handler_of(const struct sigaction *a, const struct sigaction *b) {
    return is_function(a) && a->sa_handler == b->sa_handler;
}

static bool is_sort(const struct sigaction *a) {
    return (a->sa_flags & SA_SIGINFO) && a->sa_sigaction == sort;
}

/* What there is, as Go knows it. */
static int look(int signal, struct sigaction *now) {
    int status = __real_sigaction(signal, NULL, now);
    if (status == 0 && is_sort(now))
        now->sa_sigaction = atomic_load(&go_handler);
    return status;
}

static int install(int signal, const struct sigaction *action, const struct sigaction *now) {
    struct sigaction ours = *action;
    if (is_fault(signal) && is_function(action) && !is_handler_of(action, &hosts[signal])) {
        if (now->sa_sigaction != atomic_load(&go_handler))
            hosts[signal] = *now;
        atomic_store(&go_handler, action->sa_sigaction);
        ours.sa_sigaction = sort;
    }
    return __real_sigaction(signal, &ours, NULL);
}

int __wrap_sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    struct sigaction now;
    int status = look(signal, &now);
    if (status != 0)
        return status;
    if (action && signal != SIGPIPE && signal != SIGURG && !is_handler_of(&now, action))
        status = install(signal, action, &now);
    if (old)
        *old = now;
    return status;
}
