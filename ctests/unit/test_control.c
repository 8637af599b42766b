/* Receiving control events. */
#include <string.h>

#include "calls.h"

static NetMeshOsDaemonControl event;

/* What a call that fails leaves alone. */
static int end_event(int status) {
    if (status != 0) {
        NetMeshOsDaemonControl untouched;
        memset(&untouched, 0xA5, sizeof untouched);
        CHECK(memcmp(&event, &untouched, sizeof event) == 0);
    }
    return status;
}

static int try_next(unsigned faults, unsigned way) {
    memset(&event, 0xA5, sizeof event);
    return end_event(net_meshos_try_next_control(consumed_unless(faults, 3, way), UNLESS(faults, 2, &event, NULL)));
}

static int next(unsigned faults, unsigned way) {
    memset(&event, 0xA5, sizeof event);
    return end_event(net_meshos_next_control(consumed_unless(faults, 3, way), 1, UNLESS(faults, 2, &event, NULL)));
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"try_next_control", NULL, try_next,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_NULL_OUT, MESHOS_E_CONSUMED}},
        {"next_control", NULL, next,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_NULL_OUT, MESHOS_E_CONSUMED}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void events_are_received_without_go(void) {
    calls_begin();
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    for (uint64_t i = 1; i <= 4; i++)
        CHECK(mailbox_put(&d->mailbox, &(NetMeshOsDaemonControl){4, i, 0.5f}));
    for (uint64_t i = 1; i <= 4; i++) {
        meshos_fail(MESHOS_E_TIMEOUT);
        EXPECT(i % 2 ? net_meshos_try_next_control(handle, &event) : net_meshos_next_control(handle, 0, &event), 0,
               NULL);
        CHECK(event.kind == 4 && event.grace_period_ms == i && event.level == 0.5f);
    }
    static const NetMeshOsDaemonControl none;
    meshos_fail(MESHOS_E_TIMEOUT);
    EXPECT(net_meshos_try_next_control(handle, &event), 0, NULL);
    CHECK(memcmp(&event, &none, sizeof none) == 0);
    memset(&event, 0xA5, sizeof event);
    EXPECT(net_meshos_next_control(handle, 5, &event), 0, NULL);
    CHECK(memcmp(&event, &none, sizeof none) == 0);
    CHECK_U64(atomic_load(&go.calls), 0);
    calls_end();
}

/* A reader that has found its handle valid and has not written yet. */
static atomic_bool freed;

static void *free_handle(void *nothing) {
    (void)nothing;
    net_meshos_handle_free(handle);
    atomic_store(&freed, true);
    return NULL;
}

static void check_that_free_waits(bool quick) {
    calls_begin();
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    atomic_store(&freed, false);
    if (quick)
        CHECK(mailbox_enter_quickly(&d->mailbox));
    else
        mailbox_enter(&d->mailbox);
    pthread_t thread = thread_start(free_handle, NULL);
    uint64_t until = now_ns() + 200000000; /* what must not happen is waited for, and not for long */
    while (!atomic_load(&freed) && now_ns() < until)
        sched_yield();
    CHECK(!atomic_load(&freed));
    if (quick)
        mailbox_leave_quickly(&d->mailbox);
    else
        mailbox_leave(&d->mailbox);
    thread_join(thread);
    CHECK(atomic_load(&freed));
    NEED(net_meshos_register_daemon(sdk, "x", 1, (const uint8_t[32]){0}, &handle) == 0);
    calls_end();
}

static void free_waits_for_a_reader(void) {
    check_that_free_waits(false);
    check_that_free_waits(true);
}

/* One quick reader at a time; the others do without. */
static void two_readers_find_nothing(void) {
    static const NetMeshOsDaemonControl none;
    calls_begin();
    struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
    CHECK(mailbox_enter_quickly(&d->mailbox));
    CHECK(!mailbox_enter_quickly(&d->mailbox));
    memset(&event, 0xA5, sizeof event);
    EXPECT(net_meshos_try_next_control(handle, &event), 0, NULL);
    CHECK(memcmp(&event, &none, sizeof none) == 0);
    mailbox_leave_quickly(&d->mailbox);
    calls_end();
}

/* Readers that are anywhere in a call while their handle is freed, and then the
 * memory that they receive into. */
enum { READERS = 3, LIVES = 1500 };

static pthread_barrier_t born, buried;
static NetMeshOsDaemonControl received[READERS];

static void *receive_all_lives(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    for (int life = 0; life < LIVES; life++) {
        pthread_barrier_wait(&born);
        NetMeshOsHandle *mine = handle;
        int status;
        do
            status = me == 0 ? net_meshos_next_control(mine, 0, &received[me])
                             : net_meshos_try_next_control(mine, &received[me]);
        while (status == 0);
        CHECK_INT(status, -1);
        pthread_barrier_wait(&buried);
    }
    return NULL;
}

static void nothing_is_written_once_free_has_returned(void) {
    struct rng r = rng_new(1);
    NetMeshOsDaemonControl mine;
    memset(&mine, 0xA5, sizeof mine);
    calls_begin();
    pthread_barrier_init(&born, NULL, READERS + 1);
    pthread_barrier_init(&buried, NULL, READERS + 1);
    pthread_t threads[READERS];
    for (uintptr_t i = 0; i < READERS; i++)
        threads[i] = thread_start(receive_all_lives, (void *)i);
    for (int life = 0; life < LIVES; life++) {
        struct daemon_cell *d = slot_peek(&daemon_table, (uintptr_t)handle);
        pthread_barrier_wait(&born);
        for (uint64_t turns = rng_below(&r, 300); turns > 0; turns--)
            mailbox_put(&d->mailbox, &(NetMeshOsDaemonControl){1, turns, 0});
        net_meshos_handle_free(handle);
        for (size_t i = 0; i < READERS; i++)
            received[i] = mine;
        pthread_barrier_wait(&buried);
        for (size_t i = 0; i < READERS; i++)
            CHECK(memcmp(&received[i], &mine, sizeof mine) == 0);
        NEED(net_meshos_register_daemon(sdk, "x", 1, (const uint8_t[32]){0}, &handle) == 0);
    }
    for (int i = 0; i < READERS; i++)
        thread_join(threads[i]);
    go_reset();
    calls_end();
}

const struct test control_tests[] = {
    {"control: checks come in the header's order", checks_come_in_the_headers_order},
    {"control: events are received without Go", events_are_received_without_go},
    {"control: free waits for a reader", free_waits_for_a_reader},
    {"control: two readers find nothing", two_readers_find_nothing},
    {"control: nothing is written once free has returned (random)", nothing_is_written_once_free_has_returned},
    {NULL, NULL},
};
