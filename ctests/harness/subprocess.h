/* Child processes: this program, started again, in a process group of its own, with a deadline. A child's standard
 * input is empty, and what it prints is kept. It dies with the thread that started it, however that ends.
 *
 * A started subprocess belongs to the caller, who ends it with subprocess_reap(). One thread at a time; children
 * may be started and reaped while others run. What the system refuses ends the program. */
#ifndef HARNESS_SUBPROCESS_H
#define HARNESS_SUBPROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "text.h"

struct subprocess {
    pid_t pid; /* its group's number, too; on Windows its handle; 0: there is none */
#ifdef _WIN32
    void *group; /* the job that it is in */
#endif
    uint64_t began_ms, deadline_ms;
    bool timed_out;
    int output;          /* read end of its standard output and error */
    struct text printed; /* what came from there, up to a limit; the caller frees it */
};

/* A pipe whose ends no child inherits unasked. */
struct subprocess_pipe {
    int read, write;
};
struct subprocess_pipe subprocess_pipe(void);

/* Has this program started by a command from now on, as an emulator's: its words, separated by blanks, then the path of
 * this program and the arguments. */
void subprocess_through(const char *command);

/* By which number a child knows a descriptor that it inherits. */
int subprocess_number(int descriptor);

/* Starts this program with the arguments, of which the first is the name that it goes by and the last is NULL.
 * The child keeps the inherited descriptors. No limit is UINT64_MAX. */
void subprocess_start(struct subprocess *p, const char *const *arguments, const int *inherited, size_t count,
                      uint64_t limit_ms);

/* Takes what it has printed, and kills the group once the deadline has passed. */
void subprocess_attend(struct subprocess *p);

/* Whether it has ended; it is not reaped by that. */
bool subprocess_has_ended(const struct subprocess *p);

void subprocess_kill(const struct subprocess *p);

/* Kills what is left of the group, waits for the child, takes the rest of what it printed. Returns its wait status. */
int subprocess_reap(struct subprocess *p);

/* Reads all that is there from a descriptor that doesn't block; false: it is at its end. */
bool subprocess_drain(int descriptor, struct text *into);

/* "SIGSEGV"; the text of a number without a name lives until the next call. */
const char *subprocess_signal_name(int number);

#endif
