#include "check.h"

#include <inttypes.h>
#include <net_meshos_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char row[160];

void check_row(const char *name) {
    snprintf(row, sizeof row, "%s", name ? name : "");
}

static const char *shown(const char *text) {
    return text ? text : "NULL";
}

void check_failed(const char *file, int line, const char *format, ...) {
    char what[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    case_failed("%s:%d: %s%s%s%s\n  last error: kind %s, message %s", file, line, what, *row ? " [" : "", row,
                *row ? "]" : "", shown(net_meshos_last_error_kind()), shown(net_meshos_last_error_message()));
}

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool check_kind(const char *file, int line, const char *call, const char *expected) {
    const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
    if (!same(kind, expected)) {
        check_failed(file, line, "%s: the kind should be %s", call, shown(expected));
        return false;
    }
    if ((message && *message) != (expected != NULL)) {
        check_failed(file, line, "%s: %s", call, expected ? "a kind without a message" : "a message without a kind");
        return false;
    }
    return true;
}

bool check_status(const char *file, int line, const char *call, int actual, int status, const char *kind) {
    if (actual != status) {
        check_failed(file, line, "%s: status %d, expected %d", call, actual, status);
        return false;
    }
    return check_kind(file, line, call, kind);
}

bool check_null(const char *file, int line, const char *call, const void *actual, const char *kind) {
    if (actual) {
        check_failed(file, line, "%s: expected NULL", call);
        return false;
    }
    return check_kind(file, line, call, kind);
}

bool check_true(const char *file, int line, const char *expression, bool holds) {
    if (!holds)
        check_failed(file, line, "%s doesn't hold", expression);
    return holds;
}

bool check_int(const char *file, int line, const char *expression, int64_t actual, int64_t expected) {
    if (actual != expected)
        check_failed(file, line, "%s: %" PRId64 ", expected %" PRId64, expression, actual, expected);
    return actual == expected;
}

bool check_u64(const char *file, int line, const char *expression, uint64_t actual, uint64_t expected) {
    if (actual != expected)
        check_failed(file, line, "%s: %" PRIu64 ", expected %" PRIu64, expression, actual, expected);
    return actual == expected;
}

bool check_range(const char *file, int line, const char *expression, uint64_t actual, uint64_t least, uint64_t most) {
    if (actual < least)
        check_failed(file, line, "%s: %" PRIu64 ", expected at least %" PRIu64, expression, actual, least);
    if (actual > most)
        check_failed(file, line, "%s: %" PRIu64 ", expected at most %" PRIu64, expression, actual, most);
    return least <= actual && actual <= most;
}

bool check_text(const char *file, int line, const char *expression, const char *actual, const char *expected) {
    if (!same(actual, expected))
        check_failed(file, line, "%s: %.400s, expected %.400s", expression, shown(actual), shown(expected));
    return same(actual, expected);
}

bool check_has(const char *file, int line, const char *expression, const char *text, const char *part) {
    bool has = text && strstr(text, part);
    if (!has)
        check_failed(file, line, "%s: %.400s, expected \"%s\" in it", expression, shown(text), part);
    return has;
}
