/* SIGINT and SIGTERM, which ask the program to stop and save. */
#ifndef STOP_H
#define STOP_H

#include <stdbool.h>

/* From now on a signal is noted; a second one ends the program at once. */
bool stop_listen(void);

/* The signal that has asked to stop, or 0. */
int stop_signal(void);

#endif
