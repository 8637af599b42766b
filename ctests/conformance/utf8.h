/* UTF-8 by RFC 3629, written for the suite and not shared with any library. */
#ifndef CONFORMANCE_UTF8_H
#define CONFORMANCE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_is_valid(const char *bytes, size_t length);

struct utf8_sample {
    const char *label;
    const char *bytes; /* has no NUL */
};

/* Well-formed characters and sequences; ended by a NULL label. */
extern const struct utf8_sample utf8_good[];
/* What a strict check refuses, anywhere in a text; ended by a NULL label. */
extern const struct utf8_sample utf8_bad[];

/* Calls check with the sample alone, and at the start, in the middle and at the end of a text. The text is
 * not NUL-terminated. */
void utf8_everywhere(const struct utf8_sample *sample, void (*check)(const char *text, size_t length, void *context),
                     void *context);

#endif
