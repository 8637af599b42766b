#define _POSIX_C_SOURCE 200809L

#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "say.h"
#include "stop.h"

#ifndef REPORT_MS
#define REPORT_MS 250 /* between two log lines about the progress */
#endif

enum {
    BATCH = 256,        /* pieces of one post */
    LOOK_MS = 20,       /* how often to check for signals while waiting */
    PATIENCE_MS = 60000 /* without any progress: something is broken */
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Logs the progress from time to time. The log function of the host shows it. */
static void report(struct feed *feed)
{
    uint64_t now = now_ms();
    if (feed->reported_ms == 0)
        feed->reported_ms = now;
    if (now - feed->reported_ms < REPORT_MS)
        return;
    feed->reported_ms = now;
    uint64_t words = atomic_load_explicit(&feed->counter->words, memory_order_relaxed);
    char line[128];
    int length = snprintf(line, sizeof line, "%" PRIu64 " %% of the text is read, %" PRIu64 " words are counted",
                          feed->offset * 100 / feed->text->size, words);
    /* A full log queue is no reason to stop: that line is lost. */
    net_meshos_publish_log(feed->reporter, NET_MESHOS_LOG_INFO, line, (size_t)length);
}

/* Waits a moment, or until the daemons have nothing more to do. */
static bool wait_for_daemons(struct feed *feed, bool *idle)
{
    int status = net_meshos_ext_flush(feed->sdk, 0, LOOK_MS);
    *idle = status == NET_MESHOS_OK;
    if (*idle || strcmp(net_meshos_last_error_kind(), "timeout") == 0)
        return true;
    say_failed("net_meshos_ext_flush", status);
    return false;
}

/* How long the daemons have made no progress. */
struct patience {
    uint64_t words, since_ms;
};

static bool is_over(struct patience *patience, const struct feed *feed)
{
    uint64_t words = atomic_load_explicit(&feed->counter->words, memory_order_relaxed), now = now_ms();
    if (patience->since_ms == 0 || patience->words != words)
        *patience = (struct patience){words, now};
    if (now - patience->since_ms < PATIENCE_MS)
        return false;
    say("the daemons have counted nothing for %d seconds", PATIENCE_MS / 1000);
    return true;
}

/* Posts all of a batch, waiting while the splitter's inbox is full. */
static enum feed_result post(struct feed *feed, const struct piece *pieces, size_t n)
{
    NetMeshOsEvent events[BATCH];
    for (size_t i = 0; i < n; i++)
        events[i] = (NetMeshOsEvent){.sequence = feed->pieces + 1 + i, .payload = pieces[i].bytes,
                                     .payload_len = pieces[i].length};
    struct patience patience = {0, 0};
    size_t posted = 0;
    for (;;) {
        report(feed); /* not behind the post: a call that succeeds forgets the last error */
        size_t accepted;
        int status = net_meshos_ext_post(feed->sdk, feed->splitter_id, events + posted, n - posted, &accepted);
        for (size_t i = posted; i < posted + accepted; i++)
            feed->offset += pieces[i].length;
        feed->pieces += accepted;
        posted += accepted;
        if (status == NET_MESHOS_OK)
            return FEED_AT_LIMIT;
        bool idle;
        if (strcmp(net_meshos_last_error_kind(), "queue_full") != 0) {
            say_failed("net_meshos_ext_post", status);
            return FEED_FAILED;
        }
        if (!wait_for_daemons(feed, &idle) || is_over(&patience, feed))
            return FEED_FAILED;
        if (stop_signal())
            return FEED_STOPPED;
    }
}

enum feed_result feed_text(struct feed *feed, uint64_t most)
{
    uint64_t last = most > 0 ? feed->pieces + most : UINT64_MAX;
    while (feed->pieces < last) {
        struct piece pieces[BATCH];
        size_t n;
        if (stop_signal())
            return FEED_STOPPED;
        if (!text_next(feed->text, pieces, last - feed->pieces < BATCH ? (size_t)(last - feed->pieces) : BATCH, &n)) {
            say("reading the text failed: %s", feed->text->problem);
            return FEED_FAILED;
        }
        if (n == 0)
            return FEED_AT_END;
        enum feed_result result = post(feed, pieces, n);
        if (result != FEED_AT_LIMIT)
            return result;
    }
    return feed->offset < feed->text->size ? FEED_AT_LIMIT : FEED_AT_END;
}

bool feed_drain(struct feed *feed)
{
    struct patience patience = {0, 0};
    for (bool idle = false; !idle;) {
        if (!wait_for_daemons(feed, &idle) || (!idle && is_over(&patience, feed)))
            return false;
        report(feed);
    }
    return true;
}
