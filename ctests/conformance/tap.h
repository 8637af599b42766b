/* Results as TAP 14 on standard output. */
#ifndef CONFORMANCE_TAP_H
#define CONFORMANCE_TAP_H

#include "result.h"

void tap_begin(size_t count);

/* A failure that doesn't count, because of its class, is marked as TODO. */
void tap_result(size_t number, const struct result *r, bool counts);

void tap_bail_out(const char *reason);

#endif
