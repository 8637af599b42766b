/* The memory of events that have waited goes back. */
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "self.h"

enum { LARGE = 100000, EVENTS = 1000 };

/* What the library keeps for the next events, and what else it needs. */
enum { KEPT = 12 << 20 };

struct chain {
    uint8_t *payload;
    size_t before, most;
};

/* Posts the event's successor, so that one waits all the time. */
static int post_next(struct actor *a, const struct call *c) {
    struct chain *chain = a->context;
    NetMeshOsEvent next = {1, c->sequence + 1, chain->payload, LARGE};
    CHECK(c->length == LARGE && memcmp(c->payload, chain->payload, LARGE) == 0);
    if (c->sequence < EVENTS)
        EXPECT_OK(net_meshos_ext_post(a->sdk, a->id, &next, 1, NULL));
    size_t now = self_allocated_bytes();
    if (c->sequence == 1)
        chain->before = now;
    if (now > chain->most)
        chain->most = now;
    return 0;
}

CASE(memory_of_large, "memory: of large events goes back while a daemon is busy all the time") {
    struct chain chain = {.payload = malloc(LARGE)};
    struct actor a = {.process = post_next, .context = &chain};
    NetMeshOsSdk *sdk = sdk_new("{}");
    memset(chain.payload, 'x', LARGE);
    actor_begin(&a, sdk, 1);
    NetMeshOsEvent first = {1, 1, chain.payload, LARGE};
    NEED_OK(net_meshos_ext_post(sdk, a.id, &first, 1, NULL));
    GAUGE_NEED(&a.processed, EVENTS);
    CHECK_AT_MOST(chain.most, chain.before + KEPT);
    ACTOR_END(&a);
    sdk_end(sdk);
    free(chain.payload);
}

/* Posts 60 MB to a daemon that is held, and lets it go. */
static void burst(struct actor *a, size_t length) {
    uint8_t *payload = calloc(1, length);
    actor_hold(a);
    /* Where each post is written to a server, fewer short ones. */
    size_t most = in_durable_mesh() && length < 15000 ? 20000 : (size_t)(60 << 20) / length;
    for (size_t i = 0; i < most && i < (size_t)(60 << 20) / length; i++) {
        NetMeshOsEvent e = {1, 0, payload, length};
        NEED_OK(net_meshos_ext_post(a->sdk, a->id, &e, 1, NULL));
    }
    actor_let_go(a);
    FLUSH(a->sdk, a->id);
    free(payload);
}

CASE(memory_of_bursts, "memory: of a burst of events goes back when the daemon has nothing to do") {
    static const size_t lengths[] = {100, 1000, 15000, 60000, LARGE};
    struct actor a = {0};
    NetMeshOsSdk *sdk = sdk_new("{'inbox_capacity': 1000000}");
    actor_begin(&a, sdk, 1);
    for (size_t i = 0; i < LENGTH(lengths); i++) {
        check_row("events of %zu bytes", lengths[i]);
        size_t before = self_allocated_bytes();
        burst(&a, lengths[i]);
        POLL_UNTIL(self_allocated_bytes() <= before + KEPT);
    }
    check_row(NULL);
    ACTOR_END(&a);
    sdk_end(sdk);
}
