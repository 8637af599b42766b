/* What calls cost, and how much memory is used, with a number of registered daemons. */
#include "cases.h"
#include "child.h"
#include "clock.h"
#include "fixture.h"
#include "lib.h"
#include "self.h"

enum { MANY = 100000, EXTRA = 256, WARM_UP = 100, TICK_MS = 500 };

static NetMeshOsSdk *sdk;

static void register_all(size_t n) {
    uint64_t beaten = now_ns();
    for (size_t i = 0; i < n; i++) {
        fixture_daemon(sdk);
        if (now_ns() - beaten > SECOND) {
            child_beat();
            beaten = now_ns();
        }
    }
}

/* Runs before anything is freed, because returning memory is work too. */
static void measure_idle(void) {
    for (int i = 0; i < child.rounds; i++) {
        uint64_t span = child_span(TICK_MS * MS), cpu = cpu_ns(), began = now_ns();
        sleep_ns(span);
        cpu = cpu_ns() - cpu;
        child_sample("idle", 100 * (double)cpu / (double)(now_ns() - began));
    }
}

/* Measured once, before long texts about all daemons make the heap larger than it must be. */
static void measure_memory(double before) {
    double resident = (double)self_resident_bytes();
    child_sample_sized("resident", resident / 1e6);
    if (child.nominal_size == MANY)
        child_sample_sized("per_daemon", (resident - before) / (double)child.size);
}

void scale_setup(void) {
    sdk = fixture_sdk(0, 0);
    for (int i = 0; i < WARM_UP; i++)
        lib.handle_free(fixture_daemon(sdk));
    double before = (double)self_resident_bytes();
    register_all(child.size);
    measure_memory(before);
    if (child.nominal_size == MANY)
        measure_idle();
}

/* Few enough that the number of daemons hardly changes. */
static size_t extra(void) {
    size_t tenth = child.size / 10;
    return tenth < 1 ? 1 : tenth > EXTRA ? EXTRA : tenth;
}

static void measure_register_and_free(void) {
    NetMeshOsHandle *handles[EXTRA];
    uint64_t span = child_span(50 * MS), registering = 0, freeing = 0, times = 0;
    while (registering + freeing < span) {
        size_t n = 0;
        uint64_t began = now_ns(), registered;
        do {
            handles[n++] = fixture_daemon(sdk);
            registered = now_ns();
        } while (n < extra() && registered - began < SECOND);
        for (size_t i = 0; i < n; i++)
            lib.handle_free(handles[i]);
        registering += registered - began;
        freeing += now_ns() - registered;
        times += n;
        child_beat();
    }
    child_sample_sized("register", (double)registering / (double)times);
    child_sample_sized("free", (double)freeing / (double)times);
}

static void measure_runtime_json(void) {
    uint64_t span = child_span(30 * MS), began = now_ns(), took, times = 0;
    do {
        char *text = lib.ext_runtime_json(sdk);
        if (!text)
            child_fail("ext_runtime_json returned NULL");
        lib.free_string(text);
        times++;
        took = now_ns() - began;
    } while (took < span);
    child_sample_sized("runtime_json", (double)took / (double)times);
}

void scale_round(void) {
    measure_register_and_free();
    if (lib.ext_runtime_json)
        measure_runtime_json();
}
