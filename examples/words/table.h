/* Words and how often each was counted. Nothing in it knows MeshOS. */
#ifndef TABLE_H
#define TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
    char *text; /* NUL-terminated */
    uint64_t count;
};

/* All zero is an empty table. */
struct table {
    struct word *slots; /* open addressing: a slot without text is free */
    size_t used, capacity;
};

/* Counts a word so many times more. False: no memory. */
bool table_count(struct table *table, const uint8_t *word, size_t length, uint64_t times);

/* The words in a new array of `used` words, sorted by their bytes or by count, most frequent first. Their texts
 * stay the table's. NULL: no memory. */
struct word *table_by_text(const struct table *table);
struct word *table_by_count(const struct table *table);

/* Makes it empty. */
void table_free(struct table *table);

#endif
