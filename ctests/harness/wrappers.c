/* Every function of the headers, defined over the library that lib_open() has opened. Each tells the report which
 * call is made. A case that makes a call which the library lacks fails, or is skipped if that is an extension call: no
 * library owes those. */
#include <stdio.h>

#include "lib.h"
#include "report.h"

static _Noreturn void lib_misses(enum lib_call call) {
    char reason[160];
    if (call < LIB_BASE_CALLS)
        report_missing_symbol(lib_names[call]);
    snprintf(reason, sizeof reason, "the library has no %s", lib_names[call]);
    report_skipped(reason);
}

void (*lib_before_start)(void), (*lib_after_start)(void);

#define BEFORE(name)                                    \
    if (!lib.name)                                      \
        lib_misses(LIB_##name);                         \
    if (LIB_##name == LIB_sdk_start && lib_before_start) \
        lib_before_start();                             \
    report_call(LIB_##name);

#define VALUE(type, name, parameters, arguments) \
    type net_meshos_##name parameters {          \
        BEFORE(name)                             \
        type value = lib.name arguments;         \
        if (LIB_##name == LIB_sdk_start && lib_after_start) \
            lib_after_start();                   \
        return value;                            \
    }
#define VOID(name, parameters, arguments) \
    void net_meshos_##name parameters {   \
        BEFORE(name)                      \
        lib.name arguments;               \
    }
MESHOS_WRAPPERS(VALUE, VOID)
