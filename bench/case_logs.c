/* Log lines at full speed: the cost per accepted line, including refused calls. */
#include <string.h>

#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"

enum { QUEUE = 65536, LINES_PER_LOOK = 256 };

static const char line[] = "thirty bytes that say not much";
static NetMeshOsHandle *daemon;

void logs_setup(void) {
    daemon = fixture_daemon(fixture_sdk(0, QUEUE));
}

static void expect_queue_full(void) {
    const char *kind = lib.last_error_kind();
    if (!kind || strcmp(kind, "queue_full") != 0)
        child_expect("publish_log", NET_MESHOS_ERR_CALL_FAILED, NET_MESHOS_OK);
}

void logs_round(void) {
    uint64_t accepted = 0, span = child_span(250 * MS), began = now_ns(), took;
    do {
        for (int i = 0; i < LINES_PER_LOOK; i++)
            if (lib.publish_log(daemon, NET_MESHOS_LOG_INFO, line, sizeof line - 1) == NET_MESHOS_OK)
                accepted++;
            else
                expect_queue_full();
        took = now_ns() - began;
    } while (took < span || accepted == 0);
    child_sample("logs", (double)took / (double)accepted);
}
