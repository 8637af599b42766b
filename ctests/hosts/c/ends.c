/* What no library with a Go runtime in it can survive, and how the process ends then: at once and with words, never
 * by hanging or by going on with what is corrupt.
 *   ends heap     no address space is left when Go's heap must grow
 *   ends closed   the host closes all descriptors after the start, those of the runtime among them */
#include "host.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { PAYLOAD = 1 << 20, SECONDS = 300 };

static int hold(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                size_t len) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)len;
    pause();
    return 0;
}

static rlim_t address_space(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;
    CHECK(file && fscanf(file, "%lu", &pages) == 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Events wait without end, and each is a megabyte. */
static void heap(void) {
    static uint8_t bytes[PAYLOAD];
    const NetMeshOsDaemonVtable table = {.process = hold};
    NetMeshOsSdk *sdk = host_start();
    NetMeshOsHandle *handle = host_register(sdk, &table, NULL);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    const NetMeshOsEvent event = {1, 1, bytes, sizeof bytes};
    const struct rlimit limit = {address_space() + 256 * 1024 * 1024, RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (;;)
        if (net_meshos_ext_post(sdk, id, &event, 1, NULL) != NET_MESHOS_OK)
            _exit(last_kind_is("out_of_memory") ? 0 : 3);
}

static void closed(void) {
    NetMeshOsSdk *sdk = host_start();
    host_round(sdk);
    for (int fd = 3; fd < 1024; fd++)
        close(fd);
    for (int i = 0; i < 200; i++)
        host_round(sdk);
    host_end(sdk);
    _exit(0);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    int words[2];
    CHECK(pipe(words) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(words[1], 2);
        alarm(SECONDS); /* which ends a hang, and is no end that is allowed */
        (strcmp(arguments[1], "heap") == 0 ? heap : closed)();
    }
    close(words[1]);
    char said[4096];
    size_t len = 0;
    for (ssize_t n; len < sizeof said - 1 && (n = read(words[0], said + len, sizeof said - 1 - len)) > 0;)
        len += (size_t)n;
    said[len] = 0;
    close(words[0]);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("status %#x, %.*s\n", (unsigned)status, (int)strcspn(said, "\n"), said);
    const bool gone_on = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool by_go = (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) || (WIFEXITED(status) && WEXITSTATUS(status) == 2);
    CHECK(gone_on || (by_go && len > 0));
    return 0;
}
