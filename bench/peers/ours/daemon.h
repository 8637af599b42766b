/* The daemons and events of the cases, and calls that must succeed. */
#ifndef PEERS_DAEMON_H
#define PEERS_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "library.h"

/* An event's payload: its number and 56 bytes more. */
enum { PAYLOAD = 64 };

/* A daemon that counts its events and adds up their numbers. Only its own callback writes; a host may read after a
 * flush. */
struct daemon {
    NetMeshOsHandle *handle;
    uint64_t id, events, sum;
};

/* Starts an SDK: the configuration is a JSON text, or NULL for all defaults. */
NetMeshOsSdk *start(const char *config);
void stop(NetMeshOsSdk *sdk);

/* Registers a daemon with a callback; one that has been freed may be registered again. `number` tells identities
 * apart. The callback gets `context`. */
NetMeshOsHandle *enlist(NetMeshOsSdk *sdk, size_t number,
                        int (*process)(void *, NetMeshOsProcessEmitCtx *, uint64_t, uint64_t, const uint8_t *, size_t),
                        void *context);

/* The same, for one that counts, and, if it relays, emits each event again. */
void enlist_counter(NetMeshOsSdk *sdk, size_t number, bool relays, struct daemon *daemon);

/* Fills a payload of PAYLOAD bytes. */
void number_payload(uint8_t *payload, uint64_t number);

/* Posts one event in one call. Where the inbox is full, waits by flush until it is empty. */
void post(NetMeshOsSdk *sdk, uint64_t daemon, const NetMeshOsEvent *event);

/* Whether a status says that an inbox was full; any other failure ends the run. */
bool was_full(const char *call, int status);

void flush(NetMeshOsSdk *sdk, uint64_t daemon);

/* Ends the run if the call failed. */
void ok(const char *call, int status);

/* Ends the run unless the daemon got the events 0 to n-1. */
void check(const struct daemon *daemon, uint64_t n);

/* Ends the run unless `found` events were processed of n whose numbers add up to that of 0 to n-1. */
void check_counts(uint64_t n, uint64_t events, uint64_t sum);

#endif
