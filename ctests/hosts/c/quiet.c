/* A host that has loaded the library, and not started an SDK, can't tell that it did: no thread, descriptor, limit,
 * handler, mask or large mapping is new. After the first start and an end, limits and mask are still the host's.
 *   quiet LIBRARY: opened with dlopen, so that there is a before */
#include <net_meshos_ext.h>

#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct {
    long threads, descriptors, address_space_kb;
    struct rlimit limits[RLIM_NLIMITS];
    struct sigaction actions[65];
    sigset_t mask;
    stack_t stack;
} Process;

static void fail(const char *what) {
    fprintf(stderr, "not so: %s\n", what);
    exit(1);
}

static long entries(const char *folder) {
    DIR *opened = opendir(folder);
    if (!opened)
        fail("/proc is there");
    long count = 0;
    while (readdir(opened))
        count++;
    closedir(opened);
    return count;
}

static long status_line(const char *key) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long found = -1;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            found = strtol(line + strlen(key), NULL, 10);
    if (file)
        fclose(file);
    return found;
}

static void look(Process *process) {
    memset(process, 0, sizeof *process);
    process->threads = entries("/proc/self/task");
    process->descriptors = entries("/proc/self/fd");
    process->address_space_kb = status_line("VmSize:");
    for (int i = 0; i < RLIM_NLIMITS; i++)
        getrlimit((__rlimit_resource_t)i, &process->limits[i]);
    for (int i = 1; i < 65; i++)
        sigaction(i, NULL, &process->actions[i]);
    sigprocmask(SIG_BLOCK, NULL, &process->mask);
    sigaltstack(NULL, &process->stack);
}

static bool same_action(const struct sigaction *one, const struct sigaction *other) {
    return one->sa_handler == other->sa_handler && one->sa_flags == other->sa_flags;
}

static void compare(const Process *before, const Process *after, bool started) {
    if (memcmp(before->limits, after->limits, sizeof before->limits) != 0)
        fail("the limits are as before");
    if (memcmp(&before->mask, &after->mask, sizeof before->mask) != 0)
        fail("the mask is as before");
    if (started)
        return;
    if (before->threads != after->threads)
        fail("no thread is new");
    if (before->descriptors != after->descriptors)
        fail("no descriptor is new");
    if (memcmp(&before->stack, &after->stack, sizeof before->stack) != 0)
        fail("the signal stack is as before");
    for (int i = 1; i < 65; i++)
        if (!same_action(&before->actions[i], &after->actions[i]))
            fail("no signal's action is new");
    printf("%ld KB of addresses more\n", after->address_space_kb - before->address_space_kb);
    if (after->address_space_kb - before->address_space_kb > 64 * 1024)
        fail("the library takes its own size of addresses and little more");
}

int main(int count, char **arguments) {
    Process before, after;
    if (count != 2)
        return 2;
    /* A soft limit that a runtime would like to raise. */
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 512;
    setrlimit(RLIMIT_NOFILE, &files);
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, SIGUSR2);
    sigprocmask(SIG_BLOCK, &some, NULL);
    look(&before);
    void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail(dlerror());
    look(&after);
    compare(&before, &after, false);

    int (*start)(uint64_t, uint64_t, size_t, size_t, size_t, NetMeshOsSdk **);
    void (*end)(NetMeshOsSdk *);
    *(void **)&start = dlsym(library, "net_meshos_sdk_start");
    *(void **)&end = dlsym(library, "net_meshos_sdk_free");
    if (!start || !end || !dlsym(library, "net_meshos_ext_version"))
        fail("dlsym finds the calls");
    NetMeshOsSdk *sdk;
    if (start(0, 0, 0, 0, 0, &sdk) != NET_MESHOS_OK)
        fail("an SDK starts");
    end(sdk);
    look(&after);
    compare(&before, &after, true);
    return 0;
}
