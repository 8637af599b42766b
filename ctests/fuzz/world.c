/* A round: the threads of a plan, then the end, where everything must be accounted for. Runs in a child process. */
#include "ops.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

struct world world;
struct shared *shared;

/* The first word of the message, up to the colon, is what a smaller plan must fail with, too. */
_Noreturn void wrong(const char *format, ...) {
    int first = 0;
    if (atomic_compare_exchange_strong(&shared->failed, &first, 1)) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(shared->message, sizeof shared->message, format, arguments);
        va_end(arguments);
    }
    _exit(1);
}

/* A crash says where, as far as can be seen: in the library, the fuzzer, or at a page that has been closed. */
static void crashed(int number, siginfo_t *info, void *context) {
    const ucontext_t *machine = context;
    void *at = NULL;
#ifdef __x86_64__
    at = (void *)machine->uc_mcontext.gregs[REG_RIP];
#else
    (void)machine;
#endif
    Dl_info code = {0};
    dladdr(at, &code);
    wrong("crash: signal %d for address %p, by the code %s+%#lx %s", number, info->si_addr,
          code.dli_fname ? code.dli_fname : "?", (unsigned long)((char *)at - (char *)code.dli_fbase),
          code.dli_sname ? code.dli_sname : "");
}

static void say_where_it_crashes(void) {
    struct sigaction action = {.sa_sigaction = crashed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}

void op_run(enum op_kind kind, uint64_t random) {
    static void (*const functions[OP_KINDS])(uint64_t) = {
#define X(name) op_##name,
        FUZZ_OPS(X)
#undef X
    };
    if (!ops_left_out[kind])
        functions[kind](random);
}

static pthread_barrier_t begin;

/* With one thread a plan must answer the same each time: nothing is under way when the next operation comes. */
static void let_nothing_be_under_way(void) {
    for (int i = 0; i < SDK_SLOTS; i++) {
        struct sdk *sdk = atomic_load(&world.sdks[i]);
        if (sdk)
            CALL(net_meshos_ext_flush)(sdk->handle, 0, 5000);
    }
}

static void *run_thread(void *argument) {
    const int thread = (int)(intptr_t)argument;
    this_thread = thread;
    pthread_barrier_wait(&begin);
    for (size_t i = 0; i < world.plan.count; i++) {
        if (world.plan.ops[i].thread != thread)
            continue;
        atomic_store(&shared->at[thread], (int)i + 1);
        op_run((enum op_kind)world.plan.ops[i].kind, world.plan.ops[i].random);
        if (world.plan.threads == 1 && world.plan.profile == CHAOS)
            let_nothing_be_under_way();
    }
    atomic_store(&shared->at[thread], -1);
    return NULL;
}

void accounts_close(struct sdk *sdk);

static void end_world(void) {
    atomic_store(&world.calm, true);
    for (int i = 0; i < SDK_SLOTS; i++) {
        struct sdk *sdk = atomic_load(&world.sdks[i]);
        if (sdk)
            accounts_close(sdk);
    }
    for (int i = 0; i < DAEMON_SLOTS; i++) {
        struct record *record = atomic_exchange(&world.daemons[i], NULL);
        if (record) {
            CALL(net_meshos_handle_free)(record->handle);
            end_promised(record, "handle_free", true);
        }
    }
    for (int i = 0; i < SDK_SLOTS; i++) {
        struct sdk *sdk = atomic_exchange(&world.sdks[i], NULL);
        if (sdk) {
            const int status = CALL(net_meshos_sdk_shutdown)(sdk->handle);
            answer("sdk_shutdown", status, LIVE, " ");
            CALL(net_meshos_sdk_free)(sdk->handle);
        }
    }
}

/* What was ended from inside callbacks ends after them, and readers leave. */
static void all_is_over(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const time_t end = now.tv_sec + 10;
    const unsigned count = atomic_load(&world.record_count);
    bool over = false;
    while (!over) {
        over = atomic_load(&world.readers) == 0;
        for (unsigned i = 1; i <= count && i < MAX_RECORDS; i++) {
            const struct record *record = world.records[i];
            over &= !record->handle || !record->with_destroy || atomic_load(&record->destroyed) == 1;
            over &= atomic_load(&record->inside) == 0;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (!over && now.tv_sec > end)
            wrong("end: everything is freed, and %u readers wait, or a destroy has not come", atomic_load(&world.readers));
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

void world_run(const struct plan *plan, const char *library) {
    say_where_it_crashes();
    lib_open(library);
    world.plan = *plan;
    atomic_store(&world.exact, true);
    pthread_barrier_init(&begin, NULL, plan->threads);
    pthread_t threads[MAX_THREADS];
    for (uint32_t i = 0; i < plan->threads; i++)
        if (pthread_create(&threads[i], NULL, run_thread, (void *)(intptr_t)i) != 0)
            _exit(2);
    for (uint32_t i = 0; i < plan->threads; i++)
        pthread_join(threads[i], NULL);
    end_world();
    all_is_over();
    _exit(0);
}
