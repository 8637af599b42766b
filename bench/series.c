#include "series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *memory) {
    if (!memory) {
        fputs("meshos-bench: no memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

void series_add(struct series *s, double value) {
    if (s->n == s->size) {
        s->size = s->size ? 2 * s->size : 16;
        s->values = need(realloc(s->values, s->size * sizeof *s->values));
    }
    s->values[s->n++] = value;
}

double series_best(const struct series *s) {
    double best = s->values[0];
    for (size_t i = 1; i < s->n; i++)
        if (s->values[i] < best)
            best = s->values[i];
    return best;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_median(const struct series *s) {
    double *sorted = need(malloc(s->n * sizeof *sorted));
    memcpy(sorted, s->values, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, compare);
    double median = (sorted[(s->n - 1) / 2] + sorted[s->n / 2]) / 2;
    free(sorted);
    return median;
}
