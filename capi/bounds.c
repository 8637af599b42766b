/* Where a thread's stack is. Go asks at each crossing from a stack that isn't the
 * thread's own, such as a coroutine's or that on which an FFI package makes calls,
 * and has no use for the answer. On the main thread the C library reads it out of
 * /proc/self/maps, which takes longer than any call. So each thread keeps its last
 * answer. Go's calls come here by --wrap=pthread_getattr_np, see signals.c. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

int __real_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);

/* Stacks that calls come from are at least so large in practice, and the thread's
 * own isn't so near. */
enum { NEAR = 32 << 10 };

static _Thread_local struct {
    void *low; /* NULL: not asked yet */
    size_t size;
    uintptr_t beside; /* was not on that stack when it was asked; 0: was */
} known __attribute__((tls_model("initial-exec")));

static bool is_within(uintptr_t here, uintptr_t low, size_t size) {
    return here - low < size;
}

/* A main thread's stack can grow by more than it was allowed when it was asked. So
 * only here, where it has been asked, it is known to be elsewhere. */
static bool is_known(uintptr_t here) {
    return known.low && (is_within(here, (uintptr_t)known.low, known.size) ||
                         (known.beside != 0 && is_within(here, known.beside - NEAR, (size_t)2 * NEAR)));
}

/* Of the attributes Go wants only the stack, of a calling thread. */
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr) {
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (is_known(here))
        return pthread_attr_setstack(attr, known.low, known.size);
    int error = __real_pthread_getattr_np(thread, attr);
    if (error == 0 && pthread_attr_getstack(attr, &known.low, &known.size) == 0)
        known.beside = is_within(here, (uintptr_t)known.low, known.size) ? 0 : here;
    return error;
}
