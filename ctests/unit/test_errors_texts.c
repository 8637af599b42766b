/* The texts of last errors: where they are kept, how long, and that a thread
 * leaves none behind. */
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "errors.h"
#include "unit.h"

static void fail_with(const char *text) {
    meshos_error_text(text, strlen(text));
    CHECK_INT(meshos_finish(MESHOS_E_REGISTER_FAILED), -2);
}

static const char *standing(void) {
    meshos_fail(MESHOS_E_REGISTER_FAILED);
    return net_meshos_last_error_message();
}

static void *fail_in_other_words(void *number) {
    char text[64];
    for (int i = 0; i < 10; i++) {
        snprintf(text, sizeof text, "the words %d of thread %u", i, (unsigned)(uintptr_t)number);
        fail_with(text);
        CHECK_TEXT(net_meshos_last_error_message(), text);
    }
    return NULL;
}

static void threads_leave_no_text(void) {
    size_t before = alloc_live();
    for (int i = 0; i < 20; i++)
        threads_run(16, fail_in_other_words);
    CHECK_U64(alloc_live(), before);
}

static void *fail_in_standing_words(void *number) {
    (void)number;
    meshos_fail(MESHOS_E_LENGTH);
    meshos_finish(MESHOS_E_TIMEOUT);
    meshos_finish(MESHOS_OK);
    CHECK_U64(alloc_live(), 0);
    return NULL;
}

static void standing_messages_take_no_memory(void) {
    threads_run(4, fail_in_standing_words);
}

static void without_memory_the_standing_message_stays(void) {
    const char *words = standing();
    alloc_fail_after(0);
    fail_with("words of its own");
    CHECK(alloc_has_failed());
    CHECK_TEXT(net_meshos_last_error_kind(), "register_failed");
    CHECK_TEXT(net_meshos_last_error_message(), words);
    fail_with("words of its own");
    CHECK_TEXT(net_meshos_last_error_message(), "words of its own");
}

/* A void call doesn't touch the pair, whatever Go had to say. */
static void a_text_that_is_dropped_changes_nothing(void) {
    const char *words = standing();
    for (int i = 0; i < 4; i++) {
        meshos_error_text("dropped", 7);
        meshos_error_forget();
        meshos_finish(MESHOS_E_REGISTER_FAILED);
        CHECK_TEXT(net_meshos_last_error_message(), words);
        char text[] = "the words 0";
        text[sizeof text - 2] = (char)('0' + i);
        fail_with(text);
        const char *message = net_meshos_last_error_message();
        meshos_error_text("dropped", 7);
        meshos_error_text("dropped, too", 12);
        CHECK(net_meshos_last_error_message() == message);
        CHECK_TEXT(message, text);
        meshos_error_forget();
        CHECK_TEXT(message, text);
    }
    meshos_error_text("dropped", 7);
    meshos_finish(MESHOS_OK); /* that drops it too */
    meshos_finish(MESHOS_E_REGISTER_FAILED);
    CHECK_TEXT(net_meshos_last_error_message(), words);
}

/* The host's own functions for the end of a thread: one that comes before the
 * library's, one that comes after it. There are four rounds; in the last one
 * ThreadSanitizer has ended already. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
enum { ROUNDS = 3 };
#else
enum { ROUNDS = 4 };
#endif

static pthread_key_t earlier, later;
static const char *message_at_end;
static _Atomic unsigned rounds;

static void look_and_fail(pthread_key_t key, void *round) {
    uintptr_t number = (uintptr_t)round;
    rounds++;
    if (number == 1) /* the words from before are there still */
        CHECK_TEXT(message_at_end, "from before the end");
    CHECK_TEXT(net_meshos_last_error_kind(), "register_failed");
    CHECK(net_meshos_last_error_message() && strlen(net_meshos_last_error_message()) > 10);
    if (number > 1) { /* the first look at both leaves all as it was */
        const char *words = standing();
        fail_with("from within the end");
        const char *message = net_meshos_last_error_message();
        CHECK(message == words || strcmp(message, "from within the end") == 0);
    }
    if (number < ROUNDS)
        pthread_setspecific(key, (void *)(number + 1));
}

static void end_earlier(void *round) {
    look_and_fail(earlier, round);
}

static void end_later(void *round) {
    look_and_fail(later, round);
}

static void *fail_and_end(void *nothing) {
    (void)nothing;
    fail_with("from before the end");
    message_at_end = net_meshos_last_error_message();
    pthread_setspecific(earlier, (void *)1);
    pthread_setspecific(later, (void *)1);
    return NULL;
}

static void the_end_of_a_thread_may_look_and_call(void) {
    NEED(pthread_key_create(&earlier, end_earlier) == 0);
    fail_with("so that the library has a key");
    NEED(pthread_key_create(&later, end_later) == 0);
    NEED(earlier < later);
    size_t before = alloc_live();
    for (int i = 0; i < 5; i++) {
        rounds = 0;
        thread_join(thread_start(fail_and_end, NULL));
        CHECK_U64(rounds, 2 * ROUNDS);
        CHECK_U64(alloc_live(), before);
    }
}

/* The first text of a thread is given at its end. */
static pthread_key_t at_end;

static void fail_at_end(void *nothing) {
    (void)nothing;
    fail_in_other_words(NULL);
}

static void *end_at_once(void *nothing) {
    (void)nothing;
    pthread_setspecific(at_end, &at_end);
    return NULL;
}

static void a_text_given_at_the_end_leaves_nothing(void) {
    for (int after = 0; after < 2; after++) {
        NEED(pthread_key_create(&at_end, fail_at_end) == 0);
        fail_with("so that the library has a key");
        size_t before = alloc_live();
        for (int i = 0; i < 5; i++)
            thread_join(thread_start(end_at_once, NULL));
        CHECK_U64(alloc_live(), before);
    }
}

static void no_key_no_text(void) {
    const char *words = standing();
    pthread_key_t key;
    while (pthread_key_create(&key, NULL) == 0)
        ;
    for (int i = 0; i < 3; i++) {
        fail_with("words of its own");
        CHECK_TEXT(net_meshos_last_error_message(), words);
    }
    CHECK_U64(alloc_live(), 0);
}

const struct test errors_texts_tests[] = {
    {"texts: threads leave none", threads_leave_no_text},
    {"texts: standing messages take no memory", standing_messages_take_no_memory},
    {"texts: without memory the standing message stays", without_memory_the_standing_message_stays},
    {"texts: one that is dropped changes nothing", a_text_that_is_dropped_changes_nothing},
    {"texts: the end of a thread may look and call", the_end_of_a_thread_may_look_and_call},
    {"texts: one given at the end leaves nothing", a_text_given_at_the_end_leaves_nothing},
    {"texts: no key, no text", no_key_no_text},
    {NULL, NULL},
};
