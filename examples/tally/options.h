/* The command line of tally. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

struct options {
    const char *file; /* "-": the standard input */
    uint64_t lines_per_log, top, grace_ms;
};

/* Returns -1 if the program must continue, else its exit status: the message has been printed. */
int options_read(struct options *options, int argc, char **argv);

#endif
