/* Memory that the host owns: each block is handed out once and given back once,
 * to the call for its kind, whatever pointers the host passes. */
#ifndef MESHOS_STRINGS_H
#define MESHOS_STRINGS_H

#include <stddef.h>
#include <stdint.h>

/* A NUL-terminated copy for net_meshos_free_string. NULL: no memory. */
char *text_hand_out(const char *text, size_t length);

/* A copy for net_meshos_ext_free_bytes. NULL: no memory. */
uint8_t *bytes_hand_out(const void *bytes, size_t length);

#endif
