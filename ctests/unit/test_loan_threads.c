/* Many threads that deliver to one daemon while its token is taken back and lent. */
#include <sched.h>

#include "checks.h"
#include "loan_fixture.h"

enum { DELIVERERS = 4, DELIVERS = 20000 };

static atomic_uint delivering;
static bool misled;

/* Without net_meshos_ext_deliver: what finds no token would ask Go, whose fake is
 * for one thread. The token's holder may. */
static bool try_deliver(uint64_t id) {
    const uint8_t payload[4] = {2};
    const NetMeshOsEvent e = {11, 12, payload, sizeof payload};
    enum meshos_error error = MESHOS_E_TIMEOUT;
    bool took = loan_deliver((uintptr_t)sdk, id, &e, loan_reply, &loaned, &error);
    CHECK_INT(error, took ? MESHOS_OK : MESHOS_E_TIMEOUT);
    return took;
}

static void *deliver_many(void *number) {
    bool right = !misled || (uintptr_t)number == 0;
    for (int i = 0; right && i < DELIVERS; i++)
        while (!try_deliver(loaned.id))
            sched_yield();
    for (int i = 0; !right && i < 10 * DELIVERS; i++) /* to another daemon with the same way */
        CHECK(!try_deliver(loaned.id + (UINT64_C(1) << 16)));
    CHECK(!border_is_inside());
    atomic_fetch_sub(&delivering, 1);
    return NULL;
}

/* Takes the token back again and again; a deliver that has it gives it to Go. */
static void *recall_and_lend(void *nothing) {
    (void)nothing;
    while (atomic_load(&delivering) > 0) {
        uintptr_t idle = LOAN_IDLE;
        if (atomic_compare_exchange_strong(&loaned.cell->loan.token, &idle, LOAN_NONE)) {
            loan_settle(&loaned);
            atomic_store(&loaned.cell->loan.token, LOAN_IDLE);
        } else {
            loan_want(&loaned);
        }
    }
    return NULL;
}

static void run(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    atomic_store(&delivering, DELIVERERS);
    pthread_t recaller = thread_start(recall_and_lend, NULL);
    threads_run(DELIVERERS, deliver_many);
    thread_join(recaller);
    CHECK_U64(loaned.processed, (uint64_t)(misled ? 1 : DELIVERERS) * DELIVERS);
    CHECK_U64(loan_events(&loaned), loaned.processed);
    CHECK_U64(loan_outputs(&loaned), 2 * loaned.processed);
    CHECK_U64(loaned.replies, 2 * loaned.processed);
    CHECK_U64(loaned.next_output, 1 + 2 * loaned.processed);
    loan_end();
}

static void delivers_at_once(void) {
    run();
}

static void delivers_on_a_way_that_misleads(void) {
    misled = true;
    run();
}

const struct test loan_threads_tests[] = {
    {"loan threads: delivers at once", delivers_at_once},
    {"loan threads: delivers on a way that misleads", delivers_on_a_way_that_misleads},
    {NULL, NULL},
};
