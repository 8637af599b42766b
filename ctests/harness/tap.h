/* Outcomes as TAP 14 on standard output, in the order of the calls. For one thread; nothing is kept. */
#ifndef HARNESS_TAP_H
#define HARNESS_TAP_H

#include "outcome.h"

void tap_begin(size_t count);

/* A failure that doesn't count is marked as TODO. */
void tap_result(size_t number, const struct outcome *o, bool counts);

#endif
