#include "results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "figures.h"

static void *zeroes(size_t n, size_t size) {
    void *memory = calloc(n, size);
    if (!memory) {
        fputs("meshos-bench: no memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

struct results results_new(bool judged) {
    struct results r = {.judged = judged};
    for (int l = 0; l < LIBRARIES; l++) {
        r.cases[l] = zeroes(cases_count, sizeof *r.cases[l]);
        r.figures[l] = zeroes(figures_count, sizeof *r.figures[l]);
        r.histograms[l] = zeroes(histogram_titles_count, sizeof *r.histograms[l]);
    }
    return r;
}

void results_sample(struct results *r, int library, const char *key, double value, double unit) {
    size_t i = figure_find(key);
    if (i == figures_count) {
        fprintf(stderr, "meshos-bench: there is no figure %s\n", key);
        abort();
    }
    series_add(&r->figures[library][i].values, value);
    series_add(&r->figures[library][i].units, unit);
}

void results_bucket(struct results *r, int library, const char *key, uint64_t floor, uint64_t count) {
    int power = 0;
    while (power < BUCKETS - 1 && UINT64_C(1) << power < floor)
        power++;
    for (size_t i = 0; i < histogram_titles_count; i++)
        if (strcmp(histogram_titles[i].key, key) == 0)
            r->histograms[library][i].counts[power] += count;
}

const struct case_result *results_of_case(const struct results *r, int library, const char *case_name) {
    return &r->cases[library][case_find(case_name) - cases];
}

struct measured results_measured(const struct results *r, int library, size_t figure) {
    const struct figure_result *f = &r->figures[library][figure];
    struct measured m = {0};
    if (results_of_case(r, library, figures[figure].case_name)->outcome != MEASURED || f->values.n == 0)
        return m;
    m.there = true;
    m.best = series_best(&f->values);
    m.median = series_median(&f->values);
    m.unit = series_median(&f->units);
    if (figures[figure].quantity == NS) {
        m.units_best = m.best / series_best(&f->units);
        m.units_median = m.median / m.unit;
    }
    return m;
}

double results_limit(size_t figure, const struct measured *m) {
    const struct figure *f = &figures[figure];
    return f->quantity == NS ? f->limit * m->unit : f->limit;
}

bool results_has_ratio(const struct measured *a, const struct measured *b) {
    return a->there && b->there && a->best > 0 && b->best > 0;
}

enum verdict results_verdict(const struct results *r, size_t figure) {
    const struct figure *f = &figures[figure];
    struct measured m = results_measured(r, 0, figure);
    if (!r->judged || !m.there || f->limit == 0)
        return NO_VERDICT;
    bool units = f->quantity == NS;
    if ((units ? m.units_median : m.median) <= f->limit)
        return WITHIN;
    return (units ? m.units_best : m.best) <= f->limit ? ONLY_BEST_WITHIN : OVER;
}

const char *outcome_name(enum outcome o) {
    static const char *const names[] = {"not run", "measured", "absent", "crashed", "hung", "failed"};
    return names[o];
}
