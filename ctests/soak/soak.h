/* What the parts of the soak share. */
#ifndef SOAK_H
#define SOAK_H

#include <net_meshos_ext.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { THREADS = 16, SLOTS_EACH = 8, SDKS = 2 };
enum { HANG = THREADS }; /* the origin of an event at which a callback waits until all daemons are in theirs */

/* An SDK that lives as long as the soak. Nobody subscribes in the first, so that every event that went in must be in
 * its totals; in the second all subscribe to all. */
struct node {
    NetMeshOsSdk *sdk;
    atomic_ulong accepted, processed, failed, outputs, heard, lives, destroyed;
};
extern struct node nodes[SDKS];
extern atomic_bool over; /* the time is: callbacks stop failing and being slow */

_Noreturn void soak_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
double soak_seconds(void);

/* work.c: what one of the threads does until the time is over. Leaves nothing behind. */
void *soak_thread(void *number);
extern pthread_barrier_t soak_all;  /* of THREADS */
extern pthread_barrier_t soak_hang; /* of all daemons */
void soak_output(void *ctx, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                 const uint8_t *payload, size_t len);

/* measure.c: what the process has, second by second. */
struct sample {
    double resident_kb, threads, descriptors;
};
struct sample soak_sample(void);
/* Whether the samples' trend is flat; says what is not. */
bool soak_flat(const struct sample *samples, size_t count);

#endif
