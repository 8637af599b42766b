/* The command line of tally. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

struct options {
    const char *file; /* "-": the standard input */
    uint64_t lines_per_log, top, grace_ms;
};

/* Returns -1 when the program shall go on, else what it shall exit with: all has been said then. */
int options_read(struct options *options, int argc, char **argv);

#endif
