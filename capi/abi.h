/* The public headers, with their functions visible outside the library; all
 * else is compiled hidden. */
#ifndef MESHOS_ABI_H
#define MESHOS_ABI_H

#pragma GCC visibility push(default)
#include "net_meshos_ext.h"
#pragma GCC visibility pop

#endif
