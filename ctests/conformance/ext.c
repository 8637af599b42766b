#include "ext.h"

#include "lib.h"
#include "report.h"

void ext_need(void) {
    if (!lib.ext_version)
        report_skipped("the library has no net_meshos_ext_version, and so not the extension calls that this needs");
}
