/* The threads on which Go runs. Go ends the process when it can't make one, so it
 * is never let to: what it may come to need is made before. */
#ifndef MESHOS_THREADS_H
#define MESHOS_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* How many threads the library has made, for reads without a lock; they never
 * end. Read and written as an atomic. */
extern int32_t threads_made;

/* What Go needs beside a thread for each worker. */
int32_t threads_needed(void);

/* Makes the first ones, for Go with so many processors, or with fewer if there are
 * not so many threads to be had: *processors is then what there are enough for,
 * otherwise 0. False: too few, and there are none. */
bool threads_begin(unsigned wanted, unsigned *processors);

/* Ends what threads_begin has made, when Go is not started after all. */
void threads_abandon(void);

/* Makes what so many SDKs need. False: there are not enough. */
bool threads_for_sdks(unsigned sdks);

/* Makes what so many workers need, each of which may be in a callback that
 * blocks. False: there are not enough. */
bool threads_for_workers(int64_t workers);

#endif
