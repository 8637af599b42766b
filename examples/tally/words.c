#include "words.h"

#include <stdlib.h>
#include <string.h>

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static struct word *find_slot(struct word *slots, size_t capacity, const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (uint8_t)*c) * 1099511628211u;
    size_t slot = (size_t)hash & (capacity - 1); /* the capacity is a power of two */
    while (slots[slot].text && strcmp(slots[slot].text, text) != 0)
        slot = (slot + 1) & (capacity - 1);
    return &slots[slot];
}

static bool grow(struct words *words)
{
    size_t capacity = words->capacity ? words->capacity * 2 : 1024;
    struct word *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < words->capacity; i++)
        if (words->slots[i].text)
            *find_slot(slots, capacity, words->slots[i].text) = words->slots[i];
    free(words->slots);
    words->slots = slots;
    words->capacity = capacity;
    return true;
}

static bool count_one(struct words *words, const uint8_t *letters, size_t length)
{
    if (words->used * 2 >= words->capacity && !grow(words))
        return false;
    char *text = malloc(length + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = letters[i];
        text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    text[length] = '\0';

    struct word *word = find_slot(words->slots, words->capacity, text);
    if (word->text) {
        free(text);
    } else {
        word->text = text;
        words->used++;
    }
    word->count++;
    return true;
}

bool words_count(struct words *words, const uint8_t *text, size_t length)
{
    size_t from = 0;
    while (from < length) {
        size_t to = from;
        while (to < length && is_letter(text[to]))
            to++;
        if (to > from && !count_one(words, text + from, to - from))
            return false;
        from = to + 1;
    }
    return true;
}

static int by_count(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return a->text && b->text ? strcmp(a->text, b->text) : 0; /* free slots have count 0 and go last */
}

void words_sort(struct words *words)
{
    if (words->used)
        qsort(words->slots, words->capacity, sizeof *words->slots, by_count);
}

void words_free(struct words *words)
{
    for (size_t i = 0; i < words->capacity; i++)
        free(words->slots[i].text);
    free(words->slots);
}
