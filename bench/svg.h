/* The curves over the number of daemons, drawn. */
#ifndef BENCH_SVG_H
#define BENCH_SVG_H

#include <stdio.h>

#include "results.h"

void svg_write(FILE *out, const struct options *o, const struct results *r);

#endif
