#include "errors.h"

#include <stdbool.h>
#include <string.h>

#include "abi.h"

static const struct {
    int status;
    const char *kind, *message;
} table[] = {
    [MESHOS_OK] = {NET_MESHOS_OK, NULL, NULL},
#define ROW(name, status, kind, message) [MESHOS_E_##name] = {status, kind, message},
    MESHOS_ERRORS(ROW)
#undef ROW
};

/* What every call may touch is in the static TLS block, where an access is one
 * instruction; it must stay small, for that block has little room for
 * libraries that are dlopened. */
static _Thread_local struct {
    const char *kind, *message;
} last __attribute__((tls_model("initial-exec")));

/* A text of Go's waits here until meshos_finish makes it the message. */
static _Thread_local struct {
    bool given;
    char bytes[MESHOS_MESSAGE_SIZE];
} text;

static int record(enum meshos_error error, const char *message) {
    last.kind = table[error].kind;
    last.message = message;
    return table[error].status;
}

int meshos_fail(enum meshos_error error) {
    return record(error, table[error].message);
}

int meshos_finish(enum meshos_error error) {
    if (error == MESHOS_OK)
        return record(MESHOS_OK, NULL);
    bool given = text.given;
    text.given = false;
    return record(error, given ? text.bytes : table[error].message);
}

/* The longest prefix of at most `most` bytes that ends between characters. */
static size_t utf8_prefix(const char *s, size_t length, size_t most) {
    if (length <= most)
        return length;
    while (most > 0 && ((unsigned char)s[most] & 0xC0u) == 0x80u)
        most--;
    return most;
}

void meshos_error_text(const char *s, size_t length) {
    size_t n = utf8_prefix(s, length, sizeof text.bytes - 1);
    memcpy(text.bytes, s, n);
    text.bytes[n] = '\0';
    text.given = true;
}

const char *net_meshos_last_error_message(void) {
    return last.message;
}

const char *net_meshos_last_error_kind(void) {
    return last.kind;
}

void net_meshos_clear_last_error(void) {
    last.kind = last.message = NULL;
}
