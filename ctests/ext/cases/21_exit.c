/* The end of the process. */
#include <stdlib.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "report.h"

CASE(exit_while_busy, "exit: a process may end while callbacks run, events wait and calls are under way") {
    struct actor *a = calloc(1, sizeof *a), *held = calloc(1, sizeof *held);
    NetMeshOsSdk *sdk = sdk_new("{'tick_interval_ms': 1}");
    actor_begin(a, sdk, 1);
    actor_begin(held, sdk, 2);
    NEED_OK(net_meshos_ext_subscribe(sdk, a->id, held->id));
    actor_hold(held);
    post_many(sdk, a->id, 0, 50000);
    report_end_with_exit();
}
