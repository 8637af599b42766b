/* A text that grows. Its owner frees it; one thread at a time. No memory ends the process. */
#ifndef HARNESS_TEXT_H
#define HARNESS_TEXT_H

#include <stddef.h>

struct text {
    char *bytes; /* NULL while empty; else ended by a NUL */
    size_t length;
};

void text_add(struct text *t, const char *bytes, size_t length);
void text_say(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/* Never NULL. */
const char *text_of(const struct text *t);

#endif
