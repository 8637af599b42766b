#define _POSIX_C_SOURCE 200809L
#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"

/* ---- Reading ---- */

struct reader {
    const char *at;
    bool bad;
};

static const struct json *read_value(struct reader *r);

static void skip_space(struct reader *r) {
    r->at += strspn(r->at, " \t\n\r");
}

static bool take(struct reader *r, const char *word) {
    size_t length = strlen(word);
    bool found = strncmp(r->at, word, length) == 0;
    if (found)
        r->at += length;
    return found;
}

static struct json *make(enum json_type type) {
    struct json *j = calloc(1, sizeof *j);
    if (j)
        j->type = type;
    return j;
}

static char *put_utf8(char *out, unsigned c) {
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

/* After the opening quote. Surrogates are kept as they are: nothing here needs them. */
static const char *read_string(struct reader *r) {
    char *text = malloc(strlen(r->at) + 1), *out = text;
    while (*r->at != '"') {
        unsigned char c = (unsigned char)*r->at++;
        if (c < 0x20) { /* NUL too: the text has ended */
            r->bad = true;
            return NULL;
        }
        if (c != '\\') {
            *out++ = (char)c;
            continue;
        }
        static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
        const char *escape = *r->at ? strchr(escapes, *r->at) : NULL;
        if (escape) {
            *out++ = meant[escape - escapes];
            r->at++;
        } else if (r->at[0] == 'u' && strspn(r->at + 1, "0123456789abcdefABCDEF") >= 4) {
            char digits[5] = {r->at[1], r->at[2], r->at[3], r->at[4], 0};
            out = put_utf8(out, (unsigned)strtoul(digits, NULL, 16));
            r->at += 5;
        } else {
            r->bad = true;
            return NULL;
        }
    }
    r->at++;
    *out = '\0';
    return text;
}

static size_t digits(struct reader *r) {
    size_t n = strspn(r->at, "0123456789");
    r->at += n;
    r->bad |= n == 0;
    return n;
}

static const struct json *read_number(struct reader *r) {
    const char *from = r->at;
    take(r, "-");
    if (*r->at == '0')
        r->at++;
    else
        digits(r);
    if (take(r, "."))
        digits(r);
    if (*r->at == 'e' || *r->at == 'E') {
        r->at++;
        if (!take(r, "+"))
            take(r, "-");
        digits(r);
    }
    struct json *j = make(JSON_NUMBER);
    j->text = strndup(from, (size_t)(r->at - from));
    return j;
}

static void add(struct json *j, const char *name, const struct json *value) {
    j->names = realloc(j->names, (j->length + 1) * sizeof *j->names);
    j->values = realloc(j->values, (j->length + 1) * sizeof *j->values);
    j->names[j->length] = name;
    j->values[j->length++] = value;
}

/* After the opening bracket or brace. */
static const struct json *read_list(struct reader *r, enum json_type type) {
    const char *end = type == JSON_ARRAY ? "]" : "}";
    struct json *j = make(type);
    skip_space(r);
    if (take(r, end))
        return j;
    do {
        const char *name = NULL;
        skip_space(r);
        if (type == JSON_OBJECT) {
            if (!take(r, "\"") || !(name = read_string(r))) {
                r->bad = true;
                return NULL;
            }
            skip_space(r);
            r->bad |= !take(r, ":");
        }
        const struct json *value = read_value(r);
        if (r->bad)
            return NULL;
        add(j, name, value);
        skip_space(r);
    } while (take(r, ","));
    r->bad |= !take(r, end);
    return j;
}

static const struct json *read_value(struct reader *r) {
    skip_space(r);
    if (take(r, "{"))
        return read_list(r, JSON_OBJECT);
    if (take(r, "["))
        return read_list(r, JSON_ARRAY);
    if (take(r, "\"")) {
        struct json *j = make(JSON_STRING);
        j->text = read_string(r);
        return j;
    }
    if (take(r, "null"))
        return make(JSON_NULL);
    if (take(r, "true"))
        return make(JSON_TRUE);
    if (take(r, "false"))
        return make(JSON_FALSE);
    return read_number(r);
}

const struct json *json_read(const char *text) {
    if (!text)
        return NULL;
    struct reader r = {text, false};
    const struct json *j = read_value(&r);
    skip_space(&r);
    return r.bad || *r.at ? NULL : j;
}

/* ---- Looking ---- */

const struct json *json_get(const struct json *from, const char *path) {
    while (from && *path) {
        size_t length = strcspn(path, ".");
        const struct json *found = NULL;
        for (size_t i = 0; from->type == JSON_OBJECT && i < from->length; i++)
            if (strncmp(from->names[i], path, length) == 0 && !from->names[i][length])
                found = from->values[i];
        from = found;
        path += length + (path[length] == '.');
    }
    return from;
}

static const struct json *need(const struct json *from, const char *path, enum json_type type) {
    const struct json *j = json_get(from, path);
    if (!j || j->type != type) {
        FAIL("the JSON has no %s of the right type", path);
        return NULL;
    }
    return j;
}

uint64_t json_u64(const struct json *from, const char *path) {
    const struct json *j = need(from, path, JSON_NUMBER);
    if (j && strspn(j->text, "0123456789") != strlen(j->text))
        FAIL("%s is %s, which is no whole number", path, j->text);
    return j ? strtoull(j->text, NULL, 10) : UINT64_MAX;
}

double json_double(const struct json *from, const char *path) {
    const struct json *j = need(from, path, JSON_NUMBER);
    return j ? strtod(j->text, NULL) : -1;
}

const char *json_text(const struct json *from, const char *path) {
    const struct json *j = need(from, path, JSON_STRING);
    return j ? j->text : "";
}

bool json_bool(const struct json *from, const char *path) {
    const struct json *j = json_get(from, path);
    if (!j || (j->type != JSON_TRUE && j->type != JSON_FALSE))
        FAIL("the JSON has no truth value %s", path);
    return j && j->type == JSON_TRUE;
}

bool json_is_null(const struct json *from, const char *path) {
    const struct json *j = json_get(from, path);
    if (!j)
        FAIL("the JSON has no %s", path);
    return j && j->type == JSON_NULL;
}
