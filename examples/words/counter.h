/* The second daemon: it gets words, one event each, and counts them. */
#ifndef COUNTER_H
#define COUNTER_H

#include <net_meshos_ext.h>
#include <stdatomic.h>

#include "table.h"

struct counter {
    struct table table;         /* its state */
    _Atomic uint64_t words;     /* the sum of all counts; atomic, because other threads read it */
    atomic_bool failed;         /* it could not process an event: the counts are worth nothing */
};

/* The callbacks; their user_ctx is a struct counter, all zero at first. */
extern const NetMeshOsDaemonVtable counter_callbacks;

#endif
