#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_add(struct text *t, const char *bytes, size_t length) {
    char *longer = realloc(t->bytes, t->length + length + 1);
    if (!longer) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    memcpy(longer + t->length, bytes, length);
    t->bytes = longer;
    t->length += length;
    t->bytes[t->length] = '\0';
}

void text_say(struct text *t, const char *format, ...) {
    char line[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    text_add(t, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

void text_free(struct text *t) {
    free(t->bytes);
    *t = (struct text){0};
}

const char *text_of(const struct text *t) {
    return t->bytes ? t->bytes : "";
}
