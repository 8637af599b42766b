/* The soak: 16 threads for SECONDS, daemons that come and go, and everything that can go wrong; memory, threads and
 * descriptors stay what they are, and at the end every account is exact. A line every ten seconds.
 *   meshos-soak SECONDS */
#include "soak.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct node nodes[SDKS];
atomic_bool over;

static const char config[] =
    "{\"tick_interval_ms\":5,\"inbox_capacity\":64,\"on_process_failure\":\"restart\",\"backoff_initial_ms\":1,"
    "\"backoff_max_ms\":8,\"crash_loop_threshold\":4,\"crash_loop_window_ms\":50,\"crash_loop_cooldown_ms\":20,"
    "\"watchdog_ms\":1}";

_Noreturn void soak_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    _exit(1);
}

double soak_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static unsigned long number(const char *json, const char *key) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(json, quoted);
    if (!at)
        soak_fail("runtime_json has no %s", key);
    return strtoul(at + strlen(quoted), NULL, 10);
}

static bool same(const char *what, unsigned long one, unsigned long other) {
    printf("%-28s %12lu %12lu  %s\n", what, one, other, one == other ? "exact" : "DIFFERS");
    return one == other;
}

static bool account(struct node *node, bool subscribed) {
    char *json = net_meshos_ext_runtime_json(node->sdk);
    const char *totals = json ? strstr(json, "\"totals\"") : NULL;
    if (!totals)
        soak_fail("runtime_json has no totals");
    const unsigned long in = number(totals, "events_in"), discarded = number(totals, "discarded");
    printf("node %d: %lu daemons lived\n", (int)(node - nodes), atomic_load(&node->lives));
    bool so = same("processed: library, callbacks", in, atomic_load(&node->processed));
    so &= same("failed", number(totals, "failures"), atomic_load(&node->failed));
    so &= same("outputs", number(totals, "outputs"), atomic_load(&node->outputs));
    so &= same("outputs, output function", number(totals, "outputs"), atomic_load(&node->heard));
    so &= same("daemons that are left", number(totals, "daemons"), 0);
    so &= same("lives, destroyed", atomic_load(&node->lives), atomic_load(&node->destroyed));
    so &= same("events that wait", number(strstr(json, "\"queues\""), "events_waiting"), 0);
    if (!subscribed)
        so &= same("accepted, gone somewhere", atomic_load(&node->accepted), in + discarded);
    net_meshos_free_string(json);
    return so;
}

static void progress(double passed, const struct sample *sample) {
    printf("%6.0f s  %12lu events  %8lu daemons  %8lu failures  %8.0f KB  %4.0f threads  %3.0f descriptors\n", passed,
           atomic_load(&nodes[0].processed) + atomic_load(&nodes[1].processed),
           atomic_load(&nodes[0].lives) + atomic_load(&nodes[1].lives),
           atomic_load(&nodes[0].failed) + atomic_load(&nodes[1].failed), sample->resident_kb, sample->threads,
           sample->descriptors);
    fflush(stdout);
}

int main(int count, char **arguments) {
    const double seconds = count == 2 ? strtod(arguments[1], NULL) : 0;
    if (seconds < 10) {
        fputs("usage: meshos-soak SECONDS, 10 at least\n", stderr);
        return 2;
    }
    for (int i = 0; i < SDKS; i++)
        if (net_meshos_ext_sdk_start(config, sizeof config - 1, &nodes[i].sdk) != NET_MESHOS_OK ||
            net_meshos_ext_set_output(nodes[i].sdk, soak_output, &nodes[i]) != NET_MESHOS_OK)
            soak_fail("no start: %s", net_meshos_last_error_message());
    pthread_barrier_init(&soak_all, NULL, THREADS);
    pthread_barrier_init(&soak_hang, NULL, THREADS * SLOTS_EACH * SDKS);
    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, soak_thread, (void *)i) != 0)
            soak_fail("no thread");

    /* A fifth of the time is for warming up: pools fill, the heap finds its size. */
    struct sample *samples = calloc((size_t)(seconds * 4) + 16, sizeof *samples);
    size_t taken = 0;
    const double begin = soak_seconds();
    double next_line = 10;
    for (double passed = 0; passed < seconds; passed = soak_seconds() - begin) {
        nanosleep(&(struct timespec){.tv_nsec = 250000000}, NULL);
        const struct sample sample = soak_sample();
        if (passed > seconds / 5 && taken < (size_t)(seconds * 4))
            samples[taken++] = sample;
        if (passed >= next_line) {
            progress(passed, &sample);
            next_line += 10;
        }
    }
    atomic_store(&over, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    bool so = true;
    for (int i = 0; i < SDKS; i++)
        so &= account(&nodes[i], i == 1);
    if (taken < 9)
        soak_fail("only %zu samples", taken);
    so &= soak_flat(samples, taken);
    for (int i = 0; i < SDKS; i++) {
        so &= net_meshos_sdk_shutdown(nodes[i].sdk) == NET_MESHOS_OK;
        net_meshos_sdk_free(nodes[i].sdk);
    }
    free(samples);
    puts(so ? "held" : "FAILED");
    return so ? 0 : 1;
}
