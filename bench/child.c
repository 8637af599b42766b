#define _GNU_SOURCE
#include "child.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "lib.h"
#include "unit.h"

enum { QUICK_SIZE = 1000, QUICK_SHARE = 50 };

struct child child;
static double unit;

/* Writes whole lines. The child ends if its parent has gone. */
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (length < 0)
        _exit(1);
    size_t size = (size_t)length < sizeof line - 2 ? (size_t)length : sizeof line - 2;
    for (size_t i = 0; i < size; i++)
        if (line[i] == '\n')
            line[i] = ' ';
    line[size++] = '\n';
    for (size_t sent = 0; sent < size;) {
        ssize_t n = write(child.lines, line + sent, size - sent);
        if (n <= 0)
            _exit(1);
        sent += (size_t)n;
    }
}

void child_sample(const char *key, double value) {
    say("sample %s %.17g %.17g", key, value, unit);
}

void child_sample_sized(const char *key, double value) {
    say("sample %s@%zu %.17g %.17g", key, child.nominal_size, value, unit);
}

void child_bucket(const char *key, uint64_t floor, uint64_t count) {
    say("bucket %s %llu %llu", key, (unsigned long long)floor, (unsigned long long)count);
}

void child_beat(void) {
    say("beat");
}

void child_fail(const char *format, ...) {
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    say("error %s", text);
    _exit(1);
}

void child_expect(const char *call, int status, int expected) {
    if (status == expected)
        return;
    const char *kind = lib.last_error_kind(), *message = lib.last_error_message();
    child_fail("%s returned %d instead of %d (%s: %s)", call, status, expected, kind ? kind : "no kind",
               message ? message : "no message");
}

uint64_t child_span(uint64_t ns) {
    return child.quick ? ns / QUICK_SHARE : ns;
}

void child_open_library(void) {
    const char *why = lib_open(child.library);
    if (why)
        child_fail("%s", why);
    if (lib_lacks())
        child_fail("it lacks %s", lib_lacks());
}

static bool has_needs(const struct bench_case *c) {
    for (size_t i = 0; i < CASE_NEEDS && c->needs[i]; i++) {
        char symbol[64];
        snprintf(symbol, sizeof symbol, "net_meshos_%s", c->needs[i]);
        if (!lib_has(symbol))
            return false;
    }
    return true;
}

/* Ends without a teardown, whose cost isn't part of the case. */
int child_run(const char *case_name) {
    const struct bench_case *c = case_find(case_name);
    if (!c)
        child_fail("there is no case %s", case_name);
    child.nominal_size = c->size;
    child.size = child.quick && c->size > QUICK_SIZE ? QUICK_SIZE : c->size;
    unit = unit_ns();
    if (!c->opens) {
        child_open_library();
        if (!has_needs(c)) {
            say("absent");
            _exit(0);
        }
    }
    if (c->setup)
        c->setup();
    if (lib.ext_version)
        say("version %s", lib.ext_version());
    say("ready");
    for (char command; read(child.commands, &command, 1) == 1 && command == 'r';) {
        unit = unit_ns();
        if (c->round)
            c->round();
        say("end");
    }
    _exit(0);
}
