#include "posts.h"

#include <string.h>

enum { MOST_BATCH = 4096, MOST_EVENT = 8192 };

int post_all(NetMeshOsSdk *sdk, const struct posting *p, uint64_t *done)
{
    static NetMeshOsEvent events[MOST_BATCH];
    static uint8_t payloads[MOST_BATCH * MOST_EVENT];
    size_t length = sizeof p->first + (size_t)p->pad;
    *done = 0;
    if (p->batch > MOST_BATCH || length > MOST_EVENT)
        return -3;
    while (*done < p->count) {
        uint64_t left = p->count - *done;
        size_t size = (size_t)(left < p->batch ? left : p->batch), accepted = 0;
        for (size_t i = 0; i < size; i++) {
            uint64_t value = p->first + *done + i;
            memcpy(payloads + i * length, &value, sizeof value);
            events[i] = (NetMeshOsEvent){p->origin, value, payloads + i * length, length};
        }
        int status = p->wait_ms ? net_meshos_ext_post_wait(sdk, p->daemon, events, size, p->wait_ms, &accepted)
                                : net_meshos_ext_post(sdk, p->daemon, events, size, &accepted);
        *done += accepted;
        if (status != 0)
            return status;
    }
    return 0;
}
