/*
 * One node of a mesh, for tests that start several and kill them: node CONFIG-FILE.
 *
 * It says "ready NODE" or "failed KIND MESSAGE" on its output, then reads one command a line and answers each with one
 * line, "ok …" or "STATUS KIND …":
 *
 *   register NAME SEED [echo] [poison=V] [slow=MS] [hang=FILE] [ballast=N] [pad=N]   ok ID
 *   post ID ORIGIN FIRST N [BATCH [PAD]]   events FIRST to FIRST+N-1, payload = sequence and PAD bytes
 *                                    ok N, or STATUS KIND ACCEPTED
 *   patient ID ORIGIN FIRST N MS [BATCH [PAD]]   the same, but waits for room
 *   deliver ID ORIGIN SEQUENCE       ok OUTPUTS
 *   subscribe FROM TO | unsubscribe FROM TO | flush ID MS | stop ID MS | restart ID | drain MS | resume
 *   state ID                         ok ORIGIN COUNT LAST SUM BREAKS;…
 *   crowd SEED N PRODUCER            registers N books with the seeds from SEED on, all subscribed to the producer
 *   agree PRODUCER LAST              ok N: so many of these have all outputs up to LAST, each once
 *   outputs                          ok EMITTED GAPS: what this node's output function saw, and sequences it missed
 *   runtime | metadata               ok JSON
 *   free NAME | quit | exit          exit ends the process without a shutdown
 *
 * SEED is a number; the daemon's seed is 32 bytes of it. Ids are decimal.
 */
#define _XOPEN_SOURCE 700

#include "crowd.h"
#include "ledger.h"
#include "outputs.h"
#include "posts.h"

#include <inttypes.h>
#include <net_meshos_ext.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_DAEMONS = 2048, MOST_WORDS = 16, LINE_SIZE = 4096 };

struct daemon {
    char name[64];
    char hang_file[256];
    struct ledger *ledger;
    NetMeshOsHandle *handle;
};

static NetMeshOsSdk *sdk;
static struct daemon daemons[MOST_DAEMONS];
static size_t daemon_count;

static void answer(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static void answer_failure(int status, const char *more)
{
    const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
    answer("%d %s %s %s", status, kind ? kind : "-", more, message ? message : "-");
}

static void answer_status(int status)
{
    if (status == 0)
        answer("ok");
    else
        answer_failure(status, "-");
}

static uint64_t number(const char *word) { return word ? strtoull(word, NULL, 10) : 0; }

static void do_register(char **words, int n)
{
    if (daemon_count == MOST_DAEMONS || n < 3) {
        answer("-3 usage");
        return;
    }
    struct daemon *d = &daemons[daemon_count];
    snprintf(d->name, sizeof d->name, "%s", words[1]);
    d->ledger = calloc(1, sizeof *d->ledger);
    for (int i = 3; i < n; i++) {
        if (strcmp(words[i], "echo") == 0)
            d->ledger->echo = 1;
        else if (strncmp(words[i], "poison=", 7) == 0)
            d->ledger->poison = number(words[i] + 7);
        else if (strncmp(words[i], "slow=", 5) == 0)
            d->ledger->slow_ms = (unsigned)number(words[i] + 5);
        else if (strncmp(words[i], "ballast=", 8) == 0)
            d->ledger->ballast = number(words[i] + 8);
        else if (strncmp(words[i], "pad=", 4) == 0)
            d->ledger->pad = number(words[i] + 4);
        else if (strncmp(words[i], "hang=", 5) == 0) {
            snprintf(d->hang_file, sizeof d->hang_file, "%s", words[i] + 5);
            d->ledger->hang_file = d->hang_file;
        }
    }
    uint64_t value = number(words[2]);
    uint8_t seed[32];
    seed_of(value, seed);
    int status = net_meshos_register_daemon_with_vtable(sdk, words[1], strlen(words[1]), seed, &ledger_callbacks, d->ledger,
                                                        &d->handle);
    if (status != 0) {
        answer_failure(status, "-");
        free(d->ledger);
        return;
    }
    daemon_count++;
    answer("ok %" PRIu64, net_meshos_handle_daemon_id(d->handle));
}

/* wait_ms 0: posts don't wait for room. */
static void do_post(char **words, int n, int sizes, uint64_t wait_ms)
{
    struct posting p = {number(words[1]), number(words[2]), number(words[3]), number(words[4]), 256, 0, wait_ms};
    if (n > sizes)
        p.batch = number(words[sizes]);
    if (n > sizes + 1)
        p.pad = number(words[sizes + 1]);
    uint64_t done = 0;
    int status = post_all(sdk, &p, &done);
    if (status == 0) {
        answer("ok %" PRIu64, done);
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, done);
    answer_failure(status, text);
}

static void count_output(void *context, uint64_t id, uint64_t origin, uint64_t event, uint64_t sequence, const uint8_t *payload,
                         size_t length)
{
    (void)id, (void)origin, (void)event, (void)sequence, (void)payload, (void)length;
    ++*(uint64_t *)context;
}

static void do_deliver(char **words)
{
    uint64_t value = number(words[3]), outputs = 0;
    NetMeshOsEvent e = {number(words[2]), value, (const uint8_t *)&value, sizeof value};
    int status = net_meshos_ext_deliver(sdk, number(words[1]), &e, count_output, &outputs);
    if (status != 0)
        answer_failure(status, "-");
    else
        answer("ok %" PRIu64, outputs);
}

static void do_state(char **words)
{
    static char text[MOST_DAEMONS * 8];
    uint8_t *state = NULL;
    size_t length = 0;
    int status = net_meshos_ext_snapshot(sdk, number(words[1]), &state, &length);
    if (status != 0) {
        answer_failure(status, "-");
        return;
    }
    struct ledger l = {0};
    if (length && ledger_parse(&l, (const char *)state, length) != 0) {
        answer("-1 unreadable the state has %zu bytes and is no book", length);
    } else {
        size_t used = ledger_text(&l, text, sizeof text - 1);
        text[used] = 0;
        for (char *at = text; (at = strchr(at, '\n'));)
            *at = ';';
        answer("ok %s", text);
    }
    net_meshos_ext_free_bytes(state, length);
}

static void do_free(const char *name)
{
    for (size_t i = 0; i < daemon_count; i++)
        if (daemons[i].handle && strcmp(daemons[i].name, name) == 0) {
            net_meshos_handle_free(daemons[i].handle);
            daemons[i].handle = NULL;
            answer("ok");
            return;
        }
    answer("-2 not_found %s", name);
}

static void answer_text(char *text)
{
    if (!text) {
        answer_failure(-2, "-");
        return;
    }
    answer("ok %s", text);
    net_meshos_free_string(text);
}

/* Returns 0 when the process must end. */
static int obey(char **words, int n)
{
    const char *verb = words[0];
    if (strcmp(verb, "register") == 0)
        do_register(words, n);
    else if (strcmp(verb, "post") == 0 && n >= 5)
        do_post(words, n, 5, 0);
    else if (strcmp(verb, "patient") == 0 && n >= 6)
        do_post(words, n, 6, number(words[5]));
    else if (strcmp(verb, "deliver") == 0 && n == 4)
        do_deliver(words);
    else if (strcmp(verb, "subscribe") == 0 && n == 3)
        answer_status(net_meshos_ext_subscribe(sdk, number(words[1]), number(words[2])));
    else if (strcmp(verb, "unsubscribe") == 0 && n == 3)
        answer_status(net_meshos_ext_unsubscribe(sdk, number(words[1]), number(words[2])));
    else if (strcmp(verb, "flush") == 0 && n == 3)
        answer_status(net_meshos_ext_flush(sdk, number(words[1]), number(words[2])));
    else if (strcmp(verb, "stop") == 0 && n == 3)
        answer_status(net_meshos_ext_stop_daemon(sdk, number(words[1]), number(words[2])));
    else if (strcmp(verb, "restart") == 0 && n == 2)
        answer_status(net_meshos_ext_restart_daemon(sdk, number(words[1])));
    else if (strcmp(verb, "drain") == 0 && n == 2)
        answer_status(net_meshos_ext_enter_maintenance(sdk, number(words[1])));
    else if (strcmp(verb, "resume") == 0)
        answer_status(net_meshos_ext_exit_maintenance(sdk));
    else if (strcmp(verb, "state") == 0 && n == 2)
        do_state(words);
    else if (strcmp(verb, "crowd") == 0 && n == 4)
        answer_status(crowd_gather(sdk, number(words[1]), (size_t)number(words[2]), number(words[3])));
    else if (strcmp(verb, "agree") == 0 && n == 3)
        answer("ok %zu", crowd_agree(sdk, number(words[1]), number(words[2])));
    else if (strcmp(verb, "outputs") == 0) {
        struct outputs_seen all = outputs_seen();
        answer("ok %" PRIu64 " %" PRIu64 " %" PRIu64, all.total, all.missed, all.repeated);
    } else if (strcmp(verb, "runtime") == 0)
        answer_text(net_meshos_ext_runtime_json(sdk));
    else if (strcmp(verb, "metadata") == 0 && daemon_count)
        answer_text(net_meshos_refresh_metadata(daemons[0].handle));
    else if (strcmp(verb, "free") == 0 && n == 2)
        do_free(words[1]);
    else if (strcmp(verb, "exit") == 0)
        _exit(0);
    else if (strcmp(verb, "quit") == 0)
        return 0;
    else
        answer("-3 usage");
    return 1;
}

static int start(const char *path)
{
    static char config[1 << 16];
    FILE *file = fopen(path, "r");
    if (!file) {
        answer("failed no_file %s", path);
        return -1;
    }
    size_t length = fread(config, 1, sizeof config, file);
    fclose(file);
    int status = net_meshos_ext_sdk_start(config, length, &sdk);
    if (status != 0) {
        const char *kind = net_meshos_last_error_kind(), *message = net_meshos_last_error_message();
        answer("failed %d %s %s", status, kind ? kind : "-", message ? message : "-");
        return -1;
    }
    net_meshos_ext_set_output(sdk, outputs_see, NULL);
    answer("ready %d", (int)getpid());
    return 0;
}

int main(int argc, char **argv)
{
    static char line[LINE_SIZE];
    if (argc != 2) {
        fprintf(stderr, "usage: node CONFIG-FILE\n");
        return 2;
    }
    if (start(argv[1]) != 0)
        return 1;
    int going_on = 1;
    while (going_on && fgets(line, sizeof line, stdin)) {
        char *words[MOST_WORDS], *rest = NULL;
        int n = 0;
        for (char *w = strtok_r(line, " \n", &rest); w && n < MOST_WORDS; w = strtok_r(NULL, " \n", &rest))
            words[n++] = w;
        if (n > 0)
            going_on = obey(words, n);
    }
    int status = net_meshos_sdk_shutdown(sdk);
    for (size_t i = 0; i < daemon_count; i++) {
        net_meshos_handle_free(daemons[i].handle);
        free(daemons[i].ledger);
    }
    crowd_leave();
    net_meshos_sdk_free(sdk);
    answer("ended %d", status);
    return 0;
}
