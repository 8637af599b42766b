/* What became of a case. The runner owns it, and lends it to whoever writes it down. */
#ifndef HARNESS_OUTCOME_H
#define HARNESS_OUTCOME_H

#include <stdint.h>

#include "suite.h"
#include "text.h"

enum verdict { PASSED, FAILED, SKIPPED };

struct outcome {
    const struct suite_case *what;
    enum verdict verdict;
    struct text failures; /* one after the other, each ended by a newline */
    struct text output;   /* what came on standard output and error */
    struct text skip;     /* why it was skipped */
    struct text left_out; /* names of the cases for whose failure it has left out steps, separated by blanks */
    uint64_t ms;
};

#endif
