/* Last errors: the table, the pair of each thread, the texts. */
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "errors.h"
#include "unit.h"

/* What the headers promise, written down a second time. */
static const struct {
    enum meshos_error error;
    int status;
    const char *kind;
} promised[] = {
    {MESHOS_E_NULL_SDK, -1, "invalid_argument"},
    {MESHOS_E_NULL_HANDLE, -1, "invalid_argument"},
    {MESHOS_E_STALE_SDK, -1, "invalid_handle"},
    {MESHOS_E_STALE_HANDLE, -1, "invalid_handle"},
    {MESHOS_E_NULL_OUT, -3, "invalid_argument"},
    {MESHOS_E_NULL_NAME, -3, "invalid_argument"},
    {MESHOS_E_NULL_SEED, -3, "invalid_argument"},
    {MESHOS_E_NULL_VTABLE, -3, "invalid_argument"},
    {MESHOS_E_NULL_PROCESS, -3, "invalid_argument"},
    {MESHOS_E_NULL_MESSAGE, -3, "invalid_argument"},
    {MESHOS_E_NULL_TAGS, -3, "invalid_argument"},
    {MESHOS_E_NULL_CONFIG, -3, "invalid_argument"},
    {MESHOS_E_NULL_EVENT, -3, "invalid_argument"},
    {MESHOS_E_NULL_PAYLOAD, -3, "invalid_argument"},
    {MESHOS_E_NULL_STATE, -3, "invalid_argument"},
    {MESHOS_E_LENGTH, -3, "invalid_argument"},
    {MESHOS_E_LOG_LEVEL, -3, "invalid_log_level"},
    {MESHOS_E_ARGUMENT, -3, "invalid_argument"},
    {MESHOS_E_SDK_DOWN, -4, "already_shutdown"},
    {MESHOS_E_CONSUMED, -4, "already_shutdown"},
    {MESHOS_E_REGISTER_FAILED, -2, "register_failed"},
    {MESHOS_E_QUEUE_FULL, -2, "queue_full"},
    {MESHOS_E_INBOX_FULL, -2, "queue_full"},
    {MESHOS_E_LOOP_CLOSED, -2, "loop_closed"},
    {MESHOS_E_SHUTDOWN_FAILED, -2, "shutdown_failed"},
    {MESHOS_E_NOT_FOUND, -2, "not_found"},
    {MESHOS_E_DRAINING, -2, "draining"},
    {MESHOS_E_STOPPED, -2, "stopped"},
    {MESHOS_E_BACKING_OFF, -2, "backing_off"},
    {MESHOS_E_PROCESS_FAILED, -2, "process_failed"},
    {MESHOS_E_RESTORE_FAILED, -2, "restore_failed"},
    {MESHOS_E_STATE_INVALID, -2, "state_invalid"},
    {MESHOS_E_INVALID_STATE, -2, "invalid_state"},
    {MESHOS_E_TIMEOUT, -2, "timeout"},
    {MESHOS_E_CONFIG_INVALID, -2, "config_invalid"},
    {MESHOS_E_UNSUPPORTED, -2, "unsupported"},
    {MESHOS_E_MESH_UNAVAILABLE, -2, "mesh_unavailable"},
    {MESHOS_E_NODE_ID_TAKEN, -2, "node_id_taken"},
    {MESHOS_E_ALREADY_PROCESSED, -2, "already_processed"},
    {MESHOS_E_PANIC, -2, "runtime_panic"},
    {MESHOS_E_NO_MEMORY, -2, "out_of_memory"},
    {MESHOS_E_NO_ADDRESSES, -2, "out_of_memory"},
    {MESHOS_E_NO_THREADS, -2, "no_resources"},
    {MESHOS_E_NO_DESCRIPTORS, -2, "no_resources"},
    {MESHOS_E_NO_RANDOM, -2, "no_resources"},
    {MESHOS_E_INTERRUPTED, -2, "invalid_state"},
    {MESHOS_E_FORKED, -2, "forked"},
};

enum {
#define COUNT_ONE(name, status, kind, message) +1
    ERRORS = 0 MESHOS_ERRORS(COUNT_ONE, COUNT_ONE)
#undef COUNT_ONE
};

static void check_pair(const char *kind, const char *message) {
    CHECK_TEXT(net_meshos_last_error_kind(), kind);
    CHECK_TEXT(net_meshos_last_error_message(), message);
}

/* A message for people: one line of printable ASCII with some words in it. */
static void check_words(const char *message) {
    NEED(message != NULL);
    CHECK(strlen(message) >= 15 && strlen(message) < 200);
    CHECK(strchr(message, ' ') != NULL);
    for (const char *c = message; *c; c++)
        CHECK(*c >= ' ' && *c <= '~');
}

static void every_error_has_its_status_and_kind(void) {
    CHECK_U64(sizeof promised / sizeof *promised, ERRORS);
    for (size_t i = 0; i < sizeof promised / sizeof *promised; i++) {
        unit_about("%s", promised[i].kind);
        CHECK_U64(promised[i].error, i + 1); /* none is missing */
        CHECK_INT(meshos_fail(promised[i].error), promised[i].status);
        CHECK_TEXT(net_meshos_last_error_kind(), promised[i].kind);
        check_words(net_meshos_last_error_message());
        const char *standing = net_meshos_last_error_message();
        net_meshos_clear_last_error();
        CHECK_INT(meshos_finish(promised[i].error), promised[i].status);
        check_pair(promised[i].kind, standing);
    }
}

static void messages_tell_errors_apart(void) {
    for (size_t i = 0; i < ERRORS; i++) {
        meshos_fail(promised[i].error);
        const char *message = net_meshos_last_error_message();
        for (size_t j = 0; j < i; j++) {
            meshos_fail(promised[j].error);
            CHECK(strcmp(message, net_meshos_last_error_message()) != 0);
        }
    }
}

/* So that what an error of Go's becomes doesn't depend on the order of the rows. */
static void each_kind_of_go_has_one_row(void) {
    unsigned kinds = 0;
    for (size_t i = 0; i < ERRORS; i++) {
        const char *kind = meshos_error_go_kind(promised[i].error);
        if (!kind)
            continue;
        kinds++;
        CHECK_TEXT(kind, promised[i].kind);
        for (size_t j = 0; j < i; j++) {
            const char *other = meshos_error_go_kind(promised[j].error);
            CHECK(!other || strcmp(kind, other) != 0);
        }
    }
    CHECK(kinds > 10 && kinds < ERRORS);
    CHECK(meshos_error_go_kind(MESHOS_OK) == NULL);
    CHECK_U64(MESHOS_ERRORS_END, ERRORS + 1);
}

static void success_clears_the_pair(void) {
    check_pair(NULL, NULL);
    meshos_fail(MESHOS_E_LENGTH);
    CHECK(net_meshos_last_error_kind() != NULL);
    CHECK_INT(meshos_finish(MESHOS_OK), 0);
    check_pair(NULL, NULL);
}

static void clear_makes_both_null(void) {
    meshos_error_text("text", 4);
    meshos_finish(MESHOS_E_PANIC);
    check_pair("runtime_panic", "text");
    net_meshos_clear_last_error();
    check_pair(NULL, NULL);
    net_meshos_clear_last_error();
    check_pair(NULL, NULL);
}

static void a_text_is_for_one_failure(void) {
    meshos_fail(MESHOS_E_REGISTER_FAILED);
    char standing[200];
    strncpy(standing, net_meshos_last_error_message(), sizeof standing - 1);
    standing[sizeof standing - 1] = '\0';

    char text[] = "the id 0x2a is taken";
    meshos_error_text(text, strlen(text));
    memset(text, 'x', sizeof text); /* it is a copy */
    CHECK_INT(meshos_finish(MESHOS_E_REGISTER_FAILED), -2);
    check_pair("register_failed", "the id 0x2a is taken");
    meshos_finish(MESHOS_E_REGISTER_FAILED);
    check_pair("register_failed", standing);
}

static void the_last_text_counts(void) {
    meshos_error_text("a long text, given first", 24);
    meshos_error_text("short", 5);
    meshos_finish(MESHOS_E_PANIC);
    check_pair("runtime_panic", "short");
    meshos_error_text("", 0);
    meshos_finish(MESHOS_E_PANIC);
    check_pair("runtime_panic", "");
}

/* A check that fails needs no words of Go's. */
static void a_failed_check_has_its_standing_words(void) {
    meshos_finish(MESHOS_E_NULL_OUT);
    const char *standing = net_meshos_last_error_message();
    meshos_error_text("words", 5);
    meshos_fail(MESHOS_E_NULL_OUT);
    check_pair("invalid_argument", standing);
}

/* Reads one character of strict UTF-8; 0: that is none. */
static size_t character(const unsigned char *s) {
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : s[0] < 0xF5 ? 4 : 0;
    for (size_t i = 1; i < length; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

#define ELLIPSIS "\xE2\x80\xA6"

/* Cuts each text of this character, shifted by each number of bytes. */
static void cut_texts_of(const char *c) {
    enum { ROOM = 511 };
    char source[700];
    for (size_t shift = 0; shift < 8; shift++) {
        size_t length = 0;
        while (length < shift)
            source[length++] = '.';
        while (length + strlen(c) <= sizeof source) {
            memcpy(source + length, c, strlen(c));
            length += strlen(c);
            unit_about("%s, %zu bytes", c, length);
            meshos_error_text(source, length);
            meshos_finish(MESHOS_E_PANIC);
            const char *message = net_meshos_last_error_message();
            size_t kept = strlen(message);
            size_t sign = length <= ROOM ? 0 : strlen(ELLIPSIS);
            NEED(kept >= sign);
            CHECK(memcmp(message, source, kept - sign) == 0);
            if (length <= ROOM)
                CHECK_U64(kept, length);
            else
                CHECK(kept <= ROOM && kept + strlen(c) > ROOM && strcmp(message + kept - sign, ELLIPSIS) == 0); /* as much as fits */
            for (size_t at = 0; at < kept;) {
                size_t step = character((const unsigned char *)message + at);
                NEED(step > 0 && at + step <= kept);
                at += step;
            }
        }
    }
}

static void long_texts_are_cut_between_characters(void) {
    static const char *const characters[] = {"a", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x8E\x89"};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        cut_texts_of(characters[i]);
}

/* Not what Go gives; but it must not read or write elsewhere. */
static void bytes_that_are_no_utf8_are_cut_somewhere(void) {
    char source[2000];
    memset(source, 0x80, sizeof source);
    meshos_error_text(source, sizeof source);
    meshos_finish(MESHOS_E_PANIC);
    CHECK(strlen(net_meshos_last_error_message()) <= 511);
    struct rng r = rng_new(1);
    for (int i = 0; i < 2000; i++) {
        for (size_t at = 0; at < sizeof source; at++)
            source[at] = (char)rng_next(&r);
        char *exact = malloc(600); /* one byte too far is seen */
        NEED(exact != NULL);
        size_t length = 600 - rng_below(&r, 200);
        memcpy(exact + 600 - length, source, length);
        meshos_error_text(exact + 600 - length, length);
        meshos_finish(MESHOS_E_PANIC);
        CHECK(strlen(net_meshos_last_error_message()) <= 511);
        free(exact);
    }
}

enum { THREADS = 8 };

static pthread_barrier_t barrier;

static void *fail_on_my_own(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    check_pair(NULL, NULL); /* a fresh thread */
    for (size_t i = 0; i < 200; i++) {
        size_t row = (me * 5 + i) % ERRORS;
        char text[32] = {(char)('a' + me)};
        if (i % 3 == 0)
            meshos_error_text(text, 1);
        CHECK_INT(meshos_finish(promised[row].error), promised[row].status);
        pthread_barrier_wait(&barrier); /* by now all others have failed with another */
        CHECK_TEXT(net_meshos_last_error_kind(), promised[row].kind);
        if (i % 3 == 0)
            CHECK_TEXT(net_meshos_last_error_message(), text);
        pthread_barrier_wait(&barrier);
        if (me % 2)
            net_meshos_clear_last_error();
        pthread_barrier_wait(&barrier);
        CHECK_TEXT(net_meshos_last_error_kind(), me % 2 ? NULL : promised[row].kind);
    }
    return NULL;
}

static void each_thread_has_its_own(void) {
    meshos_fail(MESHOS_E_TIMEOUT);
    pthread_barrier_init(&barrier, NULL, THREADS);
    threads_run(THREADS, fail_on_my_own);
    CHECK_TEXT(net_meshos_last_error_kind(), "timeout");
}

const struct test errors_tests[] = {
    {"errors: every error has its status and kind", every_error_has_its_status_and_kind},
    {"errors: messages tell errors apart", messages_tell_errors_apart},
    {"errors: each kind of Go's has one row", each_kind_of_go_has_one_row},
    {"errors: success clears the pair", success_clears_the_pair},
    {"errors: clear makes both NULL", clear_makes_both_null},
    {"errors: a text is for one failure", a_text_is_for_one_failure},
    {"errors: the last text counts", the_last_text_counts},
    {"errors: a failed check has its standing words", a_failed_check_has_its_standing_words},
    {"errors: long texts are cut between characters", long_texts_are_cut_between_characters},
    {"errors: bytes that are no UTF-8 are cut somewhere", bytes_that_are_no_utf8_are_cut_somewhere},
    {"errors: each thread has its own", each_thread_has_its_own},
    {NULL, NULL},
};
