/* The threads on which Go runs. Go ends the process when it can't make one, so it
 * is never let to: what it may come to need is made before. */
#ifndef MESHOS_THREADS_H
#define MESHOS_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* For so many workers there are threads; there may be for more. Read and written
 * as an atomic, so that Go needs no call to look. */
extern int32_t threads_for_workers_made;

/* Makes the first ones, for Go with so many processors, or with fewer if there are
 * not so many threads to be had: *processors is then what there are enough for,
 * otherwise 0. False: too few, and there are none. */
bool threads_begin(unsigned wanted, unsigned *processors);

/* How many threads there are. */
unsigned threads_count(void);

/* Ends what threads_begin has made, when Go is not started after all. */
void threads_abandon(void);

/* Makes what so many SDKs need. False: there are not enough. */
bool threads_for_sdks(unsigned sdks);

/* Makes what so many workers need, each of which may be in a callback that
 * blocks. False: there are not enough. */
bool threads_for_workers(int64_t workers);

#endif
