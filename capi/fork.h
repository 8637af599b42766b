/* Whether this process is a fork of one in which Go had begun to start. Such a
 * child has none of Go's threads, and locks may be held forever by threads that
 * it does not have: no call may wait for either. */
#ifndef MESHOS_FORK_H
#define MESHOS_FORK_H

#include <stdbool.h>

bool meshos_forked(void);

#endif
