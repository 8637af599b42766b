/* Nodes of a mesh in this process, daemons on them, and clocks. Whatever fails ends the program with words. */
#ifndef BENCH_MESH_NODES_H
#define BENCH_MESH_NODES_H

#include <net_meshos_ext.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* A daemon that counts its events. Its state is the count, and ballast bytes. */
struct counter {
    uint64_t id;
    _Atomic uint64_t count;
    _Atomic uint64_t at; /* when the last event was processed, in ns */
    size_t ballast;
    int echo; /* emits what it gets */
    NetMeshOsHandle *handle;
};

double now(void);      /* seconds */
uint64_t now_ns(void); /* CLOCK_MONOTONIC, the same in all processes */
void rest_ns(uint64_t ns);

_Noreturn void fail(const char *format, ...);
void ok(const char *call, int status);

/* Starts a node of the mesh; more: further keys of "mesh", such as "\"commit_ms\":0", or "". */
NetMeshOsSdk *node_start(const char *url, unsigned number, const char *more);
void node_stop(NetMeshOsSdk *sdk);
void node_count(NetMeshOsSdk *sdk, struct counter *c, unsigned seed);

/* Posts, and again what was not accepted. */
void post_all(NetMeshOsSdk *sdk, uint64_t id, const NetMeshOsEvent *events, size_t n);
void wait_for(const _Atomic uint64_t *value, uint64_t least, double seconds, const char *what);

/* Sorts, and returns the value below which so many of 100 are. */
double percentile(double *values, size_t n, double percent);

/* Prints a figure: "NAME VALUE". */
void figure(const char *name, double value);

#endif
