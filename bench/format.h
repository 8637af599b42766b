/* Numbers for people. */
#ifndef BENCH_FORMAT_H
#define BENCH_FORMAT_H

enum { FORMAT_SIZE = 32 };

struct formatted {
    char text[FORMAT_SIZE];
};

/* At least three digits that count, and commas between thousands: 0.512, 7.81, 12,345. */
struct formatted format_number(double value);

/* A whole number with commas. */
struct formatted format_count(double value);

/* As short as it can be: 0.9, 40, 2,900. */
struct formatted format_limit(double value);

/* Nanoseconds as ns, us, ms or s: "12.3 us". */
struct formatted format_ns(double ns);

#endif
