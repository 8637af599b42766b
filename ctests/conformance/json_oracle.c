#include "json_oracle.h"

#include <string.h>

#include "utf8.h"

struct reader {
    const char *at, *end;
    int depth;
};

enum { DEEPEST = 64 };

static bool value(struct reader *r);

static char next(const struct reader *r) {
    return r->at < r->end ? *r->at : '\0';
}

static void spaces(struct reader *r) {
    while (r->at < r->end && strchr(" \t\n\r", *r->at) && *r->at)
        r->at++;
}

static bool take(struct reader *r, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static bool digits(struct reader *r) {
    const char *from = r->at;
    while (next(r) >= '0' && next(r) <= '9')
        r->at++;
    return r->at > from;
}

static bool number(struct reader *r) {
    take(r, "-");
    if (!take(r, "0") && !digits(r))
        return false;
    if (take(r, ".") && !digits(r))
        return false;
    if (take(r, "e") || take(r, "E")) {
        if (!take(r, "+"))
            take(r, "-");
        return digits(r);
    }
    return true;
}

/* Four hex digits. */
static bool code_unit(struct reader *r, unsigned *unit) {
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = next(r);
        const char *digit = c ? strchr("0123456789abcdefABCDEF", c) : NULL;
        if (!digit)
            return false;
        unsigned n = (unsigned)(digit - "0123456789abcdefABCDEF");
        *unit = *unit * 16 + (n < 16 ? n : n - 6);
        r->at++;
    }
    return true;
}

static bool escape(struct reader *r) {
    char c = next(r);
    if (c && strchr("\"\\/bfnrt", c)) {
        r->at++;
        return true;
    }
    unsigned unit, low;
    if (!take(r, "u") || !code_unit(r, &unit) || (unit >= 0xdc00 && unit <= 0xdfff))
        return false;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    return take(r, "\\u") && code_unit(r, &low) && low >= 0xdc00 && low <= 0xdfff;
}

static bool string(struct reader *r) {
    if (!take(r, "\""))
        return false;
    while (r->at < r->end) {
        unsigned char c = (unsigned char)*r->at++;
        if (c == '"')
            return true;
        if (c < 0x20 || (c == '\\' && !escape(r)))
            return false;
    }
    return false;
}

/* Elements between brackets, or members between braces. */
static bool items(struct reader *r, const char *close, bool members) {
    spaces(r);
    if (take(r, close))
        return true;
    do {
        spaces(r);
        if (members) {
            if (!string(r))
                return false;
            spaces(r);
            if (!take(r, ":"))
                return false;
        }
        if (!value(r))
            return false;
        spaces(r);
    } while (take(r, ","));
    return take(r, close);
}

static bool value(struct reader *r) {
    bool valid;
    if (++r->depth > DEEPEST)
        return false;
    spaces(r);
    if (take(r, "["))
        valid = items(r, "]", false);
    else if (take(r, "{"))
        valid = items(r, "}", true);
    else if (next(r) == '"')
        valid = string(r);
    else
        valid = take(r, "true") || take(r, "false") || take(r, "null") || number(r);
    r->depth--;
    return valid;
}

bool json_is_valid(const char *text, size_t length) {
    struct reader r = {text, text + length, 0};
    if (!utf8_is_valid(text, length) || !value(&r))
        return false;
    spaces(&r);
    return r.at == r.end;
}
