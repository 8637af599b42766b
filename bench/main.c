/* meshos-bench: what the calls of a libnet_meshos cost. See README.md. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "child.h"
#include "figures.h"
#include "json.h"
#include "run.h"
#include "table.h"

static void list(const char *filter) {
    for (size_t i = 0; i < cases_count; i++) {
        if (!run_wants(&cases[i], filter))
            continue;
        printf("%s\n", cases[i].name);
        for (size_t k = 0; k < figures_count; k++)
            if (strcmp(figures[k].case_name, cases[i].name) == 0)
                printf("    %s\n", figures[k].title);
    }
}

/* Called before anything is measured, so that a path that can't be written wastes no time. */
static FILE *open_output(const char *path) {
    FILE *file = path ? fopen(path, "we") : NULL;
    if (path && !file) {
        fprintf(stderr, "meshos-bench: cannot write %s: %s\n", path, strerror(errno));
        exit(EXIT_BAD_USAGE);
    }
    return file;
}

static bool close_output(FILE *file, const char *path) {
    bool failed = ferror(file) != 0;
    if (fclose(file) == 0 && !failed)
        return true;
    fprintf(stderr, "meshos-bench: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

static bool all_measured(const struct results *r) {
    for (int l = 0; l < LIBRARIES; l++)
        for (size_t i = 0; i < cases_count; i++) {
            enum outcome o = r->cases[l][i].outcome;
            if (o != NOT_RUN && o != MEASURED && o != ABSENT)
                return false;
        }
    return true;
}

int main(int argc, char **argv) {
    struct options o = options_read(argc, argv);
    if (o.child) {
        child = (struct child){.library = o.libraries[0],
                               .commands = o.commands,
                               .lines = o.lines,
                               .rounds = o.rounds,
                               .quick = o.quick};
        return child_run(o.child);
    }
    if (run_count(o.filter) == 0) {
        fprintf(stderr, "meshos-bench: no case has '%s' in its name or title; see --list\n", o.filter);
        return EXIT_BAD_USAGE;
    }
    if (o.list) {
        list(o.filter);
        return close_output(stdout, "the list") ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN); /* a child that has crashed reads no commands */
    FILE *json = open_output(o.json);
    struct results r = results_new(!o.quick);
    bool ran = run_all(&o, &r);
    if (ran)
        table_print(stdout, &o, &r);
    bool written = close_output(stdout, "the table");
    if (json) {
        json_write(json, &o, &r);
        written &= close_output(json, o.json);
    }
    return ran && written && all_measured(&r) ? EXIT_SUCCESS : EXIT_FAILURE;
}
