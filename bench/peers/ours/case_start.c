/* Starting: main has timed dlopen. */
#include "case.h"
#include "cases.h"
#include "daemon.h"

void case_start(void) {
    const size_t n = amount(3000, 20);
    stop(start(NULL)); /* the first starts the runtime too */
    double from = now();
    for (size_t i = 0; i < n; i++)
        stop(start(NULL));
    report("start", (now() - from) / 1e3 / (double)n);
}
