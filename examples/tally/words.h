/* A table of words and how often each was seen. It doesn't use the library. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct word {
    char *text; /* in lower case */
    uint64_t count;
};

/* All zero is an empty table. */
struct words {
    struct word *slots; /* open addressing: a slot without text is free */
    size_t used, capacity;
};

/* Counts every word of the text: a run of ASCII letters, whatever their case, and of bytes beyond ASCII, so
 * that words of any language stay whole. False when memory is out. */
bool words_count(struct words *words, const uint8_t *text, size_t length);

/* Sorts by count, most frequent first, equals by their bytes. No more words can be counted afterwards. */
void words_sort(struct words *words);

void words_free(struct words *words);

#endif
