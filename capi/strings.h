/* The strings that the host owns: each is handed out once and given back once,
 * whatever pointers the host passes. */
#ifndef MESHOS_STRINGS_H
#define MESHOS_STRINGS_H

#include <stddef.h>

/* A NUL-terminated copy that the host owns from now on. NULL: no memory. */
char *string_hand_out(const char *text, size_t length);

#endif
