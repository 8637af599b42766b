/* The loan: delivers that take a daemon's token in C, and those that end in Go. */
#include <string.h>

#include "border.h"
#include "calls.h"
#include "loan_fixture.h"

static void a_lent_token_is_taken_and_put_back(void) {
    loan_begin();
    loan_lend(&loaned, 41);
    loan_deliver_in_c(3, 0);
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    CHECK_U64(loan_events(&loaned), loaned.processed);
    CHECK_U64(loan_outputs(&loaned), 3 * loaned.processed);
    loan_end();
}

/* The numbers of the outputs have no gaps, whichever way the deliver went and
 * whether or not its event failed. loan_reply checks each of them. */
static void outputs_reach_the_reply(void) {
    loan_begin();
    loan_lend(&loaned, 7);
    uint64_t outputs = 0;
    for (uint8_t i = 0; i < 240; i++) {
        bool fails = i % 11 == 5;
        EXPECT(loan_deliver_one(&loaned, i % 4, fails ? -3 : 0), fails ? -2 : 0, fails ? "process_failed" : NULL);
        net_meshos_clear_last_error();
        outputs += fails ? 0 : i % 4;
        CHECK_U64(loaned.replies, outputs);
        CHECK_U64(loan_outputs(&loaned), outputs);
        CHECK_U64(loan_events(&loaned), (uint64_t)i + 1);
        CHECK_U64(loaned.processed, (uint64_t)i + 1);
    }
    loan_end();
}

static void a_token_that_is_not_there_is_gos_to_wait_for(void) {
    loan_begin();
    loan_goes_the_long_way("nothing is lent", loan_deliver_one(&loaned, 1, 0), 0);
    loan_lend(&loaned, 1);
    static const char somebody;
    atomic_store(&loaned.cell->loan.token, (uintptr_t)&somebody & ~(uintptr_t)LOAN_WANTED);
    loan_goes_the_long_way("another deliver has it", loan_deliver_one(&loaned, 1, 0), 0);
    atomic_store(&loaned.cell->loan.token, LOAN_NONE);
    loan_goes_the_long_way("it has been taken back", loan_deliver_one(&loaned, 1, 0), 0);
    loan_end();
}

static void want_it(void) {
    CHECK_U64(border.inside, 0); /* a callback is outside */
    CHECK(loan_want(&loaned));
}

static void one_that_is_wanted_ends_in_go(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    loan_deliver_in_c(2, 0);
    loaned.during = want_it;
    uint64_t before = loan_events(&loaned);
    EXPECT(loan_deliver_one(&loaned, 2, 0), 0, NULL);
    CHECK_TEXT(go.last, "goReturned");
    CHECK_U64(loaned.last.handled, 1);
    CHECK_U64(loaned.last.emitted, 2);
    CHECK_U64(loaned.last.failed, 0);
    CHECK_U64(loaned.last.settled, before); /* without the event that has just been processed */
    CHECK_U64(loan_events(&loaned), before + 1);
    loan_end();
}

static void one_whose_event_fails_ends_in_go(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    EXPECT(loan_deliver_one(&loaned, 2, -9), -2, "process_failed");
    CHECK_TEXT(go.last, "goReturned");
    CHECK_U64(loaned.last.failed, 1);
    CHECK_INT(loaned.last.status, -9);
    CHECK_U64(loaned.last.emitted, 0);
    CHECK_U64(loaned.replies, 0);
    loan_end();
}

/* Whether Go wants the token or not: it comes back, and only that event isn't counted. */
static void a_defect_in_go_leaves_the_daemon(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    loan_deliver_in_c(1, 0);
    size_t live = alloc_live();
    const uint64_t events = loan_events(&loaned);
    loaned.panics = true;
    EXPECT(loan_deliver_one(&loaned, 0, -9), -2, "runtime_panic"); /* its failure is what Go is asked for */
    CHECK_U64(loaned.abandoned, 0);
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    loaned.during = want_it;
    EXPECT(loan_deliver_one(&loaned, 0, 0), -2, "runtime_panic");
    CHECK_U64(loaned.abandoned, 1);
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    CHECK_U64(loan_events(&loaned), events);
    loaned.panics = false;
    loaned.during = NULL;
    loan_deliver_in_c(1, 0);
    CHECK_U64(alloc_live(), live);
    loan_end();
}

static void take_30_ms(void) {
    for (uint64_t began = now_ns(); now_ns() - began < 30000000;)
        ;
}

static void one_that_takes_long_ends_in_go(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    loaned.during = take_30_ms;
    EXPECT(loan_deliver_one(&loaned, 1, 0), 0, NULL);
    CHECK_TEXT(go.last, "goReturned");
    CHECK_U64(loaned.last.timed, 1);
    CHECK(loaned.last.ns >= 30000000);
    loan_end();
}

/* The one after the untimed ones is timed, however short it is. */
static void the_exactly_timed_one_ends_in_go(void) {
    loan_begin();
    for (uint32_t untimed = 0; untimed < 4; untimed++) {
        loan_lend(&loaned, 1);
        loaned.cell->loan.untimed = untimed;
        for (uint32_t i = 0; i < untimed; i++)
            EXPECT(loan_deliver_one(&loaned, 1, 0), 0, NULL);
        go_reset();
        EXPECT(loan_deliver_one(&loaned, 1, 0), 0, NULL);
        CHECK_TEXT(go.last, "goReturned");
        CHECK_U64(loaned.last.timed, 1);
        CHECK_U64(loaned.cell->loan.untimed, 0);
    }
    loan_end();
}

/* Two daemons can have the same way, which leads to the one whose token was lent
 * last. */
static void another_daemon_on_the_same_way(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    loan_deliver_in_c(1, 0); /* makes the run */
    uint64_t processed = loaned.processed;
    size_t live = alloc_live();
    go_reset();
    struct loaned other = loaned;
    other.id += UINT64_C(1) << 16;
    loan_goes_the_long_way("another daemon", loan_deliver_one(&other, 1, 0), 0);
    struct sdk_cell *right = loaned.cell->sdk;
    loaned.cell->sdk = NULL;
    loan_goes_the_long_way("of another SDK", loan_deliver_one(&loaned, 1, 0), 0);
    loaned.cell->sdk = right;
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    CHECK_U64(loaned.processed, processed);
    CHECK_U64(loan_events(&loaned), processed);
    loan_deliver_in_c(1, 0);
    CHECK_U64(alloc_live(), live);
    loan_end();
}

static struct loaned second;

static void deliver_to_both(void) {
    if (loaned.nested++ > 0)
        return;
    unsigned asked = atomic_load(&go.calls);
    CHECK_INT(loan_deliver_one(&loaned, 1, 0), 0); /* the token is not there twice */
    CHECK_U64(atomic_load(&go.calls), asked + 1);
    CHECK_TEXT(go.last, "goDeliver");
    CHECK(POINTER(frame) != NULL);
    asked = atomic_load(&go.calls);
    CHECK_INT(loan_deliver_one(&second, 2, 0), 0);
    CHECK_U64(second.processed, 1);
    CHECK_U64(second.replies, 2);
    if (atomic_load(&go.calls) != asked) /* a tick of the rough clock came meanwhile */
        CHECK_TEXT(go.last, "goReturned");
    CHECK_U64(border.inside, 0);
}

static void a_nested_deliver_takes_another_token(void) {
    loan_begin();
    loan_daemon(&second, consumed);
    loan_lend(&loaned, 1);
    loan_lend(&second, 100);
    loaned.during = deliver_to_both;
    CHECK_INT(loan_deliver_one(&loaned, 1, 0), 0);
    CHECK_U64(loaned.nested, 1);
    CHECK_U64(loaned.processed, 1);
    CHECK_U64(loaned.replies, 1);
    CHECK_U64(border.inside, 0);
    CHECK(frame_current() == NULL);
    loan_end();
}

static void a_bad_argument_is_found_the_long_way(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    NetMeshOsEvent e = {11, 12, NULL, 1};
    EXPECT(net_meshos_ext_deliver(sdk, loaned.id, &e, NULL, NULL), -3, "invalid_argument");
    EXPECT(net_meshos_ext_deliver(sdk, loaned.id, NULL, NULL, NULL), -3, "invalid_argument");
    EXPECT(net_meshos_ext_deliver(NULL, loaned.id, &e, NULL, NULL), -1, "invalid_argument");
    for (unsigned way = 0; way < INVALID_WAYS; way++)
        EXPECT(net_meshos_ext_deliver(invalid_sdk(way), loaned.id, &e, NULL, NULL), -1, "invalid_handle");
    CHECK_U64(go.calls, 0);
    loaned.cell->sdk->max_payload = 3;
    net_meshos_clear_last_error();
    loan_goes_the_long_way("a payload above the bound", loan_deliver_one(&loaned, 1, 0), 0); /* it has 4 bytes */
    loaned.cell->sdk->max_payload = 4;
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    CHECK_U64(loaned.processed, 0);
    loan_deliver_in_c(1, 0);
    e.payload_len = 0;
    EXPECT(net_meshos_ext_deliver(sdk, loaned.id, &e, NULL, NULL), 0, NULL);
    loan_end();
}

static void a_handler_is_refused(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    border.inside = 1;
    EXPECT(loan_deliver_one(&loaned, 1, 0), -2, "invalid_state");
    CHECK_U64(border.inside, 1);
    border.inside = 0;
    CHECK_U64(go.calls, 0);
    CHECK_U64(loaned.processed, 0);
    CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
    loan_end();
}

static void without_memory_for_a_run_go_is_asked(void) {
    for (unsigned after = 0; after < 2; after++) {
        loan_begin();
        loan_lend(&loaned, 1);
        alloc_fail_after(after);
        int status = loan_deliver_one(&loaned, 1, 0);
        CHECK(alloc_has_failed());
        loan_goes_the_long_way("no memory", status, 0);
        CHECK_U64(atomic_load(&loaned.cell->loan.token), LOAN_IDLE);
        loan_end();
    }
}

/* Runs are used again: many delivers make one, and one more for each that is nested. */
static void runs_are_not_leaked(void) {
    loan_begin();
    loan_lend(&loaned, 1);
    loan_deliver_in_c(1, 0);
    size_t live = alloc_live();
    for (int i = 0; i < 1000; i++) {
        loaned.during = i % 5 == 0 ? want_it : NULL;
        EXPECT(loan_deliver_one(&loaned, 1, 0), 0, NULL);
    }
    CHECK_U64(alloc_live(), live);
    loan_end();
}

const struct test loan_tests[] = {
    {"loan: a lent token is taken and put back", a_lent_token_is_taken_and_put_back},
    {"loan: outputs reach the reply", outputs_reach_the_reply},
    {"loan: a token that is not there is Go's to wait for", a_token_that_is_not_there_is_gos_to_wait_for},
    {"loan: one that is wanted ends in Go", one_that_is_wanted_ends_in_go},
    {"loan: one whose event fails ends in Go", one_whose_event_fails_ends_in_go},
    {"loan: a defect in Go leaves the daemon", a_defect_in_go_leaves_the_daemon},
    {"loan: one that takes long ends in Go", one_that_takes_long_ends_in_go},
    {"loan: the exactly timed one ends in Go", the_exactly_timed_one_ends_in_go},
    {"loan: another daemon on the same way", another_daemon_on_the_same_way},
    {"loan: a nested deliver takes another token", a_nested_deliver_takes_another_token},
    {"loan: a bad argument is found the long way", a_bad_argument_is_found_the_long_way},
    {"loan: a handler is refused", a_handler_is_refused},
    {"loan: without memory for a run Go is asked", without_memory_for_a_run_go_is_asked},
    {"loan: runs are not leaked", runs_are_not_leaked},
    {NULL, NULL},
};
