/* The machine on which figures were taken. */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

struct machine {
    char processor[128], system[160];
    long processors;
};

struct machine machine_look(void);

#endif
