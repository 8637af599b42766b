/* What this process holds, as /proc and malloc tell. Nothing is kept; on any thread. */
#ifndef HARNESS_SELF_H
#define HARNESS_SELF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether there is a /proc to look at; without it the numbers are 0. */
bool self_is_visible(void);

size_t self_resident_bytes(void);
size_t self_threads(void);
size_t self_descriptors(void);

/* What malloc has given out, in bytes; 0 where there is no telling. */
size_t self_allocated_bytes(void);

/* The letter of a thread's state, such as 'S' for asleep; 0 if there is no such thread. */
char self_thread_state(pid_t thread);

/* Whether each thread but the caller's sleeps. */
bool self_others_sleep(void);

#endif
