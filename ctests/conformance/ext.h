/* Cases that reach what net_meshos.h promises of callbacks and events through the calls of net_meshos_ext.h. A
 * library may lack those: the promises then stay out of reach. */
#ifndef CONFORMANCE_EXT_H
#define CONFORMANCE_EXT_H

#include <net_meshos_ext.h>

/* Ends the case as skipped if the library has no extension calls. */
void ext_need(void);

#endif
