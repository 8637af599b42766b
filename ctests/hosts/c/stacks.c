/* A host whose threads do what they like with their alternate signal stacks between and during calls.
 *   stacks small       a stack as small as the system allows, and a handler on it
 *   stacks taken       taken away after calls, as Rust's std does when a thread ends, and more calls
 *   stacks exchanged   another one set within a callback that runs on the caller's thread
 *   stacks destructors thread-local destructors and an exit handler that call the library
 *   stacks handler     a handler that calls the library, whatever it has interrupted */
#include "host.h"

#include <signal.h>

enum { ROUNDS = 50 };

static NetMeshOsSdk *sdk;
static atomic_long handled;

static void count(int signal) {
    (void)signal;
    atomic_fetch_add(&handled, 1);
}

static void install(int signal, void (*function)(int), int flags) {
    struct sigaction action = {.sa_handler = function, .sa_flags = flags | SA_RESTART};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(signal, &action, NULL) == 0);
}

static void use_stack(stack_t *stack, size_t size) {
    *stack = (stack_t){.ss_sp = malloc(size), .ss_size = size};
    CHECK(stack->ss_sp && sigaltstack(stack, NULL) == 0);
}

static void have_stack(const stack_t *stack) {
    stack_t found;
    CHECK(sigaltstack(NULL, &found) == 0);
    CHECK(found.ss_sp == stack->ss_sp && found.ss_size == stack->ss_size && found.ss_flags == 0);
}

static void no_stack(stack_t *stack) {
    CHECK(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) == 0);
    free(stack->ss_sp);
}

static void *small(void *nothing) {
    stack_t stack;
    const long least = sysconf(_SC_MINSIGSTKSZ);
    use_stack(&stack, (size_t)(least > 2048 ? least : 2048) + 2048);
    for (int i = 0; i < ROUNDS; i++) {
        host_round(sdk);
        pthread_kill(pthread_self(), SIGUSR1);
        have_stack(&stack);
    }
    no_stack(&stack);
    return nothing;
}

static void *taken(void *nothing) {
    stack_t stack;
    use_stack(&stack, 65536);
    host_round(sdk);
    no_stack(&stack);
    for (int i = 0; i < ROUNDS; i++)
        host_round(sdk);
    CHECK(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL) == 0);
    for (int i = 0; i < ROUNDS; i++)
        host_round(sdk);
    return nothing;
}

static _Thread_local stack_t own_stack;

static int exchange(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                    const uint8_t *payload, size_t len) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)len;
    stack_t before = own_stack;
    use_stack(&own_stack, 65536);
    free(before.ss_sp);
    pthread_kill(pthread_self(), SIGUSR1);
    return 0;
}

static void *exchanged(void *nothing) {
    const NetMeshOsDaemonVtable table = {.process = exchange};
    NetMeshOsHandle *handle = host_register(sdk, &table, NULL);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK(net_meshos_ext_deliver(sdk, id, &host_hello, NULL, NULL) == NET_MESHOS_OK);
        have_stack(&own_stack);
        pthread_kill(pthread_self(), SIGUSR1);
    }
    no_stack(&own_stack);
    net_meshos_handle_free(handle);
    return nothing;
}

static pthread_key_t key;

static void destructor(void *rounds) {
    host_round(sdk);
    /* Set again, so that it also runs after whatever the library itself does at a thread's end. */
    if ((intptr_t)rounds > 1)
        pthread_setspecific(key, (void *)((intptr_t)rounds - 1));
}

static void *destructors(void *nothing) {
    pthread_setspecific(key, (void *)(intptr_t)3);
    host_round(sdk);
    return nothing;
}

static void at_exit(void) {
    host_round(sdk);
    puts("an exit handler called");
}

static atomic_long refused, answered;

/* Async-signal-safe but for the library's own calls, which is what is tested. */
static void calling(int signal) {
    (void)signal;
    const int status = net_meshos_ext_post(sdk, 1, &host_hello, 1, NULL);
    if (status == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("invalid_state"))
        atomic_fetch_add(&refused, 1);
    else if (status == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("not_found"))
        atomic_fetch_add(&answered, 1);
    else
        abort();
}

static void *in_handler(void *nothing) {
    NetMeshOsHandle *handle = host_register(sdk, &host_table, NULL);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    while (!atomic_load(&host_stop))
        CHECK(net_meshos_ext_deliver(sdk, id, &host_hello, NULL, NULL) == NET_MESHOS_OK);
    net_meshos_handle_free(handle);
    return nothing;
}

static void from_handlers(pthread_t *threads) {
    for (int i = 0; i < 20000; i++) {
        CHECK(pthread_kill(threads[i % HOST_THREADS], SIGUSR1) == 0);
        if (i % 100 == 0)
            nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    AWAIT(atomic_load(&refused) > 0 && atomic_load(&answered) + atomic_load(&refused) > 100);
    atomic_store(&host_stop, true);
}

int main(int arguments, char **argument) {
    CHECK(arguments == 2);
    const char *what = argument[1];
    void *(*thread)(void *) = strcmp(what, "small") == 0         ? small
                              : strcmp(what, "taken") == 0       ? taken
                              : strcmp(what, "exchanged") == 0   ? exchanged
                              : strcmp(what, "destructors") == 0 ? destructors
                              : strcmp(what, "handler") == 0     ? in_handler
                                                                 : NULL;
    CHECK(thread);
    sdk = host_start();
    CHECK(pthread_key_create(&key, destructor) == 0);
    install(SIGUSR1, thread == in_handler ? calling : count, SA_ONSTACK);
    pthread_t threads[HOST_THREADS];
    for (int i = 0; i < HOST_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, thread, NULL) == 0);
    if (thread == in_handler)
        from_handlers(threads);
    for (int i = 0; i < HOST_THREADS; i++)
        pthread_join(threads[i], NULL);
    if (thread == small || thread == exchanged)
        CHECK(atomic_load(&handled) >= HOST_THREADS * ROUNDS);
    if (thread == in_handler)
        printf("%ld calls refused, %ld answered\n", (long)refused, (long)answered);
    if (thread == destructors)
        return atexit(at_exit);
    host_end(sdk);
    return 0;
}
