/*
 * Measures a mesh: meshbench URL CASE [ARGUMENT...]. Prints "NAME VALUE" lines; run.py starts the server and knows what
 * they mean. Two nodes in this process unless said otherwise; events have 64 bytes and no sequence of their own.
 *
 *   batches DAEMONS STREAMS EVENTS   posts of 256 to daemons of two other nodes, until all are committed
 *   singles THREADS EVENTS    one event a post
 *   deliver N                 ext_deliver to a daemon of the other node
 *   reach COMMIT_MS N         from a post to the subscriber's process on another node
 *   idle DAEMONS SECONDS      a node with daemons that idle since what they did is purged: CPU and memory
 *   starting DAEMONS          the start of a node whose daemons have 10 KB of state each
 *   own                       a node that counts until it is killed; says "ready"
 *   takeover                  stands by for own's daemon, posts to it, says "ready", and after "killed TIME" on its input
 *                             when the first event was processed here
 */
#define _XOPEN_SOURCE 700

#include "nodes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* After this time all is purged that was posted before: twice what docs/mesh.md says, and some. */
#define CALM_NS 25000000000u

enum { BATCH = 256, SIZE = 64, MOST = 1000 };

static const uint8_t payload[SIZE];
static struct counter counters[MOST];

static void fill(NetMeshOsEvent *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        events[i] = (NetMeshOsEvent){1, 0, payload, SIZE};
}

static uint64_t processed(size_t daemons)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < daemons; i++)
        sum += atomic_load(&counters[i].count);
    return sum;
}

static void settle(NetMeshOsSdk *poster, size_t daemons)
{
    NetMeshOsEvent e = {1, 0, payload, SIZE};
    for (size_t i = 0; i < daemons; i++) {
        post_all(poster, counters[i].id, &e, 1);
        ok("flush", net_meshos_ext_flush(poster, counters[i].id, 20000));
    }
}

static void batches(const char *url, size_t daemons, unsigned streams, size_t events)
{
    char more[64];
    snprintf(more, sizeof more, "\"streams\":%u", streams);
    NetMeshOsSdk *nodes[3];
    NetMeshOsEvent batch[BATCH];
    for (unsigned i = 0; i < 3; i++)
        nodes[i] = node_start(url, 1 + i, more);
    for (size_t i = 0; i < daemons; i++)
        node_count(nodes[1 + i % 2], &counters[i], (unsigned)i);
    fill(batch, BATCH);
    settle(nodes[0], daemons);
    uint64_t before = processed(daemons), n = events / BATCH;
    double from = now();
    for (size_t i = 0; i < n; i++)
        post_all(nodes[0], counters[i % daemons].id, batch, BATCH);
    for (size_t i = 0; i < daemons; i++)
        ok("flush", net_meshos_ext_flush(nodes[0], counters[i].id, 60000));
    double took = now() - from;
    if (processed(daemons) - before != n * BATCH)
        fail("%zu events were posted, %zu processed", (size_t)n * BATCH, (size_t)(processed(daemons) - before));
    figure("events_per_second", (double)(n * BATCH) / took);
    for (unsigned i = 3; i-- > 0;)
        node_stop(nodes[i]);
}

struct poster {
    NetMeshOsSdk *sdk;
    size_t events;
};

static void *post_singles(void *argument)
{
    struct poster *p = argument;
    NetMeshOsEvent e = {1, 0, payload, SIZE};
    for (size_t i = 0; i < p->events; i++)
        post_all(p->sdk, counters[0].id, &e, 1);
    return NULL;
}

static void singles(const char *url, size_t threads, size_t events)
{
    NetMeshOsSdk *here = node_start(url, 1, ""), *there = node_start(url, 2, "");
    pthread_t thread[64];
    struct poster p = {here, events / threads};
    node_count(there, &counters[0], 0);
    settle(here, 1);
    double from = now();
    for (size_t i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, post_singles, &p) != 0)
            fail("no thread");
    for (size_t i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    figure("events_per_second", (double)(p.events * threads) / (now() - from));
    ok("flush", net_meshos_ext_flush(here, counters[0].id, 60000));
    node_stop(here);
    node_stop(there);
}

static void deliver(const char *url, size_t n)
{
    NetMeshOsSdk *here = node_start(url, 1, ""), *there = node_start(url, 2, "");
    double *took = calloc(n, sizeof *took);
    NetMeshOsEvent e = {1, 0, payload, SIZE};
    node_count(there, &counters[0], 0);
    settle(here, 1);
    for (size_t i = 0; i < n; i++) {
        double from = now();
        ok("deliver", net_meshos_ext_deliver(here, counters[0].id, &e, NULL, NULL));
        took[i] = (now() - from) * 1e6;
    }
    figure("p50_us", percentile(took, n, 50));
    figure("p99_us", percentile(took, n, 99));
    free(took);
    node_stop(here);
    node_stop(there);
}

static void reach(const char *url, unsigned commit_ms, size_t n)
{
    char more[64];
    snprintf(more, sizeof more, "\"commit_ms\":%u", commit_ms);
    NetMeshOsSdk *nodes[3];
    for (unsigned i = 0; i < 3; i++)
        nodes[i] = node_start(url, 1 + i, more);
    double *took = calloc(n, sizeof *took);
    NetMeshOsEvent e = {1, 0, payload, SIZE};
    counters[0].echo = 1;
    node_count(nodes[1], &counters[0], 0);
    node_count(nodes[2], &counters[1], 1);
    settle(nodes[0], 2);
    ok("subscribe", net_meshos_ext_subscribe(nodes[0], counters[0].id, counters[1].id));
    post_all(nodes[0], counters[0].id, &e, 1);
    wait_for(&counters[1].count, 2, 20, "the subscriber");
    for (size_t i = 0; i < n; i++) {
        uint64_t before = atomic_load(&counters[1].count), from = now_ns();
        post_all(nodes[0], counters[0].id, &e, 1);
        wait_for(&counters[1].count, before + 1, 20, "the subscriber");
        took[i] = (double)(atomic_load(&counters[1].at) - from) / 1e6;
    }
    figure("p50_ms", percentile(took, n, 50));
    figure("p99_ms", percentile(took, n, 99));
    free(took);
    for (unsigned i = 3; i-- > 0;)
        node_stop(nodes[i]);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double resident_bytes(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%*s %ld", &pages) != 1)
        fail("/proc/self/statm can't be read");
    fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void idle(const char *url, size_t daemons, unsigned seconds)
{
    NetMeshOsSdk *sdk = node_start(url, 1, "");
    double before = resident_bytes();
    for (size_t i = 0; i < daemons; i++)
        node_count(sdk, &counters[i], (unsigned)i);
    settle(sdk, daemons);
    figure("bytes_per_daemon", (resident_bytes() - before) / (double)daemons);
    rest_ns(CALM_NS);
    double cpu = cpu_seconds(), from = now();
    rest_ns(seconds * (uint64_t)1000000000u);
    figure("percent_of_a_core", (cpu_seconds() - cpu) / (now() - from) * 100);
    node_stop(sdk);
}

static void starting(const char *url, size_t daemons)
{
    for (int round = 0; round < 2; round++) {
        double from = now();
        NetMeshOsSdk *sdk = node_start(url, 1, "");
        for (size_t i = 0; i < daemons; i++) {
            counters[i].ballast = 10000;
            node_count(sdk, &counters[i], (unsigned)i);
        }
        if (round == 0) {
            settle(sdk, daemons);
        } else {
            for (size_t i = 0; i < daemons; i++)
                wait_for(&counters[i].count, 1, 60, "the state of a daemon");
            figure("seconds", now() - from);
        }
        node_stop(sdk);
        for (size_t i = 0; i < daemons; i++)
            net_meshos_handle_free(counters[i].handle);
        memset(counters, 0, sizeof counters);
    }
}

static void own(const char *url)
{
    NetMeshOsSdk *sdk = node_start(url, 1, "\"lease_ms\":1000");
    node_count(sdk, &counters[0], 0);
    settle(sdk, 1);
    puts("ready");
    fflush(stdout);
    pause();
}

static void takeover(const char *url)
{
    NetMeshOsSdk *sdk = node_start(url, 2, "\"lease_ms\":1000"), *poster = node_start(url, 3, "\"lease_ms\":1000");
    NetMeshOsEvent e = {1, 0, payload, SIZE};
    char line[64];
    node_count(sdk, &counters[0], 0);
    settle(poster, 1);
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        fail("no time of the kill");
    uint64_t killed = strtoull(line, NULL, 10);
    atomic_store(&counters[0].at, 0);
    post_all(poster, counters[0].id, &e, 1);
    wait_for(&counters[0].at, 1, 20, "the take-over");
    figure("seconds", (double)(atomic_load(&counters[0].at) - killed) / 1e9);
    node_stop(poster);
    node_stop(sdk);
}

static unsigned number(int argc, char **argv, int i)
{
    if (i >= argc)
        fail("the case needs one more number");
    return (unsigned)strtoul(argv[i], NULL, 10);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        fail("usage: meshbench URL CASE [NUMBER...]");
    const char *url = argv[1], *what = argv[2];
    if (strcmp(what, "batches") == 0)
        batches(url, number(argc, argv, 3), number(argc, argv, 4), number(argc, argv, 5));
    else if (strcmp(what, "singles") == 0)
        singles(url, number(argc, argv, 3), number(argc, argv, 4));
    else if (strcmp(what, "deliver") == 0)
        deliver(url, number(argc, argv, 3));
    else if (strcmp(what, "reach") == 0)
        reach(url, number(argc, argv, 3), number(argc, argv, 4));
    else if (strcmp(what, "idle") == 0)
        idle(url, number(argc, argv, 3), number(argc, argv, 4));
    else if (strcmp(what, "starting") == 0)
        starting(url, number(argc, argv, 3));
    else if (strcmp(what, "own") == 0)
        own(url);
    else if (strcmp(what, "takeover") == 0)
        takeover(url);
    else
        fail("there is no case '%s'", what);
    return 0;
}
