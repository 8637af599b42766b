#include "json.h"

#include <math.h>

#include "cases.h"
#include "figures.h"
#include "machine.h"

/* Paths may hold any bytes: those that are not ASCII become question marks. */
static void string(FILE *out, const char *text) {
    fputc('"', out);
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(out, "\\%c", *c);
        else if (*c < ' ' || *c >= 0x7f)
            fputc('?', out);
        else
            fputc(*c, out);
    fputc('"', out);
}

static void member(FILE *out, const char *key, const char *text) {
    fprintf(out, "\"%s\": ", key);
    string(out, text);
    fputs(", ", out);
}

static void number(FILE *out, const char *key, bool there, double value) {
    fprintf(out, "\"%s\": ", key);
    if (there && isfinite(value))
        fprintf(out, "%.6g, ", value);
    else
        fputs("null, ", out);
}

static void values(FILE *out, const char *key, const struct series *s) {
    fprintf(out, "\"%s\": [", key);
    for (size_t i = 0; i < s->n; i++)
        fprintf(out, "%s%.6g", i ? ", " : "", s->values[i]);
    fputs("]", out);
}

static int libraries(const struct options *o) {
    return o->libraries[1] ? 2 : 1;
}

static void write_result(FILE *out, const struct results *r, int library, size_t i) {
    const struct figure *f = &figures[i];
    const struct case_result *c = results_of_case(r, library, f->case_name);
    struct measured m = results_measured(r, library, i);
    fputs("{", out);
    member(out, "outcome", outcome_name(c->outcome == MEASURED && !m.there ? ABSENT : c->outcome));
    if (*c->why)
        member(out, "why", c->why);
    number(out, "best", m.there, m.best);
    number(out, "median", m.there, m.median);
    number(out, "units_best", m.there && f->quantity == NS, m.units_best);
    number(out, "units_median", m.there && f->quantity == NS, m.units_median);
    number(out, "unit_ns", m.there, m.unit);
    if (f->quantity == NS)
        number(out, "at_most_ns", m.there && f->limit > 0, results_limit(i, &m));
    if (figure_is_of_event(f))
        number(out, "events_per_s", m.there, 1e9 / m.median);
    values(out, "rounds", &r->figures[library][i].values);
    fputs(", ", out);
    values(out, "units_ns", &r->figures[library][i].units);
    fputs("}", out);
}

static void write_figure(FILE *out, const struct options *o, const struct results *r, size_t i) {
    static const char *const verdicts[] = {NULL, "within", "median over", "over"};
    const struct figure *f = &figures[i];
    fputs("    {", out);
    member(out, "key", f->key);
    member(out, "title", f->title);
    member(out, "case", f->case_name);
    member(out, "in", quantity_name(f->quantity));
    fprintf(out, "\"in_table\": %s, ", f->only_scale ? "false" : "true");
    number(out, "at_most", f->limit > 0, f->limit);
    if (f->limit > 0)
        member(out, "at_most_in", f->quantity == NS ? "units" : quantity_name(f->quantity));
    if (*f->reference)
        member(out, "reference", f->reference);
    if (results_verdict(r, i) != NO_VERDICT)
        member(out, "verdict", verdicts[results_verdict(r, i)]);
    if (libraries(o) == 2) {
        struct measured a = results_measured(r, 0, i), b = results_measured(r, 1, i);
        number(out, "ratio", results_has_ratio(&a, &b), a.median / b.median);
    }
    fputs("\"libraries\": [", out);
    for (int l = 0; l < libraries(o); l++) {
        fputs(l ? ",\n      " : "\n      ", out);
        write_result(out, r, l, i);
    }
    fputs("]}", out);
}

static void write_histogram(FILE *out, const struct options *o, const struct results *r, size_t i) {
    fputs("    {", out);
    member(out, "key", histogram_titles[i].key);
    member(out, "title", histogram_titles[i].title);
    fputs("\"libraries\": [", out);
    for (int l = 0; l < libraries(o); l++) {
        fputs(l ? ", [" : "[", out);
        bool first = true;
        for (int b = 0; b < BUCKETS; b++)
            if (r->histograms[l][i].counts[b] > 0) {
                fprintf(out, "%s{\"from_ns\": %llu, \"count\": %llu}", first ? "" : ", ",
                        (unsigned long long)(UINT64_C(1) << b), (unsigned long long)r->histograms[l][i].counts[b]);
                first = false;
            }
        fputs("]", out);
    }
    fputs("]}", out);
}

/* The figures KEY@SIZE of these keys are one curve each. */
static void write_curves(FILE *out) {
    fputs("  \"sizes\": [", out);
    for (size_t i = 0; i < scale_sizes_count; i++)
        fprintf(out, "%s%d", i ? ", " : "", scale_sizes[i]);
    fputs("],\n  \"curves\": [", out);
    for (size_t i = 0; i < scale_curves_count; i++) {
        fputs(i ? ",\n    {" : "\n    {", out);
        member(out, "key", scale_curves[i].key);
        member(out, "title", scale_curves[i].title);
        fprintf(out, "\"in\": \"%s\"}", quantity_name(scale_curves[i].memory ? MEGABYTES : NS));
    }
    fputs("\n  ],\n", out);
}

static void write_libraries(FILE *out, const struct options *o, const struct results *r) {
    fputs("  \"libraries\": [", out);
    for (int l = 0; l < libraries(o); l++) {
        fputs(l ? ", {" : "{", out);
        member(out, "path", o->libraries[l]);
        fputs("\"ext_version\": ", out);
        if (*r->versions[l])
            string(out, r->versions[l]);
        else
            fputs("null", out);
        fputs("}", out);
    }
    fputs("],\n", out);
}

static bool was_run(const struct results *r, const char *case_name) {
    return results_of_case(r, 0, case_name)->outcome != NOT_RUN;
}

void json_write(FILE *out, const struct options *o, const struct results *r) {
    struct machine m = machine_look();
    fputs("{\n  \"machine\": {", out);
    member(out, "processor", m.processor);
    member(out, "system", m.system);
    fprintf(out, "\"processors\": %ld},\n", m.processors);
    write_libraries(out, o, r);
    write_curves(out);
    fprintf(out, "  \"quick\": %s,\n  \"rounds\": %d,\n  \"figures\": [\n", o->quick ? "true" : "false", o->rounds);
    bool first = true;
    for (size_t i = 0; i < figures_count; i++)
        if (was_run(r, figures[i].case_name)) {
            fputs(first ? "" : ",\n", out);
            write_figure(out, o, r, i);
            first = false;
        }
    fputs("\n  ],\n  \"histograms\": [\n", out);
    first = true;
    for (size_t i = 0; i < histogram_titles_count; i++)
        if (was_run(r, histogram_titles[i].case_name)) {
            fputs(first ? "" : ",\n", out);
            write_histogram(out, o, r, i);
            first = false;
        }
    fputs("\n  ]\n}\n", out);
}
