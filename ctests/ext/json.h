/* A small reader of JSON (RFC 8259), for what the library shows. Never freed: a case's process is short. */
#ifndef EXT_JSON_H
#define EXT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    const char *text;           /* of a string, or the number as it stands */
    size_t length;              /* elements, or members */
    const char **names;         /* of members */
    const struct json **values; /* of members, or elements */
};

/* NULL: it is no JSON text. */
const struct json *json_read(const char *text);

/* The member of an object, also over several steps: "maintenance.state". NULL: there is none. */
const struct json *json_get(const struct json *from, const char *path);

/* What a member is; the case fails if there is none of that type. */
uint64_t json_u64(const struct json *from, const char *path);
double json_double(const struct json *from, const char *path);
const char *json_text(const struct json *from, const char *path);
bool json_bool(const struct json *from, const char *path);
bool json_is_null(const struct json *from, const char *path);

#endif
