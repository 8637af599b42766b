/* What the start of Go needs of the process. Go ends the process if it lacks
 * something of it, so it is tried before. */
#ifndef MESHOS_RESOURCES_H
#define MESHOS_RESOURCES_H

#include "errors.h"

/* Tries for all of it. MESHOS_OK: Go may start, now, with so many processors, or
 * with as many as it likes if that is 0. */
enum meshos_error resources_reserve(unsigned *processors);

#endif
