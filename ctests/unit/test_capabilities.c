/* Capability tags. */
#include "calls.h"

static int advertise(unsigned faults, unsigned way) {
    size_t length = UNLESS(faults, 4, 2, SIZE_MAX);
    return net_meshos_publish_capabilities(consumed_unless(faults, 2, way), UNLESS(faults, 3, "[]", NULL), length);
}

static void checks_come_in_the_headers_order(void) {
    static const struct call_order orders[] = {
        {"publish_capabilities", "goPublishCapabilities", advertise,
         {MESHOS_E_NULL_HANDLE, MESHOS_E_STALE_HANDLE, MESHOS_E_CONSUMED, MESHOS_E_NULL_TAGS, MESHOS_E_LENGTH}},
    };
    calls_begin();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        check_order(&orders[i]);
    calls_end();
}

static void tags_are_handed_to_go(void) {
    static const char tags[] = "[\"gpu\"]";
    calls_begin();
    EXPECT(net_meshos_publish_capabilities(handle, tags, 7), 0, NULL);
    CHECK(POINTER(tags) == tags && ARGUMENT(length) == 7);
    EXPECT(net_meshos_publish_capabilities(handle, NULL, 0), 0, NULL); /* takes them back */
    CHECK(!POINTER(tags) && ARGUMENT(length) == 0);
    CHECK_U64(atomic_load(&go.calls), 2);
    calls_end();
}

const struct test capabilities_tests[] = {
    {"capabilities: checks come in the header's order", checks_come_in_the_headers_order},
    {"capabilities: tags are handed to Go", tags_are_handed_to_go},
    {NULL, NULL},
};
