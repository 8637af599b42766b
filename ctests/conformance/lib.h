/* The library under test. It is not linked: every function of net_meshos.h is defined in lib.c and jumps to
 * the symbol of that name in the library that lib_open() opened. So a case calls the API as any program does,
 * and a symbol that the library lacks fails just the cases that call it. */
#ifndef CONFORMANCE_LIB_H
#define CONFORMANCE_LIB_H

#include <net_meshos.h>
#include <stdbool.h>
#include <stddef.h>

/* Opens the library; NULL, or why it can't be opened. */
const char *lib_open(const char *path);

/* dlclose of what lib_open opened; the functions stay as they were found. */
void lib_close(void);

/* The names of the API's functions, ended by NULL. */
extern const char *const lib_symbols[];

/* Whether the library has the symbol. */
bool lib_has(const char *symbol);

/* Puts the address of a symbol that net_meshos.h doesn't have into a function pointer, NULL if the library
 * doesn't have it either. */
void lib_look_up(const char *symbol, void *function, size_t size);

#endif
