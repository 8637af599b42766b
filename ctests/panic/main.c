/* Makes every call of the library while Go panics in it, and looks at what comes
 * of that: runtime_panic, and nothing else. See run.sh. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "check.h"
#include "lib.h"
#include "panics.h"
#include "report.h"
#include "sync.h"

enum { TIME_LIMIT_S = 600 };

static void try_call(const struct every_call *c) {
    check_row("%s, %s", c->name, with);
    begin();
    if (make_panic(c)) {
        check_next_error();
        /* What was to be shut down or freed is not there any more, or runs on. */
        bool ends = strstr(c->name, "_shutdown") || strstr(c->name, "_free");
        if (!ends) {
            check_that_it_works();
            int again = c->make();
            CHECK(again == (c->fails == GOT_NULL ? GOT_TEXT : 0) || !kind_is("runtime_panic"));
        }
    }
    every_call_release();
    end();
    begin();
    check_that_it_works();
    end();
}

/* A thread is prepared at its first call, in an export that no call has as its own. */
static void *call_first(void *unused) {
    setenv("MESHOS_PANIC_WITH", with, 1);
    NetMeshOsSdk *started = NULL;
    CHECK(net_meshos_ext_sdk_start("{", 1, &started) == -2); /* panics, too, where it crosses */
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(kind_is("runtime_panic"));
    return unused;
}

static void try_new_thread(void) {
    pthread_t thread;
    if (CHECK(pthread_create(&thread, NULL, call_first, NULL) == 0))
        CHECK(pthread_join(thread, NULL) == 0);
    CHECK(note_panic());
}

/* handle_free wakes the threads that wait on the handle, even if Go panics. */
struct waiting {
    blocking in_call;
    int status;
};

static void *wait_for_control(void *argument) {
    struct waiting *w = argument;
    NetMeshOsDaemonControl control;
    blocking_enter(&w->in_call);
    w->status = net_meshos_next_control(handle, 0, &control);
    return NULL;
}

static void try_waiting(void) {
    struct waiting waiting = {.status = 1};
    pthread_t thread;
    begin();
    if (!CHECK(pthread_create(&thread, NULL, wait_for_control, &waiting) == 0))
        return;
    blocking_need(&waiting.in_call);
    setenv("MESHOS_PANIC_WITH", with, 1);
    net_meshos_handle_free(handle);
    unsetenv("MESHOS_PANIC_WITH");
    CHECK(note_panic());
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(waiting.status == 0 || waiting.status == -1);
    end();
}

/* Standard output and standard error go to a file, where it can be seen that nothing came; reports go on to where
 * standard output was. */
static int divert(const char *path) {
    int printed = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), shown = dup(STDOUT_FILENO);
    if (printed < 0 || shown < 0)
        exit(2);
    report_as_text(shown);
    dup2(printed, STDOUT_FILENO);
    dup2(printed, STDERR_FILENO);
    return shown;
}

int main(int argc, char **argv) {
    static const char *const ways[] = {"words", "error", "fault"};
    if (argc != 3) {
        fputs("usage: panic LIBRARY FILE\n", stderr);
        return 2;
    }
    alarm(TIME_LIMIT_S);
    sync_begin(TIME_LIMIT_S * 1000);
    const char *why_not = lib_open(argv[1]);
    if (why_not) {
        fprintf(stderr, "%s\n", why_not);
        return 2;
    }
    int shown = divert(argv[2]);
    bystander_begin();
    for (size_t w = 0; w < LENGTH(ways); w++) {
        with = ways[w];
        for (const struct every_call *c = every_calls; c->name; c++)
            try_call(c);
        check_row("the first call of a thread, %s", with);
        try_new_thread();
        check_row("a deliver that ends in Go, %s", with);
        try_returned();
        check_row("a deliver whose token Go wants, %s", with);
        try_wanted();
        try_wanted_in_vain();
        check_row("a post that passes the mark, %s", with);
        try_mark_passed();
        check_row("all, %s", with);
        check_that_each_has_panicked();
        check_row("net_meshos_handle_free, %s, while a thread waits", with);
        try_waiting();
    }
    check_row(NULL);
    bystander_end();
    struct stat printed;
    CHECK(fstat(STDOUT_FILENO, &printed) == 0 && printed.st_size == 0);
    dprintf(shown, "%lu passed, %u failed\n", check_passed(), report_failures());
    return report_has_failed();
}
