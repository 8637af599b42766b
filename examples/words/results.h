/* What is shown and written at the end. */
#ifndef RESULTS_H
#define RESULTS_H

#include <stdbool.h>

#include "table.h"

/* Shows the sums and the most frequent words on the standard output. False: no memory, or it can't be written. */
bool results_show(const struct table *table, uint64_t pieces, uint64_t words, uint64_t top);

/* Writes every count, one a line, sorted by the words' bytes, as uniq -c does. It prints a failure. */
bool results_write(const struct table *table, const char *file);

#endif
