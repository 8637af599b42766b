/* What a test says: failures, a skip, the end. A case says it over a pipe to the runner, which is another process;
 * a program without a runner says it as lines of text. Every function may be called on any thread, and in a
 * forked child of the case. */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include <stdbool.h>

/* The first byte of a record on the pipe; a NUL ends it. */
enum { REPORT_FAILED = 'F', REPORT_SKIPPED = 'S', REPORT_DONE = 'D', REPORT_DYING = 'K' };

/* For a case: the pipe, and a file of one int that holds the lib_call that was made last, or -1. The runner reads
 * that when the case has crashed or hangs. To be called before any of what follows. */
void report_to(int pipe, int last_call);
void report_call(int call);

/* For a program without a runner: failures are lines of text on the descriptor, as many as there are. */
void report_as_text(int descriptor);

/* A failure. The test goes on; a case ends after so many of them. */
void report_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the case, whatever its threads do. */
_Noreturn void report_end(void);
/* The same by exit(), which runs what the library has registered with atexit(). */
_Noreturn void report_end_with_exit(void);
_Noreturn void report_skipped(const char *reason);
_Noreturn void report_missing_symbol(const char *symbol);

/* From here on the case passes if this signal kills its process, and only then. */
void report_dying_of(int signal_number);

/* Failures that this process has reported. */
unsigned report_failures(void);
bool report_has_failed(void);

#endif
