/* The curves. Each prints its points. */
#ifndef CURVES_CURVES_H
#define CURVES_CURVES_H

#include <stddef.h>

void curve_producers_1(void);
void curve_producers_8(void);
void curve_post_size(void);
void curve_deliver_size(void);
void curve_daemons(void);
void curve_subscribers(void);
void curve_nested(void);

/* Prints a point. */
void point(const char *curve, size_t x, double value);

#endif
