/* When deliver gets its turn, and its output function. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "json/json.h"

static int emit_as_told(struct actor *a, const struct call *c) {
    (void)a;
    for (size_t i = 0; i < c->length; i++) { /* one output for each byte, with so many bytes */
        char text[64];
        memset(text, 'a' + (int)i, sizeof text);
        net_meshos_process_emit(c->emit, (const uint8_t *)text, (size_t)(c->payload[i] - '0'));
        memset(text, '?', sizeof text); /* it has been copied */
    }
    return 0;
}

static int note_order(struct actor *a, const struct call *c) {
    uint64_t *next = a->context;
    if (c->sequence != *next)
        FAIL("event %llu came when it was the turn of %llu", (unsigned long long)c->sequence,
             (unsigned long long)*next);
    (*next)++;
    return 0;
}

CASE(deliver_waits_for_its_turn, "deliver: events that were posted before come first, later ones after") {
    enum { ROUNDS = 200, POSTED = 50 };
    uint64_t next = 0, sequence = 0;
    struct actor a = {.process = note_order, .context = &next};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    for (int round = 0; round < ROUNDS; round++) {
        NetMeshOsEvent events[POSTED];
        for (int i = 0; i < POSTED; i++)
            events[i] = event(1, sequence++, "");
        NEED_OK(net_meshos_ext_post(sdk, a.id, events, POSTED, NULL));
        NEED_OK(deliver(sdk, a.id, 1, sequence++, ""));
        CHECK_U64(next, sequence);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

struct delivery {
    struct actor *actor;
    uint64_t sequence;
    int status;
};

static void *deliver_one(void *context) {
    struct delivery *d = context;
    d->status = deliver(d->actor->sdk, d->actor->id, 1, d->sequence, "");
    return NULL;
}

CASE(deliver_waits_for_a_callback, "deliver: waits while another callback runs") {
    struct actor a = {0};
    struct delivery d = {&a, 77, 99};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_hold(&a);
    pthread_t thread = thread_start(deliver_one, &d);
    POLL_UNTIL(json_u64(look(sdk), "queues.busy_daemons") == 1);
    CHECK(!gauge_reaches(&a.processed, 1, 50));
    actor_let_go(&a);
    THREAD_JOIN(thread);
    CHECK_INT(d.status, 0);
    CHECK_U64(a.last_sequence, 77);
    CHECK_INT(gauge_get(&a.processed), 2);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(deliver_output_none, "deliver: output_fn may be NULL") {
    struct actor a = {.process = emit_as_told};
    struct outputs outputs = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsEvent e = event(1, 0, "111");
    actor_begin(&a, sdk, 1);
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, &outputs));
    NEED_OK(net_meshos_ext_set_output(sdk, outputs_take, &outputs));
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, NULL, NULL));
    CHECK_U64(outputs.count, 3); /* to the function of set_output, too */
    NEED_OK(net_meshos_ext_deliver(sdk, a.id, &e, outputs_take, &outputs));
    CHECK_U64(outputs.count, 9); /* to both */
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(deliver_without_process, "deliver: events of a daemon without callbacks count as processed, and have no outputs") {
    NetMeshOsSdk *sdk = sdk_new("{}");
    NetMeshOsHandle *bare;
    const uint8_t seed[32] = {9};
    struct actor producer = {.process = emit_as_told};
    struct outputs outputs = {0};
    NEED_OK(net_meshos_register_daemon(sdk, "bare", 4, seed, &bare));
    const uint64_t id = net_meshos_handle_daemon_id(bare);
    NetMeshOsEvent e = event(1, 1, "22");
    NEED_OK(net_meshos_ext_deliver(sdk, id, &e, outputs_take, &outputs));
    NEED_OK(post(sdk, id, 1, 2, "22"));
    NEED_OK(net_meshos_ext_flush(sdk, id, 60000));
    CHECK_U64(json_u64(look_at(sdk, id), "events_in"), 2);

    actor_begin(&producer, sdk, 1);
    NEED_OK(net_meshos_ext_subscribe(sdk, producer.id, id));
    NEED_OK(net_meshos_ext_deliver(sdk, producer.id, &e, NULL, NULL)); /* emits two */
    NEED_OK(net_meshos_ext_flush(sdk, id, 60000));
    CHECK_U64(json_u64(look_at(sdk, id), "events_in"), 4);
    CHECK_U64(json_u64(look_at(sdk, id), "failures"), 0);
    CHECK_U64(json_u64(look_at(sdk, id), "outputs"), 0);
    CHECK_U64(outputs.count, 0);
    ACTOR_END(&producer);
    net_meshos_handle_free(bare);
    sdk_end(sdk);
}
