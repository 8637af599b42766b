/* How far a text has been posted, in a file. The file may lag behind the mesh by one post: the events of that one have
 * the same numbers when they are posted again, and so are processed once. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    uint64_t offset; /* of the first byte that isn't posted for certain */
    uint64_t pieces; /* that are; the next one has the number pieces + 1 */
};

/* Reads it; of a file that isn't there, the beginning. They print a failure. */
bool progress_read(struct progress *progress, const char *file);

/* Puts it in the file's place in one step, so that kill -9 leaves the old one or the new one. */
bool progress_write(const struct progress *progress, const char *file);

#endif
