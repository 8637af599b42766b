/* Registrations. */
#include "calls.h"

static const uint8_t seed[32] = {42};
static char marker;

/* What a call that fails leaves alone. */
static NetMeshOsHandle *const no_handle = (NetMeshOsHandle *)(uintptr_t)77;

static int process(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                   size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    return 0;
}

static const NetMeshOsDaemonVtable vtable = {.process = process};

static int end_handle(int status, NetMeshOsHandle *out) {
    CHECK((status == 0) == (out != no_handle));
    if (status == 0) {
        unsigned calls = atomic_load(&go.calls);
        const char *last = go.last;
        net_meshos_handle_free(out);
        atomic_store(&go.calls, calls);
        go.last = last;
    }
    return status;
}

static int register_plain(unsigned faults, unsigned way) {
    NetMeshOsHandle *out = no_handle;
    int status = net_meshos_register_daemon(
        sdk_unless(faults, way), UNLESS(faults, 2, "name", NULL), UNLESS(faults, 5, 4, (size_t)PTRDIFF_MAX + 1),
        UNLESS(faults, 3, seed, NULL), UNLESS(faults, 4, &out, NULL));
    return end_handle(status, out);
}

static int register_with_vtable(unsigned faults, unsigned way) {
    NetMeshOsHandle *out = no_handle;
    int status = net_meshos_register_daemon_with_vtable(
        sdk_unless(faults, way), UNLESS(faults, 2, "name", NULL), UNLESS(faults, 5, 4, SIZE_MAX),
        UNLESS(faults, 3, seed, NULL), UNLESS(faults, 6, &vtable, NULL), NULL, UNLESS(faults, 4, &out, NULL));
    return end_handle(status, out);
}

static unsigned destroyed;

static void destroy(void *ctx) {
    CHECK(ctx == &marker);
    destroyed++;
    meshos_error_text("words of another failure", 24);
    meshos_finish(MESHOS_E_TIMEOUT); /* a call of the host's that fails */
    if (destroyed % 2)
        net_meshos_clear_last_error();
}

static int register_v2(unsigned faults, unsigned way) {
    NetMeshOsHandle *out = no_handle;
    int status = net_meshos_register_daemon_with_vtable_v2(
        sdk_unless(faults, way), UNLESS(faults, 2, "name", NULL), UNLESS(faults, 5, 4, SIZE_MAX),
        UNLESS(faults, 3, seed, NULL), UNLESS(faults, 6, &vtable, NULL), &marker, destroy,
        UNLESS(faults, 4, &out, NULL));
    CHECK_U64(destroyed, 0); /* not for arguments; and else it is Go's to call */
    return end_handle(status, out);
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"register_daemon", "goRegister", register_plain,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_NAME, MESHOS_E_NULL_SEED, MESHOS_E_NULL_OUT,
          MESHOS_E_LENGTH}},
        {"register_daemon_with_vtable", "goRegister", register_with_vtable,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_NAME, MESHOS_E_NULL_SEED, MESHOS_E_NULL_OUT,
          MESHOS_E_LENGTH, MESHOS_E_NULL_VTABLE}},
        {"register_daemon_with_vtable_v2", "goRegister", register_v2,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_NAME, MESHOS_E_NULL_SEED, MESHOS_E_NULL_OUT,
          MESHOS_E_LENGTH, MESHOS_E_NULL_VTABLE}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void a_registration_fills_the_cell_for_go(void) {
    calls_begin();
    NetMeshOsHandle *out = no_handle;
    EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, "telemetry", 4, seed, &vtable, &marker, destroy, &out), 0,
           NULL);
    CHECK_U64(ARGUMENT(nameLen), 4);
    CHECK(POINTER(seed) == seed);
    CHECK(ARGUMENT(hasVtable));
    CHECK(go.daemon->vtable.process == process && go.daemon->user_ctx == &marker && go.daemon->destroy == destroy);
    CHECK_U64(go.daemon->mailbox.capacity, 8);
    CHECK_TEXT(net_meshos_handle_daemon_name(out), "tele");
    CHECK_U64(net_meshos_handle_daemon_id(out), 1000 + (uint64_t)go.daemon->slot.index);
    net_meshos_handle_free(out);
    EXPECT(net_meshos_register_daemon(sdk, "", 0, seed, &out), 0, NULL);
    CHECK(!ARGUMENT(hasVtable) && !go.daemon->vtable.process && !go.daemon->destroy && !go.daemon->user_ctx);
    CHECK_TEXT(net_meshos_handle_daemon_name(out), "");
    net_meshos_handle_free(out);
    CHECK_U64(destroyed, 0); /* Go's to call */
    calls_end();
}

static void a_registration_that_fails_leaves_nothing(void) {
    static const struct {
        enum meshos_error error;
        int status;
        const char *kind;
        bool destroys; /* the arguments were right, so user_ctx is the library's to end */
    } cases[] = {
        {MESHOS_E_SDK_DOWN, -4, "already_shutdown", true}, {MESHOS_E_REGISTER_FAILED, -2, "register_failed", true},
        {MESHOS_E_PANIC, -2, "runtime_panic", true},       {MESHOS_E_ARGUMENT, -3, "invalid_argument", false},
        {MESHOS_E_NULL_PROCESS, -3, "invalid_argument", false},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        NetMeshOsHandle *out = no_handle;
        unit_about("%s", cases[i].kind);
        go.answer = cases[i].error;
        go.text = i == 1 ? "the id is taken" : NULL;
        destroyed = 0;
        EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, "x", 1, seed, &vtable, &marker, destroy, &out),
               cases[i].status, cases[i].kind);
        if (go.text)
            CHECK_TEXT(net_meshos_last_error_message(), go.text);
        CHECK(out == no_handle);
        CHECK_U64(destroyed, cases[i].destroys);
        CHECK_U64(atomic_load(&go.daemon->slot.word) & (SLOT_OPEN | SLOT_REFERENCES), 0);
        CHECK(atomic_load(&go.daemon->name) == NULL);
    }
    unit_about(NULL);
    go_reset();
    NetMeshOsHandle *out = no_handle;
    destroyed = 0;
    alloc_fail_after(0); /* the name */
    EXPECT(net_meshos_register_daemon_with_vtable_v2(sdk, "x", 1, seed, &vtable, &marker, destroy, &out), -2,
           "out_of_memory");
    CHECK(alloc_has_failed());
    CHECK_U64(destroyed, 1);
    CHECK_U64(atomic_load(&go.calls), 0);
    EXPECT(net_meshos_register_daemon_with_vtable(sdk, "x", 1, seed, &vtable, &marker, &out), 0, NULL);
    net_meshos_handle_free(out);
    calls_end();
}

const struct test register_tests[] = {
    {"register: checks come in the header's order", checks_come_in_the_headers_order},
    {"register: it fills the cell for Go", a_registration_fills_the_cell_for_go},
    {"register: one that fails leaves nothing", a_registration_that_fails_leaves_nothing},
    {NULL, NULL},
};
