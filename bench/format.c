#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct formatted format_count(double value) {
    char digits[FORMAT_SIZE];
    struct formatted f = {""};
    int length = snprintf(digits, sizeof digits, "%.0f", fabs(value));
    char *to = f.text;
    if (value < 0)
        *to++ = '-';
    for (int i = 0; i < length && to < f.text + FORMAT_SIZE - 2; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return f;
}

struct formatted format_number(double value) {
    struct formatted f = {""};
    double size = fabs(value);
    if (size >= 99.95)
        return format_count(value);
    int decimals = size == 0 ? 0 : size < 0.9995 ? 3 : size < 9.995 ? 2 : 1;
    snprintf(f.text, sizeof f.text, "%.*f", decimals, value);
    return f;
}

struct formatted format_limit(double value) {
    struct formatted f;
    if (value >= 100)
        return format_count(value);
    snprintf(f.text, sizeof f.text, "%.3g", value);
    return f;
}

struct formatted format_ns(double ns) {
    static const char *const names[] = {"ns", "us", "ms", "s"};
    size_t i = 0;
    while (ns >= 999.5 && i < 3) {
        ns /= 1000;
        i++;
    }
    struct formatted number = format_number(ns), f;
    snprintf(f.text, sizeof f.text, "%.20s %s", number.text, names[i]);
    return f;
}
