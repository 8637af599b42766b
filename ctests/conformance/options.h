/* The command line. */
#ifndef CONFORMANCE_OPTIONS_H
#define CONFORMANCE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cases.h"

enum mode { MODE_RUN, MODE_LIST, MODE_CLAUSES, MODE_CHECK_HEADER };

struct options {
    enum mode mode;
    const char *library;
    const char *header;
    const char *junit;
    enum case_class class;
    struct selection selection;
    const char **filters; /* of the selection; lives as long as the program */
    size_t jobs;
    uint64_t limit_ms;
    bool strict;
};

/* Ends the program where there is something wrong (2), or only help was wanted (0). */
void options_read(struct options *o, int count, char **arguments);

#endif
