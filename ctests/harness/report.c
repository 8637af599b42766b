#define _GNU_SOURCE
#include "report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared.h"

#ifdef _WIN32 /* a child inherits handles, and makes descriptors of them */
#include <fcntl.h>
#include <io.h>
#define OPEN(number) _open_osfhandle(number, _O_BINARY)
#else
#define OPEN(number) (number)
#endif

/* More would repeat the same. */
enum { MOST_FAILURES = 8 };

static int descriptor = STDERR_FILENO;
static bool as_text = true;
static atomic_int nowhere;
static atomic_int *last_call = &nowhere;
static atomic_uint failures;

void report_to(int pipe, int last_call_number) {
    descriptor = OPEN(pipe);
    as_text = false;
    atomic_int *shared = shared_map(last_call_number);
    if (shared)
        last_call = shared;
}

void report_as_text(int fd) {
    descriptor = fd;
    as_text = true;
}

void report_call(int call) {
    atomic_store_explicit(last_call, call, memory_order_relaxed);
}

/* A record is one write of at most PIPE_BUF bytes, which no other thread's write can split. */
static void send_record(char type, const char *text) {
    char record[PIPE_BUF];
    int length = as_text ? snprintf(record, sizeof record, "%s\n", text)
                         : snprintf(record, sizeof record, "%c%s", type, text) + 1; /* with its NUL */
    if (length > (int)sizeof record) {
        length = (int)sizeof record;
        record[length - 1] = as_text ? '\n' : '\0';
    }
    if (write(descriptor, record, (size_t)length) < 0)
        _exit(1); /* nobody listens any more */
}

void report_failed(const char *format, ...) {
    char text[PIPE_BUF];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    send_record(REPORT_FAILED, text);
    if (atomic_fetch_add(&failures, 1) + 1 >= MOST_FAILURES && !as_text)
        report_end();
}

unsigned report_failures(void) {
    return atomic_load(&failures);
}

bool report_has_failed(void) {
    return report_failures() > 0;
}

static void say_done(void) {
    if (!as_text)
        send_record(REPORT_DONE, "");
}

void report_end(void) {
    say_done();
    _exit(report_has_failed());
}

void report_end_with_exit(void) {
    say_done();
    exit(report_has_failed());
}

void report_skipped(const char *reason) {
    send_record(REPORT_SKIPPED, reason);
    report_end();
}

void report_dying_of(int signal_number) {
    char number[16];
    snprintf(number, sizeof number, "%d", signal_number);
    send_record(REPORT_DYING, number);
}

void report_missing_symbol(const char *symbol) {
    report_failed("the library has no symbol %s", symbol);
    report_end();
}
