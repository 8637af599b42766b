#define _GNU_SOURCE
#include "suite_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "junit.h"
#include "page.h"
#include "runner.h"
#include "tap.h"

struct tally {
    const struct suite *suite;
    bool strict;
    struct junit *junit; /* NULL: no file is wanted */
    struct page *page;   /* the same */
    size_t passed, failed, skipped;
    size_t counting; /* of the failed, those that make the run fail */
};

static bool is_lenient(const struct tally *t, const struct suite_case *c) {
    const char *lenient = t->suite->lenient_class;
    return !t->strict && lenient && strcmp(lenient, c->class) == 0;
}

static void take_outcome(const struct outcome *o, void *context) {
    struct tally *t = context;
    bool counts = !is_lenient(t, o->what);
    t->passed += o->verdict == PASSED;
    t->failed += o->verdict == FAILED;
    t->skipped += o->verdict == SKIPPED;
    t->counting += o->verdict == FAILED && counts;
    tap_result(t->passed + t->failed + t->skipped, o, counts);
    if (t->junit)
        junit_result(t->junit, o);
    if (t->page)
        page_result(t->page, o, counts);
}

/* Always false. */
static bool cannot_write(const struct suite *s, const char *path) {
    fprintf(stderr, "%s: can't write %s: %s\n", s->program, path, strerror(errno));
    return false;
}

/* Opens what results are to be written to. */
static bool begin_files(const struct suite *s, const struct suite_options *o, struct tally *t) {
    if (o->junit && !junit_begin(t->junit, o->junit, s->program))
        return cannot_write(s, o->junit);
    if (o->page && !page_begin(t->page, o->page, s, o->library))
        return cannot_write(s, o->page);
    return true;
}

static bool end_files(const struct suite *s, const struct suite_options *o, struct tally *t) {
    bool written = true;
    if (t->junit && !junit_end(t->junit))
        written = cannot_write(s, o->junit);
    if (t->page && !page_end(t->page))
        written = cannot_write(s, o->page);
    return written;
}

static int check_library(const struct suite *s, const struct suite_options *o, const size_t *chosen, size_t count) {
    struct junit junit;
    struct page page;
    struct tally tally = {
        .suite = s, .strict = o->strict, .junit = o->junit ? &junit : NULL, .page = o->page ? &page : NULL};
    struct text reason = {0};
    const struct run run = {
        .suite = s,
        .terms = {s->program, o->library, o->limit_ms, o->slow},
        .cases = chosen,
        .count = count,
        .jobs = o->jobs,
        .done = take_outcome,
        .context = &tally,
    };
    if (!runner_can_open(&run, &reason)) {
        fprintf(stderr, "%s: %s: %s\n", s->program, o->library, text_of(&reason));
        text_free(&reason);
        return 2;
    }
    if (!begin_files(s, o, &tally))
        return 2;
    tap_begin(count);
    runner_run(&run);
    if (!end_files(s, o, &tally))
        return 2;
    printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.counting > 0;
}

int suite_run(const struct suite *s, const struct suite_options *o, void (*list)(const struct suite_case *c)) {
    if (!suite_needs_are_sound(s))
        return 2;
    size_t *chosen = calloc(suite_count(s) + 1, sizeof *chosen);
    if (!chosen)
        return 2;
    size_t count = suite_select(s, &o->selection, chosen);
    int status = 0;
    if (count == 0) {
        fprintf(stderr, "%s: no case is selected\n", s->program);
        status = 2;
    } else if (o->list) {
        for (size_t i = 0; i < count; i++)
            list(s->at(chosen[i]));
    } else {
        status = check_library(s, o, chosen, count);
    }
    free(chosen);
    return status;
}
