/* The child's side: one case on one library, round by round as the parent asks.
 *
 * The parent writes "r" for a round and "q" for the end. The child writes lines:
 *
 *   version TEXT            the library has the extension calls
 *   absent                  it lacks calls that the case needs
 *   ready                   the case is set up
 *   beat                    still working
 *   sample KEY VALUE UNIT   a figure, and what a unit was in that round
 *   bucket KEY FLOOR COUNT  a histogram's bucket, from FLOOR ns on
 *   end                     the round is over
 *   error TEXT              the case can't be measured
 */
#ifndef BENCH_CHILD_H
#define BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the child was asked to measure. */
struct child {
    const char *library;
    int commands, lines; /* its descriptors */
    size_t nominal_size, size; /* the case's size; the size to use, which is smaller in a quick run */
    int rounds;
    bool quick;
};
extern struct child child;

int child_run(const char *case_name);

/* Opens the library, for a case that does so itself; without the calls of net_meshos.h the case fails. */
void child_open_library(void);

void child_sample(const char *key, double value);
void child_sample_sized(const char *key, double value); /* KEY@SIZE */
void child_bucket(const char *key, uint64_t floor, uint64_t count);

/* Must be called about every second in a case that takes long. */
void child_beat(void);

_Noreturn void child_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fails with the last error of the library unless the status is what it should be. */
void child_expect(const char *call, int status, int expected);
#define EXPECT_OK(call, status) child_expect(call, status, NET_MESHOS_OK)

/* The time that a round takes; very short in a quick run. */
uint64_t child_span(uint64_t ns);

#endif
