/* Texts for net_meshos_publish_capabilities. */
#ifndef CONFORMANCE_CAPABILITY_TEXTS_H
#define CONFORMANCE_CAPABILITY_TEXTS_H

#include <stddef.h>

struct capability_text {
    const char *text; /* may have NULs; NULL ends a table */
    size_t length;
};

extern const struct capability_text capabilities_accepted[], capabilities_refused[];

#endif
