/* Subscriptions: what arrives, how a slow subscriber slows its producer down, and how they end. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "self.h"

/* Emits what it gets, as often as the case says. */
static int forward(struct actor *a, const struct call *c) {
    long times = a->context ? *(long *)a->context : 1;
    for (long i = 0; i < times; i++)
        net_meshos_process_emit(c->emit, c->payload, c->length);
    return 0;
}

struct received {
    uint64_t from, next, total;
    bool null;
    char last[64];
};

static int receive(struct actor *a, const struct call *c) {
    struct received *r = a->context;
    if (c->origin != r->from)
        FAIL("an event comes from %llx, expected %llx", (unsigned long long)c->origin, (unsigned long long)r->from);
    if (c->sequence != r->next)
        FAIL("event %llu came when it was the turn of %llu", (unsigned long long)c->sequence,
             (unsigned long long)r->next);
    r->next = c->sequence + 1;
    r->total++;
    r->null = c->payload == NULL;
    memset(r->last, 0, sizeof r->last);
    if (c->payload)
        memcpy(r->last, c->payload, c->length < sizeof r->last ? c->length : sizeof r->last - 1);
    return 0;
}

CASE(subscribe_events, "subscribe: outputs arrive as events of the emitting daemon, numbered as outputs") {
    struct received received = {0};
    struct actor a = {.process = forward}, b = {.process = receive, .context = &received};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    received.from = a.id;
    received.next = 2;
    POST(sdk, a.id, 9, 9, "before the subscription");
    FLUSH(sdk, 0);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id)); /* again changes nothing */
    POST(sdk, a.id, 1, 0, "some words");
    FLUSH(sdk, 0);
    CHECK_U64(received.total, 1);
    CHECK_TEXT(received.last, "some words");
    NEED_OK(deliver(sdk, a.id, 1, 0, "by deliver"));
    FLUSH(sdk, 0);
    CHECK_TEXT(received.last, "by deliver");
    POST(sdk, a.id, 1, 0, "");
    FLUSH(sdk, 0);
    CHECK(received.null); /* an empty output is NULL */
    CHECK_U64(received.total, 3);
    NEED_OK(net_meshos_ext_unsubscribe(sdk, a.id, b.id));
    EXPECT(net_meshos_ext_unsubscribe(sdk, a.id, b.id), -2, not_found);
    EXPECT(net_meshos_ext_unsubscribe(sdk, b.id, a.id), -2, not_found);
    POST(sdk, a.id, 1, 0, "after");
    FLUSH(sdk, 0);
    CHECK_U64(received.total, 3);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

CASE(subscribe_fan_out, "subscribe: each of several subscribers gets every output") {
    enum { N = 10, EVENTS = 1000 };
    static struct received received[N];
    static struct actor subscribers[N];
    struct actor a = {.process = forward};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 64}");
    actor_begin(&a, sdk, 99);
    for (unsigned i = 0; i < N; i++) {
        received[i] = (struct received){.from = a.id, .next = 1};
        subscribers[i] = (struct actor){.process = receive, .context = &received[i]};
        actor_begin(&subscribers[i], sdk, i);
        NEED_OK(net_meshos_ext_subscribe(sdk, a.id, subscribers[i].id));
    }
    post_many(sdk, a.id, 0, EVENTS);
    FLUSH(sdk, 0);
    for (unsigned i = 0; i < N; i++) {
        CHECK_U64(received[i].total, EVENTS);
        ACTOR_END(&subscribers[i]);
    }
    ACTOR_END(&a);
    sdk_end(sdk);
}

static void slow_subscriber(const char *config, uint64_t events, long times) {
    struct received received = {0};
    struct actor a = {.process = forward, .context = &times};
    struct actor b = {.process = receive, .context = &received};
    NetMeshOsSdk *sdk = sdk_new("%s", config);
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    received.from = a.id;
    received.next = 1;
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    actor_hold(&a); /* a sends one more than is counted below */
    received.next = 1;
    actor_let_go(&a);
    FLUSH(sdk, 0);
    atomic_store(&b.hold, true);
    post_many(sdk, a.id, 0, 1);
    GAUGE_NEED(&b.inside, 1);
    /* b processes nothing: a must stop when b's inbox is full */
    NetMeshOsEvent e = event(0, 0, "x");
    uint64_t posted = 1, refused = 0;
    while (posted < events && refused < 100) {
        if (net_meshos_ext_post(sdk, a.id, &e, 1, NULL) == NET_MESHOS_OK) {
            posted++;
        } else {
            refused++;
            net_meshos_ext_flush(sdk, a.id, 1);
        }
    }
    if (in_durable_mesh()) /* where what isn't read is kept on the servers */
        CHECK_U64(refused, 0);
    else
        CHECK_AT_LEAST(refused, 1); /* the producer has been slowed down, and so has the host */
    actor_let_go(&b);
    post_many(sdk, a.id, 0, events - posted);
    FLUSH(sdk, 0);
    CHECK_U64(received.total, (events + 1) * (uint64_t)times);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

CASE(subscribe_slow, "subscribe: a slow subscriber slows its producer down, and nothing is lost") {
    slow_subscriber("{'inbox_capacity': 16}", many(20000), 1);
}

CASE(subscribe_slow_many_outputs, "subscribe: the same when each event has more outputs than an inbox holds") {
    slow_subscriber("{'inbox_capacity': 4}", 500, 50);
}

CASE(subscribe_slow_1, "subscribe: the same with inboxes of one event") {
    slow_subscriber("{'inbox_capacity': 1}", 2000, 2);
}

CASE(subscribe_bounds, "subscribe: while a subscriber stands, its inbox keeps to its capacity") {
    long times = 3;
    struct actor a = {.process = forward, .context = &times}, b = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 10}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    long first = in_mesh() ? times : 0; /* when it has got these, it sees what else there is while it is held */
    if (first > 0)
        POST(sdk, a.id, 7, 1, "");
    GAUGE_NEED(&b.processed, first);
    actor_hold(&b);
    post_many(sdk, a.id, 0, 10);
    if (in_durable_mesh()) { /* it has no capacity there, and its producer goes on */
        FLUSH(sdk, a.id);
        POLL_UNTIL(json_u64(look_at(sdk, b.id), "inbox_depth") == 31);
    } else {
        POLL_UNTIL(json_u64(look_at(sdk, b.id), "inbox_depth") == 10);
        CHECK(net_meshos_ext_flush(sdk, a.id, 20) != NET_MESHOS_OK);
        CHECK_U64(json_u64(look_at(sdk, b.id), "inbox_depth"), 10);
    }
    actor_let_go(&b);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&b.processed), first + 31);
    ACTOR_END(&a);
    ACTOR_END(&b);
    sdk_end(sdk);
}

static void *free_handle(void *context) {
    struct actor *a = context;
    net_meshos_handle_free(a->handle);
    return NULL;
}

/* In a durable mesh a subscription ends with unsubscribe, and not with a handle. */
static void subscription_stays(void) {
    struct actor a = {.process = forward}, b = {0}, again = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    post_many(sdk, a.id, 0, 4);
    FLUSH(sdk, 0);
    ACTOR_END(&b);
    post_many(sdk, a.id, 4, 1000);
    FLUSH(sdk, a.id); /* nobody holds it up */
    CHECK_INT(gauge_get(&a.processed), 1004);
    CHECK_INT(gauge_get(&b.processed), 4);
    actor_begin(&again, sdk, 2); /* the same daemon: it goes on where it was */
    FLUSH(sdk, again.id);
    CHECK_INT(gauge_get(&again.processed), 1000);
    CHECK_U64(again.last_sequence, 1004);
    NEED_OK(net_meshos_ext_unsubscribe(sdk, a.id, again.id));
    post_many(sdk, a.id, 1004, 10);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&again.processed), 1000);
    ACTOR_END(&again);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(subscribe_freed, "subscribe: a subscriber that is freed sets its producer free") {
    if (in_durable_mesh()) {
        subscription_stays();
        return;
    }
    struct actor a = {.process = forward}, b = {0}, c = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 4}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    actor_begin(&c, sdk, 3);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    NEED_OK(net_meshos_ext_subscribe(sdk, b.id, c.id));
    actor_hold(&b);
    post_many(sdk, a.id, 0, 4); /* the last of which finds b's inbox full */
    POLL_UNTIL(json_u64(look_at(sdk, b.id), "inbox_depth") == 4);
    EXPECT(net_meshos_ext_flush(sdk, a.id, 20), -2, timeout);
    pthread_t thread = thread_start(free_handle, &b);
    FLUSH(sdk, a.id); /* while b is still inside its callback */
    actor_let_go(&b);
    THREAD_JOIN(thread);
    ACTOR_CHECK(&b);
    post_many(sdk, a.id, 4, 1000);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&a.processed), 1004);
    CHECK_INT(gauge_get(&b.processed), 1);
    EXPECT(net_meshos_ext_unsubscribe(sdk, a.id, b.id), -2, not_found);
    struct actor again = {0}; /* the same id, but not the same daemon: it is subscribed to nothing */
    actor_begin(&again, sdk, 2);
    CHECK_U64(again.id, b.id);
    post_many(sdk, a.id, 1004, 10);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&again.processed), 0);
    EXPECT(net_meshos_ext_unsubscribe(sdk, a.id, again.id), -2, not_found);
    ACTOR_END(&again);
    ACTOR_END(&a);
    ACTOR_END(&c);
    sdk_end(sdk);
}

CASE(subscribe_producer_freed, "subscribe: what a freed producer has emitted still arrives") {
    enum { N = 100 };
    struct actor a = {.process = forward}, b = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 200}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    actor_hold(&b);
    post_many(sdk, a.id, 0, N);
    POLL_UNTIL(gauge_get(&a.processed) == N);
    ACTOR_END(&a);
    actor_let_go(&b);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&b.processed), N + 1);
    struct actor again = {.process = forward}; /* the same id, but nobody is subscribed to it, except in a durable mesh */
    actor_begin(&again, sdk, 1);
    post_many(sdk, again.id, N, 10);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&b.processed), N + 1 + (in_durable_mesh() ? 10 : 0));
    ACTOR_END(&again);
    ACTOR_END(&b);
    sdk_end(sdk);
}

struct unsubscribing {
    struct actor *from, *to;
};

static void *switch_on_and_off(void *context) {
    struct unsubscribing *u = context;
    for (int i = 0; i < 500; i++) {
        EXPECT_OK(net_meshos_ext_unsubscribe(u->from->sdk, u->from->id, u->to->id));
        EXPECT_OK(net_meshos_ext_subscribe(u->from->sdk, u->from->id, u->to->id));
    }
    return NULL;
}

CASE(subscribe_while_running, "subscribe: on and off while events flow") {
    struct actor a = {.process = forward}, b = {0}, c = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 50}");
    actor_begin(&a, sdk, 1);
    actor_begin(&b, sdk, 2);
    actor_begin(&c, sdk, 3);
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
    NEED_OK(net_meshos_ext_subscribe(sdk, a.id, c.id));
    struct unsubscribing u = {&a, &b};
    pthread_t thread = thread_start(switch_on_and_off, &u);
    post_many(sdk, a.id, 0, 20000);
    THREAD_JOIN(thread);
    FLUSH(sdk, 0);
    CHECK_INT(gauge_get(&c.processed), 20000); /* the other misses nothing */
    CHECK(gauge_get(&b.processed) <= 20000);
    ACTOR_END(&a);
    ACTOR_END(&b);
    ACTOR_END(&c);
    sdk_end(sdk);
}

CASE(subscribe_forgotten, "subscribe: daemons that have gone leave no memory with those they were subscribed to") {
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{}");
    size_t before = 0;
    actor_begin(&a, sdk, 999999);
    for (unsigned round = 0; round < 40; round++) {
        for (unsigned i = 0; i < (in_mesh() ? 20 : 500); i++) {
            struct actor b = {0};
            actor_begin(&b, sdk, i);
            NEED_OK(net_meshos_ext_subscribe(sdk, a.id, b.id));
            NEED_OK(net_meshos_ext_subscribe(sdk, b.id, a.id));
            NEED_OK(deliver(sdk, b.id, 1, 0, ""));
            ACTOR_END(&b);
        }
        if (round == 9)
            before = self_resident_bytes();
    }
    /* 15,000 more have come and gone, each with more than a kilobyte of latencies alone */
    CHECK_AT_MOST(self_resident_bytes(), before + (8 << 20));
    ACTOR_END(&a);
    sdk_end(sdk);
}
