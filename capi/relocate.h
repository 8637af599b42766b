/* The pointers in what is written in Go. The loader completes those of a library as
 * it loads it, which takes longer than all else and touches every page of Go's
 * data. So scripts/link takes them away from it. */
#ifndef MESHOS_RELOCATE_H
#define MESHOS_RELOCATE_H

#include <stdbool.h>

/* Completes them, before Go starts: nothing of Go's may be called or looked at
 * until then. Not for two threads at once. False: what must not be written to
 * afterwards could not be protected; can be called again. */
bool relocate_go(void);

#endif
