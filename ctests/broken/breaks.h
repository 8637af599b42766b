/* BREAKS(NAME) is 1 if the file is compiled with -DBREAK_NAME, which the compiler defines as 1. */
#ifndef BREAKS_H
#define BREAKS_H

/* An argument that expands to 1 makes SECOND give 1, any other 0. */
#define BREAKS_PAIR_1 0, 1
#define BREAKS_SECOND(first, second, ...) second
#define BREAKS_PICK(pair) BREAKS_SECOND(pair, 0, 0)
#define BREAKS_JOIN(value) BREAKS_PICK(BREAKS_PAIR_##value)
#define BREAKS_EXPAND(value) BREAKS_JOIN(value)
#define BREAKS(name) BREAKS_EXPAND(BREAK_##name)

#endif
