#include "json.h"

#include <json-c/json.h>
#include <string.h>

#include "check.h"

static bool (*text_is_valid)(const char *text, size_t length);

void json_check_with(bool (*is_valid)(const char *text, size_t length)) {
    text_is_valid = is_valid;
}

struct json_object *json_read(const char *text) {
    if (!text || !text_is_valid(text, strlen(text)))
        return NULL;
    return json_tokener_parse(text);
}

/* Follows a path; false: there is no such member. A member that is null is a NULL. */
static bool find(struct json_object *from, const char *path, struct json_object **found) {
    *found = from;
    while (*path) {
        char name[64];
        size_t length = strcspn(path, ".");
        if (length >= sizeof name || !json_object_is_type(*found, json_type_object))
            return false;
        memcpy(name, path, length);
        name[length] = '\0';
        if (!json_object_object_get_ex(*found, name, found))
            return false;
        path += length + (path[length] == '.');
    }
    return true;
}

struct json_object *json_get(struct json_object *from, const char *path) {
    struct json_object *found;
    return find(from, path, &found) ? found : NULL;
}

size_t json_length(struct json_object *of) {
    if (json_object_is_type(of, json_type_array))
        return json_object_array_length(of);
    return json_object_is_type(of, json_type_object) ? (size_t)json_object_object_length(of) : 0;
}

bool json_is_array(struct json_object *value) {
    return json_object_is_type(value, json_type_array);
}

struct json_object *json_at(struct json_object *array, size_t index) {
    return json_is_array(array) ? json_object_array_get_idx(array, index) : NULL;
}

static struct json_object *need(struct json_object *from, const char *path, enum json_type type) {
    struct json_object *value = json_get(from, path);
    if (value && json_object_is_type(value, type))
        return value;
    FAIL("the JSON has no %s of type %s", path, json_type_to_name(type));
    return NULL;
}

/* json-c keeps a whole number as one of 64 bits, signed or not, and cuts off what is larger. */
uint64_t json_u64(struct json_object *from, const char *path) {
    struct json_object *value = need(from, path, json_type_int);
    if (!value)
        return UINT64_MAX;
    if (json_object_get_int64(value) < 0)
        FAIL("%s is %s, which is below 0", path, json_object_get_string(value));
    return json_object_get_uint64(value);
}

double json_double(struct json_object *from, const char *path) {
    struct json_object *value = json_get(from, path);
    if (value && json_object_is_type(value, json_type_int))
        return json_object_get_double(value);
    value = need(from, path, json_type_double);
    return value ? json_object_get_double(value) : -1;
}

const char *json_text(struct json_object *from, const char *path) {
    struct json_object *value = need(from, path, json_type_string);
    return value ? json_object_get_string(value) : "";
}

bool json_boolean(struct json_object *from, const char *path) {
    struct json_object *value = need(from, path, json_type_boolean);
    return value && json_object_get_boolean(value);
}

bool json_is_null(struct json_object *from, const char *path) {
    struct json_object *value;
    if (!find(from, path, &value))
        FAIL("the JSON has no %s", path);
    else
        return value == NULL;
    return false;
}
