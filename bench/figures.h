/* What is measured, in the order of the table. */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <stdbool.h>
#include <stddef.h>

enum quantity { NS, MICROSECONDS, MILLISECONDS, MEGABYTES, BYTES, THREADS, PERCENT };

struct figure {
    const char *case_name, *key, *title;
    enum quantity quantity;
    double limit;          /* units where the quantity is NS, else the quantity; 0: there is none */
    const char *reference; /* the Rust cdylib's, in the same */
    bool only_scale;       /* not in the main table, only in the one of the curves */
};

extern const struct figure figures[];
extern const size_t figures_count;

/* The index of a figure, or figures_count. */
size_t figure_find(const char *key);
size_t figure_find_sized(const char *key, int size); /* KEY@SIZE */

/* Whether a figure is the time that an event takes. */
bool figure_is_of_event(const struct figure *f);

const char *quantity_name(enum quantity q);

/* Numbers of daemons, and what is measured at each of them: KEY@SIZE. */
extern const int scale_sizes[];
extern const size_t scale_sizes_count;

struct scale_curve {
    const char *key, *title;
    bool memory; /* megabytes, else ns */
};
extern const struct scale_curve scale_curves[];
extern const size_t scale_curves_count;

/* Histograms, in powers of two of ns. */
struct histogram_title {
    const char *case_name, *key, *title;
};
extern const struct histogram_title histogram_titles[];
extern const size_t histogram_titles_count;

#endif
