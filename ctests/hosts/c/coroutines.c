/* A host whose threads run coroutines on stacks of their own: calls come from one stack and then from another, and a
 * callback leaves for another coroutine, which makes calls and comes back.
 *   coroutines KILOBYTES: of each coroutine's stack */
#include "host.h"

#include <sys/mman.h>
#include <ucontext.h>

enum { COROUTINES = 6, ROUNDS = 15 };

static NetMeshOsSdk *sdk;

struct scheduler {
    ucontext_t main, coroutines[COROUTINES], nested;
    ucontext_t *in_callback; /* where the nested coroutine comes back to */
    int running, left, visits;
};
static _Thread_local struct scheduler *scheduler;

static void run_rounds(void) {
    struct scheduler *s = scheduler;
    const int self = s->running;
    for (int i = 0; i < ROUNDS; i++) {
        host_round(sdk);
        swapcontext(&s->coroutines[self], &s->main);
    }
    s->left--;
    swapcontext(&s->coroutines[self], &s->main);
}

/* Runs while a callback is suspended, on a stack of its own. */
static void visit(void) {
    struct scheduler *s = scheduler;
    for (;;) {
        host_round(sdk);
        s->visits++;
        swapcontext(&s->nested, s->in_callback);
    }
}

static int leaves(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                  size_t len) {
    (void)origin, (void)sequence;
    struct scheduler *s = ctx;
    ucontext_t here;
    s->in_callback = &here;
    swapcontext(&here, &s->nested);
    net_meshos_process_emit(emit, payload, len);
    return 0;
}

static void prepare(ucontext_t *context, size_t stack, void (*function)(void)) {
    CHECK(getcontext(context) == 0);
    context->uc_stack.ss_size = stack;
    context->uc_stack.ss_sp =
        mmap(NULL, stack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    CHECK(context->uc_stack.ss_sp != MAP_FAILED);
    context->uc_link = NULL;
    makecontext(context, function, 0);
}

static void *thread(void *stack) {
    const size_t size = (size_t)(uintptr_t)stack;
    struct scheduler s = {.left = COROUTINES};
    scheduler = &s;
    for (int i = 0; i < COROUTINES; i++)
        prepare(&s.coroutines[i], size, run_rounds);
    /* Each is resumed once more than it has rounds, and all take turns. */
    for (int i = 0; i <= ROUNDS; i++)
        for (s.running = 0; s.running < COROUTINES; s.running++)
            swapcontext(&s.main, &s.coroutines[s.running]);
    CHECK(s.left == 0);

    prepare(&s.nested, size, visit);
    const NetMeshOsDaemonVtable table = {.process = leaves};
    NetMeshOsHandle *handle = host_register(sdk, &table, &s);
    int outputs = 0;
    for (int i = 0; i < ROUNDS; i++)
        CHECK(net_meshos_ext_deliver(sdk, net_meshos_handle_daemon_id(handle), &host_hello, host_count_output, &outputs) ==
              NET_MESHOS_OK);
    CHECK(outputs == ROUNDS && s.visits == ROUNDS);
    net_meshos_handle_free(handle);
    for (int i = 0; i < COROUTINES; i++)
        munmap(s.coroutines[i].uc_stack.ss_sp, size);
    munmap(s.nested.uc_stack.ss_sp, size);
    return NULL;
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    const size_t stack = strtoul(arguments[1], NULL, 10) * 1024;
    sdk = host_start();
    pthread_t threads[HOST_THREADS];
    for (int i = 0; i < HOST_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, thread, (void *)(uintptr_t)stack) == 0);
    for (int i = 0; i < HOST_THREADS; i++)
        pthread_join(threads[i], NULL);
    host_end(sdk);
    return 0;
}
