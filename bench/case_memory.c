/* Size on disk, resident memory. */
#include <sys/stat.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "self.h"

void library_setup(void) {
    struct stat s;
    if (stat(child.library, &s) == 0)
        child_sample("library", (double)s.st_size / 1e6);
}

/* Of a new process, including the program itself. */
void resident_round(void) {
    NetMeshOsHandle *daemon = fixture_daemon(fixture_sdk(0, 0));
    NetMeshOsDaemonControl control;
    EXPECT_OK("try_next_control", lib.try_next_control(daemon, &control));
    EXPECT_OK("publish_log", lib.publish_log(daemon, NET_MESHOS_LOG_INFO, "one line", 8));
    lib.free_string(lib.metadata(daemon));
    sleep_ns(child_span(100 * MS));
    child_sample("resident_one", (double)self_resident_bytes() / 1e6);
}

/* ---- Steady work ---- */

static NetMeshOsSdk *sdk;
static struct emitter emitter;
static double resident_first;

void growth_setup(void) {
    sdk = fixture_sdk(0, 0);
    fixture_emitter(sdk, &emitter, 1);
}

static void work(void) {
    static const char tags[] = "[\"hardware.gpu\"]";
    NetMeshOsHandle *daemon = fixture_daemon(sdk);
    NetMeshOsDaemonControl control;
    NetMeshOsEvent event = {1, 1, fixture_payload, sizeof fixture_payload};
    for (int i = 0; i < 100; i++) {
        lib.publish_log(daemon, NET_MESHOS_LOG_INFO, "one line", 8);
        lib.publish_log(NULL, NET_MESHOS_LOG_INFO, "one line", 8);
        lib.try_next_control(daemon, &control);
        lib.free_string(lib.refresh_metadata(daemon));
        lib.publish_capabilities(daemon, tags, sizeof tags - 1);
        if (lib.ext_deliver)
            lib.ext_deliver(sdk, emitter.id, &event, NULL, NULL);
    }
    lib.handle_free(daemon);
}

/* How much more memory is resident than after the first round, the warm-up. */
void growth_round(void) {
    uint64_t end = now_ns() + child_span(500 * MS);
    while (now_ns() < end)
        work();
    double resident = (double)self_resident_bytes();
    if (resident_first == 0)
        resident_first = resident;
    child_sample("growth", (resident - resident_first) / 1e6);
}
