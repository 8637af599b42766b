#include "post.h"

#include <string.h>

#include "child.h"
#include "fixture.h"
#include "lib.h"

enum { FLUSH_MS = 30000 };

static const NetMeshOsEvent *batch(void) {
    static _Thread_local NetMeshOsEvent events[POST_BATCH];
    static _Thread_local uint64_t sequence;
    for (size_t i = 0; i < POST_BATCH; i++)
        events[i] = (NetMeshOsEvent){.origin_hash = 1,
                                     .sequence = ++sequence,
                                     .payload = fixture_payload,
                                     .payload_len = sizeof fixture_payload};
    return events;
}

static void expect_queue_full(int status) {
    const char *kind = lib.last_error_kind();
    if (!kind || strcmp(kind, "queue_full") != 0)
        EXPECT_OK("ext_post", status);
}

void post_batch(NetMeshOsSdk *sdk, uint64_t daemon_id) {
    const NetMeshOsEvent *events = batch();
    for (size_t done = 0; done < POST_BATCH;) {
        size_t accepted = 0;
        int status = lib.ext_post(sdk, daemon_id, events + done, POST_BATCH - done, &accepted);
        done += accepted;
        if (status != NET_MESHOS_OK) {
            expect_queue_full(status);
            post_flush(sdk, daemon_id);
        }
    }
}

void post_flush(NetMeshOsSdk *sdk, uint64_t daemon_id) {
    EXPECT_OK("ext_flush", lib.ext_flush(sdk, daemon_id, FLUSH_MS));
}
