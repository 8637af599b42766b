#include "axis.h"

#include <math.h>

static double decade(double value) {
    return pow(10, floor(log10(value) + 1e-9));
}

/* The largest 1, 2 or 5 times a power of ten that isn't above the value. */
static double round_down(double value) {
    double ten = decade(value), digit = value / ten + 1e-9;
    return ten * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
}

static double step_up(double step) {
    double digit = step / decade(step);
    return digit > 4 ? 2 * step : digit > 1.5 ? 2.5 * step : 2 * step;
}

struct axis axis_around(double smallest, double largest, double start, double end) {
    struct axis a = {.low = round_down(smallest), .high = round_down(largest), .start = start, .end = end};
    if (a.high < largest * (1 - 1e-9))
        a.high = step_up(a.high);
    while (a.high < 10 * a.low)
        a.high = step_up(a.high);
    return a;
}

double axis_at(const struct axis *a, double value) {
    double share = log(value / a->low) / log(a->high / a->low);
    return a->start + share * (a->end - a->start);
}

bool axis_next(const struct axis *a, double *value, bool *major) {
    double next = *value < a->low ? a->low : *value + decade(*value);
    if (next > a->high * (1 + 1e-9))
        return false;
    double digit = round(next / decade(next));
    bool narrow = a->high <= 1001 * a->low;
    *value = digit * decade(next);
    *major = digit == 1 || (narrow && (digit == 2 || digit == 5));
    return true;
}
