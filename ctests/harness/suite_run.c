#define _GNU_SOURCE
#include "suite_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "junit.h"
#include "runner.h"
#include "tap.h"

struct tally {
    const struct suite *suite;
    bool strict;
    struct junit *junit; /* NULL: no file is wanted */
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
}

static int cannot_write(const struct suite *s, const char *path) {
    fprintf(stderr, "%s: can't write %s: %s\n", s->program, path, strerror(errno));
    return 2;
}

static int check_library(const struct suite *s, const struct suite_options *o, const size_t *chosen, size_t count) {
    struct junit junit;
    struct tally tally = {.suite = s, .strict = o->strict};
    struct text reason = {0};
    const struct run run = {
        .suite = s,
        .library = o->library,
        .cases = chosen,
        .count = count,
        .jobs = o->jobs,
        .limit_ms = o->limit_ms,
        .slow = o->slow,
        .done = take_outcome,
        .context = &tally,
    };
    if (!runner_can_open(&run, &reason)) {
        fprintf(stderr, "%s: can't open the library %s: %s", s->program, o->library, text_of(&reason));
        tap_bail_out("the library can't be opened");
        return 2;
    }
    if (o->junit) {
        if (!junit_begin(&junit, o->junit, s->program))
            return cannot_write(s, o->junit);
        tally.junit = &junit;
    }
    tap_begin(count);
    runner_run(&run);
    if (tally.junit && !junit_end(tally.junit))
        return cannot_write(s, o->junit);
    printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.counting > 0;
}

int suite_run(const struct suite *s, const struct suite_options *o, void (*list)(const struct suite_case *c)) {
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
