/* What the start of Go needs of the process. Go ends the process if it lacks
 * something of it, so it is tried before. */
#ifndef MESHOS_RESOURCES_H
#define MESHOS_RESOURCES_H

#include "errors.h"

/* Go runs on this many processors more than there are. With two on a machine of
 * two, a call of the host had to wait until the kernel resumed a thread that it
 * had stopped while it held a processor of Go: under full load one control event
 * in a hundred was 20 ms late; with two more it is 4 ms. */
enum { SPARE_PROCESSORS = 2 };

/* Tries for all of it. MESHOS_OK: Go may start, now, with so many processors, or
 * with as many as it likes if that is 0. */
enum meshos_error resources_reserve(unsigned *processors);

#endif
