/* The library under test. It is not linked: every function of the two headers is defined in lib.c and calls the
 * one of that name in the library that lib_open() has opened. */
#ifndef EXT_LIB_H
#define EXT_LIB_H

#include <net_meshos_ext.h>
#include <stdbool.h>

/* Opens the library; NULL, or why it can't be opened. */
const char *lib_open(const char *path);

bool lib_has(const char *symbol);

/* A function of the headers that it lacks, or NULL. */
const char *lib_missing(void);

#endif
