#define _GNU_SOURCE
#include "check.h"

#include <inttypes.h>
#include <net_meshos.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static _Thread_local char row[160];
static bool (*message_is_valid)(const char *text, size_t length);
static atomic_ulong passed;

void check_messages_with(bool (*is_valid)(const char *text, size_t length)) {
    message_is_valid = is_valid;
}

unsigned long check_passed(void) {
    return atomic_load(&passed);
}

/* Counts a check that held. */
static bool held(void) {
    atomic_fetch_add_explicit(&passed, 1, memory_order_relaxed);
    return true;
}

void check_row(const char *format, ...) {
    va_list arguments;
    row[0] = '\0';
    if (!format)
        return;
    va_start(arguments, format);
    vsnprintf(row, sizeof row, format, arguments);
    va_end(arguments);
}

/* Printable and short, for a failure message. */
static const char *shown(const char *text, char *out, size_t size) {
    if (!text)
        return "NULL";
    size_t n = 0;
    out[n++] = '"';
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (n + 8 >= size) {
            n += (size_t)snprintf(out + n, size - n, "...");
            break;
        }
        if (*c >= 0x20 && *c < 0x7f)
            out[n++] = (char)*c;
        else
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", *c);
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

void check_failed(const char *file, int line, const char *format, ...) {
    char what[1024], kind[128], message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    report_failed("%s:%d: %s%s%s%s\nlast error: kind %s, message %s", file, line, what, *row ? " [" : "", row,
                  *row ? "]" : "", shown(net_meshos_last_error_kind(), kind, sizeof kind),
                  shown(net_meshos_last_error_message(), message, sizeof message));
}

static bool same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool check_kind(const char *file, int line, const char *call, const char *expected) {
    const char *kind = net_meshos_last_error_kind();
    const char *message = net_meshos_last_error_message();
    char text[128];
    if (!same(kind, expected)) {
        check_failed(file, line, "%s: the last error's kind should be %s", call, shown(expected, text, sizeof text));
        return false;
    }
    if (!expected && message) {
        check_failed(file, line, "%s: a message without a kind", call);
        return false;
    }
    if (expected && (!message || !*message || (message_is_valid && !message_is_valid(message, strlen(message))))) {
        check_failed(file, line, "%s: the kind comes without a message in UTF-8", call);
        return false;
    }
    return held();
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
        check_failed(file, line, "%s: %p, expected NULL", call, actual);
        return false;
    }
    return check_kind(file, line, call, kind);
}

bool check_true(const char *file, int line, const char *expression, bool holds) {
    if (holds)
        return held();
    check_failed(file, line, "%s doesn't hold", expression);
    return false;
}

bool check_int(const char *file, int line, const char *expression, int64_t actual, int64_t expected) {
    if (actual == expected)
        return held();
    check_failed(file, line, "%s: %" PRId64 ", expected %" PRId64, expression, actual, expected);
    return false;
}

bool check_u64(const char *file, int line, const char *expression, uint64_t actual, uint64_t expected) {
    if (actual == expected)
        return held();
    check_failed(file, line, "%s: %" PRIu64 " (0x%016" PRIx64 "), expected %" PRIu64 " (0x%016" PRIx64 ")", expression,
                 actual, actual, expected, expected);
    return false;
}

bool check_range(const char *file, int line, const char *expression, uint64_t actual, uint64_t least,
                 uint64_t most) {
    if (least <= actual && actual <= most)
        return held();
    if (actual < least)
        check_failed(file, line, "%s: %" PRIu64 ", expected at least %" PRIu64, expression, actual, least);
    else
        check_failed(file, line, "%s: %" PRIu64 ", expected at most %" PRIu64, expression, actual, most);
    return false;
}

bool check_pointer(const char *file, int line, const char *expression, const void *actual, const void *expected) {
    if (actual == expected)
        return held();
    check_failed(file, line, "%s: %p, expected %p", expression, actual, expected);
    return false;
}

bool check_text(const char *file, int line, const char *expression, const char *actual, const char *expected) {
    if (same(actual, expected))
        return held();
    char a[400], b[400];
    size_t from = 0;
    if (actual && expected) /* the first difference is what is wanted, not the start of a megabyte */
        while (actual[from] && actual[from] == expected[from])
            from++;
    size_t before = from > 40 ? from - 40 : 0;
    check_failed(file, line, "%s: at byte %zu %s, expected %s", expression, before,
                 shown(actual ? actual + before : NULL, a, sizeof a),
                 shown(expected ? expected + before : NULL, b, sizeof b));
    return false;
}

bool check_bytes(const char *file, int line, const char *expression, const void *actual, const void *expected,
                 size_t length) {
    const unsigned char *a = actual, *b = expected;
    for (size_t i = 0; i < length; i++) {
        if (a[i] != b[i]) {
            check_failed(file, line, "%s: byte %zu is 0x%02x, expected 0x%02x", expression, i, a[i], b[i]);
            return false;
        }
    }
    return held();
}

bool check_has(const char *file, int line, const char *expression, const char *text, const char *part) {
    if (text && strstr(text, part))
        return held();
    check_failed(file, line, "%s: %.400s, expected \"%s\" in it", expression, text ? text : "NULL", part);
    return false;
}

void check_need(const char *file, int line, const char *expression, bool holds) {
    if (holds)
        return;
    if (!report_has_failed())
        check_failed(file, line, "%s doesn't hold, and the test can't go on", expression);
    report_end();
}
