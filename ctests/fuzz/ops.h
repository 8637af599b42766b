/* The operations. Each takes its randomness and may be made on any thread, inside callbacks too. */
#ifndef FUZZ_OPS_H
#define FUZZ_OPS_H

#include "answers.h"

#define X(name) void op_##name(uint64_t random);
FUZZ_OPS(X)
#undef X

/* accounts.c: before an edge of a daemon changes, its events must be processed, or the books can't be exact. */
void settle_producers(const struct record *another);
void edge_added(struct record *from, struct record *to);
void edges_ended(struct record *record);
void edge_removed(struct record *from, struct record *to);

#endif
