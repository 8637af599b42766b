/* Events handed over, and where outputs go. */
#include "calls.h"

static char marker;

static void output(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                   const uint8_t *payload, size_t length) {
    (void)ctx, (void)daemon_id, (void)in_origin, (void)in_sequence, (void)out_sequence, (void)payload, (void)length;
}

static NetMeshOsEvent event_unless(unsigned faults, unsigned null_payload, unsigned length) {
    return (NetMeshOsEvent){1, 2, UNLESS(faults, null_payload, (const uint8_t *)"abc", NULL),
                            UNLESS(faults, length, 3, SIZE_MAX)};
}

static int deliver(unsigned faults, unsigned way) {
    NetMeshOsEvent e = event_unless(faults, 3, 4);
    return net_meshos_ext_deliver(sdk_unless(faults, way), 9, UNLESS(faults, 2, &e, NULL), output, &marker);
}

/* The bad event is the last one. */
static int post(unsigned faults, unsigned way) {
    NetMeshOsEvent events[3] = {event_unless(0, 0, 0), event_unless(0, 0, 0), event_unless(faults, 4, 5)};
    size_t accepted = 77, n = UNLESS(faults, 3, 3, SIZE_MAX / sizeof *events);
    int status = net_meshos_ext_post(sdk_unless(faults, way), 9, UNLESS(faults, 2, events, NULL), n, &accepted);
    CHECK_U64(accepted, status == 0 ? 1 : 0);
    return status;
}

static int post_wait(unsigned faults, unsigned way) {
    NetMeshOsEvent events[3] = {event_unless(0, 0, 0), event_unless(0, 0, 0), event_unless(faults, 4, 5)};
    size_t accepted = 77, n = UNLESS(faults, 3, 3, SIZE_MAX / sizeof *events);
    int status = net_meshos_ext_post_wait(sdk_unless(faults, way), 9, UNLESS(faults, 2, events, NULL), n, 5, &accepted);
    CHECK_U64(accepted, status == 0 ? 1 : 0);
    return status;
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"ext_deliver", "goDeliver", deliver,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_EVENT, MESHOS_E_NULL_PAYLOAD, MESHOS_E_LENGTH}},
        {"ext_post", "goPost", post,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_EVENT, MESHOS_E_LENGTH, MESHOS_E_NULL_PAYLOAD,
          MESHOS_E_LENGTH}},
        {"ext_post_wait", "goPostWait", post_wait,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_EVENT, MESHOS_E_LENGTH, MESHOS_E_NULL_PAYLOAD,
          MESHOS_E_LENGTH}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void an_event_is_handed_to_go(void) {
    calls_begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    static const uint8_t payload[] = {1, 2, 3};
    NetMeshOsEvent e = {4, 5, payload, 3};
    EXPECT(net_meshos_ext_deliver(sdk, 6, &e, output, &marker), 0, NULL);
    CHECK(ARGUMENT(id) == 6 && ARGUMENT(origin) == 4 && ARGUMENT(sequence) == 5);
    CHECK(POINTER(payload) == payload && ARGUMENT(length) == 3);
    CHECK(ARGUMENT(fn) == (uintptr_t)output && POINTER(ctx) == &marker && POINTER(frame) == &f);
    e = (NetMeshOsEvent){4, 5, payload, 0};
    EXPECT(net_meshos_ext_deliver(sdk, 6, &e, NULL, NULL), 0, NULL);
    CHECK(!POINTER(payload) && !ARGUMENT(fn) && POINTER(frame) == &f);
    EXPECT(net_meshos_ext_flush(sdk, 0, UINT64_MAX), 0, NULL);
    CHECK(ARGUMENT(id) == 0 && ARGUMENT(timeoutMS) == UINT64_MAX && POINTER(frame) == &f);
    frame_leave(&f);
    calls_end();
}

static void outputs_are_directed(void) {
    calls_begin();
    struct frame f;
    EXPECT(net_meshos_ext_subscribe(sdk, 7, 8), 0, NULL);
    CHECK(ARGUMENT(from) == 7 && ARGUMENT(to) == 8 && ARGUMENT(subscribe));
    EXPECT(net_meshos_ext_unsubscribe(sdk, 7, 8), 0, NULL);
    CHECK(ARGUMENT(from) == 7 && ARGUMENT(to) == 8 && !ARGUMENT(subscribe));
    EXPECT(net_meshos_ext_set_output(sdk, output, &marker), 0, NULL);
    CHECK(ARGUMENT(fn) == (uintptr_t)output && POINTER(ctx) == &marker && !POINTER(frame));
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    EXPECT(net_meshos_ext_set_output(sdk, NULL, NULL), 0, NULL);
    CHECK(!POINTER(fn) && POINTER(frame));
    frame_leave(&f);
    calls_end();
}

static void posts_say_how_many_went_in(void) {
    calls_begin();
    static NetMeshOsEvent events[10];
    size_t accepted = 77;
    EXPECT(net_meshos_ext_post(sdk, 9, events, 10, &accepted), 0, NULL);
    CHECK(ARGUMENT(n) == 10 && POINTER(events) == events);
    CHECK_U64(accepted, 5); /* what the fake takes */
    EXPECT(net_meshos_ext_post_wait(sdk, 9, events, 8, UINT64_MAX, &accepted), 0, NULL);
    CHECK(ARGUMENT(n) == 8 && ARGUMENT(timeoutMS) == UINT64_MAX && !POINTER(frame));
    CHECK_U64(accepted, 4);
    EXPECT(net_meshos_ext_post_wait(sdk, 9, events, 8, 0, NULL), 0, NULL);
    EXPECT(net_meshos_ext_post(sdk, 9, events, 10, NULL), 0, NULL);
    accepted = 77;
    EXPECT(net_meshos_ext_post(sdk, 9, NULL, 0, &accepted), 0, NULL);
    CHECK_U64(accepted, 0);
    go.answer = MESHOS_E_QUEUE_FULL;
    EXPECT(net_meshos_ext_post(sdk, 9, events, 4, &accepted), -2, "queue_full");
    CHECK_U64(accepted, 2);
    calls_end();
}

const struct test events_tests[] = {
    {"events: checks come in the header's order", checks_come_in_the_headers_order},
    {"events: one is handed to Go", an_event_is_handed_to_go},
    {"events: outputs are directed", outputs_are_directed},
    {"events: posts say how many went in", posts_say_how_many_went_in},
    {NULL, NULL},
};
