//go:build linux

/* Where a thread's stack is. Go asks at each crossing from a stack that isn't the
 * thread's own, such as a coroutine's or that on which an FFI package makes calls,
 * and has no use for the answer. On the main thread the C library reads it out of
 * /proc/self/maps, which takes longer than any call. So each thread keeps its last
 * answer. Go's calls come here by --wrap=pthread_getattr_np, see signals.c. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

int __real_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);

/* Stacks that calls come from are at least so large in practice, and the thread's
 * own isn't so near. */
enum { NEAR = 32 << 10 };

/* In memory of its own, because the static TLS block has little room and few threads
 * need this. */
struct known {
    void *low;
    size_t size;
    uintptr_t beside; /* was not on that stack when it was asked; 0: was */
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_key;

static void make_key(void) {
    have_key = pthread_key_create(&key, free) == 0;
}

/* What the calling thread knows; NULL: nothing yet. */
static const struct known *get_known(void) {
    pthread_once(&once, make_key);
    return have_key ? pthread_getspecific(key) : NULL;
}

/* Without memory it isn't kept, and asked again. */
static void keep(struct known known) {
    struct known *kept = have_key ? pthread_getspecific(key) : NULL;
    if (!kept) {
        kept = have_key ? malloc(sizeof *kept) : NULL;
        if (!kept || pthread_setspecific(key, kept) != 0) {
            free(kept);
            return;
        }
    }
    *kept = known;
}

static bool is_within(uintptr_t here, uintptr_t low, size_t size) {
    return here - low < size;
}

/* A main thread's stack can grow by more than it was allowed when it was asked. So
 * only here, where it has been asked, it is known to be elsewhere. */
static bool is_known(const struct known *k, uintptr_t here) {
    return k && (is_within(here, (uintptr_t)k->low, k->size) ||
                 (k->beside != 0 && is_within(here, k->beside - NEAR, (size_t)2 * NEAR)));
}

/* Of the attributes Go wants only the stack, of a calling thread. */
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr) {
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const struct known *known = get_known();
    if (is_known(known, here))
        return pthread_attr_setstack(attr, known->low, known->size);
    struct known now;
    int error = __real_pthread_getattr_np(thread, attr);
    if (error == 0 && pthread_attr_getstack(attr, &now.low, &now.size) == 0) {
        now.beside = is_within(here, (uintptr_t)now.low, now.size) ? 0 : here;
        keep(now);
    }
    return error;
}
