/* What process is called with, and on which thread. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

struct seen {
    uint64_t origin, sequence;
    const uint8_t *payload;
    size_t length;
    uint8_t bytes[256];
};

static int note_call(struct actor *a, const struct call *c) {
    struct seen *seen = a->context;
    *seen = (struct seen){c->origin, c->sequence, c->payload, c->length, {0}};
    if (c->payload)
        memcpy(seen->bytes, c->payload, c->length);
    return 0;
}

CASE(process_arguments, "process: gets the event's origin, sequence and bytes, by deliver and by post") {
    struct seen seen;
    struct actor a = {.process = note_call, .context = &seen};
    NetMeshOsSdk *sdk = sdk_new("{}");
    uint8_t bytes[256], copy[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    memcpy(copy, bytes, sizeof bytes);
    actor_begin(&a, sdk, 1);
    static const uint64_t numbers[] = {0, 1, UINT64_C(0x8000000000000000), UINT64_MAX};
    for (size_t i = 0; i < LENGTH(numbers); i++)
        for (int posted = 0; posted < 2; posted++) {
            NetMeshOsEvent e = {numbers[i], ~numbers[i], bytes, sizeof bytes};
            if (posted) {
                NEED_OK(net_meshos_ext_post(sdk, a.id, &e, 1, NULL));
                memset(bytes, 0, sizeof bytes); /* post has copied it */
                FLUSH(sdk, a.id);
                memcpy(bytes, copy, sizeof bytes);
            } else {
                NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
            }
            CHECK_U64(seen.origin, numbers[i]);
            CHECK_U64(seen.sequence, ~numbers[i]);
            CHECK_U64(seen.length, sizeof bytes);
            CHECK(memcmp(seen.bytes, copy, sizeof bytes) == 0);
        }
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(process_empty_payload, "process: an empty payload is NULL, whatever it was handed in as") {
    struct seen seen;
    struct actor a = {.process = note_call, .context = &seen};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int way = 0; way < 4; way++) {
        NetMeshOsEvent e = {1, 0, way % 2 ? (const uint8_t *)"x" : NULL, 0};
        seen.payload = (const uint8_t *)"untouched";
        seen.length = 99;
        if (way < 2)
            NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
        else
            NEED_OK(net_meshos_ext_post(sdk, a.id, &e, 1, NULL));
        FLUSH(sdk, a.id);
        CHECK(seen.payload == NULL);
        CHECK_U64(seen.length, 0);
    }
    /* also beside others in one batch */
    NetMeshOsEvent batch[3] = {event(1, 1, "x"), event(1, 2, "y"), {1, 3, NULL, 0}};
    NEED_OK(net_meshos_ext_post(sdk, a.id, batch, 3, NULL));
    FLUSH(sdk, a.id);
    CHECK_U64(seen.sequence, 3);
    CHECK(seen.payload == NULL);
    ACTOR_END(&a);
    sdk_end(sdk);
}

/* In a durable mesh it must fit a message of the servers: 1 MiB less 4 KB. */
CASE(process_large_payload, "process: a payload of max_payload_bytes comes whole") {
    const size_t LARGE = in_durable_mesh() ? (1 << 20) - 4096 : 64 << 20;
    const size_t more_by = in_durable_mesh() ? 4096 : 1;
    struct seen *seen = calloc(1, sizeof *seen);
    uint8_t *bytes = calloc(1, LARGE + more_by);
    NetMeshOsSdk *sdk = sdk_new("{}");
    struct actor a = {0};
    actor_begin(&a, sdk, 1);
    bytes[LARGE - 1] = 7;
    NetMeshOsEvent most = {1, 1, bytes, LARGE}, more = {1, 2, bytes, LARGE + more_by};
    EXPECT_OK(net_meshos_ext_deliver(sdk, a.id, &most, NULL, NULL));
    most.sequence = 3;
    EXPECT_OK(net_meshos_ext_post(sdk, a.id, &most, 1, NULL));
    EXPECT(net_meshos_ext_deliver(sdk, a.id, &more, NULL, NULL), -3, invalid_argument);
    EXPECT(net_meshos_ext_post(sdk, a.id, &more, 1, NULL), -3, invalid_argument);
    FLUSH(sdk, a.id);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
    free(bytes);
    free(seen);
}

CASE(process_threads, "process: deliver, snapshot and restore run on the caller's thread, post does not") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    NEED_OK(deliver(sdk, a.id, 1, 0, ""));
    CHECK(ran_where_it_should(a.thread));
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, a.id);
    CHECK(!pthread_equal(a.thread, pthread_self()));
    ACTOR_END(&a);
    sdk_end(sdk);
}
