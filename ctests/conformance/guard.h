/* Memory that catches stray reads and writes: it ends right before a page that can't be accessed. */
#ifndef CONFORMANCE_GUARD_H
#define CONFORMANCE_GUARD_H

#include <stddef.h>

struct guarded {
    char *bytes; /* length of them; the byte after the last can't be touched */
    size_t length;
    char *pages; /* what is mapped */
    size_t mapped;
};

/* Room of that length, filled with 0xa5. */
struct guarded guard_room(size_t length);
struct guarded guard_copy(const void *bytes, size_t length);

/* From here on any access to the bytes is a fault. */
void guard_seal(const struct guarded *g);

void guard_release(struct guarded *g);

/* An address that is mapped but can't be touched, and one where nothing is mapped. */
void *guard_untouchable(void);
void *guard_unmapped(void);

#endif
