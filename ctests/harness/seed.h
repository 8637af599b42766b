/* Seeds of identities. */
#ifndef HARNESS_SEED_H
#define HARNESS_SEED_H

#include <stdint.h>

enum { SEED_SIZE = 32 };

/* The n-th of a series, each with another id. The bytes live until the calling thread's next call. */
const uint8_t *seed(unsigned n);

#endif
