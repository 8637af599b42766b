#include "life.h"

#include <inttypes.h>
#include <string.h>

#include "say.h"

enum { GRACE_MS = 5000 };

/* Receives the daemon's control events, the last of which is SHUTDOWN. Neither daemon has anything to clean up, so
 * each says at once that it is done, and nobody waits for the rest of the grace time. */
static void *follow_controls(void *argument)
{
    struct life *life = argument;
    for (;;) {
        NetMeshOsDaemonControl event;
        int status = net_meshos_next_control(life->handle, 0, &event); /* 0: for as long as it takes */
        if (status != NET_MESHOS_OK) {
            say_failed("net_meshos_next_control", status);
            return NULL;
        }
        switch (event.kind) {
        case NET_MESHOS_CONTROL_SHUTDOWN:
            status = net_meshos_ext_daemon_done(life->handle);
            if (status != NET_MESHOS_OK)
                say_failed("net_meshos_ext_daemon_done", status);
            return NULL;
        case NET_MESHOS_CONTROL_NONE: /* the daemon has ended without SHUTDOWN */
            return NULL;
        default: /* draining, backpressure, and kinds newer than this program need no action */
            break;
        }
    }
}

bool life_begin(struct life *life, NetMeshOsSdk *sdk, const char *name, const char *seed,
                const NetMeshOsDaemonVtable *callbacks, void *user_ctx)
{
    life->name = name;
    int status = net_meshos_register_daemon_with_vtable(sdk, name, strlen(name), (const uint8_t *)seed, callbacks,
                                                        user_ctx, &life->handle);
    if (status != NET_MESHOS_OK) {
        say_failed("net_meshos_register_daemon_with_vtable", status);
        return false;
    }
    life->id = net_meshos_handle_daemon_id(life->handle);
    int error = pthread_create(&life->controls, NULL, follow_controls, life);
    if (error != 0) {
        say("can't start a thread for the control events of %s: %s", name, strerror(error));
        net_meshos_handle_free(life->handle);
        life->handle = NULL;
        return false;
    }
    say("daemon \"%s\" is registered with the id %016" PRIx64, name, life->id);
    return true;
}

bool life_end(struct life *life)
{
    if (!life->handle)
        return true;
    int status = net_meshos_graceful_shutdown(life->handle, GRACE_MS);
    if (status != NET_MESHOS_OK)
        say_failed("net_meshos_graceful_shutdown", status);
    pthread_join(life->controls, NULL); /* before the handle is freed, which the thread uses */
    net_meshos_handle_free(life->handle);
    life->handle = NULL;
    return status == NET_MESHOS_OK;
}
