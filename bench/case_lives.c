/* Starting and ending: daemons, SDKs. */
#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "meter.h"

static NetMeshOsSdk *sdk;

void register_free_setup(void) {
    sdk = fixture_sdk(0, 0);
}

static void register_and_free(size_t n) {
    for (size_t i = 0; i < n; i++)
        lib.handle_free(fixture_daemon(sdk));
}

void register_free_round(void) {
    static struct meter m = {"register_free", register_and_free, 200 * MS, 0, 0};
    meter_round(&m);
}

static void live(size_t n) {
    for (size_t i = 0; i < n; i++) {
        NetMeshOsSdk *own = fixture_sdk(0, 0);
        EXPECT_OK("sdk_shutdown", lib.sdk_shutdown(own));
        lib.sdk_free(own);
    }
}

void sdk_life_round(void) {
    static struct meter m = {"sdk_life", live, 200 * MS, 0, 0};
    meter_round(&m);
}

/* In ms. The process is new, so this includes what the dynamic linker and the library do once. */
void first_start_round(void) {
    uint64_t began = now_ns();
    child_open_library();
    fixture_sdk(0, 0);
    child_sample("first_start", (double)(now_ns() - began) / (double)MS);
}
