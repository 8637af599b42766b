#define _GNU_SOURCE
#include "table.h"

#include <string.h>

#include "cases.h"
#include "figures.h"
#include "format.h"
#include "machine.h"

static int libraries(const struct options *o) {
    return o->libraries[1] ? 2 : 1;
}

static bool is_count(enum quantity q) {
    return q == THREADS || q == BYTES;
}

/* A number, or "-" where there is none, right-aligned. */
static void cell(FILE *out, int width, bool there, double value) {
    fprintf(out, " %*s", width, there ? format_number(value).text : "-");
}

static void limit_cell(FILE *out, int width, double limit) {
    fprintf(out, " %*s", width, limit > 0 ? format_limit(limit).text : "-");
}

static bool was_run(const struct options *o, const struct results *r, const char *case_name) {
    for (int l = 0; l < libraries(o); l++)
        if (results_of_case(r, l, case_name)->outcome != NOT_RUN)
            return true;
    return false;
}

/* ---- The head ---- */

static double unit_of_run(const struct results *r, int library) {
    struct series all = {0};
    for (size_t i = 0; i < figures_count; i++)
        for (size_t k = 0; k < r->figures[library][i].units.n; k++)
            series_add(&all, r->figures[library][i].units.values[k]);
    return all.n > 0 ? series_median(&all) : 0;
}

static void print_head(FILE *out, const struct options *o, const struct results *r) {
    struct machine m = machine_look();
    fprintf(out, "%s, %ld processors, %s\n", m.processor, m.processors, m.system);
    for (int l = 0; l < libraries(o); l++) {
        fprintf(out, "%c: %s", "AB"[l], o->libraries[l]);
        fprintf(out, *r->versions[l] ? ", extension calls %s" : ", no extension calls", r->versions[l]);
        fprintf(out, ", unit %s ns\n", format_number(unit_of_run(r, l)).text);
    }
    fprintf(out, "%d rounds. A unit is a lock and unlock of a mutex that nobody else wants, timed before each round.\n",
            o->rounds);
    if (o->quick)
        fputs("QUICK: few short rounds, 1,000 daemons at most. No time here means anything.\n", out);
}

/* ---- The table ---- */

static void print_titles(FILE *out, const struct options *o) {
    bool two = o->libraries[1];
    fprintf(out, "\n%-50s %-7s %10s %10s %10s", "", "in", two ? "A best" : "best", two ? "A median" : "median",
            two ? "A at most" : "at most");
    fprintf(out, " %9s %9s %11s", two ? "A units" : "units", "at most", two ? "A events/s" : "events/s");
    if (two)
        fprintf(out, " %10s %10s %9s %11s %7s", "B best", "B median", "B units", "B events/s", "A/B");
    fprintf(out, " %13s\n", "reference");
}

/* What is printed in place of figures. */
static const char *instead(const struct results *r, int library, const char *case_name) {
    enum outcome o = results_of_case(r, library, case_name)->outcome;
    return o == CRASHED || o == HUNG || o == FAILED ? outcome_name(o) : "-";
}

static void print_figure(FILE *out, const struct options *o, const struct results *r, size_t i) {
    static const char *const marks[] = {"", "", "  median over", "  OVER"};
    const struct figure *f = &figures[i];
    struct measured m[LIBRARIES] = {0};
    fprintf(out, "%-50s %-7s", f->title, quantity_name(f->quantity));
    for (int l = 0; l < libraries(o); l++) {
        m[l] = results_measured(r, l, i);
        if (m[l].there) {
            struct formatted (*format)(double) = is_count(f->quantity) ? format_count : format_number;
            fprintf(out, " %10s %10s", format(m[l].best).text, format(m[l].median).text);
        } else {
            fprintf(out, " %10s %10s", instead(r, l, f->case_name), "");
        }
        if (l == 0)
            limit_cell(out, 10, results_limit(i, &m[l]));
        cell(out, 9, m[l].there && f->quantity == NS, m[l].units_median);
        if (l == 0)
            limit_cell(out, 9, f->quantity == NS ? f->limit : 0);
        cell(out, 11, m[l].there && figure_is_of_event(f), 1e9 / m[l].median);
    }
    if (o->libraries[1])
        cell(out, 7, results_has_ratio(&m[0], &m[1]), m[0].median / m[1].median);
    fprintf(out, " %13s%s\n", *f->reference ? f->reference : "-", marks[results_verdict(r, i)]);
}

static void print_figures(FILE *out, const struct options *o, const struct results *r) {
    print_titles(out, o);
    for (size_t i = 0; i < figures_count; i++)
        if (!figures[i].only_scale && was_run(o, r, figures[i].case_name))
            print_figure(out, o, r, i);
    fputs("\nUnits, events/s, A/B and limits are about medians. The limits of figures in ns are set in units; beside the\n"
          "median they are in ns, by the unit of this run. OVER: the best round is over the limit too. A star: the\n"
          "reference has no such call in C.\n",
          out);
}

/* ---- Against the number of daemons ---- */

static bool has_curve(const struct results *r, int library, const struct scale_curve *c) {
    for (size_t i = 0; i < scale_sizes_count; i++)
        if (results_measured(r, library, figure_find_sized(c->key, scale_sizes[i])).there)
            return true;
    return false;
}

static void print_curve(FILE *out, const struct options *o, const struct results *r, int library,
                        const struct scale_curve *c) {
    fprintf(out, "%s %-34s", o->libraries[1] ? library == 0 ? "A" : "B" : "", c->title);
    for (size_t i = 0; i < scale_sizes_count; i++) {
        struct measured m = results_measured(r, library, figure_find_sized(c->key, scale_sizes[i]));
        struct formatted value;
        if (c->memory)
            snprintf(value.text, sizeof value.text, "%.20s MB", format_number(m.median).text);
        else
            value = format_ns(m.median);
        fprintf(out, " %10s", m.there ? value.text : "-");
    }
    fputc('\n', out);
}

static void print_curves(FILE *out, const struct options *o, const struct results *r) {
    bool any = false;
    for (size_t i = 0; i < scale_curves_count; i++)
        for (int l = 0; l < libraries(o); l++) {
            if (!has_curve(r, l, &scale_curves[i]))
                continue;
            if (!any) {
                fprintf(out, "\n%s %-34s", o->libraries[1] ? " " : "", "daemons (medians)");
                for (size_t k = 0; k < scale_sizes_count; k++)
                    fprintf(out, " %10s", format_count(scale_sizes[k]).text);
                fputc('\n', out);
                any = true;
            }
            print_curve(out, o, r, l, &scale_curves[i]);
        }
}

/* ---- Histograms ---- */

static uint64_t total(const struct histogram *h) {
    uint64_t sum = 0;
    for (int i = 0; i < BUCKETS; i++)
        sum += h->counts[i];
    return sum;
}

static void print_histogram(FILE *out, const struct histogram *h) {
    static const char bar[] = "########################################";
    uint64_t all = total(h), most = 0;
    int first = BUCKETS, last = 0;
    for (int i = 0; i < BUCKETS; i++)
        if (h->counts[i] > 0) {
            first = i < first ? i : first;
            last = i;
            most = h->counts[i] > most ? h->counts[i] : most;
        }
    for (int i = first; i <= last; i++)
        fprintf(out, "  from %8s %12s %9.5f %%  %.*s\n", format_ns((double)(UINT64_C(1) << i)).text,
                format_count((double)h->counts[i]).text, 100 * (double)h->counts[i] / (double)all,
                (int)((double)(sizeof bar - 1) * (double)h->counts[i] / (double)most), bar);
}

static void print_histograms(FILE *out, const struct options *o, const struct results *r) {
    for (size_t i = 0; i < histogram_titles_count; i++)
        for (int l = 0; l < libraries(o); l++)
            if (total(&r->histograms[l][i]) > 0) {
                fprintf(out, "\n%s%s\n", o->libraries[1] ? l == 0 ? "A, " : "B, " : "", histogram_titles[i].title);
                print_histogram(out, &r->histograms[l][i]);
            }
}

/* ---- What was not measured ---- */

static void print_troubles(FILE *out, const struct options *o, const struct results *r) {
    bool any = false;
    for (size_t i = 0; i < cases_count; i++)
        for (int l = 0; l < libraries(o); l++) {
            const struct case_result *c = &r->cases[l][i];
            if (c->outcome == NOT_RUN || c->outcome == MEASURED || c->outcome == ABSENT)
                continue;
            if (!any)
                fputs("\nNot measured:\n", out);
            any = true;
            fprintf(out, "  %c %s %s: %s\n", "AB"[l], cases[i].name, outcome_name(c->outcome), c->why);
        }
}

void table_print(FILE *out, const struct options *o, const struct results *r) {
    print_head(out, o, r);
    print_figures(out, o, r);
    print_curves(out, o, r);
    print_histograms(out, o, r);
    print_troubles(out, o, r);
}
