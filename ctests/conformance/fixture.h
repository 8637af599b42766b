/* SDKs and daemons for cases that are about something else. */
#ifndef CONFORMANCE_FIXTURE_H
#define CONFORMANCE_FIXTURE_H

#include <net_meshos.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "array.h"
#include "kinds.h"
#include "seed.h"

enum { FAST_TICK_MS = 5 };

/* A running SDK; with a tick that is short, or never comes. */
NetMeshOsSdk *sdk_new(void);
NetMeshOsSdk *sdk_ticking(uint64_t ms);

/* How long so many ticks of the case's SDKs may take: 20 ticks more than that, and soon_ms() at least. */
uint64_t ticks_ms(long ticks);

/* A daemon without callbacks, of the n-th seed. */
NetMeshOsHandle *daemon_new(NetMeshOsSdk *sdk, unsigned n);

/* Publishes a line, again and again while the queue is full; ends the case if it stays so, or for another error. */
void publish_line(NetMeshOsHandle *handle, const char *line, size_t length);

/* Ends and frees both; any may be NULL. */
void end(NetMeshOsSdk *sdk, NetMeshOsHandle *handle);

/* Both calls that register, each with the least that it needs. */
typedef int register_function(NetMeshOsSdk *sdk, const char *name, size_t length, const uint8_t *seed,
                              NetMeshOsHandle **out);
extern const struct registration {
    const char *name;
    register_function *call;
} registrations[2];

/* Fails the case unless the event has these fields; without an event, all fields are zero. Padding between the fields
 * isn't checked. */
#define CHECK_EVENT(event, kind, grace) check_event(__FILE__, __LINE__, #event, &(event), (kind), (grace))
#define CHECK_NO_EVENT(event) check_no_event(__FILE__, __LINE__, #event, &(event))
void check_event(const char *file, int line, const char *expression, const NetMeshOsDaemonControl *event, int kind,
                 uint64_t grace);
void check_no_event(const char *file, int line, const char *expression, const NetMeshOsDaemonControl *event);

/* An event whose fields no call writes. */
NetMeshOsDaemonControl event_poison(void);

/* Whether all fields are those of event_poison(). */
bool event_untouched(const NetMeshOsDaemonControl *event);

/* A handle value that no call gives. */
#define POISON_HANDLE ((NetMeshOsHandle *)(uintptr_t)0x5a5a5a5a)
#define POISON_SDK ((NetMeshOsSdk *)(uintptr_t)0x5a5a5a5a)

/* Sets the calling thread's last error to a known one, without an SDK. */
void make_error(void);

/* Runs the statement and checks that it leaves the last error as make_error() set it. */
#define KEEPS_ERROR(statement)                              \
    do {                                                    \
        make_error();                                       \
        statement;                                          \
        check_made_error(__FILE__, __LINE__, #statement);   \
    } while (0)
void check_made_error(const char *file, int line, const char *statement);

/* A graceful shutdown of a daemon with callbacks. It may be shutdown_failed if a busy machine suspends a callback for
 * longer than the grace time. */
#define EXPECT_LEFT(call) check_left(__FILE__, __LINE__, #call, (call))
void check_left(const char *file, int line, const char *call, int status);

/* A graceful shutdown on a thread of its own: it says that it is about to begin, and what it returned. */
struct leaving {
    NetMeshOsHandle *handle;
    uint64_t grace_ms;
    uint64_t began_ms, ended_ms;
    int status;
    const char *kind; /* a copy, because the text of a thread that has ended is not valid */
    char kind_text[32];
};
void *leave_gracefully(void *leaving);

/* A grace time that no case waits out: handle_free ends it. Cases about what happens within a grace time use this
 * one, so that no machine is too slow for it. */
enum { LONG_GRACE_MS = 3600000 };

#endif
