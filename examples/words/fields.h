/* Reads the states of the daemons, which are texts. */
#ifndef FIELDS_H
#define FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is still to be read. */
struct fields {
    const uint8_t *at;
    size_t left;
};

/* Reads a field of at least one byte, up to the first `end`, which it skips. */
static inline bool fields_next(struct fields *fields, char end, const uint8_t **field, size_t *length)
{
    const uint8_t *found = fields->left > 0 ? memchr(fields->at, end, fields->left) : NULL;
    if (!found || found == fields->at)
        return false;
    *field = fields->at;
    *length = (size_t)(found - fields->at);
    fields->at = found + 1;
    fields->left -= *length + 1;
    return true;
}

/* A field that is a decimal number. */
static inline bool fields_number(struct fields *fields, char end, uint64_t *number)
{
    const uint8_t *digits;
    size_t length;
    if (!fields_next(fields, end, &digits, &length))
        return false;
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        if (digits[i] < '0' || digits[i] > '9' || *number > (UINT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + (uint64_t)(digits[i] - '0');
    }
    return true;
}

#endif
