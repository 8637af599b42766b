/* The library under test. It is opened in the child that runs a round, so that the parent, which forks, never has
 * it. A call is made as CALL(name)(arguments), and counted. */
#ifndef FUZZ_LIB_H
#define FUZZ_LIB_H

#include <net_meshos_ext.h>
#include <stdatomic.h>

#include "calls.h"

/* X(NAME) for each net_meshos_NAME. */
#define FUZZ_CALLS(X) MESHOS_CALLS(X) MESHOS_EXT_CALLS(X)

enum {
#define X(name) CALL_net_meshos_##name,
    FUZZ_CALLS(X)
#undef X
        CALLS
};

struct lib {
#define X(name) __typeof__(&net_meshos_##name) net_meshos_##name;
    FUZZ_CALLS(X)
#undef X
};

extern struct lib lib;
extern const char *const call_names[CALLS];
extern atomic_ulong *call_counts; /* CALLS of them, in memory that parent and children share */

#define CALL(name) (*(atomic_fetch_add_explicit(&call_counts[CALL_##name], 1, memory_order_relaxed), lib.name))

void lib_open(const char *path);

#endif
