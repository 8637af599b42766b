/* A plan is what a round does: which threads make which operations, in order. It comes from a seed, or from a file
 * that a failure has left. An operation holds all that is random in it, so that any subset of a plan is a plan. */
#ifndef FUZZ_PLAN_H
#define FUZZ_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FUZZ_OPS(X)                                                                                              \
    X(START) X(SHUTDOWN) X(FREE_SDK) X(REGISTER) X(FREE) X(GRACEFUL) X(DELIVER) X(POST) X(FLUSH) X(SUBSCRIBE)    \
    X(UNSUBSCRIBE) X(SET_OUTPUT) X(ON_LOG) X(SNAPSHOT) X(RESTORE) X(FREE_BYTES) X(MAINTENANCE) X(STOP)           \
    X(RESTART) X(DONE) X(NEXT_CONTROL) X(READER) X(LOG) X(CAPABILITIES) X(METADATA) X(FREE_STRING) X(LOOK)       \
    X(ACCESSORS) X(ERRORS) X(EMIT) X(SETTLE)

enum op_kind {
#define X(name) OP_##name,
    FUZZ_OPS(X)
#undef X
        OP_KINDS
};

extern const char *const op_names[OP_KINDS];

/* Left out everywhere, within callbacks too. */
extern bool ops_left_out[OP_KINDS];

struct op {
    uint8_t thread, kind;
    uint64_t random;
};

/* A quarter of the seeds is crowded: four daemons with room for two events, that free, deliver and flush inside. */
static inline bool plan_crowded(uint64_t seed) {
    return seed % 4 == 1;
}

/* CHAOS: anything on any thread. ACCOUNTS: one thread, producers and consumers, every edge and event in the books. */
enum profile { CHAOS, ACCOUNTS };

enum { MAX_OPS = 1024, MAX_THREADS = 8 };

struct plan {
    uint64_t seed; /* of the configuration, too */
    uint32_t threads;
    enum profile profile;
    size_t count;
    struct op ops[MAX_OPS];
};

/* threads 0, profile -1: as the seed has it. */
void plan_make(struct plan *plan, uint64_t seed, uint32_t threads, int profile);
void plan_write(const struct plan *plan, FILE *file);
bool plan_read(struct plan *plan, FILE *file);

/* splitmix64 */
static inline uint64_t draw(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static inline uint32_t draw_below(uint64_t *state, uint32_t n) {
    return (uint32_t)(draw(state) % n);
}

#endif
