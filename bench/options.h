/* The command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>

enum { LIBRARIES = 2 };

struct options {
    const char *libraries[LIBRARIES]; /* absolute; the second may be NULL */
    const char *json, *filter;        /* NULL: none */
    const char *child;                /* the case that this process is to measure, else NULL */
    int commands, lines;              /* a child's descriptors */
    int rounds;                       /* the warm-up not counted */
    int patience;                     /* seconds of silence after which a case hangs */
    bool quick, list;
};

enum { EXIT_BAD_USAGE = 2 };

/* Ends the process for --help and for what it doesn't understand. */
struct options options_read(int argc, char **argv);

#endif
