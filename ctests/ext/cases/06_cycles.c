/* Subscriptions in a circle, where everybody could wait for everybody. */
#include <string.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

/* Passes on a number that it lowers by one, until it is 0. */
static int count_down(struct actor *a, const struct call *c) {
    unsigned n = 0;
    (void)a;
    NEED(c->length == sizeof n);
    memcpy(&n, c->payload, sizeof n);
    if (n > 0) {
        n--;
        net_meshos_process_emit(c->emit, (const uint8_t *)&n, sizeof n);
    }
    return 0;
}

static void cycle(unsigned members, unsigned rounds, unsigned tokens, const char *config) {
    static struct actor actors[8];
    NetMeshOsSdk *sdk = sdk_new("%s", config);
    for (unsigned i = 0; i < members; i++) {
        actors[i] = (struct actor){.process = count_down};
        actor_begin(&actors[i], sdk, i);
    }
    for (unsigned i = 0; i < members; i++)
        NEED_OK(net_meshos_ext_subscribe(sdk, actors[i].id, actors[(i + 1) % members].id));
    for (unsigned i = 0; i < tokens; i++) {
        NetMeshOsEvent e = {0, i, (const uint8_t *)&rounds, sizeof rounds};
        while (net_meshos_ext_post(sdk, actors[i % members].id, &e, 1, NULL) != NET_MESHOS_OK)
            net_meshos_ext_flush(sdk, actors[i % members].id, 1);
    }
    FLUSH(sdk, 0);
    uint64_t processed = 0;
    for (unsigned i = 0; i < members; i++) {
        processed += (uint64_t)gauge_get(&actors[i].processed);
        ACTOR_END(&actors[i]);
    }
    CHECK_U64(processed, (uint64_t)tokens * (rounds + 1));
    sdk_end(sdk);
}

CASE(subscribe_self, "subscribe: a daemon to itself can't deadlock, and loses nothing") {
    cycle(1, 1000, 50, "{'inbox_capacity': 4}");
    cycle(1, 1000, 5, "{'inbox_capacity': 1}");
}

CASE(subscribe_cycle, "subscribe: cycles can't deadlock, and lose nothing") {
    cycle(2, 1000, 100, "{'inbox_capacity': 4}");
    cycle(2, 1000, 20, "{'inbox_capacity': 1}");
    cycle(5, 1000, 100, "{'inbox_capacity': 3}");
    cycle(2, 1000, 100, "{}");
}
