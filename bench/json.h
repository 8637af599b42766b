/* All figures as JSON, round by round. */
#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <stdio.h>

#include "results.h"

void json_write(FILE *out, const struct options *o, const struct results *r);

#endif
