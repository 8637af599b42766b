/* What the system says of this process. */
#ifndef BENCH_PROC_H
#define BENCH_PROC_H

#include <stddef.h>
#include <sys/types.h>

/* Resident memory in bytes; 0 if the system doesn't tell. */
double proc_resident(void);

/* Threads of the process; 0 if the system doesn't tell. */
size_t proc_threads(void);

/* The letter of a thread's state, such as 'S' for asleep; 0 if there is none. */
char proc_thread_state(pid_t tid);

#endif
