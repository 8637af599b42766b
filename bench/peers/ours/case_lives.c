/* Daemons that begin, fail and end, and what they keep in memory. */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "case.h"
#include "cases.h"
#include "daemon.h"

void case_lives(void) {
    const size_t n = amount(20000, 200);
    struct daemon daemon = {0};
    uint8_t payload[PAYLOAD] = {0};
    const NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    NetMeshOsSdk *sdk = start(NULL);
    double from = now();
    for (size_t i = 0; i < n; i++) {
        enlist_counter(sdk, i, false, &daemon);
        lib.handle_free(daemon.handle);
    }
    report("life", (now() - from) / 1e3 / (double)n);
    from = now();
    for (size_t i = 0; i < n; i++) {
        enlist_counter(sdk, i, false, &daemon);
        post(sdk, daemon.id, &event);
        flush(sdk, daemon.id);
        lib.handle_free(daemon.handle);
    }
    report("life_event", (now() - from) / 1e3 / (double)n);
    if (daemon.events != n)
        fail("%llu of %zu events were processed", (unsigned long long)daemon.events, n);
    stop(sdk);
}

/* ---- Memory ---- */

static double resident(void) {
    long pages;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        fail("/proc/self/statm can't be read");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

void case_memory(void) {
    const size_t n = amount(100000, 1000);
    struct daemon *daemons = claim(n, sizeof *daemons);
    uint8_t payload[PAYLOAD] = {0};
    const NetMeshOsEvent event = {1, 0, payload, sizeof payload};
    memset(daemons, 1, n * sizeof *daemons); /* the host's own memory is resident before */
    memset(daemons, 0, n * sizeof *daemons);
    NetMeshOsSdk *sdk = start(NULL);
    double before = resident();
    for (size_t i = 0; i < n; i++)
        enlist_counter(sdk, i, false, &daemons[i]);
    report("idle", (resident() - before) / (double)n);
    for (size_t i = 0; i < n; i++)
        post(sdk, daemons[i].id, &event);
    flush(sdk, 0);
    report("idle_event", (resident() - before) / (double)n);
    for (size_t i = 0; i < n; i++)
        check(&daemons[i], 1);
    stop(sdk);
}

/* ---- Restarts ---- */

struct patient {
    double failed, resumed;
    sem_t done;
};

/* The first event fails, the second is the next one. */
static int fail_first(void *context, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence,
                      const uint8_t *payload, size_t length) {
    (void)emit, (void)origin, (void)payload, (void)length;
    struct patient *patient = context;
    if (sequence == 0) {
        patient->failed = now();
        return 1;
    }
    patient->resumed = now();
    sem_post(&patient->done);
    return 0;
}

/* Each daemon fails once: what more failures cost is the backoff that was configured. */
void case_restart(void) {
    const size_t n = amount(500, 10);
    double *took = claim(n, sizeof *took);
    uint8_t payload[PAYLOAD] = {0};
    const NetMeshOsEvent events[] = {{1, 0, payload, sizeof payload}, {1, 1, payload, sizeof payload}};
    NetMeshOsSdk *sdk = start("{\"on_process_failure\":\"restart\",\"backoff_initial_ms\":1}");
    for (size_t i = 0; i < n; i++) {
        struct patient patient = {0};
        sem_init(&patient.done, 0, 0);
        NetMeshOsHandle *handle = enlist(sdk, i, fail_first, &patient);
        ok("ext_post", lib.ext_post(sdk, lib.handle_daemon_id(handle), events, 2, NULL));
        while (sem_wait(&patient.done) != 0) {
        }
        lib.handle_free(handle);
        if (patient.failed <= 0 || patient.resumed < patient.failed)
            fail("the daemon hasn't failed before it got its next event");
        took[i] = patient.resumed - patient.failed;
    }
    report("restart", percentile(took, n, 0.5) / 1e3);
    stop(sdk);
}
