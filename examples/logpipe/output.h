/* A file that is written: whether it can be is known before the work, and whether it was after it. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
    const char *path;
    FILE *file;  /* NULL: not open */
    bool is_new; /* it wasn't there before */
};

/* Opens a file for writing and leaves what is in it as it is. It prints a failure. */
bool output_open(struct output *output, const char *path);

/* Whether both are the same regular file, by whatever names. */
bool same_file(FILE *a, FILE *b);

/* Empties the file, and the work may begin. It prints a failure. */
bool output_begin(struct output *output);

/* Writes what is still in memory, and closes. It prints a failure, and that of any write before. */
bool output_end(struct output *output);

/* Closes a file that nothing was written to, and removes it if it is new. */
void output_drop(struct output *output);

#endif
