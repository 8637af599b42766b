/* meshos-conformance: whether a libnet_meshos does what net_meshos.h says. See README.md. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "clauses.h"
#include "junit.h"
#include "options.h"
#include "runner.h"
#include "tap.h"

struct tally {
    const struct options *options;
    struct junit *junit; /* NULL if no file is wanted */
    size_t passed, failed, skipped;
    size_t counting; /* of the failed, those that make the run fail */
};

static void take_result(const struct result *r, void *context) {
    struct tally *t = context;
    bool counts = r->what->class != CLASS_HARDENING || t->options->strict;
    t->passed += r->verdict == PASSED;
    t->failed += r->verdict == FAILED;
    t->skipped += r->verdict == SKIPPED;
    t->counting += r->verdict == FAILED && counts;
    tap_result(t->passed + t->failed + t->skipped, r, counts);
    if (t->junit)
        junit_result(t->junit, r);
}

static void list(const size_t *chosen, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct suite_case *c = cases_at(chosen[i]);
        printf("%s %s %s\n", c->name, class_name(c->class), c->clauses);
    }
}

static int check_library(const struct options *o, const size_t *chosen, size_t count) {
    struct text reason = {0};
    if (!runner_can_open(o->library, o->limit_ms, &reason)) {
        fprintf(stderr, "meshos-conformance: can't open the library %s: %s", o->library, text_of(&reason));
        tap_bail_out("the library can't be opened");
        return 2;
    }
    struct junit junit;
    struct tally tally = {.options = o};
    if (o->junit) {
        if (!junit_begin(&junit, o->junit)) {
            fprintf(stderr, "meshos-conformance: can't write %s: %s\n", o->junit, strerror(errno));
            return 2;
        }
        tally.junit = &junit;
    }
    tap_begin(count);
    runner_run(&(struct run){
        .library = o->library,
        .cases = chosen,
        .count = count,
        .jobs = o->jobs,
        .limit_ms = o->limit_ms,
        .done = take_result,
        .context = &tally,
    });
    if (tally.junit && !junit_end(tally.junit)) {
        fprintf(stderr, "meshos-conformance: can't write %s: %s\n", o->junit, strerror(errno));
        return 2;
    }
    printf("%zu passed, %zu failed, %zu skipped\n", tally.passed, tally.failed, tally.skipped);
    return tally.counting > 0;
}

int main(int count, char **arguments) {
    if (count == CHILD_ARGUMENTS && strcmp(arguments[1], CHILD_FLAG) == 0)
        return child_main(arguments);

    struct options options;
    options_read(&options, count, arguments);
    if (!clauses_are_covered())
        return 2;

    size_t *chosen = calloc(cases_count(), sizeof *chosen);
    if (!chosen)
        return 2;
    size_t selected = cases_select(&options.selection, chosen);
    int status = 0;
    switch (options.mode) {
        case MODE_CLAUSES: clauses_print(); break;
        case MODE_CHECK_HEADER: status = clauses_match_header(options.header) ? 0 : 1; break;
        case MODE_LIST: list(chosen, selected); break;
        case MODE_RUN: status = selected > 0 ? check_library(&options, chosen, selected) : 2; break;
    }
    if (selected == 0 && options.mode != MODE_CLAUSES && options.mode != MODE_CHECK_HEADER) {
        fputs("meshos-conformance: no case is selected\n", stderr);
        status = 2;
    }
    free(chosen);
    return status;
}
