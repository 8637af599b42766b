/* What a library costs that is loaded and started once, beside another: first_start LIBRARY OTHER. With "mesh" for
 * OTHER the start must be refused with the key mesh, in words that help. */
#define _DEFAULT_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "net_meshos_ext.h"

enum { ROUNDS = 15 };

/* What is promised. A machine that is slow or busy is allowed more time: so much times what the other takes. */
static const double most_ms = 4, most_times = 3;
static const long most_kb = 14000;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static long resident_kb(void) {
    long pages = -1, ignored;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &ignored, &pages) != 2)
        pages = -1;
    if (f)
        fclose(f);
    return pages < 0 ? -1 : pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct cost {
    double ms;
    long kb;
};

static int load_and_start(const char *path, const char *config, void **library, NetMeshOsSdk **sdk) {
    int (*start)(const char *, size_t, NetMeshOsSdk **);
    *library = dlopen(path, RTLD_NOW);
    if (!*library) {
        fprintf(stderr, "%s\n", dlerror());
        return -100;
    }
    *(void **)&start = dlsym(*library, "net_meshos_ext_sdk_start");
    return start ? start(config, strlen(config), sdk) : -101;
}

static int measure(const char *path, int to) {
    void *library;
    NetMeshOsSdk *sdk = NULL;
    double began = now_ms();
    int status = load_and_start(path, "", &library, &sdk);
    struct cost c = {now_ms() - began, resident_kb()};
    return status == 0 && write(to, &c, sizeof c) == sizeof c ? 0 : 1;
}

static int refused(const char *path) {
    void *library;
    NetMeshOsSdk *sdk = NULL;
    const char *(*kind)(void), *(*message)(void);
    int status = load_and_start(path, "{\"mesh\": {\"servers\": [\"nats://127.0.0.1:1\"]}}", &library, &sdk);
    if (status <= -100)
        return 1;
    *(void **)&kind = dlsym(library, "net_meshos_last_error_kind");
    *(void **)&message = dlsym(library, "net_meshos_last_error_message");
    printf("%d %s: %s\n", status, kind(), message());
    return status == -2 && strcmp(kind(), "unsupported") == 0 && strstr(message(), "lib/net_meshos/mesh/") ? 0 : 1;
}

/* Measures once more in a process of its own, and keeps the best. */
static bool round_of(const char *path, struct cost *best) {
    int ends[2];
    struct cost c;
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        _exit(measure(path, ends[1]));
    close(ends[1]);
    bool measured = child > 0 && read(ends[0], &c, sizeof c) == sizeof c;
    close(ends[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    if (!measured)
        return false;
    best->ms = c.ms < best->ms ? c.ms : best->ms;
    best->kb = c.kb < best->kb ? c.kb : best->kb;
    return true;
}

int main(int count, char **arguments) {
    if (count == 3 && strcmp(arguments[2], "mesh") == 0)
        return refused(arguments[1]);
    if (count != 3)
        return 2;
    struct cost best = {1e9, 1L << 30}, other = best;
    for (int i = 0; i < ROUNDS; i++)
        if (!round_of(arguments[1], &best) || !round_of(arguments[2], &other))
            return 1;
    printf("load and first start: %.2f ms, of at most %.0f; the other: %.2f ms; resident: %ld KB, of at most %ld\n", best.ms,
           most_ms, other.ms, best.kb, most_kb);
    return (best.ms <= most_ms || best.ms <= most_times * other.ms) && best.kb <= most_kb ? 0 : 1;
}
