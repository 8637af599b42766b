/* A host under limits. What can't be had is an error with a kind, and never the end of the process.
 *   limits memory       little address space is left at the first start
 *   limits descriptors  no descriptor is left at the first start
 *   limits threads      few threads or none may be made at the first start
 *   limits blocked      none may be made after it, and 32 callbacks block: events wait, the others are processed later */
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { DAEMONS = 32 };

static void limit(int resource, rlim_t value) {
    struct rlimit limits;
    CHECK(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    limits.rlim_cur = value;
    CHECK(setrlimit((__rlimit_resource_t)resource, &limits) == 0);
}

static void lift(int resource) {
    struct rlimit limits;
    CHECK(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    limits.rlim_cur = limits.rlim_max;
    CHECK(setrlimit((__rlimit_resource_t)resource, &limits) == 0);
}

/* Either the start works, or it says what is lacking, and works once there is more. */
static void start_or_say(int resource) {
    NetMeshOsSdk *sdk = NULL;
    const int status = net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk);
    if (status != NET_MESHOS_OK) {
        CHECK(status == NET_MESHOS_ERR_CALL_FAILED);
        CHECK(last_kind_is("out_of_memory") || last_kind_is("no_resources"));
        CHECK(net_meshos_last_error_message() && *net_meshos_last_error_message());
        printf("%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
        lift(resource);
        sdk = host_start();
    }
    lift(resource);
    host_round(sdk);
    host_end(sdk);
}

static long status_kb(const char *key) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long found = 0;
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            found = strtol(line + strlen(key), NULL, 10);
    if (file)
        fclose(file);
    return found;
}

static void memory(void) {
    /* From nearly nothing to nearly enough: each in a process of its own. */
    const long more_mb[] = {1, 8, 32, 64, 128, 256, 512, 768, 1024, 4096};
    for (size_t i = 0; i < sizeof more_mb / sizeof *more_mb; i++) {
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            limit(RLIMIT_AS, ((rlim_t)status_kb("VmSize:") + (rlim_t)more_mb[i] * 1024) * 1024);
            start_or_say(RLIMIT_AS);
            exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        printf("%ld MB: status %d\n", more_mb[i], status);
        CHECK(status == 0);
    }
}

static int start_with_few_descriptors(int left) {
    struct rlimit before, after;
    while (open("/dev/null", O_RDONLY) >= 0)
        ;
    CHECK(errno == EMFILE);
    for (int i = 0; i < left; i++)
        close(63 - i);
    CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
    NetMeshOsSdk *sdk = NULL;
    const int status = net_meshos_sdk_start(0, 1, 0, 0, 0, &sdk);
    CHECK(status == NET_MESHOS_OK || (status == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("no_resources")));
    CHECK(getrlimit(RLIMIT_NOFILE, &after) == 0 && after.rlim_cur == before.rlim_cur);
    if (status != NET_MESHOS_OK) {
        for (int fd = 20; fd < 64; fd++)
            close(fd);
        sdk = host_start();
    }
    host_round(sdk);
    host_end(sdk);
    return status;
}

/* Several times each: what else opens a descriptor meanwhile is chance. */
static void descriptors(void) {
    enum { MOST = 8, TIMES = 10 };
    limit(RLIMIT_NOFILE, 64);
    for (int i = 0; i < MOST * TIMES; i++) {
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            printf("%d left: %d\n", i % MOST, start_with_few_descriptors(i % MOST));
            exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
}

/* The limit counts all threads of a user, and root has none. A high number, so that nobody else is it. Who isn't root
 * stays what he is: with threads of his elsewhere the limit is only lower. */
static void become_nobody(void) {
    if (geteuid() != 0)
        return;
    CHECK(setgid(64999) == 0);
    CHECK(setuid((uid_t)(64000 + getpid() % 900)) == 0);
}

static void threads(void) {
    for (rlim_t more = 0; more < 8; more++) {
        fflush(NULL);
        const pid_t child = fork();
        if (child == 0) {
            become_nobody();
            limit(RLIMIT_NPROC, 1 + more);
            start_or_say(RLIMIT_NPROC);
            exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        printf("%d more threads: status %d\n", (int)more, status);
        CHECK(status == 0);
    }
}

static atomic_bool released;
static atomic_int processed;

static int block(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t len) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)len;
    AWAIT(atomic_load(&released));
    atomic_fetch_add(&processed, 1);
    return 0;
}

static void blocked(void) {
    NetMeshOsSdk *sdk = host_start();
    become_nobody();
    limit(RLIMIT_NPROC, (rlim_t)status_kb("Threads:") + 2);
    const NetMeshOsDaemonVtable table = {.process = block};
    NetMeshOsHandle *handles[DAEMONS];
    for (int i = 0; i < DAEMONS; i++) {
        handles[i] = host_register(sdk, &table, NULL);
        const uint64_t id = net_meshos_handle_daemon_id(handles[i]);
        CHECK(net_meshos_ext_post(sdk, id, &host_hello, 1, NULL) == NET_MESHOS_OK);
    }
    /* The calls that need no worker answer meanwhile. */
    for (int i = 0; i < 100; i++) {
        char *text = net_meshos_ext_runtime_json(sdk);
        CHECK(text && strstr(text, "\"busy_daemons\":32"));
        net_meshos_free_string(text);
    }
    CHECK(net_meshos_ext_flush(sdk, 0, 50) == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("timeout"));
    atomic_store(&released, true);
    CHECK(net_meshos_ext_flush(sdk, 0, 60000) == NET_MESHOS_OK);
    CHECK(atomic_load(&processed) == DAEMONS);
    for (int i = 0; i < DAEMONS; i++)
        net_meshos_handle_free(handles[i]);
    host_end(sdk);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    const char *what = arguments[1];
    if (strcmp(what, "memory") == 0)
        memory();
    else if (strcmp(what, "descriptors") == 0)
        descriptors();
    else if (strcmp(what, "threads") == 0)
        threads();
    else if (strcmp(what, "blocked") == 0)
        blocked();
    else
        return 2;
    return 0;
}
