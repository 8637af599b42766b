/* How a program gets other clocks. */
#ifndef MESH_SKEW_H
#define MESH_SKEW_H

#include <stdint.h>
#include <sys/types.h>

/* Nanoseconds that are added to the clocks. */
struct skew {
    int64_t wall, monotonic;
};

/* Installs the filter in this process. Returns who answers, as a descriptor, or -1. */
int skew_filter(void);

/* Takes the descriptor out of another process. Returns its own, or -1. */
int skew_take_listener(pid_t program, int listener);

/* Answers for the clocks until the program has ended. */
void skew_answer(int listener, const struct skew *skew);

/* Begins to trace a program, so that it stops when it becomes another. Returns 0 or -1. */
int skew_seize(pid_t program);

/* Waits until the program has become another, hides the vDSO from that, and lets it go. Returns 0 or -1. */
int skew_hide_vdso(pid_t program);

#endif
