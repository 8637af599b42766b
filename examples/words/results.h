/* What is shown and written at the end. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>
#include <stdio.h>

#include "table.h"

/* The file for the counts. Whether it can be written is known before the counting. */
struct results {
    const char *file; /* NULL: none */
    FILE *out;
    bool is_new; /* it wasn't there before */
};

/* Opens the file, and leaves what is in it as it is until results_write. The text, the state file and the standard
 * output must be other files. It prints a failure. The text is a descriptor; file and state may be NULL. */
bool results_open(struct results *results, const char *file, int text, const char *state);

/* Shows the sums and the most frequent words on the standard output. False: no memory, or it can't be written. */
bool results_show(const struct table *table, uint64_t pieces, uint64_t words, uint64_t top);

/* Writes every count, one a line, sorted by the words' bytes, as uniq -c does. It prints a failure. */
bool results_write(struct results *results, const struct table *table);

/* For a run that writes nothing: a file that wasn't there before is removed. */
void results_drop(struct results *results);

#endif
