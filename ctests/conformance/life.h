/* A life with callbacks, errors and ends of all sorts, for cases that look at what goes on beside it. */
#ifndef CONFORMANCE_LIFE_H
#define CONFORMANCE_LIFE_H

void live_fully(void);

#endif
