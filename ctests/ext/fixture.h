/* Setup for cases, and short forms of frequent calls. */
#ifndef EXT_FIXTURE_H
#define EXT_FIXTURE_H

#include <net_meshos_ext.h>
#include <pthread.h>
#include <stdbool.h>

#include "actor.h"
#include "array.h"
#include "cases.h"
#include "json/json.h"
#include "kinds.h"
#include "mesh.h"
#include "seed.h"

/* An id that no daemon has. */
#define NOBODY UINT64_C(0x1234567)

/* A running SDK; the configuration is written like printf, and with ' for ". */
NetMeshOsSdk *sdk_new(const char *config, ...) __attribute__((format(printf, 1, 2)));
int sdk_start(NetMeshOsSdk **sdk, const char *config);

/* So many, or a tenth where each costs writes to the servers. */
unsigned many(unsigned n);

/* Keys of mesh for the SDKs that are started from now on: "'dead_letter_after': 1". */
void mesh_keys(const char *keys);

/* From now on all SDKs, those of child processes too, are nodes of one mesh. */
void mesh_stays(void);

/* Whether this thread is the one on which a callback for a call of it should have run: its own, but in a durable mesh one of
 * the library's. */
bool ran_where_it_should(pthread_t callback);

/* Whether a log record is about the mesh. */
bool is_of_mesh(uint64_t daemon_id, const char *message);

/* Shuts it down and frees it. */
void sdk_end(NetMeshOsSdk *sdk);

/* An event whose payload is a text. */
NetMeshOsEvent event(uint64_t origin, uint64_t sequence, const char *payload);

/* Posts one event, which must be accepted; or returns the status of post. */
#define POST(sdk, id, origin, sequence, payload) NEED_OK(post(sdk, id, origin, sequence, payload))
int post(NetMeshOsSdk *sdk, uint64_t id, uint64_t origin, uint64_t sequence, const char *payload);
int deliver(NetMeshOsSdk *sdk, uint64_t id, uint64_t origin, uint64_t sequence, const char *payload);

/* Posts n events with sequences from first on, waiting while the inbox is full. */
void post_many(NetMeshOsSdk *sdk, uint64_t id, uint64_t first, uint64_t n);

/* Waits until so many events wait for all daemons: where events are durable, a post returns before they come. */
void need_waiting(NetMeshOsSdk *sdk, uint64_t n);

/* Waits until the daemon, or all (0), have nothing to do. */
#define FLUSH(sdk, id) NEED_OK(net_meshos_ext_flush(sdk, id, patience_ms()))

/* A time that is enough to flush a daemon that is idle: 1 ms, but in a durable mesh the servers are asked. */
uint64_t enough_ms(void);

/* runtime_json, and its part about a daemon (NULL: there is none). */
struct json_object *look(NetMeshOsSdk *sdk);
struct json_object *look_at(NetMeshOsSdk *sdk, uint64_t id);

/* The maintenance_state that a daemon's metadata shows now. */
struct json_object *maintenance(NetMeshOsHandle *handle);

/* Whether it is of a kind. */
bool maintenance_is(NetMeshOsHandle *handle, const char *kind);

/* The node's maintenance state. */
#define STATE_IS(sdk, name) (strcmp(maintenance_state(sdk), name) == 0)
const char *maintenance_state(NetMeshOsSdk *sdk);

/* Checks that an actor gets no events, as its node drains. */
void is_refused(struct actor *a);

/* Writes a line to the log, waiting while the queue is full. */
void publish(struct actor *a, int level, const char *text, size_t length);

/* Whether a kept log record has the text in its message. */
bool logged(NetMeshOsSdk *sdk, const char *text);

/* Outputs that an output function has been called with; its ctx. */
enum { OUTPUTS_KEPT = 1024 };
struct outputs {
    size_t count;
    struct output {
        uint64_t daemon_id, in_origin, in_sequence, sequence;
        bool null; /* the payload was NULL */
        size_t length;
        char text[64]; /* the payload, as far as it fits */
    } kept[OUTPUTS_KEPT];
};
void outputs_take(void *outputs, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t sequence,
                  const uint8_t *payload, size_t length);

#endif
