/* The figures as text. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include <stdio.h>

#include "results.h"

void table_print(FILE *out, const struct options *o, const struct results *r);

#endif
