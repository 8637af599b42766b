/*
 * gateway: a sensor gateway that survives kill -9, to be copied. It sums what each sensor reads.
 *
 * Readings are lines of a spool file, and the number of its line is the number of a reading. The daemon's state has
 * the sums and the number of the last reading in them, so both are always of one moment. The library writes the state
 * into a folder, after every 500 readings and at least each second, and restores it at the next start. Then the host
 * asks the daemon how far it is, and sends what comes after that. However often the process is killed, each reading
 * is in the sums exactly once.
 *
 *     gateway/sums.c   the daemon: its callbacks and its state
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <net_meshos_ext.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/sums.h"

static const char help[] =
    "Usage: gateway [-v] SPOOL FOLDER\n"
    "Sums the readings in SPOOL, lines of \"SENSOR VALUE\" with a whole number each, and prints the sums. What has\n"
    "been summed is kept in FOLDER: after the end of the process, however it came, the next start goes on from there,\n"
    "and where SPOOL has grown too. -v: say each reading that is sent. Exit status: 0 done, 1 failure, 2 wrong usage.\n";

struct host {
    FILE *spool;
    const char *path, *folder;
    bool verbose;
    struct sums sums;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    uint64_t id;
};

/* Right after the call that failed, on the same thread: each thread has its own last error. */
static bool call_failed(const char *call)
{
    fprintf(stderr, "gateway: %s: %s: %s\n", call, net_meshos_last_error_kind(), net_meshos_last_error_message());
    return false;
}

static bool file_failed(const char *file)
{
    fprintf(stderr, "gateway: %s: %s\n", file, strerror(errno));
    return false;
}

/* What the supervisor has to say, such as that a state can't be written because the disk is full. */
static void show_log(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                     size_t length)
{
    (void)ctx;
    (void)seq;
    (void)unix_ms;
    (void)level;
    if (daemon_id != 0) /* that the inbox is full is as it should be */
        fprintf(stderr, "gateway: log: %.*s\n", (int)length, message);
}

static bool open_spool(struct host *host)
{
    struct stat about, out;
    /* Where it is closed the spool would be opened in its place. */
    if (fstat(fileno(stdout), &out) != 0)
        return file_failed("standard output");
    host->spool = fopen(host->path, "r");
    if (!host->spool || fstat(fileno(host->spool), &about) != 0)
        return file_failed(host->path);
    if (S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        return file_failed(host->path);
    }
    if (!S_ISREG(out.st_mode) || out.st_dev != about.st_dev || out.st_ino != about.st_ino)
        return true;
    fprintf(stderr, "gateway: %s: the standard output is the spool itself: nothing is written\n", host->path);
    return false;
}

/* A JSON text with the folder in it. NULL: no memory, or the folder's name can't be written so. */
static char *configuration(const char *folder)
{
    static const char format[] = "{\"state_dir\": \"%s\", \"snapshot_events\": 500, \"snapshot_interval_ms\": 1000, "
                                 "\"inbox_capacity\": 4096}";
    size_t size = sizeof format + strlen(folder);
    char *text = strpbrk(folder, "\"\\\n\t") ? NULL : malloc(size);
    if (text)
        snprintf(text, size, format, folder);
    return text;
}

static bool begin(struct host *host)
{
    /* The state is found by the daemon's identity, so the seed must be the same at each start: a real host makes one
     * with net_meshos_ext_new_seed and keeps it in a file that only it can read. */
    static const char seed[] = "an example, and so not a secret4";
    char *config = configuration(host->folder);
    if (!config) {
        fprintf(stderr, "gateway: %s: no memory, or a name with a quote, a backslash, a tab or a line's end\n",
                host->folder);
        return false;
    }
    /* A folder that can't be written to is an error here, and not when the first state is lost. */
    int status = net_meshos_ext_sdk_start(config, strlen(config), &host->sdk);
    free(config);
    if (status != NET_MESHOS_OK)
        return call_failed("net_meshos_ext_sdk_start");
    if (net_meshos_ext_on_log(host->sdk, NET_MESHOS_LOG_WARN, show_log, NULL) != NET_MESHOS_OK)
        return call_failed("net_meshos_ext_on_log");
    /* A file of the state that is damaged is an error here. */
    if (net_meshos_register_daemon_with_vtable(host->sdk, "sums", 4, (const uint8_t *)seed, &sums_callbacks,
                                               &host->sums, &host->daemon) != NET_MESHOS_OK)
        return call_failed("net_meshos_register_daemon_with_vtable");
    host->id = net_meshos_handle_daemon_id(host->daemon);
    return true;
}

static void take_answer(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                        const uint8_t *payload, size_t length)
{
    (void)daemon_id;
    (void)in_origin;
    (void)in_sequence;
    (void)out_sequence;
    if (length == sizeof(uint64_t))
        memcpy(ctx, payload, length);
}

/* Sends the readings that are not in the sums yet, waiting while the inbox is full. */
static bool send_readings(struct host *host)
{
    const NetMeshOsEvent question = {.payload = NULL};
    uint64_t last = UINT64_MAX, number = 0;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    bool sent = true;
    if (net_meshos_ext_deliver(host->sdk, host->id, &question, take_answer, &last) != NET_MESHOS_OK)
        return call_failed("net_meshos_ext_deliver");
    fprintf(stderr, "gateway: going on after reading %" PRIu64 "\n", last);
    while (sent && (length = getline(&line, &size, host->spool)) > 0) {
        /* A last line without its end is one that is still being written: the next start reads it whole. */
        if (line[length - 1] != '\n' || ++number <= last)
            continue;
        const NetMeshOsEvent reading = {.sequence = number, .payload = (const uint8_t *)line,
                                        .payload_len = (size_t)length};
        if (net_meshos_ext_post_wait(host->sdk, host->id, &reading, 1, 0, NULL) != NET_MESHOS_OK)
            sent = call_failed("net_meshos_ext_post_wait");
        else if (host->verbose)
            fprintf(stderr, "gateway: sent %" PRIu64 "\n", number);
    }
    if (sent && !feof(host->spool)) /* no memory, or reading failed */
        sent = file_failed(host->path);
    free(line);
    if (sent && net_meshos_ext_flush(host->sdk, host->id, 0) != NET_MESHOS_OK)
        sent = call_failed("net_meshos_ext_flush");
    return sent;
}

/* Ends the daemon: its last state is written. No callback runs afterwards. */
static bool end(struct host *host)
{
    bool ended = true;
    if (host->daemon && net_meshos_ext_stop_daemon(host->sdk, host->id, 1) != NET_MESHOS_OK)
        ended = call_failed("net_meshos_ext_stop_daemon");
    net_meshos_handle_free(host->daemon); /* ignores NULL */
    if (host->sdk && net_meshos_sdk_shutdown(host->sdk) != NET_MESHOS_OK)
        ended = call_failed("net_meshos_sdk_shutdown");
    net_meshos_sdk_free(host->sdk);
    return ended;
}

static bool print_sums(const struct host *host)
{
    static char text[SUMS_TEXT];
    int length = sums_write(&host->sums, text);
    if (fwrite(text, 1, (size_t)length, stdout) == (size_t)length && fflush(stdout) == 0)
        return true;
    return file_failed("standard output");
}

static int show_help(void)
{
    if (fputs(help, stdout) != EOF && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    fprintf(stderr, "gateway: standard output: %s\n", strerror(errno));
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct host host;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return show_help();
    host.verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
    if (argc != 3 + host.verbose) {
        fputs(help, stderr);
        return 2;
    }
    host.path = argv[argc - 2];
    host.folder = argv[argc - 1];
    bool done = open_spool(&host);
    if (done) {
        done = begin(&host) && send_readings(&host);
        done = end(&host) && done;
        done = done && print_sums(&host);
    }
    if (host.spool)
        fclose(host.spool);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
