#define _POSIX_C_SOURCE 200809L

#include "reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../words/say.h"
#include "../words/stop.h"
#include "../words/text.h"
#include "node.h"
#include "progress.h"

enum {
    BATCH = 256,     /* lines of one post; the daemon remembers more numbers than that: see mesh.dedup_window */
    POST_MS = 30000, /* how long one post waits for the mesh */
    ORIGIN = 4711    /* this reader's: with it the numbers are told apart from others' */
};

/* Posts all of a batch. What an error leaves open is posted again with the same numbers. */
static bool post(NetMeshOsSdk *sdk, const struct reader *reader, struct progress *progress, const struct piece *pieces,
                 size_t n)
{
    NetMeshOsEvent events[BATCH];
    for (size_t i = 0; i < n; i++)
        events[i] = (NetMeshOsEvent){.origin_hash = ORIGIN, .sequence = progress->pieces + 1 + i,
                                     .payload = pieces[i].bytes, .payload_len = pieces[i].length};
    for (size_t posted = 0; posted < n;) {
        size_t accepted = 0;
        int status =
            net_meshos_ext_post_wait(sdk, reader->splitter, events + posted, n - posted, POST_MS, &accepted);
        posted += accepted;
        if (status == NET_MESHOS_OK)
            break;
        if (!node_try_again()) {
            say_failed("net_meshos_ext_post_wait", status);
            return false;
        }
        if (stop_signal())
            return false;
        node_wait();
    }
    for (size_t i = 0; i < n; i++)
        progress->offset += pieces[i].length;
    progress->pieces += n;
    return progress_write(progress, reader->progress);
}

/* Keeps to the rate: so that there is time to kill somebody meanwhile. */
static void pace(uint64_t rate, uint64_t bytes)
{
    if (rate == 0)
        return;
    uint64_t ns = bytes * UINT64_C(1000000000) / rate;
    struct timespec wait = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    nanosleep(&wait, NULL);
}

static bool post_text(NetMeshOsSdk *sdk, const struct reader *reader, struct text *text, struct progress *progress)
{
    for (;;) {
        struct piece pieces[BATCH];
        size_t n;
        uint64_t from = progress->offset;
        if (stop_signal())
            return false;
        if (!text_next(text, pieces, BATCH, &n)) {
            say("reading the text failed: %s", text->problem);
            return false;
        }
        if (n == 0)
            return true;
        if (!post(sdk, reader, progress, pieces, n))
            return false;
        pace(reader->rate, progress->offset - from);
    }
}

/* Takes a daemon's state from wherever it runs. The caller frees it. */
static bool take(NetMeshOsSdk *sdk, uint64_t daemon, uint8_t **state, size_t *length)
{
    int status;
    for (;;) {
        if ((status = net_meshos_ext_flush(sdk, daemon, 0)) == NET_MESHOS_OK &&
            (status = net_meshos_ext_snapshot(sdk, daemon, state, length)) == NET_MESHOS_OK)
            return true;
        if (!node_try_again() || stop_signal()) {
            say_failed("net_meshos_ext_flush or net_meshos_ext_snapshot", status);
            return false;
        }
        node_wait();
    }
}

/* The first two numbers of a state: of the splitter lines and words, of the counter words alone. */
static void sums(const uint8_t *state, size_t length, uint64_t *first, uint64_t *second)
{
    char text[64] = "";
    memcpy(text, state, length < sizeof text - 1 ? length : sizeof text - 1);
    *first = *second = 0;
    sscanf(text, "%" SCNu64 " %" SCNu64, first, second);
}

static bool write_counts(const char *file, const uint8_t *state, size_t length)
{
    const uint8_t *rest = memchr(state, '\n', length); /* the sum is on the first line */
    if (!rest)
        return false;
    rest++;
    FILE *out = fopen(file, "w");
    bool ok = out && fwrite(rest, 1, length - (size_t)(rest - state), out) == length - (size_t)(rest - state);
    if (out && fclose(out) != 0)
        ok = false;
    if (!ok)
        say("%s: %s", file, strerror(errno));
    return ok;
}

/* Waits until every line has been split and every word counted, and writes the counts. */
static bool collect(NetMeshOsSdk *sdk, const struct reader *reader, uint64_t lines)
{
    for (;;) {
        uint8_t *state;
        size_t length;
        uint64_t split, words, counted, rest;
        if (!take(sdk, reader->splitter, &state, &length))
            return false;
        sums(state, length, &split, &words);
        net_meshos_ext_free_bytes(state, length);
        if (!take(sdk, reader->counter, &state, &length))
            return false;
        sums(state, length, &counted, &rest);
        if (split >= lines && counted >= words) {
            bool ok = write_counts(reader->counts, state, length);
            net_meshos_ext_free_bytes(state, length);
            printf("%" PRIu64 " lines posted, %" PRIu64 " split into %" PRIu64 " words, %" PRIu64 " counted\n", lines,
                   split, words, counted);
            if (split > lines || counted > words)
                say("something has been processed twice");
            return ok && split == lines && counted == words;
        }
        net_meshos_ext_free_bytes(state, length);
        if (stop_signal())
            return false;
        node_wait();
    }
}

int run_reader(NetMeshOsSdk *sdk, const struct reader *reader)
{
    struct text text;
    struct progress progress;
    bool ok = text_open(&text, reader->text);
    if (!ok)
        say("%s: %s", reader->text, text.problem);
    if (ok && (ok = progress_read(&progress, reader->progress)) && !(ok = text_go_to(&text, progress.offset)))
        say("%s: %s", reader->text, text.problem);
    ok = ok && post_text(sdk, reader, &text, &progress) && collect(sdk, reader, progress.pieces);
    text_close(&text);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
