/* A daemon's state, taken and given back. */
#include <string.h>

#include "calls.h"
#include "strings.h"

static char marker;

static int snapshot(unsigned faults, unsigned way) {
    uint8_t *state = (uint8_t *)&marker;
    size_t length = 77;
    int status = net_meshos_ext_snapshot(sdk_unless(faults, way), 9, UNLESS(faults, 2, &state, NULL),
                                         UNLESS(faults, 3, &length, NULL));
    if (status == 0) {
        CHECK(length == 5 && memcmp(state, "state", 5) == 0);
        net_meshos_ext_free_bytes(state, length);
    } else {
        CHECK(length == 77 && state == (uint8_t *)&marker);
    }
    return status;
}

static int restore(unsigned faults, unsigned way) {
    return net_meshos_ext_restore(sdk_unless(faults, way), 9, UNLESS(faults, 2, (const uint8_t *)"abc", NULL),
                                  UNLESS(faults, 3, 3, SIZE_MAX));
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"ext_snapshot", "goSnapshot", snapshot,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_OUT, MESHOS_E_NULL_OUT}},
        {"ext_restore", "goRestore", restore,
         {MESHOS_E_NULL_SDK, MESHOS_E_STALE_SDK, MESHOS_E_NULL_STATE, MESHOS_E_LENGTH}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void a_state_is_handed_to_go(void) {
    calls_begin();
    struct frame f;
    frame_enter(&f, slot_peek(&daemon_table, (uintptr_t)handle));
    EXPECT(net_meshos_ext_restore(sdk, 9, (const uint8_t *)&marker, 1), 0, NULL);
    CHECK(ARGUMENT(id) == 9 && ARGUMENT(length) == 1 && POINTER(state) == &marker && POINTER(frame) == &f);
    EXPECT(net_meshos_ext_restore(sdk, 9, NULL, 0), 0, NULL);
    CHECK(ARGUMENT(length) == 0 && !POINTER(state));
    uint8_t *state = NULL;
    size_t length = 0;
    EXPECT(net_meshos_ext_snapshot(sdk, 9, &state, &length), 0, NULL);
    CHECK(ARGUMENT(id) == 9 && POINTER(frame) == &f);
    net_meshos_ext_free_bytes(state, length);
    frame_leave(&f);
    calls_end();
}

static void bytes_are_freed_once(void) {
    calls_begin();
    uint8_t *state = NULL;
    size_t length = 0;
    EXPECT(net_meshos_ext_snapshot(sdk, 9, &state, &length), 0, NULL);
    net_meshos_ext_free_bytes(NULL, 5);
    net_meshos_ext_free_bytes((uint8_t *)&marker, 1);
    net_meshos_ext_free_bytes(state + 1, length);
    net_meshos_ext_free_bytes(state, length);
    net_meshos_ext_free_bytes(state, length);
    calls_end();
}

const struct test state_tests[] = {
    {"state: checks come in the header's order", checks_come_in_the_headers_order},
    {"state: it is handed to Go", a_state_is_handed_to_go},
    {"state: bytes are freed once", bytes_are_freed_once},
    {NULL, NULL},
};
