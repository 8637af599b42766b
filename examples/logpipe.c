/*
 * logpipe: a log pipeline, to be copied. It reads a log file, keeps the lines of a level and above, and counts them.
 *
 *     lines -> parser -> filter -> counter -> COUNTS, and the lines into KEPT
 *
 * Each stage is a daemon, and each daemon is subscribed to the one before. Nothing is lost and memory is bounded: an
 * inbox holds 1,024 events, a stage whose successor's inbox is full waits, and so does the host, in
 * net_meshos_ext_post_wait. That is back-pressure from the slowest stage to the file.
 *
 *     logpipe/stages.c   the daemons
 *     logpipe/output.c   files that are written, with every error noticed
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <net_meshos_ext.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "logpipe/output.h"
#include "logpipe/stages.h"

enum { BATCH = 128, STAGES = 3 };

static const char config[] = "{\"inbox_capacity\": 1024}";

static const char help[] =
    "Usage: logpipe LEVEL LOG COUNTS [KEPT]\n"
    "Reads LOG, lines of \"TIME LEVEL MESSAGE\", and writes to COUNTS how many there are of LEVEL and of each above:\n"
    "DEBUG, INFO, WARN, ERROR. The lines themselves go to KEPT. Exit status: 0 done, 1 failure, 2 wrong usage.\n"
    "A run that fails or is interrupted leaves its outputs incomplete.\n";

struct host {
    FILE *log;
    const char *path;
    struct output counts, kept;
    struct parser parser;
    struct filter filter;
    struct counter counter;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *stages[STAGES];
    uint64_t lines;
};

/* Right after the call that failed, on the same thread: each thread has its own last error. */
static bool call_failed(const char *call)
{
    fprintf(stderr, "logpipe: %s: %s: %s\n", call, net_meshos_last_error_kind(), net_meshos_last_error_message());
    return false;
}

/* ---- Before the work ---- */

static bool open_files(struct host *host, char **paths)
{
    struct stat about;
    host->path = paths[0];
    host->log = fopen(host->path, "r");
    if (!host->log || fstat(fileno(host->log), &about) != 0) {
        fprintf(stderr, "logpipe: %s: %s\n", host->path, strerror(errno));
        return false;
    }
    if (S_ISDIR(about.st_mode)) {
        fprintf(stderr, "logpipe: %s: %s\n", host->path, strerror(EISDIR));
        return false;
    }
    if (!output_open(&host->counts, paths[1]) || (paths[2] && !output_open(&host->kept, paths[2])))
        return false;
    const char *twice = same_file(host->log, host->counts.file) ? "COUNTS is the log itself" : NULL;
    if (host->kept.file && same_file(host->log, host->kept.file))
        twice = "KEPT is the log itself";
    if (host->kept.file && same_file(host->counts.file, host->kept.file))
        twice = "COUNTS and KEPT are one file";
    if (twice)
        fprintf(stderr, "logpipe: %s: nothing is written\n", twice);
    return !twice;
}

static bool begin(struct host *host)
{
    /* The seeds are the daemons' identities: a real host makes its own with net_meshos_ext_new_seed and keeps them. */
    static const struct {
        const char *name, *seed;
        const NetMeshOsDaemonVtable *callbacks;
    } stages[STAGES] = {{"parser", "an example, and so not a secret1", &parser_callbacks},
                        {"filter", "an example, and so not a secret2", &filter_callbacks},
                        {"counter", "an example, and so not a secret3", &counter_callbacks}};
    void *const states[STAGES] = {&host->parser, &host->filter, &host->counter};

    if (net_meshos_ext_sdk_start(config, strlen(config), &host->sdk) != NET_MESHOS_OK)
        return call_failed("net_meshos_ext_sdk_start");
    for (int i = 0; i < STAGES; i++)
        if (net_meshos_register_daemon_with_vtable(host->sdk, stages[i].name, strlen(stages[i].name),
                                                   (const uint8_t *)stages[i].seed, stages[i].callbacks, states[i],
                                                   &host->stages[i]) != NET_MESHOS_OK)
            return call_failed("net_meshos_register_daemon_with_vtable");
    for (int i = 1; i < STAGES; i++)
        if (net_meshos_ext_subscribe(host->sdk, net_meshos_handle_daemon_id(host->stages[i - 1]),
                                     net_meshos_handle_daemon_id(host->stages[i])) != NET_MESHOS_OK)
            return call_failed("net_meshos_ext_subscribe");
    return true;
}

/* ---- The work ---- */

/* Reads up to BATCH lines, and returns how many. -1: reading failed, or a line is no line. */
static int read_batch(struct host *host, char **lines, size_t *sizes, NetMeshOsEvent *events)
{
    int n = 0;
    for (; n < BATCH; n++) {
        ssize_t length = getline(&lines[n], &sizes[n], host->log);
        if (length < 0)
            break;
        if (length > 0 && lines[n][length - 1] == '\n')
            length--;
        if (length > LONGEST) {
            fprintf(stderr, "logpipe: %s: line %" PRIu64 " is longer than %d bytes: is this a log?\n", host->path,
                    host->lines + (uint64_t)n + 1, LONGEST);
            return -1;
        }
        events[n] = (NetMeshOsEvent){.sequence = host->lines + (uint64_t)n + 1, .payload = (const uint8_t *)lines[n],
                                     .payload_len = (size_t)length};
    }
    if (n == BATCH || feof(host->log))
        return n;
    fprintf(stderr, "logpipe: %s: %s\n", host->path, strerror(errno));
    return -1;
}

/* Whether the lines could be written until now. There is no use in counting on with a full disk. */
static bool keeps(struct host *host)
{
    int error = atomic_load(&host->counter.error);
    if (error != 0)
        fprintf(stderr, "logpipe: %s: %s\n", host->kept.path, strerror(error));
    return error == 0;
}

static bool feed(struct host *host, char **lines, size_t *sizes)
{
    uint64_t parser = net_meshos_handle_daemon_id(host->stages[0]);
    NetMeshOsEvent events[BATCH];
    int n;
    while ((n = read_batch(host, lines, sizes, events)) > 0) {
        /* The payloads are copied, so the lines may be read over as soon as it returns. 0: wait as long as it takes. */
        if (net_meshos_ext_post_wait(host->sdk, parser, events, (size_t)n, 0, NULL) != NET_MESHOS_OK)
            return call_failed("net_meshos_ext_post_wait");
        host->lines += (uint64_t)n;
        if (!keeps(host))
            return false;
    }
    if (n < 0)
        return false;
    if (net_meshos_ext_flush(host->sdk, 0, 0) != NET_MESHOS_OK) /* all daemons, until nothing waits anywhere */
        return call_failed("net_meshos_ext_flush");
    return keeps(host);
}

static bool work(struct host *host)
{
    char *lines[BATCH] = {NULL};
    size_t sizes[BATCH] = {0};
    bool done = feed(host, lines, sizes);
    for (int i = 0; i < BATCH; i++)
        free(lines[i]);
    return done;
}

/* ---- After it ---- */

/* No callback runs afterwards. */
static bool end(struct host *host)
{
    for (int i = 0; i < STAGES; i++)
        net_meshos_handle_free(host->stages[i]); /* ignores NULL */
    bool ended = true;
    if (host->sdk && net_meshos_sdk_shutdown(host->sdk) != NET_MESHOS_OK)
        ended = call_failed("net_meshos_sdk_shutdown");
    net_meshos_sdk_free(host->sdk);
    return ended;
}

static bool write_counts(struct host *host)
{
    for (int level = host->filter.lowest; level < LEVELS; level++)
        fprintf(host->counts.file, "%s %" PRIu64 "\n", level_names[level], host->counter.counts[level]);
    bool counts = output_end(&host->counts), kept = output_end(&host->kept);
    if (counts && kept)
        fprintf(stderr, "logpipe: %" PRIu64 " lines, %" PRIu64 " below %s, %" PRIu64 " malformed\n", host->lines,
                host->filter.dropped, level_names[host->filter.lowest], host->parser.malformed);
    return counts && kept;
}

static int show_help(void)
{
    if (fputs(help, stdout) != EOF && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "logpipe: standard output: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct host host;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return show_help();
    host.filter.lowest = argc > 1 ? level_of(argv[1], strlen(argv[1])) : LEVELS;
    if (argc < 4 || argc > 5 || host.filter.lowest == LEVELS) {
        fputs(help, stderr);
        return 2;
    }
    bool done = false;
    if (!open_files(&host, argv + 2)) {
        output_drop(&host.counts);
        output_drop(&host.kept);
    } else if (output_begin(&host.counts) && (!host.kept.file || output_begin(&host.kept))) {
        host.counter.kept = host.kept.file;
        done = begin(&host) && work(&host);
        done = end(&host) && done;
        done = done && write_counts(&host);
    }
    if (host.log)
        fclose(host.log);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
