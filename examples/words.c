/*
 * words: a host with two daemons, to be copied. It counts how often each word occurs in a text.
 *
 * The first daemon, "splitter", gets the lines of the text as events and emits their words. The second, "counter",
 * is subscribed to the first and counts the words. The host posts the lines, and waits while the splitter's inbox
 * is full. At the end it saves the state of both in a file, from which the next start continues at the byte where
 * this one stopped. It can be stopped at any time. count() below shows the whole life.
 *
 *     words/splitter.c, words/counter.c   the daemons: their callbacks and their state
 *     words/life.c                        registering a daemon, following its control events, ending it
 *     words/feed.c                        posting, progress, draining
 *     words/state.c                       the state file
 *     words/text.c, words/table.c, ...    code that doesn't use the library
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net_meshos_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "words/counter.h"
#include "words/feed.h"
#include "words/life.h"
#include "words/options.h"
#include "words/results.h"
#include "words/say.h"
#include "words/splitter.h"
#include "words/state.h"
#include "words/stop.h"
#include "words/text.h"

/* The inboxes bound how much of the text is in memory. The host waits for room by itself, so there is no need for
 * backpressure: it would only begin if more events waited than both inboxes hold. */
static const char config[] = "{\"this_node\": 1, \"inbox_capacity\": 8192, \"backpressure_on\": 16385}";

/* The seeds are the daemons' identities: a real host reads its own from files that only it can read. */
static const char splitter_seed[32 + 1] = "an example, and so not a secret1";
static const char counter_seed[32 + 1] = "an example, and so not a secret2";

struct host {
    struct options options;
    struct text text;
    struct results results;
    struct state found; /* the content of the state file; found.memory is NULL if there is no file */
    struct splitter splitter;
    struct counter counter;
    struct life splitter_life, counter_life;
    NetMeshOsSdk *sdk;
};

/* The log function: it gets the log lines of the library and the daemons, one at a time. */
static void show_log(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                     size_t length)
{
    static const char *const levels[] = {"trace", "debug", "info", "warn", "error"};
    const struct host *host = ctx;
    (void)seq;
    (void)unix_ms;
    const char *who = daemon_id == 0                       ? "supervisor"
                      : daemon_id == host->splitter_life.id ? host->splitter_life.name
                                                            : host->counter_life.name;
    say("%s, %s: %.*s", levels[level], who, (int)length, message);
}

static bool begin(struct host *host)
{
    int status;
    if (!life_begin(&host->splitter_life, host->sdk, "splitter", splitter_seed, &splitter_callbacks,
                    &host->splitter) ||
        !life_begin(&host->counter_life, host->sdk, "counter", counter_seed, &counter_callbacks, &host->counter))
        return false;
    if ((status = net_meshos_ext_on_log(host->sdk, NET_MESHOS_LOG_INFO, show_log, host)) != NET_MESHOS_OK) {
        say_failed("net_meshos_ext_on_log", status);
        return false;
    }
    status = net_meshos_ext_subscribe(host->sdk, host->splitter_life.id, host->counter_life.id);
    if (status != NET_MESHOS_OK)
        say_failed("net_meshos_ext_subscribe", status);
    return status == NET_MESHOS_OK;
}

/* ---- The state file ---- */

/* Reads the state file and makes sure that it is about this text. */
static bool find_state(struct host *host)
{
    const char *file = host->options.state, *problem = NULL;
    uint64_t fingerprint;
    if (!file)
        return true;
    if (!state_has_place(file, &problem)) {
        say("%s: a state can't be saved there: %s", file, problem);
        return false;
    }
    switch (state_read(&host->found, file, &problem)) {
    case STATE_NONE: return true;
    case STATE_BAD: break;
    case STATE_READ:
        if (!text_go_to(&host->text, host->found.offset) ||
            !text_fingerprint(&host->text, host->found.offset, &fingerprint))
            problem = host->text.problem;
        else if (fingerprint != host->found.fingerprint)
            problem = "it is about another text";
        else
            return true;
        say("%s: it doesn't fit to %s: %s; remove it to begin anew", file, host->options.file, problem);
        return false;
    }
    say("%s: %s", file, problem);
    return false;
}

static bool restore_one(struct host *host, const struct life *life, const uint8_t *state, size_t length)
{
    int status = net_meshos_ext_restore(host->sdk, life->id, state, length);
    if (status != NET_MESHOS_OK)
        say_failed("net_meshos_ext_restore", status);
    return status == NET_MESHOS_OK;
}

static bool restore(struct host *host)
{
    const struct state *found = &host->found;
    if (!found->memory)
        return true;
    if (!restore_one(host, &host->splitter_life, found->splitter, found->splitter_length) ||
        !restore_one(host, &host->counter_life, found->counter, found->counter_length))
        return false;
    say("resuming at byte %" PRIu64 " of %" PRIu64 ", with %" PRIu64 " words counted", found->offset, host->text.size,
        atomic_load(&host->counter.words));
    return true;
}

/* Whether everything that was read has been counted exactly once. */
static bool adds_up(const struct host *host, const struct feed *feed)
{
    uint64_t counted = atomic_load(&host->counter.words);
    if (atomic_load(&host->splitter.failed) || atomic_load(&host->counter.failed))
        say("out of memory: the counts are not complete");
    else if (host->splitter.pieces != feed->pieces || host->splitter.words != counted)
        say("the counts are wrong: %" PRIu64 " of %" PRIu64 " lines were split, %" PRIu64 " of %" PRIu64
            " words counted",
            host->splitter.pieces, feed->pieces, counted, host->splitter.words);
    else
        return true;
    return false;
}

static bool take(struct host *host, const struct life *life, uint8_t **state, size_t *length)
{
    int status = net_meshos_ext_snapshot(host->sdk, life->id, state, length);
    if (status != NET_MESHOS_OK)
        say_failed("net_meshos_ext_snapshot", status);
    else if (*length == 0)
        say("the %s has no memory to give its state", life->name);
    return status == NET_MESHOS_OK && *length > 0;
}

/* Nothing is being processed now, so both states and the offset belong together. */
static bool save(struct host *host, const struct feed *feed)
{
    uint8_t *splitter = NULL, *counter = NULL;
    struct state state = {.offset = feed->offset, .pieces = feed->pieces};
    const char *problem = NULL;
    if (!host->options.state)
        return true;
    bool saved = take(host, &host->splitter_life, &splitter, &state.splitter_length) &&
                 take(host, &host->counter_life, &counter, &state.counter_length);
    if (saved && !text_fingerprint(&host->text, state.offset, &state.fingerprint)) {
        problem = host->text.problem;
        saved = false;
    } else if (saved) {
        state.splitter = splitter;
        state.counter = counter;
        saved = state_write(&state, host->options.state, &problem);
    }
    net_meshos_ext_free_bytes(splitter, state.splitter_length);
    net_meshos_ext_free_bytes(counter, state.counter_length);
    if (saved)
        say("state saved to %s, at byte %" PRIu64 " of %" PRIu64, host->options.state, feed->offset, host->text.size);
    else if (problem)
        say("%s: the state can't be saved: %s", host->options.state, problem);
    return saved;
}

/* ---- The whole ---- */

static int count(struct host *host)
{
    if (!begin(host) || !restore(host))
        return EXIT_FAILURE;
    struct feed feed = {
        .sdk = host->sdk,
        .text = &host->text,
        .splitter_id = host->splitter_life.id,
        .reporter = host->counter_life.handle,
        .counter = &host->counter,
        .pieces = host->found.pieces,
        .offset = host->found.offset,
    };
    say("counting %s; Ctrl-C stops early", host->options.file);
    enum feed_result result = feed_text(&feed, host->options.stop_after);
    if (result == FEED_STOPPED)
        say("stopping early");
    if (result == FEED_FAILED || !feed_drain(&feed) || !adds_up(host, &feed) || !save(host, &feed))
        return EXIT_FAILURE;
    if (result == FEED_AT_LIMIT)
        say("stopped after %" PRIu64 " lines, as asked", host->options.stop_after);
    if (!results_show(&host->counter.table, feed.pieces, host->splitter.words, host->options.top)) {
        say("the results can't be shown: %s", strerror(errno));
        return EXIT_FAILURE;
    }
    if (host->results.out && !results_write(&host->results, &host->counter.table))
        return EXIT_FAILURE;
    return result == FEED_STOPPED ? 128 + stop_signal() : EXIT_SUCCESS; /* as a shell reports signals */
}

/* From the start of the SDK to its end. */
static int run(struct host *host)
{
    int status = net_meshos_ext_sdk_start(config, strlen(config), &host->sdk);
    if (status != NET_MESHOS_OK) {
        say_failed("net_meshos_ext_sdk_start", status);
        return EXIT_FAILURE;
    }
    int exit_status = count(host);
    /* The subscriber ends last, when no more outputs can arrive for it. */
    if (!life_end(&host->splitter_life) || !life_end(&host->counter_life))
        exit_status = EXIT_FAILURE;
    status = net_meshos_sdk_shutdown(host->sdk);
    if (status != NET_MESHOS_OK) {
        say_failed("net_meshos_sdk_shutdown", status);
        exit_status = EXIT_FAILURE;
    }
    net_meshos_sdk_free(host->sdk);
    return exit_status;
}

int main(int argc, char **argv)
{
    static struct host host;
    int exit_status = options_read(&host.options, argc, argv);
    if (exit_status != OPTIONS_GO_ON)
        return exit_status;
    exit_status = EXIT_FAILURE;
    /* Where it is closed the next file that is opened would be in its place. */
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0)
        say("the standard output is closed: nothing is counted");
    else if (!text_open(&host.text, host.options.file))
        say("%s: %s", host.options.file, host.text.problem);
    else if (!stop_listen())
        say("can't listen for signals: %s", strerror(errno));
    else if (results_open(&host.results, host.options.counts, host.text.input, host.options.state) && find_state(&host))
        exit_status = run(&host);
    results_drop(&host.results);
    table_free(&host.counter.table);
    splitter_free(&host.splitter);
    state_free(&host.found);
    text_close(&host.text);
    if (exit_status == EXIT_SUCCESS)
        say("done");
    return exit_status;
}
