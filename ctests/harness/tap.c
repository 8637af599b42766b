#include "tap.h"

#include <stdio.h>

void tap_begin(size_t count) {
    printf("TAP version 14\n1..%zu\n", count);
}

/* A YAML block: indented, and without what YAML doesn't take. */
static void block(const char *key, const struct text *t) {
    printf("  %s: |-\n    ", key);
    size_t end = t->length;
    while (end > 0 && t->bytes[end - 1] == '\n')
        end--;
    for (size_t i = 0; i < end; i++) {
        unsigned char c = (unsigned char)t->bytes[i];
        if (c == '\n')
            fputs("\n    ", stdout);
        else if (c >= 0x20 && c < 0x7f)
            putchar(c);
        else
            printf("\\x%02x", c);
    }
    putchar('\n');
}

static void list(const char *key, const char *words) {
    printf("  %s: [", key);
    for (const char *c = words; *c; c++) {
        if (*c == ' ')
            fputs(", ", stdout);
        else
            putchar(*c);
    }
    fputs("]\n", stdout);
}

void tap_result(size_t number, const struct outcome *o, bool counts) {
    printf("%sok %zu - %s", o->verdict == FAILED ? "not " : "", number, o->what->name);
    if (o->verdict == SKIPPED)
        printf(" # SKIP %s", text_of(&o->skip));
    if (o->verdict == FAILED && !counts)
        printf(" # TODO class %s counts with --strict", o->what->class);
    puts("\n  ---");
    if (o->what->class)
        printf("  class: %s\n", o->what->class);
    if (o->what->clauses)
        list("clauses", o->what->clauses);
    if (o->left_out.length > 0)
        list("without_steps_of", text_of(&o->left_out));
    printf("  duration_ms: %llu\n", (unsigned long long)o->ms);
    if (o->verdict == FAILED) {
        block("message", &o->failures);
        if (o->output.length > 0)
            block("output", &o->output);
    }
    puts("  ...");
    fflush(stdout);
}
