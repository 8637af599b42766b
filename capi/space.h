/* Memory for what callbacks emit: a little that its owner has for good, and, while
 * that is not enough, some that is borrowed.
 *
 * An owner is kept for the next callback, and there are as many as callbacks have
 * ever run at once. If each also kept what its largest batch needed, memory would
 * grow for as long as batches come in new combinations. So what is beyond the
 * owner's own goes back when the batch is over; SPACE_SPARES blocks of it are kept
 * for the whole process. */
#ifndef MESHOS_SPACE_H
#define MESHOS_SPACE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SPACE_BLOCK = 1 << 16, /* the least that is borrowed */
    SPACE_SPARES = 16,     /* so at most 1 MB is kept */
};

struct space {
    void *at;
    size_t size; /* in bytes */
};

/* Makes room for need bytes; the first `used` of them stay as they are. False: no
 * memory, and nothing has changed. */
bool space_grow(struct space *s, size_t used, size_t need, const void *own);
static inline bool space_reserve(struct space *s, size_t used, size_t need, const void *own) {
    return need <= s->size || space_grow(s, used, need, own);
}

/* Gives back what was borrowed. */
void space_reset(struct space *s, void *own, size_t own_size);

#endif
