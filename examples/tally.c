/*
 * tally: a small host with one daemon, to be copied. It counts the lines, words and bytes of a text.
 *
 * main() and live() show what every host does: start the SDK, register a daemon with its callbacks, receive
 * its control events in a thread, work, shut down gracefully, free. Each line of the text is one event for the
 * daemon's process(). Here the host calls process() itself; it needn't change if the SDK does.
 */
#define _XOPEN_SOURCE 700

#include "tally/lines.h"
#include "tally/options.h"
#include "tally/words.h"

#include <net_meshos.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The daemon's state, which its callbacks get as user_ctx. */
struct tally {
    uint64_t lines, words, bytes;
    struct words seen;
    atomic_bool out_of_memory; /* atomic: health() runs on a thread of the library */
};

struct host {
    struct options options;
    struct lines text;
    struct tally tally;
    NetMeshOsHandle *handle;
    uint64_t published, refused; /* log lines */
};

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    flockfile(stderr); /* the control thread prints too */
    fputs("tally: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(arguments);
}

/* Must be called right after the call that failed, on the same thread: each thread has its own last error. */
static int sdk_failed(const char *call, int status)
{
    const char *kind = net_meshos_last_error_kind();
    const char *message = net_meshos_last_error_message();
    say("%s failed with %d, %s: %s", call, status, kind ? kind : "no kind", message ? message : "no message");
    return EXIT_FAILURE;
}

/* ---- The daemon ---- */

/* The work. The SDK runs one event of a daemon at a time, so that its state needs no lock. */
static int process(void *user_ctx, NetMeshOsProcessEmitCtx *emit_ctx, uint64_t origin_hash, uint64_t sequence,
                   const uint8_t *payload, size_t length)
{
    struct tally *tally = user_ctx;
    (void)emit_ctx; /* results per event would go to net_meshos_process_emit(emit_ctx, ...) */
    (void)origin_hash;
    (void)sequence;

    bool in_word = false;
    for (size_t i = 0; i < length; i++) {
        bool space = payload[i] == ' ' || (payload[i] >= '\t' && payload[i] <= '\r');
        tally->words += !space && !in_word;
        tally->lines += payload[i] == '\n';
        in_word = !space;
    }
    tally->bytes += length;
    if (words_count(&tally->seen, payload, length))
        return 0;
    atomic_store(&tally->out_of_memory, true);
    return 1;
}

static int health(void *user_ctx)
{
    struct tally *tally = user_ctx;
    return atomic_load(&tally->out_of_memory) ? NET_MESHOS_HEALTH_UNHEALTHY : NET_MESHOS_HEALTH_HEALTHY;
}

/* ---- What ends the work early ---- */

/* A signal handler may do little: it writes the signal's number here, and the loop that reads the text waits
 * for both. sigwait() would not do, since threads of the library are older than main() and its mask. */
static int stop_pipe[2];

static void ask_to_stop(int signal_number)
{
    int saved = errno;
    uint8_t byte = (uint8_t)signal_number;
    if (write(stop_pipe[1], &byte, 1) < 0) {
        /* Full: it already holds a request to stop. */
    }
    errno = saved;
}

static bool listen_for_signals(void)
{
    /* SA_ONSTACK: a signal may hit a thread of the library whose own stack is too small for a handler.
     * SA_RESETHAND: a second Ctrl-C ends the program at once. */
    struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)(SA_ONSTACK | SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    return pipe(stop_pipe) == 0 && fcntl(stop_pipe[1], F_SETFL, O_NONBLOCK) == 0
           && sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

/* The control thread. It receives the daemon's control events, the last of which is SHUTDOWN. */
static void *follow_controls(void *argument)
{
    struct host *host = argument;
    NetMeshOsDaemonControl event;
    for (;;) {
        int status = net_meshos_next_control(host->handle, 0, &event); /* 0: for as long as it takes */
        if (status != NET_MESHOS_OK) {
            sdk_failed("net_meshos_next_control", status);
            return NULL;
        }
        switch (event.kind) {
        case NET_MESHOS_CONTROL_SHUTDOWN:
            say("control: SHUTDOWN, %" PRIu64 " ms to finish; ready at once", event.grace_period_ms);
            ask_to_stop(0);
            return NULL;
        case NET_MESHOS_CONTROL_NONE:
            say("control: the SDK has ended");
            ask_to_stop(0);
            return NULL;
        default: /* kinds newer than this program too */
            say("control: event of kind %d, which changes nothing here", event.kind);
        }
    }
}

/* ---- Counting ---- */

static void publish_progress(struct host *host, const char *when)
{
    char line[96];
    int length = snprintf(line, sizeof line, "%" PRIu64 " lines and %" PRIu64 " words %s", host->tally.lines,
                          host->tally.words, when);
    /* A full log queue is no reason to stop: that line is lost, and the summary says how many were. */
    if (net_meshos_publish_log(host->handle, NET_MESHOS_LOG_INFO, line, (size_t)length) == NET_MESHOS_OK)
        host->published++;
    else
        host->refused++;
}

/* Reports the progress, at most once a second. */
static void show_progress(const struct host *host)
{
    static time_t last;
    time_t now = time(NULL);
    if (last != 0 && now != last && host->text.size != 0)
        say("... %" PRIu64 " %%", host->tally.bytes * 100 / host->text.size);
    else if (last != 0 && now != last)
        say("... %" PRIu64 " lines", host->tally.lines);
    last = now;
}

/* Passes the text to the daemon, line by line, until its end or until something asks to stop. Returns the
 * exit status. */
static int count_text(struct host *host)
{
    struct tally *tally = &host->tally;
    for (;;) {
        const uint8_t *line;
        size_t length;
        uint8_t signal_number = 0;
        switch (lines_next(&host->text, stop_pipe[0], &line, &length)) {
        case LINES_LINE:
            if (process(tally, NULL, 0, tally->lines, line, length) != 0) {
                say("out of memory after %" PRIu64 " lines", tally->lines);
                return EXIT_FAILURE;
            }
            if (tally->lines % host->options.lines_per_log == 0)
                publish_progress(host, "so far");
            show_progress(host);
            break;
        case LINES_END:
            if (tally->bytes != 0)
                return EXIT_SUCCESS;
            say("%s: the file is empty, there is nothing to count", host->options.file);
            return EXIT_FAILURE;
        case LINES_STOPPED:
            if (read(stop_pipe[0], &signal_number, 1) < 0)
                continue;
            say("stopping early: the counts are of what was read so far");
            return signal_number ? 128 + signal_number : EXIT_SUCCESS; /* as a shell reports signals */
        case LINES_FAILED:
            say("%s: %s", host->options.file, host->text.problem);
            return EXIT_FAILURE;
        }
    }
}

static bool show_counts(struct host *host)
{
    struct tally *tally = &host->tally;
    printf("%10" PRIu64 " lines\n%10" PRIu64 " words\n%10" PRIu64 " bytes\n", tally->lines, tally->words,
           tally->bytes);
    words_sort(&tally->seen);
    printf("The most frequent words:\n");
    for (size_t i = 0; i < tally->seen.used && i < host->options.top; i++)
        printf("%10" PRIu64 " %s\n", tally->seen.slots[i].count, tally->seen.slots[i].text);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    say("the counts can't be written: %s", strerror(errno));
    return false;
}

/* ---- The daemon's life ---- */

static int live(struct host *host, NetMeshOsSdk *sdk)
{
    /* The seed is the daemon's identity: a real host reads its own from a file that only it can read. */
    static const uint8_t seed[32] = "an example, and so not a secret";
    static const NetMeshOsDaemonVtable vtable = {.process = process, .health = health};

    int status = net_meshos_register_daemon_with_vtable(sdk, "tally", strlen("tally"), seed, &vtable, &host->tally,
                                                        &host->handle);
    if (status != NET_MESHOS_OK)
        return sdk_failed("net_meshos_register_daemon_with_vtable", status);
    say("daemon \"%s\" is registered with the id %016" PRIx64, net_meshos_handle_daemon_name(host->handle),
        net_meshos_handle_daemon_id(host->handle));

    pthread_t controls;
    int exit_status = EXIT_FAILURE;
    if ((errno = pthread_create(&controls, NULL, follow_controls, host)) != 0) {
        say("can't start the control thread: %s", strerror(errno));
    } else {
        bool from_input = strcmp(host->options.file, "-") == 0;
        say("counting %s; Ctrl-C stops early", from_input ? "the standard input" : host->options.file);
        exit_status = count_text(host);
        publish_progress(host, "in all");
        if (!show_counts(host))
            exit_status = EXIT_FAILURE;

        char *metadata = net_meshos_refresh_metadata(host->handle);
        if (metadata)
            say("metadata: %s", metadata);
        else
            exit_status = sdk_failed("net_meshos_refresh_metadata", 0);
        net_meshos_free_string(metadata);
        say("%" PRIu64 " log lines published, %" PRIu64 " refused", host->published, host->refused);

        status = net_meshos_graceful_shutdown(host->handle, host->options.grace_ms);
        if (status != NET_MESHOS_OK)
            exit_status = sdk_failed("net_meshos_graceful_shutdown", status);
        pthread_join(controls, NULL); /* before the handle is freed, which the thread uses */
    }
    net_meshos_handle_free(host->handle);
    return exit_status;
}

int main(int argc, char **argv)
{
    static struct host host;
    int exit_status = options_read(&host.options, argc, argv);
    if (exit_status >= 0)
        return exit_status;
    if (!lines_open(&host.text, host.options.file)) {
        say("%s: %s", host.options.file, host.text.problem);
        return EXIT_FAILURE;
    }
    if (!listen_for_signals()) {
        say("can't listen for signals: %s", strerror(errno));
        return EXIT_FAILURE;
    }

    NetMeshOsSdk *sdk;
    int status = net_meshos_sdk_start(1, 0, 0, 0, 0, &sdk); /* node 1; 0: the default */
    if (status != NET_MESHOS_OK)
        return sdk_failed("net_meshos_sdk_start", status);

    exit_status = live(&host, sdk);

    status = net_meshos_sdk_shutdown(sdk);
    if (status != NET_MESHOS_OK)
        exit_status = sdk_failed("net_meshos_sdk_shutdown", status);
    net_meshos_sdk_free(sdk);
    words_free(&host.tally.seen);
    lines_close(&host.text);
    if (exit_status == EXIT_SUCCESS)
        say("done");
    return exit_status;
}
