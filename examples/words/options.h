/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

struct options {
    const char *file;
    const char *state;   /* NULL: none */
    const char *counts;  /* NULL: none */
    uint64_t top;        /* how many words are shown at the end */
    uint64_t stop_after; /* lines; 0: at the end of the text */
};

enum { OPTIONS_GO_ON = -1 };

/* Returns OPTIONS_GO_ON, or the status to exit with. */
int options_read(struct options *options, int argc, char **argv);

#endif
