//go:build linux

/* Signal handlers of the host run on whatever thread the kernel chooses, also on
 * one that is in Go. There are two cases.
 *
 * A handler with SA_ONSTACK runs on the thread's alternate stack. A thread that has
 * none would get Go's, which is 32 KB in the midst of Go's heap. It gets one from
 * here before Go sees it: large, with a guard, and not touched until a handler
 * needs it. One that the host has set is the host's choice and stays.
 *
 * A handler without SA_ONSTACK runs on the stack that the thread is on, in Go that
 * of a goroutine, which begins with 8 KB and stands in Go's heap. So the goroutine
 * that a thread of the host has in Go is given a large stack at once. Nothing else
 * than the goroutine writes to it, and Go does not look at it while a handler
 * runs: the goroutine counts as running.
 *
 * Threads of the library block the host's signals and need neither, but handlers
 * for faults of the host's callbacks run there too. */
#define _GNU_SOURCE
#include "stacks.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "_cgo_export.h"
#include "border.h"
#include "errors.h"

_Thread_local struct border border;

/* Room for handlers of 256 KB for several signals, one within another. */
#define STACK_SIZE ((size_t)2 << 20)

/* One page below it can't be touched. */
static size_t guard_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *map_stack(void) {
    size_t guard = guard_size();
    char *base = mmap(NULL, guard + STACK_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (mprotect(base + guard, STACK_SIZE, PROT_READ | PROT_WRITE) != 0) {
        munmap(base, guard + STACK_SIZE);
        return NULL;
    }
    return base + guard;
}

static void unmap_stack(void *stack) {
    munmap((char *)stack - guard_size(), guard_size() + STACK_SIZE);
}

/* A mask's first 64 signals are all that there are. */
static void save_mask(const sigset_t *mask) {
    memcpy(&border.mask, mask, sizeof border.mask);
}

static void restore_mask(void) {
    sigset_t mask;
    sigemptyset(&mask);
    memcpy(&mask, &border.mask, sizeof border.mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* The end of a thread. Functions of three keys are called for it, mostly in the
 * order in which the keys were made: that of stack_key, Go's own, which leaves all
 * signals blocked, and that of mask_key. */
static pthread_key_t stack_key, mask_key;
static bool has_stack_key, has_mask_key;

/* Functions of the host's may come after this one and make calls, and Go's does:
 * so the stack stays for one round more. It is not taken away while a handler runs
 * on it. */
static void take_back(void *stack) {
    if (!border.ending) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        save_mask(&mask);
        border.ending = true;
        border.ready = false; /* Go forgets the thread: the next call is a first one */
        if (pthread_setspecific(stack_key, stack) == 0)
            return;
    }
    stack_t now;
    if (stack == &border)
        return; /* the host's own */
    if (sigaltstack(NULL, &now) == 0 && now.ss_sp == stack) {
        const stack_t none = {.ss_flags = SS_DISABLE};
        if (sigaltstack(&none, NULL) != 0)
            return;
    }
    unmap_stack(stack);
}

static void unblock_again(void *unused) {
    (void)unused;
    restore_mask();
}

static void make_stack_key(void) {
    has_stack_key = pthread_key_create(&stack_key, take_back) == 0;
}

static void make_mask_key(void) {
    has_mask_key = pthread_key_create(&mask_key, unblock_again) == 0;
}

/* Without memory, and where nothing would take it back, the thread gets Go's. */
static void give_stack(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_stack_key);
    if (!has_stack_key || border.ending || pthread_setspecific(stack_key, &border) != 0)
        return;
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE))
        return;
    void *stack = map_stack();
    if (!stack)
        return;
    const stack_t own = {.ss_sp = stack, .ss_size = STACK_SIZE};
    if (sigaltstack(&own, NULL) != 0 || pthread_setspecific(stack_key, stack) != 0)
        unmap_stack(stack);
}

static void use_mask_key(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_mask_key);
    if (has_mask_key)
        pthread_setspecific(mask_key, &border);
}

/* Until its goroutine's stack is large, a thread must run no handler in Go. Besides,
 * Go unblocks the signals of faults on each thread that it sees; what the host has
 * blocked stays blocked. */
void border_prepare(void) {
    sigset_t all, mask;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    save_mask(&mask);
    give_stack();
    goPrepareThread();
    meshos_error_forget(); /* as after every crossing that reports no error */
    use_mask_key();
    border.ready = !border.ending;
    restore_mask();
}

void stacks_of_own_thread(void) {
    give_stack();
    border.ready = true;
}
