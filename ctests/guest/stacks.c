/* Threads whose alternate stack, or whose own, is not the usual one. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "guest.h"

static NetMeshOsSdk *sdk;
static atomic_ulong numbers, handled;

static void handler(int signal) {
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

static void in_thread(void *(*function)(void *)) {
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, function, NULL) == 0);
    NEED(pthread_join(thread, NULL) == 0);
}

static void some_calls(int rounds) {
    for (int i = 0; i < rounds; i++) {
        all_calls(sdk, atomic_fetch_add(&numbers, 1));
        raise(SIGUSR1);
    }
}

static void begin(int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    NEED(sigaction(SIGUSR1, &action, NULL) == 0);
    sdk = start();
}

static stack_t set_stack(size_t size) {
    stack_t own = {.ss_sp = malloc(size), .ss_size = size};
    NEED(own.ss_sp && sigaltstack(&own, NULL) == 0);
    return own;
}

static bool is_stack(const stack_t *want) {
    stack_t now;
    NEED(sigaltstack(NULL, &now) == 0);
    return now.ss_sp == want->ss_sp && now.ss_size == want->ss_size;
}

static size_t smallest; /* 4 KB, or what a signal takes on this machine */

static void *with_a_small_one(void *unused) {
    stack_t own = set_stack(smallest);
    some_calls(50);
    NEED(is_stack(&own));
    return unused;
}

static void a_small_one_is_kept(void) {
    begin(SA_ONSTACK);
    long least = sysconf(_SC_MINSIGSTKSZ);
    smallest = least > 3072 ? (size_t)least + 1024 : 4096;
    in_thread(with_a_small_one);
    in_thread(with_a_small_one);
    NEED(atomic_load(&handled) == 100);
}

static void *taken_away(void *unused) {
    const stack_t none = {.ss_flags = SS_DISABLE};
    some_calls(20);
    NEED(sigaltstack(&none, NULL) == 0); /* the library's */
    some_calls(20);
    stack_t own = set_stack(65536);
    some_calls(20);
    NEED(is_stack(&own));
    NEED(sigaltstack(&none, NULL) == 0);
    free(own.ss_sp);
    some_calls(20);
    return unused;
}

static void one_may_be_taken_away(void) {
    begin(0);
    for (int i = 0; i < 10; i++)
        in_thread(taken_away);
}

/* A callback that gives its thread another one. */
static int exchange(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                    size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    stack_t before, own = {.ss_sp = malloc(65536), .ss_size = 65536};
    const stack_t none = {.ss_flags = SS_DISABLE};
    NEED(own.ss_sp && sigaltstack(&own, &before) == 0);
    raise(SIGUSR1);
    NEED(sigaltstack(sequence % 2 ? &before : &none, NULL) == 0);
    free(own.ss_sp);
    return 0;
}

static void *exchanging(void *unused) {
    static const NetMeshOsDaemonVtable vtable = {.process = exchange};
    NetMeshOsHandle *handle = daemon_with(sdk, atomic_fetch_add(&numbers, 1), &vtable, NULL);
    for (uint64_t i = 0; i < 200; i++) {
        const NetMeshOsEvent event = {1, i, NULL, 0};
        OK(net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(handle), &event, NULL, NULL));
        OK(net_meshos_ext_post(sdk, net_meshos_handle_daemon_id(handle), &event, 1, NULL));
        raise(SIGUSR1);
    }
    OK(net_meshos_ext_flush(sdk, 0, 0));
    net_meshos_handle_free(handle);
    return unused;
}

static void one_may_be_exchanged_in_a_callback(void) {
    begin(SA_ONSTACK);
    for (int i = 0; i < 5; i++)
        in_thread(exchanging);
}

/* Coroutines: calls from several stacks of one thread, and callbacks that switch. */
enum { COROUTINES = 4, COROUTINE_STACK = 256 << 10, SWITCHES = 40 };
static ucontext_t main_context, contexts[COROUTINES];

static void coroutine(void) {
    for (int i = 0; i < SWITCHES; i++) {
        some_calls(1);
        for (int c = 0; c < COROUTINES; c++) {
            char here;
            char *stack = contexts[c].uc_stack.ss_sp;
            if (&here >= stack && &here < stack + COROUTINE_STACK)
                NEED(swapcontext(&contexts[c], &main_context) == 0);
        }
    }
}

static void *run_coroutines(void *unused) {
    for (int c = 0; c < COROUTINES; c++) {
        NEED(getcontext(&contexts[c]) == 0);
        contexts[c].uc_stack.ss_sp = malloc(COROUTINE_STACK);
        contexts[c].uc_stack.ss_size = COROUTINE_STACK;
        contexts[c].uc_link = &main_context;
        NEED(contexts[c].uc_stack.ss_sp != NULL);
        makecontext(&contexts[c], coroutine, 0);
    }
    for (int i = 0; i < SWITCHES; i++)
        for (int c = 0; c < COROUTINES; c++) {
            NEED(swapcontext(&main_context, &contexts[c]) == 0);
            some_calls(1);
        }
    return unused;
}

static void coroutines_make_calls(void) {
    begin(0);
    in_thread(run_coroutines);
    run_coroutines(NULL);
}

/* The end of threads and of the process. */
static pthread_key_t key;
static NetMeshOsHandle *kept;

/* With the mask that the thread had. */
static void at_thread_end(void *round) {
    sigset_t mask;
    some_calls(2);
    OK(deliver(sdk, kept));
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    NEED(sigismember(&mask, SIGTERM) == 0 && sigismember(&mask, SIGUSR1) == 0 && sigismember(&mask, SIGUSR2) == 1);
    intptr_t n = (intptr_t)round;
    if (n > 1)
        pthread_setspecific(key, (void *)(n - 1));
}

static void block_usr2(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void *with_destructors(void *unused) {
    pthread_setspecific(key, (void *)3);
    some_calls(2);
    block_usr2();
    return unused;
}

/* A destructor that makes the thread's first call. */
static void *first_call_at_the_end(void *unused) {
    pthread_setspecific(key, (void *)1);
    block_usr2();
    return unused;
}

static void thread_destructors_make_calls(void) {
    NEED(pthread_key_create(&key, at_thread_end) == 0); /* before the library has its own */
    begin(SA_ONSTACK);
    kept = echo(sdk, 1);
    atomic_store(&numbers, 2);
    for (int i = 0; i < 30; i++) {
        in_thread(with_destructors);
        in_thread(first_call_at_the_end);
    }
    pthread_key_delete(key);
    NEED(pthread_key_create(&key, at_thread_end) == 0); /* and after */
    for (int i = 0; i < 30; i++)
        in_thread(with_destructors);
}

static void at_exit(void) {
    some_calls(5);
    OK(net_meshos_sdk_shutdown(sdk));
}

static void exit_normally(void) {
    begin(0);
    NEED(atexit(at_exit) == 0);
    some_calls(1);
    exit(0);
}

static void exit_handlers_make_calls(void) {
    in_child(exit_normally);
}

/* A thread costs little memory, and its end gives all of it back. */
static void *one_call(void *unused) {
    OK(deliver(sdk, kept));
    return unused;
}

static void *many_threads(void *barrier) {
    OK(deliver(sdk, kept));
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    return NULL;
}

static void threads_cost_little(void) {
    enum { THREADS = 200 };
    static pthread_t thread[THREADS];
    pthread_barrier_t barrier;
    pthread_attr_t small;
    begin(SA_ONSTACK);
    kept = echo(sdk, 1);
    in_thread(one_call);
    NEED(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 128 << 10);
    uint64_t before = status_of(0, "VmRSS", 10);
    for (int i = 0; i < THREADS; i++)
        NEED(pthread_create(&thread[i], &small, many_threads, &barrier) == 0);
    pthread_barrier_wait(&barrier);
    uint64_t with = status_of(0, "VmRSS", 10);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    printf("%lu KB for each thread\n", (unsigned long)(with - before) / THREADS);
    NEED(with - before < THREADS * 100);
}

static void threads_leave_nothing(void) {
    begin(SA_ONSTACK);
    kept = echo(sdk, 1);
    for (int i = 0; i < 200; i++)
        in_thread(one_call);
    uint64_t before = status_of(0, "VmSize", 10);
    for (int i = 0; i < 2000; i++)
        in_thread(one_call);
    NEED(status_of(0, "VmSize", 10) < before + 200000); /* 2,000 stacks would be 4 GB */
}

const struct test stack_tests[] = {
    {"stacks: a small alternate stack is kept", a_small_one_is_kept},
    {"stacks: one may be taken away", one_may_be_taken_away},
    {"stacks: one may be exchanged in a callback", one_may_be_exchanged_in_a_callback},
    {"stacks: coroutines make calls", coroutines_make_calls},
    {"stacks: destructors of threads make calls", thread_destructors_make_calls},
    {"stacks: exit handlers make calls", exit_handlers_make_calls},
    {"stacks: threads cost little", threads_cost_little},
    {"stacks: threads leave nothing", threads_leave_nothing},
    {NULL, NULL},
};
