/* What a case says to the runner, which is another process: failures, a skip, the end. Every function may be
 * called on any thread, and in a forked child of the case. */
#ifndef CONFORMANCE_REPORT_H
#define CONFORMANCE_REPORT_H

#include <stdbool.h>
#include <stdnoreturn.h>

/* The first byte of a record on the report pipe; a NUL ends it. */
enum { REPORT_FAILED = 'F', REPORT_SKIPPED = 'S', REPORT_DONE = 'D', REPORT_DYING = 'K' };

/* Where to: the report pipe, and a file of one int that holds the index in lib_symbols of the call that was
 * made last, or -1. The runner reads it when the case has crashed or hangs. */
void report_to(int pipe, int last_call);
void report_call(int symbol);

/* A failure; the case goes on, up to a number of failures. */
void report_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the case, whatever its threads do. */
noreturn void report_end(void);
/* The same by exit(), which the library may have a say in. */
noreturn void report_end_with_exit(void);
noreturn void report_skipped(const char *reason);
noreturn void report_missing_symbol(const char *symbol);

/* From here on the case passes if this signal kills its process, and only then. */
void report_dying_of(int signal_number);

/* Whether this process has reported a failure. */
bool report_has_failed(void);

#endif
