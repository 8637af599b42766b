#include "errors.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "memory.h"

static const struct {
    int status;
    const char *kind, *message, *go_kind;
} table[] = {
    [MESHOS_OK] = {NET_MESHOS_OK, NULL, NULL, NULL},
#define ROW(name, status, kind, message) [MESHOS_E_##name] = {status, kind, message, NULL},
#define GO_ROW(name, status, kind, message) [MESHOS_E_##name] = {status, kind, message, kind},
    MESHOS_ERRORS(ROW, GO_ROW)
#undef ROW
#undef GO_ROW
};

const char *meshos_error_go_kind(enum meshos_error error) {
    return table[error].go_kind;
}

/* What every call may touch is in the static TLS block, where an access is one
 * instruction; it must stay small, for that block has little room for
 * libraries that are dlopened. */
static _Thread_local struct {
    enum meshos_error error;
    bool ending;         /* the thread ends, its texts are gone */
    const char *message; /* NULL: no error */
    const char *given;   /* a text that waits until meshos_finish makes it the message */
} last __attribute__((tls_model("initial-exec")));

/* The texts of a thread, which it has from the first one on: the message's, and
 * the next one's. */
struct texts {
    bool kept; /* the thread has begun to end */
    union {
        struct {
            uint64_t daemon_id, capacity;
            size_t left;
        } full;
        int level;
    } of; /* what the message is made of that is not made yet */
    char bytes[2][MESHOS_MESSAGE_SIZE];
};

static pthread_key_t texts_key;
static bool has_key; /* false: no text is ever kept */

static bool is_among(const struct texts *t, const char *text) {
    return text == t->bytes[0] || text == t->bytes[1];
}

/* The end of a thread. The host's own functions for it may come after this one,
 * and may look at the last error or make calls: so the texts stay for one round
 * more. For those that come after that the standing messages must do. */
static void end_texts(void *texts) {
    struct texts *t = texts;
    if (!t->kept) {
        t->kept = true;
        if (pthread_setspecific(texts_key, t) == 0)
            return;
    }
    last.ending = true;
    last.given = NULL;
    if (is_among(t, last.message))
        last.message = table[last.error].message;
    memory_free(t);
}

static void make_key(void) {
    has_key = pthread_key_create(&texts_key, end_texts) == 0;
}

/* NULL: no memory, or it is too late. */
static struct texts *texts_of_thread(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    if (!has_key || last.ending)
        return NULL;
    struct texts *t = pthread_getspecific(texts_key);
    if (t)
        return t;
    t = memory_zeroed(1, sizeof *t);
    if (t && pthread_setspecific(texts_key, t) != 0) {
        memory_free(t);
        return NULL;
    }
    return t;
}

static int record(enum meshos_error error, const char *message) {
    last.error = error;
    last.message = message;
    return table[error].status;
}

int meshos_fail(enum meshos_error error) {
    return record(error, table[error].message);
}

int meshos_finish(enum meshos_error error) {
    const char *given = last.given;
    last.given = NULL;
    return record(error, given && error != MESHOS_OK ? given : table[error].message);
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
    last.given = NULL;
    struct texts *t = texts_of_thread();
    if (!t)
        return;
    char *bytes = t->bytes[last.message == t->bytes[0]]; /* the host may be reading the other one */
    static const char sign[] = "\xE2\x80\xA6"; /* an ellipsis: the text goes on */
    bool cut = length > MESHOS_MESSAGE_SIZE - 1;
    size_t n = utf8_prefix(s, length, MESHOS_MESSAGE_SIZE - (cut ? sizeof sign : 1));
    memcpy(bytes, s, n);
    memcpy(bytes + n, cut ? sign : "", cut ? sizeof sign : 1);
    last.given = bytes;
}

const char *meshos_error_given(void) {
    return last.given;
}

void meshos_error_forget(void) {
    last.given = NULL;
}

/* Is the message that is not made yet. */
static const char unmade[] = "";

int meshos_inbox_full(uint64_t daemon_id, uint64_t capacity, size_t left) {
    last.given = NULL;
    struct texts *t = texts_of_thread();
    if (!t)
        return meshos_fail(MESHOS_E_INBOX_FULL);
    t->of.full.daemon_id = daemon_id;
    t->of.full.capacity = capacity;
    t->of.full.left = left;
    return record(MESHOS_E_INBOX_FULL, unmade);
}

int meshos_bad_level(int level) {
    last.given = NULL;
    struct texts *t = texts_of_thread();
    if (!t)
        return meshos_fail(MESHOS_E_LOG_LEVEL);
    t->of.level = level;
    return record(MESHOS_E_LOG_LEVEL, unmade);
}

static const char *make_message(void) {
    struct texts *t = texts_of_thread();
    if (!t)
        return table[last.error].message;
    char *bytes = t->bytes[0];
    if (last.error == MESHOS_E_LOG_LEVEL)
        (void)snprintf(bytes, sizeof t->bytes[0], "the log level %d is not one of 0 (trace) to 4 (error)", t->of.level);
    else
        (void)snprintf(bytes, sizeof t->bytes[0],
                       "the inbox of daemon %#" PRIx64 " is full at %" PRIu64 " event%s: post the %zu other%s later",
                       t->of.full.daemon_id, t->of.full.capacity, t->of.full.capacity == 1 ? "" : "s", t->of.full.left,
                       t->of.full.left == 1 ? "" : "s");
    return bytes;
}

const char *net_meshos_last_error_message(void) {
    if (last.message == unmade)
        last.message = make_message();
    return last.message;
}

const char *net_meshos_last_error_kind(void) {
    return table[last.error].kind;
}

void net_meshos_clear_last_error(void) {
    record(MESHOS_OK, NULL);
}
