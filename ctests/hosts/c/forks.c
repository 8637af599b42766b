/* A host that forks.
 *   forks before     fork before the first start: parent and child each start an SDK of their own
 *   forks daemon     daemon(3) before the first start
 *   forks closes     close every descriptor above 2 before the first start
 *   forks after      fork while eight threads call: in the child each call answers "forked", and exec works
 *   forks callback   a callback that forks, and one that ends the process with exit() */
#include "host.h"

#include <errno.h>
#include <sys/wait.h>

static int status_of(pid_t child) {
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void live(void) {
    NetMeshOsSdk *sdk = host_start();
    for (int i = 0; i < 20; i++)
        host_round(sdk);
    host_end(sdk);
}

static void before(void) {
    for (int i = 0; i < 4; i++) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            live();
            /* A child of a child, after the start. */
            const pid_t late = fork();
            if (late == 0) {
                NetMeshOsSdk *sdk;
                _exit(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk) == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("forked")
                          ? 0
                          : 1);
            }
            exit(status_of(late));
        }
        CHECK(status_of(child) == 0);
    }
    live();
}

/* daemon(3) ends the parent at once; a pipe tells how it went on. */
static void as_daemon(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        CHECK(daemon(1, 1) == 0);
        live();
        CHECK(write(ends[1], "lived", 5) == 5);
        exit(0);
    }
    close(ends[1]);
    CHECK(status_of(child) == 0);
    char text[8];
    CHECK(read(ends[0], text, sizeof text) == 5 && memcmp(text, "lived", 5) == 0);
}

static void closes(void) {
    const long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < limit && fd < 65536; fd++)
        close(fd);
    live();
}

/* In the child: no call blocks, and each says why it does nothing. */
static int forked_child(NetMeshOsSdk *sdk, NetMeshOsHandle *handle, uint64_t id) {
    NetMeshOsDaemonControl control;
    NetMeshOsSdk *other;
#define FORKED(call) \
    if ((call) != NET_MESHOS_ERR_CALL_FAILED || !last_kind_is("forked")) return __LINE__ % 100 + 100
    FORKED(net_meshos_sdk_start(0, 0, 0, 0, 0, &other));
    FORKED(net_meshos_ext_deliver(sdk, id, &host_hello, NULL, NULL));
    FORKED(net_meshos_next_control(handle, 0, &control));
    FORKED(net_meshos_ext_flush(sdk, 0, 0));
    FORKED(net_meshos_graceful_shutdown(handle, 0));
    FORKED(net_meshos_sdk_shutdown(sdk));
    if (net_meshos_ext_runtime_json(sdk) || net_meshos_sdk_dropped_control_events(sdk) != UINT64_MAX)
        return 2;
    net_meshos_handle_free(handle);
    net_meshos_sdk_free(sdk);
    return 0;
}

static void after(void) {
    NetMeshOsSdk *sdk = host_start();
    NetMeshOsHandle *handle = host_register(sdk, &host_table, NULL);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    pthread_t threads[HOST_THREADS];
    host_callers_begin(threads, sdk);
    AWAIT(atomic_load(&host_rounds) > 2 * HOST_THREADS);
    for (int i = 0; i < 100; i++) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            if (i % 4 == 3) {
                execl("/bin/true", "true", (char *)NULL);
                _exit(127);
            }
            _exit(forked_child(sdk, handle, id));
        }
        CHECK(status_of(child) == 0);
    }
    host_callers_end(threads);
    net_meshos_handle_free(handle);
    host_end(sdk);
}

static int forks(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t len) {
    (void)emit, (void)origin, (void)payload, (void)len;
    NetMeshOsSdk *sdk = ctx;
    if (sequence == 0)
        exit(17);
    const pid_t child = fork();
    if (child == 0)
        _exit(net_meshos_ext_flush(sdk, 0, 0) == NET_MESHOS_ERR_CALL_FAILED && last_kind_is("forked") ? 0 : 1);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void run_callback(bool on_worker, uint64_t sequence) {
    NetMeshOsSdk *sdk = host_start();
    const NetMeshOsDaemonVtable table = {.process = forks};
    NetMeshOsHandle *handle = host_register(sdk, &table, sdk);
    const uint64_t id = net_meshos_handle_daemon_id(handle);
    const NetMeshOsEvent event = {1, sequence, NULL, 0};
    if (on_worker) {
        CHECK(net_meshos_ext_post(sdk, id, &event, 1, NULL) == NET_MESHOS_OK);
        CHECK(net_meshos_ext_flush(sdk, id, 0) == NET_MESHOS_OK);
    } else {
        CHECK(net_meshos_ext_deliver(sdk, id, &event, NULL, NULL) == NET_MESHOS_OK);
    }
    char *text = net_meshos_ext_runtime_json(sdk);
    CHECK(text && strstr(text, "\"failures\":0"));
    net_meshos_free_string(text);
    net_meshos_handle_free(handle);
    host_end(sdk);
}

static void callback(void) {
    /* exit() in a callback, on a worker and on the caller's thread, each in a process of its own. */
    for (int on_worker = 0; on_worker < 2; on_worker++) {
        const pid_t child = fork();
        if (child == 0) {
            run_callback(on_worker != 0, 0);
            _exit(1);
        }
        CHECK(status_of(child) == 17);
    }
    run_callback(true, 1);
    run_callback(false, 1);
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    const char *what = arguments[1];
    if (strcmp(what, "before") == 0)
        before();
    else if (strcmp(what, "daemon") == 0)
        as_daemon();
    else if (strcmp(what, "closes") == 0)
        closes();
    else if (strcmp(what, "after") == 0)
        after();
    else if (strcmp(what, "callback") == 0)
        callback();
    else
        return 2;
    return 0;
}
