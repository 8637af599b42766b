/* What became of a case. */
#ifndef CONFORMANCE_RESULT_H
#define CONFORMANCE_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include "cases.h"
#include "text.h"

enum verdict { PASSED, FAILED, SKIPPED };

struct result {
    const struct suite_case *what;
    enum verdict verdict;
    struct text failures; /* one after the other, each ended by a newline */
    struct text output;   /* what came on standard output and error */
    struct text skip;     /* why it was skipped */
    uint64_t ms;
};

#endif
