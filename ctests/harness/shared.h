/* An int that this process shares with a child. It is known by the number of a descriptor. */
#ifndef HARNESS_SHARED_H
#define HARNESS_SHARED_H

#include <stdatomic.h>

/* The caller closes it. What the system refuses ends the program. */
int shared_make(int value);

int shared_read(int descriptor);

/* The same in the child, by the number that subprocess_number said; for good. NULL: it can't be mapped. */
atomic_int *shared_map(int number);

#endif
