/* What the two halves of the reference's likeness share: see reference.c. */
#ifndef BROKEN_REFERENCE_H
#define BROKEN_REFERENCE_H

#include <calls.h>
#include <net_meshos.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* The calls of the right library. */
#define MEMBER(name) __typeof__(net_meshos_##name) *name;
extern struct real {
    MESHOS_CALLS(MEMBER)
} real;
#undef MEMBER

/* What is waited for by this condition changes under this lock. */
extern pthread_mutex_t lock;
extern pthread_cond_t changed;

/* A handle is an address, and none but NULL is looked at before it is used. */
enum { LIVE = 0x11ff11ff, FREED = 0x5a };

struct NetMeshOsSdk {
    int live;
    NetMeshOsSdk *real;
    bool down;
    size_t event_queue;
};

struct NetMeshOsHandle {
    int live;
    NetMeshOsHandle *real;
    NetMeshOsSdk *sdk;
    pthread_mutex_t busy; /* one call at a time */
    bool consumed, freed;
    unsigned waiting;          /* threads in next_control */
    struct timespec own_event; /* when the event of the registration has left the queue */
};

/* Ends the process, as a panic of a release build does. */
_Noreturn void panic(const char *what);

/* Whatever comes of the use of memory that isn't the library's: here it always ends the process. */
void use(int live);

/* A text whose end nobody can know. */
void use_length(size_t length);

/* What a call returns: an error of this likeness, whatever the right library has returned, or a success. */
int fails(int status, const char *kind);
int passes(int status);
int succeeds(void);

/* A time of CLOCK_MONOTONIC. */
struct timespec after(uint64_t ms);

#endif
