/* Every function of the headers, defined over the library that lib_open() has opened. Each tells the report which
 * call is made; one that the library lacks fails just the case that calls it. */
#include "lib.h"
#include "report.h"

#define BEFORE(name)                                    \
    if (!lib.name)                                      \
        report_missing_symbol("net_meshos_" #name);     \
    report_call(LIB_##name);

#define VALUE(type, name, parameters, arguments) \
    type net_meshos_##name parameters {          \
        BEFORE(name)                             \
        return lib.name arguments;               \
    }
#define VOID(name, parameters, arguments) \
    void net_meshos_##name parameters {   \
        BEFORE(name)                      \
        lib.name arguments;               \
    }
MESHOS_WRAPPERS(VALUE, VOID)
