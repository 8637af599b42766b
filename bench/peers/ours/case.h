/* What all cases of a program use: time, figures, and the end of a run that went wrong. */
#ifndef PEERS_CASE_H
#define PEERS_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a run only shows that the case works. Its figures mean nothing. */
extern bool quick;

/* How much of something a run does: all of it, or in a quick run little. */
size_t amount(size_t full, size_t in_a_quick_run);

/* ns of the monotonic clock. */
double now(void);

/* Prints a figure of the case. */
void report(const char *figure, double value);

/* Sorts the values and returns the one below which `share` of them are. */
double percentile(double *values, size_t n, double share);

/* malloc that doesn't fail. */
void *claim(size_t n, size_t size);

/* Ends the run as failed. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
