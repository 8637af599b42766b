#include "meter.h"

#include "child.h"
#include "clock.h"

static uint64_t time_calls(const struct meter *m, size_t n) {
    uint64_t began = now_ns();
    m->calls(n);
    return now_ns() - began;
}

/* Measures twice: a slow first call, or a busy machine, would make rounds of too few calls. */
static size_t calibrate(const struct meter *m) {
    uint64_t span = child_span(m->span);
    size_t n = 1;
    for (;;) {
        uint64_t first = time_calls(m, n), second = time_calls(m, n);
        uint64_t took = first < second ? first : second;
        if (took >= span)
            return n;
        if (took >= span / 8)
            return (size_t)((double)n * (double)span / (double)took) + 1;
        n *= 2;
    }
}

void meter_round(struct meter *m) {
    if (m->n == 0)
        m->n = calibrate(m);
    double operations = (double)m->n * (double)(m->per_call ? m->per_call : 1);
    child_sample(m->key, (double)time_calls(m, m->n) / operations);
}
