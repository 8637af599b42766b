#include "ext.h"

#include "lib.h"
#include "report.h"

/* Where a member's type differs from the declaration of the header, this doesn't compile. */
#define LOOK_UP(name)                                                                        \
    do {                                                                                     \
        (void)sizeof(ext.name == net_meshos_ext_##name);                                     \
        lib_look_up("net_meshos_ext_" #name, &ext.name, sizeof ext.name);                    \
        if (!ext.name)                                                                       \
            report_skipped("the library has no net_meshos_ext_" #name ", which this needs"); \
    } while (0)

const struct ext_calls *ext_need(void) {
    static struct ext_calls ext;
    LOOK_UP(deliver);
    LOOK_UP(post);
    LOOK_UP(flush);
    LOOK_UP(snapshot);
    LOOK_UP(restore);
    LOOK_UP(free_bytes);
    LOOK_UP(enter_maintenance);
    LOOK_UP(exit_maintenance);
    LOOK_UP(runtime_json);
    return &ext;
}
