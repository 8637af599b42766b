/*
 * Runs a program whose clocks can jump while it runs: skew FILE PROGRAM [ARGUMENT...].
 *
 * FILE has two integers of 8 bytes: the nanoseconds that are added to the wall clock, and those that are added to the
 * monotonic clocks. Whoever changes them makes the clocks jump. The program keeps this process's id, so that it can be
 * killed and stopped as without this.
 *
 * Go and the C library read clocks in the vDSO, which no preloaded library and no filter sees. So the program gets no
 * vDSO: its address is taken out of what the kernel hands over at the start, and each reading is a system call. A filter
 * hands these to a second process, which answers them. Status 125: the system doesn't allow this.
 */
#define _GNU_SOURCE

#include "skew.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NOT_ALLOWED = 125 };

static void give_up(const char *what)
{
    fprintf(stderr, "skew: %s: %s\n", what, strerror(errno));
    exit(NOT_ALLOWED);
}

static const struct skew *skew_of(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        give_up(path);
    const struct skew *s = mmap(NULL, sizeof *s, PROT_READ, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED)
        give_up(path);
    close(fd);
    return s;
}

/* The second process: it takes the vDSO from the program, and then answers for the clocks until the program ends. */
static void second(int with, pid_t program, const struct skew *skew)
{
    char ready = 's';
    int listener = -1;
    if (skew_seize(program) != 0 || write(with, &ready, 1) != 1 || read(with, &listener, sizeof listener) != sizeof listener)
        _exit(NOT_ALLOWED);
    listener = skew_take_listener(program, listener);
    if (listener < 0 || write(with, &ready, 1) != 1 || skew_hide_vdso(program) != 0)
        _exit(NOT_ALLOWED);
    close(with);
    skew_answer(listener, skew);
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: skew FILE PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    const struct skew *skew = skew_of(argv[1]);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        give_up("socketpair");
    pid_t program = getpid(), child = fork();
    if (child < 0)
        give_up("fork");
    if (child == 0) {
        close(ends[0]);
        second(ends[1], program, skew);
    }
    close(ends[1]);
    prctl(PR_SET_PTRACER, child, 0, 0, 0); /* fails where nothing asks for it */
    char ready = 0;
    if (read(ends[0], &ready, 1) != 1)
        give_up("the program can't be traced");
    int listener = skew_filter();
    if (listener < 0)
        give_up("the clocks can't be filtered");
    if (write(ends[0], &listener, sizeof listener) != sizeof listener || read(ends[0], &ready, 1) != 1)
        give_up("the filter can't be handed over");
    execvp(argv[2], argv + 2);
    give_up(argv[2]);
}
