/* Looks into what a library shows as JSON, read with json-c: numbers of 64 bits keep all of them.
 *
 * A value that json_read() gives is never freed: it lives as long as the process of the test, which is short. What
 * lies inside is part of it. Values may be read on any thread; a member that isn't there, or is of another type,
 * fails the test. */
#ifndef HARNESS_JSON_H
#define HARNESS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/* Says what is JSON. json-c takes more: single quotes, NaN, raw control characters, half surrogates. To be called
 * before any other of these. */
void json_check_with(bool (*is_valid)(const char *text, size_t length));

/* NULL: the text is not one JSON value, or is NULL. */
struct json_object *json_read(const char *text);

/* The member of an object, also over several steps: "maintenance.state". NULL: there is none, or it is null. */
struct json_object *json_get(struct json_object *from, const char *path);

/* The members of an object, or the elements of an array; 0 for anything else. */
size_t json_length(struct json_object *of);
bool json_is_array(struct json_object *value);
struct json_object *json_at(struct json_object *array, size_t index);

/* What a member is. */
uint64_t json_u64(struct json_object *from, const char *path);
double json_double(struct json_object *from, const char *path);
const char *json_text(struct json_object *from, const char *path);
bool json_boolean(struct json_object *from, const char *path);
bool json_is_null(struct json_object *from, const char *path);

#endif
