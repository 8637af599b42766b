#define _GNU_SOURCE
#include "run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "figures.h"
#include "worker.h"

static const char letters[LIBRARIES] = {'A', 'B'};

bool run_wants(const struct bench_case *c, const char *filter) {
    if (!filter || strcasestr(c->name, filter))
        return true;
    for (size_t i = 0; i < figures_count; i++)
        if (strcmp(figures[i].case_name, c->name) == 0 && strcasestr(figures[i].title, filter))
            return true;
    return false;
}

/* On a terminal, one line that is overwritten; otherwise one line for each case. */
struct progress {
    bool terminal;
    uint64_t began_ms;
    size_t number, of;
    const char *name;
};

/* How long the cases that are left take if each takes as long as those before: "", or ", about 3 min left". */
static const char *left(const struct progress *p) {
    static char text[64];
    *text = '\0';
    if (p->number > 1) {
        uint64_t s = (now_ms() - p->began_ms) * (p->of - p->number + 1) / (p->number - 1) / 1000;
        snprintf(text, sizeof text, ", about %llu %s left", (unsigned long long)(s < 90 ? s : (s + 30) / 60),
                 s < 90 ? "s" : "min");
    }
    return text;
}

static void show(const struct progress *p, int library, int round, int rounds) {
    if (p->terminal)
        fprintf(stderr, "\r\033[K[%zu/%zu] %s: %c, round %d of %d%s", p->number, p->of, p->name, letters[library],
                round, rounds, left(p));
}

static void show_case(const struct progress *p) {
    if (p->terminal)
        fprintf(stderr, "\r\033[K[%zu/%zu] %s%s", p->number, p->of, p->name, left(p));
    else
        fprintf(stderr, "[%zu/%zu] %s%s\n", p->number, p->of, p->name, left(p));
}

static void show_trouble(const struct progress *p, int library, const struct case_result *r) {
    fprintf(stderr, "%s%s on %c: %s: %s\n", p->terminal ? "\r\033[K" : "", p->name, letters[library],
            outcome_name(r->outcome), r->why);
}

static bool run_case(const struct bench_case *c, const struct options *o, struct results *r, struct progress *p) {
    int libraries = o->libraries[1] ? 2 : 1;
    struct worker workers[LIBRARIES] = {0};
    struct case_result *result[LIBRARIES];
    show_case(p);
    for (int l = 0; l < libraries; l++) {
        result[l] = &r->cases[l][c - cases];
        if (!c->fresh)
            worker_start(&workers[l], o, c->name, l, r, result[l]);
    }
    int rounds = c->round ? o->rounds : 0;
    for (int round = 0; round <= rounds && c->round; round++) /* the first is the warm-up */
        for (int l = 0; l < libraries; l++) {
            if (result[l]->outcome != NOT_RUN)
                continue;
            show(p, l, round, rounds);
            if (!c->fresh)
                worker_round(&workers[l], round > 0);
            else if (worker_start(&workers[l], o, c->name, l, r, result[l]) && worker_round(&workers[l], round > 0))
                worker_end(&workers[l]);
        }
    bool all = true;
    for (int l = 0; l < libraries; l++) {
        worker_end(&workers[l]);
        if (result[l]->outcome == NOT_RUN)
            result[l]->outcome = MEASURED;
        else if (result[l]->outcome != ABSENT) {
            show_trouble(p, l, result[l]);
            all = false;
        }
    }
    return all;
}

size_t run_count(const char *filter) {
    size_t wanted = 0;
    for (size_t i = 0; i < cases_count; i++)
        wanted += run_wants(&cases[i], filter);
    return wanted;
}

bool run_all(const struct options *o, struct results *r) {
    const struct bench_case *library = case_find(CASE_LIBRARY);
    struct progress p = {.terminal = isatty(STDERR_FILENO) == 1, .began_ms = now_ms(), .number = 1, .name = CASE_LIBRARY};
    p.of = run_count(o->filter) + !run_wants(library, o->filter);
    if (!run_case(library, o, r, &p))
        return false;
    for (size_t i = 0; i < cases_count; i++)
        if (&cases[i] != library && run_wants(&cases[i], o->filter)) {
            p.number++;
            p.name = cases[i].name;
            run_case(&cases[i], o, r, &p);
        }
    if (p.terminal)
        fputs("\r\033[K", stderr);
    return true;
}
