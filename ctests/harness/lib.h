/* The library under test, opened by its path and never linked. Its calls are in `lib`, as pointers; wrappers.c
 * defines functions of the same names over them, so that a test is written like any host.
 *
 * A process opens one library, once, before it starts threads; from then on all of this may be used on any
 * thread. The library stays the process's until it ends. */
#ifndef HARNESS_LIB_H
#define HARNESS_LIB_H

#include <calls.h>
#include <net_meshos_ext.h>
#include <stdbool.h>

#define LIB_MEMBER(name) __typeof__(net_meshos_##name) *name;
extern struct lib {
    MESHOS_CALLS(LIB_MEMBER)
    MESHOS_EXT_CALLS(LIB_MEMBER) /* NULL in a library without them */
} lib;
#undef LIB_MEMBER

/* The calls by number: those of net_meshos.h come first. */
#define LIB_NUMBER(name) LIB_##name,
enum lib_call { MESHOS_CALLS(LIB_NUMBER) LIB_BASE_CALLS, LIB_BEFORE_EXT = LIB_BASE_CALLS - 1,
                MESHOS_EXT_CALLS(LIB_NUMBER) LIB_CALLS };
#undef LIB_NUMBER

/* Their full names: net_meshos_sdk_start. */
extern const char *const lib_names[LIB_CALLS];

/* Opens the library; NULL, or why it can't be opened. The text lives until the thread's next dlopen. */
const char *lib_open(const char *path);

/* Called before and after each net_meshos_sdk_start; NULL: nothing is. */
extern void (*lib_before_start)(void), (*lib_after_start)(void);

/* dlclose. The calls stay as they were found. */
void lib_close(void);

/* Whether the library has a symbol, by its full name. */
bool lib_has(const char *symbol);

/* Whether it has not a single call of net_meshos.h: it is another library altogether. */
bool lib_is_foreign(void);

/* The first call of net_meshos.h that the library lacks, and the first of net_meshos_ext.h; NULL: it has all. */
const char *lib_lacks(void);
const char *lib_lacks_ext(void);

#endif
