#define _POSIX_C_SOURCE 200809L

#include "runner.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../words/counter.h"
#include "../words/life.h"
#include "../words/say.h"
#include "../words/splitter.h"
#include "../words/stop.h"
#include "node.h"

/* The seeds are the daemons' identities: a real host reads its own from files that only it can read. */
static const char splitter_seed[32 + 1] = "an example, and so not a secret1";
static const char counter_seed[32 + 1] = "an example, and so not a secret2";

/* In a mesh a daemon begins with a restore, of nothing where it is new. */
static int restore_counter(void *user_ctx, const uint8_t *state, size_t length)
{
    struct counter *counter = user_ctx;
    if (length > 0)
        return counter_callbacks.restore(user_ctx, state, length);
    table_free(&counter->table);
    counter->table = (struct table){0};
    atomic_store(&counter->words, 0);
    return 0;
}

static int restore_splitter(void *user_ctx, const uint8_t *state, size_t length)
{
    struct splitter *splitter = user_ctx;
    if (length > 0)
        return splitter_callbacks.restore(user_ctx, state, length);
    splitter->pieces = splitter->words = 0;
    return 0;
}

/* Tells who it is, on the standard output, and stays until a signal comes. */
static void stay(const struct life *life)
{
    printf("%" PRIu64 "\n", life->id);
    fflush(stdout);
    while (!stop_signal())
        node_wait();
}

int run_counter(NetMeshOsSdk *sdk)
{
    struct counter counter = {0};
    struct life life = {0};
    NetMeshOsDaemonVtable callbacks = counter_callbacks;
    callbacks.restore = restore_counter;
    bool ok = life_begin(&life, sdk, "counter", counter_seed, &callbacks, &counter);
    if (ok)
        stay(&life);
    ok = life_end(&life) && ok;
    table_free(&counter.table);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The subscription is the mesh's, and stays when this process ends: subscribing again changes nothing. */
static bool subscribe(NetMeshOsSdk *sdk, uint64_t from, uint64_t to)
{
    int status;
    while ((status = net_meshos_ext_subscribe(sdk, from, to)) != NET_MESHOS_OK) {
        if (!node_try_again() || stop_signal()) {
            say_failed("net_meshos_ext_subscribe", status);
            return false;
        }
        node_wait();
    }
    return true;
}

int run_splitter(NetMeshOsSdk *sdk, uint64_t to)
{
    struct splitter splitter = {0};
    struct life life = {0};
    NetMeshOsDaemonVtable callbacks = splitter_callbacks;
    callbacks.restore = restore_splitter;
    bool ok = life_begin(&life, sdk, "splitter", splitter_seed, &callbacks, &splitter) && subscribe(sdk, life.id, to);
    if (ok)
        stay(&life);
    ok = life_end(&life) && ok;
    splitter_free(&splitter);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
