#include "hung.h"

#include "check.h"
#include "fixture.h"

enum { HOUR = 3600000 };

static void hang(struct actor *a, int kind) {
    struct hung *h = a->context;
    if (h->kind == kind && gauge_get(&h->let_go) == 0) {
        gauge_add(&h->inside, 1);
        GAUGE_NEED(&h->let_go, 1);
    }
}

int hang_in_process(struct actor *a, const struct call *c) {
    net_meshos_process_emit(c->emit, NULL, 0);
    hang(a, 0);
    return 0;
}
static void hang_in_control(struct actor *a, const NetMeshOsDaemonControl *event) {
    (void)event;
    hang(a, 1);
}
static int hang_in_health(struct actor *a) {
    hang(a, 2);
    return NET_MESHOS_HEALTH_HEALTHY;
}
static float hang_in_saturation(struct actor *a) {
    hang(a, 3);
    return 0;
}
static void hang_in_output(void *ctx, uint64_t id, uint64_t origin, uint64_t sequence, uint64_t number,
                           const uint8_t *payload, size_t length) {
    struct hung *h = ctx;
    (void)origin, (void)sequence, (void)number, (void)payload, (void)length;
    if (id == h->actor.id)
        hang(&h->actor, 4);
}

void hung_begin(struct hung *h, NetMeshOsSdk *sdk, unsigned n, int kind) {
    *h = (struct hung){.kind = kind,
                       .actor = {.process = hang_in_process, .control = hang_in_control, .health = hang_in_health,
                                 .saturation = hang_in_saturation}};
    h->actor.context = h;
    actor_begin(&h->actor, sdk, n);
    if (kind == 4)
        NEED_OK(net_meshos_ext_set_output(sdk, hang_in_output, h));
    if (kind == 0 || kind == 4)
        POST(sdk, h->actor.id, 1, 1, "");
    if (kind == 1)
        NEED_OK(net_meshos_ext_enter_maintenance(sdk, HOUR));
    GAUGE_NEED(&h->inside, 1);
    if (kind == 1)
        NEED_OK(net_meshos_ext_exit_maintenance(sdk));
}

void let_go(struct hung *h) {
    gauge_add(&h->let_go, 1);
}

void *free_it(void *context) {
    struct freeing *f = context;
    net_meshos_handle_free(f->hung->actor.handle);
    gauge_add(&f->over, 1);
    return NULL;
}
