#include "latencies.h"

#include <stdlib.h>

#include "child.h"

void latencies_init(struct latencies *l, size_t size) {
    *l = (struct latencies){.ns = calloc(size, sizeof *l->ns), .size = size};
    if (!l->ns)
        child_fail("no memory");
}

void latencies_add(struct latencies *l, uint64_t ns) {
    if (l->n < l->size)
        l->ns[l->n++] = ns;
}

static int compare(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void latencies_sort(struct latencies *l) {
    qsort(l->ns, l->n, sizeof *l->ns, compare);
}

double latencies_at(const struct latencies *l, double share) {
    if (l->n == 0)
        child_fail("there are no latencies");
    size_t index = (size_t)(share * (double)l->n);
    return (double)l->ns[index < l->n ? index : l->n - 1];
}

void latencies_send(const struct latencies *l, const char *key) {
    uint64_t counts[64] = {0};
    for (size_t i = 0; i < l->n; i++) {
        int power = 0;
        for (uint64_t rest = l->ns[i]; rest > 1; rest >>= 1)
            power++;
        counts[power]++;
    }
    for (int power = 0; power < 64; power++)
        if (counts[power] > 0)
            child_bucket(key, UINT64_C(1) << power, counts[power]);
}

void latencies_clear(struct latencies *l) {
    l->n = 0;
}
