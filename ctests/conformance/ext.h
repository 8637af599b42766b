/* For cases that test what net_meshos.h promises about callbacks and events through the calls of net_meshos_ext.h. If
 * a library lacks these, the promises can't be tested. */
#ifndef CONFORMANCE_EXT_H
#define CONFORMANCE_EXT_H

#include <net_meshos_ext.h>

/* Ends the case as skipped if the library has no extension calls. */
void ext_need(void);

#endif
