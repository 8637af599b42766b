#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

enum { SMALLEST = 1024 };

/* The slot of the word, or the free one where it belongs. */
static struct word *find(struct word *slots, size_t capacity, const uint8_t *text, size_t length)
{
    size_t i = (size_t)hash_bytes(HASH_START, text, length) & (capacity - 1);
    while (slots[i].text &&
           (strncmp(slots[i].text, (const char *)text, length) != 0 || slots[i].text[length] != '\0'))
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static bool grow(struct table *table)
{
    size_t capacity = table->capacity ? table->capacity * 2 : SMALLEST;
    struct word *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const char *text = table->slots[i].text;
        if (text)
            *find(slots, capacity, (const uint8_t *)text, strlen(text)) = table->slots[i];
    }
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

bool table_count(struct table *table, const uint8_t *word, size_t length, uint64_t times)
{
    if (table->used * 2 >= table->capacity && !grow(table))
        return false;
    struct word *slot = find(table->slots, table->capacity, word, length);
    if (!slot->text) {
        slot->text = malloc(length + 1);
        if (!slot->text)
            return false;
        memcpy(slot->text, word, length);
        slot->text[length] = '\0';
        table->used++;
    }
    slot->count += times;
    return true;
}

static int compare_text(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    return strcmp(a->text, b->text);
}

static int compare_count(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    return a->count != b->count ? (a->count > b->count ? -1 : 1) : strcmp(a->text, b->text);
}

static struct word *sorted(const struct table *table, int (*compare)(const void *, const void *))
{
    struct word *words = calloc(table->used + 1, sizeof *words); /* of 0 words calloc may give NULL */
    if (!words)
        return NULL;
    size_t n = 0;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].text)
            words[n++] = table->slots[i];
    qsort(words, n, sizeof *words, compare);
    return words;
}

struct word *table_by_text(const struct table *table)
{
    return sorted(table, compare_text);
}

struct word *table_by_count(const struct table *table)
{
    return sorted(table, compare_count);
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        free(table->slots[i].text);
    free(table->slots);
    *table = (struct table){0};
}
