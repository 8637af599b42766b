#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
    "usage: meshos-conformance --lib PATH [option...]\n"
    "\n"
    "Checks what a libnet_meshos does against net_meshos.h. Results: TAP 14 on standard output.\n"
    "\n"
    "  --lib PATH        the shared library to check\n"
    "  --class C         only cases of class C:\n"
    "                      header     promised by the header of the reference\n"
    "                      reference  measured on the reference, where its header is silent\n"
    "                      hardening  promised by net_meshos.h beyond both\n"
    "  --filter TEXT     only cases whose name has TEXT in it, or matches TEXT if it has * ? or [;\n"
    "                    given several times: those that fit one of them\n"
    "  --strict          failures of class hardening count too\n"
    "  --junit FILE      write the results as JUnit XML too\n"
    "  --jobs N          cases that run at a time (default: the processors)\n"
    "  --time-limit S    seconds that a case may take (default 60)\n"
    "  --list            print the selected cases: name, class, clauses\n"
    "  --clauses         print what the header promises, each with the cases that check it\n"
    "  --check-header F  check that the clauses are the sentences of the header F\n"
    "  --help            print this\n"
    "\n"
    "Exit status: 0 if nothing failed that counts, 1 if something did, 2 if the suite could not be run.\n";

static _Noreturn void usage(const char *format, const char *argument) {
    fputs("meshos-conformance: ", stderr);
    fprintf(stderr, format, argument);
    fputs("\nTry meshos-conformance --help\n", stderr);
    exit(2);
}

static double number(const char *option, const char *text, double most) {
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno || end == text || *end || !(value > 0) || value > most) {
        fprintf(stderr, "meshos-conformance: %s takes a number above 0, not '%s'\n", option, text);
        exit(2);
    }
    return value;
}

static size_t processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

enum { LIB = 1, CLASS, FILTER, STRICT, JUNIT, JOBS, LIMIT, LIST, CLAUSES, CHECK_HEADER, HELP };

static const struct option table[] = {
    {"lib", required_argument, NULL, LIB},          {"class", required_argument, NULL, CLASS},
    {"filter", required_argument, NULL, FILTER},    {"strict", no_argument, NULL, STRICT},
    {"junit", required_argument, NULL, JUNIT},      {"jobs", required_argument, NULL, JOBS},
    {"time-limit", required_argument, NULL, LIMIT}, {"list", no_argument, NULL, LIST},
    {"clauses", no_argument, NULL, CLAUSES},        {"check-header", required_argument, NULL, CHECK_HEADER},
    {"help", no_argument, NULL, HELP},              {NULL, 0, NULL, 0},
};

static void read_option(struct options *o, int option) {
    switch (option) {
        case LIB: o->library = optarg; break;
        case CLASS:
            if (!class_of(optarg, &o->class))
                usage("there is no class '%s': header, reference or hardening", optarg);
            o->selection.class = &o->class;
            break;
        case FILTER: o->filters[o->selection.filter_count++] = optarg; break;
        case STRICT: o->strict = true; break;
        case JUNIT: o->junit = optarg; break;
        case JOBS: o->jobs = (size_t)number("--jobs", optarg, 1000); break;
        case LIMIT: o->limit_ms = (uint64_t)(number("--time-limit", optarg, 86400) * 1000); break;
        case LIST: o->mode = MODE_LIST; break;
        case CLAUSES: o->mode = MODE_CLAUSES; break;
        case CHECK_HEADER:
            o->mode = MODE_CHECK_HEADER;
            o->header = optarg;
            break;
        case HELP:
            fputs(help, stdout);
            exit(0);
        default: /* getopt has said what is wrong */
            fputs("Try meshos-conformance --help\n", stderr);
            exit(2);
    }
}

void options_read(struct options *o, int count, char **arguments) {
    static char program[] = "meshos-conformance";
    *o = (struct options){.jobs = processors(), .limit_ms = 60000};
    o->filters = calloc((size_t)count, sizeof *o->filters);
    if (!o->filters)
        exit(2);
    o->selection.filters = o->filters;
    arguments[0] = program; /* getopt's complaints begin with it */
    for (int option; (option = getopt_long(count, arguments, "", table, NULL)) != -1;)
        read_option(o, option);
    if (optind < count)
        usage("'%s' is no option", arguments[optind]);
    if (o->jobs == 0)
        usage("%s takes a whole number", "--jobs");
    if (o->mode == MODE_RUN && !o->library)
        usage("%s is missing", "--lib PATH");
}
