/* The books: what went in, what came of it, and whether the library's totals say the same. */
#include "ops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ACCOUNTS: who is subscribed to whom, by slot numbers of records. Touched by the plan's one thread alone. */
static struct record *edges[256][2];
static int edge_count;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Every event of a producer's is processed, and its outputs have gone where they go: a subscription that begins or ends
 * later has no part in them. A callback that has returned says less. */
static bool settled(const struct record *record, double end) {
    if (!record || record->consumer)
        return true;
    const double left = end - now();
    return left > 0 && CALL(net_meshos_ext_flush)(record->sdk->handle, record->id, 1 + (uint64_t)(left * 1000)) == NET_MESHOS_OK;
}

static bool producers_settled(const struct record *another) {
    const double end = now() + 0.03;
    bool all = settled(another, end);
    for (int i = 0; i < DAEMON_SLOTS; i++)
        all = all && settled(atomic_load(&world.daemons[i]), end);
    return all;
}

/* A producer whose subscriber has no room may rest with events unprocessed. Then nobody can say which of its outputs
 * come before the edge's end, and the round's books are no longer exact. another: a producer that has left its slot. */
void settle_producers(const struct record *another) {
    if (!producers_settled(another))
        atomic_store(&world.exact, false);
}

void op_SETTLE(uint64_t random) {
    (void)random;
    if (inside.depth == 0 && world.plan.profile == ACCOUNTS)
        (void)producers_settled(NULL);
}

void edge_added(struct record *from, struct record *to) {
    for (int i = 0; i < edge_count; i++)
        if (edges[i][0] == from && edges[i][1] == to)
            return;
    if (edge_count == 256) {
        atomic_store(&world.exact, false);
        return;
    }
    edges[edge_count][0] = from;
    edges[edge_count++][1] = to;
    atomic_fetch_add(&from->subscribers, 1);
}

static void remove_at(int i) {
    atomic_fetch_sub(&edges[i][0]->subscribers, 1);
    edges[i][0] = edges[edge_count - 1][0];
    edges[i][1] = edges[--edge_count][1];
}

void edge_removed(struct record *from, struct record *to) {
    for (int i = 0; i < edge_count; i++)
        if (edges[i][0] == from && edges[i][1] == to) {
            remove_at(i);
            return;
        }
}

void edges_ended(struct record *record) {
    if (world.plan.profile != ACCOUNTS || atomic_load(&world.calm))
        return;
    settle_producers(record);
    for (int i = edge_count - 1; i >= 0; i--)
        if (edges[i][0] == record || edges[i][1] == record)
            remove_at(i);
}

static unsigned long number(const char *json, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (!at)
        wrong("totals: no %s", key);
    return strtoul(at + strlen(quoted), NULL, 10);
}

/* Everything that waits is processed: what is held or stopped is released, and maintenance is over. */
static bool come_to_rest(struct sdk *sdk) {
    const double end = now() + 20;
    CALL(net_meshos_ext_exit_maintenance)(sdk->handle);
    for (;;) {
        for (int i = 0; i < DAEMON_SLOTS; i++) {
            const struct record *record = atomic_load(&world.daemons[i]);
            if (record && record->sdk == sdk)
                CALL(net_meshos_ext_restart_daemon)(sdk->handle, record->id);
        }
        if (CALL(net_meshos_ext_flush)(sdk->handle, 0, 200) == NET_MESHOS_OK)
            return true;
        const char *kind = CALL(net_meshos_last_error_kind)();
        if (kind && (strcmp(kind, "already_shutdown") == 0 || strcmp(kind, "invalid_handle") == 0))
            return false;
        if (now() > end)
            wrong("rest: no event comes in, no daemon is held, and flush still ends with %s", kind ? kind : "no kind");
    }
}

void accounts_close(struct sdk *sdk) {
    if (!come_to_rest(sdk))
        return;
    char *json = CALL(net_meshos_ext_runtime_json)(sdk->handle);
    if (!json)
        return; /* a callback has shut the SDK down, and that has come to its end just now */
    const char *totals = strstr(json, "\"totals\"");
    if (!totals)
        wrong("totals: there are none");
    const unsigned long in = number(totals, "events_in"), outputs = number(totals, "outputs"),
                        failures = number(totals, "failures"), discarded = number(totals, "discarded"),
                        waiting = number(strstr(json, "\"queues\""), "events_waiting");
    const unsigned long accepted = atomic_load(&sdk->accepted), subscribed = atomic_load(&sdk->subscribed);
    CALL(net_meshos_free_string)(json);
    const unsigned long seen = atomic_load(&sdk->processed);
    if (in < seen || (in > seen && !atomic_load(&sdk->plain)) || outputs != atomic_load(&sdk->outputs) ||
        failures != atomic_load(&sdk->failed))
        wrong("totals: events_in %lu, outputs %lu, failures %lu, and the callbacks saw %lu, %lu, %lu", in, outputs,
              failures, seen, atomic_load(&sdk->outputs), atomic_load(&sdk->failed));
    if (waiting)
        wrong("totals: %lu events wait after flush", waiting);
    const bool accounts = world.plan.profile == ACCOUNTS;
    if ((accounts && !atomic_load(&world.exact)) || (!accounts && atomic_load(&sdk->edges)))
        return;
    const unsigned long came = accepted + (accounts ? subscribed : 0), went = in + discarded;
    if (went != came)
        wrong("totals: %lu accepted and %lu subscribed, but %lu processed and %lu discarded", accepted,
              accounts ? subscribed : 0, in, discarded);
}
