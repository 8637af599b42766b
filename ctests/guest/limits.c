/* A process that has not enough of something. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guest.h"

static bool fails_with(const char *kind) {
    NetMeshOsSdk *sdk = (NetMeshOsSdk *)4711;
    int status = net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk);
    if (status == 0) {
        for (uint64_t i = 0; i < 20; i++)
            all_calls(sdk, i);
        OK(net_meshos_sdk_shutdown(sdk));
        net_meshos_sdk_free(sdk);
        return false;
    }
    if (status != -2 || strcmp(net_meshos_last_error_kind(), kind) != 0)
        fprintf(stderr, "%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
    NEED(status == -2 && strcmp(net_meshos_last_error_kind(), kind) == 0);
    NEED(sdk == (NetMeshOsSdk *)4711);
    return true;
}

/* The kernel shows a thread a moment longer than it can be waited for. */
static bool is_alone(void) { return threads() == 1; }

static void start_and_work(void) {
    NetMeshOsSdk *sdk = start();
    for (uint64_t i = 0; i < 50; i++)
        all_calls(sdk, i);
    OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

/* ---- Descriptors ---- */

static void fill_descriptors_but(unsigned free) {
    struct rlimit few = {64, 64};
    NEED(setrlimit(RLIMIT_NOFILE, &few) == 0);
    int last = -1;
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        last = fd;
    for (unsigned i = 0; i < free; i++)
        close(last - (int)i);
}

enum { NEEDED = 5 };

static void without_descriptors_is_an_error(void) {
    for (unsigned free = 0; free < NEEDED; free++) {
        fill_descriptors_but(free);
        NEED(fails_with("no_resources"));
        close(63); /* the test needs one to look */
        NEED(threads() == 1);
    }
    fill_descriptors_but(10);
    start_and_work();
}

static bool descriptor_is_left(void) {
    int fd = open("/dev/null", O_RDONLY);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Two of them are in use, and up to two more if there is a limit on processors. */
static void five_descriptors_are_enough(void) {
    fill_descriptors_but(NEEDED);
    start_and_work();
    NEED(descriptor_is_left());
    fill_descriptors_but(0);
    start_and_work(); /* another start needs none */
}

/* Go opens what it waits with at another moment then. */
static void enough_with_streams_that_never_block(void) {
    int ends[2];
    NEED(pipe(ends) == 0);
    NEED(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    fill_descriptors_but(NEEDED);
    start_and_work();
}

/* ---- Addresses ---- */

static uint64_t addresses_more;

static void with_so_many_addresses(void) {
    struct rlimit few;
    few.rlim_cur = few.rlim_max = status_of(0, "VmSize", 10) * 1024 + addresses_more;
    NEED(setrlimit(RLIMIT_AS, &few) == 0);
    sigset_t before, after;
    sigprocmask(SIG_SETMASK, NULL, &before);
    NetMeshOsSdk *sdk = NULL;
    int status = net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk);
    const char *kind = net_meshos_last_error_kind();
    NEED(status == 0 || (status == -2 && (!strcmp(kind, "out_of_memory") || !strcmp(kind, "no_resources"))));
    sigprocmask(SIG_SETMASK, NULL, &after);
    NEED(memcmp(&before, &after, sizeof(unsigned long)) == 0);
    if (status == 0)
        all_calls(sdk, 1);
    else
        await(is_alone, "the threads are gone");
}

static void few_addresses_are_an_error(void) {
    for (addresses_more = 0; addresses_more <= (uint64_t)2500 << 20; addresses_more += (uint64_t)50 << 20)
        in_child(with_so_many_addresses);
}

static void no_addresses_are_an_error(void) {
    struct rlimit few;
    few.rlim_cur = status_of(0, "VmSize", 10) * 1024 + ((uint64_t)100 << 20);
    few.rlim_max = RLIM_INFINITY;
    NEED(setrlimit(RLIMIT_AS, &few) == 0);
    NEED(fails_with("out_of_memory"));
    few.rlim_cur = RLIM_INFINITY;
    NEED(setrlimit(RLIMIT_AS, &few) == 0);
    start_and_work(); /* as soon as there are enough */
}

/* ---- Threads ---- */

static unsigned threads_more;

/* The limit counts what the user has everywhere, so it must be a user of our own. */
static void limit_threads(unsigned more) {
    if (geteuid() == 0)
        NEED(setgid(65534) == 0 && setuid(60000 + (unsigned)getpid() % 5000) == 0);
    struct rlimit few = {threads() + more, threads() + more};
    NEED(setrlimit(RLIMIT_NPROC, &few) == 0);
}

static void with_so_many_threads(void) {
    limit_threads(threads_more);
    if (fails_with("no_resources")) {
        NEED(threads_more < 12);
        await(is_alone, "the threads are gone");
    }
}

static void few_threads_work_or_are_an_error(void) {
    if (geteuid() != 0)
        skip("only root can become a user without other processes");
    for (threads_more = 0; threads_more < 20; threads_more++)
        in_child(with_so_many_threads);
}

/* 32 callbacks that block. */
enum { BLOCKED = 32 };
static atomic_int inside, most_inside, processed;
static atomic_bool go_on;

static int block(void *ctx, NetMeshOsProcessEmitCtx *emit, uint64_t origin, uint64_t sequence, const uint8_t *payload,
                 size_t length) {
    (void)ctx, (void)emit, (void)origin, (void)sequence, (void)payload, (void)length;
    int n = atomic_fetch_add(&inside, 1) + 1;
    if (n > atomic_load(&most_inside))
        atomic_store(&most_inside, n);
    for (uint64_t end = now_ms() + 60000; !atomic_load(&go_on) && now_ms() < end;)
        usleep(1000);
    atomic_fetch_sub(&inside, 1);
    atomic_fetch_add(&processed, 1);
    return 0;
}

static bool all_processed(void) { return atomic_load(&processed) == BLOCKED; }
static bool some_inside(void) { return atomic_load(&inside) > 0; }

static void blocked_callbacks(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = block};
    NetMeshOsHandle *handle[BLOCKED];
    NetMeshOsSdk *sdk = start();
    limit_threads(threads_more);
    for (uint64_t i = 0; i < BLOCKED; i++) {
        handle[i] = daemon_with(sdk, i, &vtable, NULL);
        OK(post(sdk, handle[i]));
    }
    await(some_inside, "a callback runs");
    for (uint64_t i = 0; i < 200; i++) {
        /* The rest of the library goes on. */
        NetMeshOsHandle *other = echo(sdk, 1000 + i);
        OK(deliver(sdk, other));
        char *text = net_meshos_ext_runtime_json(sdk);
        NEED(text != NULL);
        net_meshos_free_string(text);
        net_meshos_handle_free(other);
        usleep(1000);
    }
    NEED(atomic_load(&processed) == 0);
    NEED(atomic_load(&most_inside) < BLOCKED);
    atomic_store(&go_on, true);
    await(all_processed, "every event is processed");
    OK(net_meshos_sdk_shutdown(sdk));
}

static void without_threads_events_wait(void) {
    if (geteuid() != 0)
        skip("only root can become a user without other processes");
    for (threads_more = 0; threads_more < 4; threads_more++)
        in_child(blocked_callbacks);
}

/* Callbacks on the host's own threads, which block while Go can have no more. */
static NetMeshOsSdk *shared_sdk;
static NetMeshOsHandle *blocking[BLOCKED];

static void *deliver_one(void *i) {
    OK(deliver(shared_sdk, blocking[(intptr_t)i]));
    return NULL;
}

static bool all_inside(void) { return atomic_load(&inside) == BLOCKED; }

static void delivers_that_block(void) {
    static const NetMeshOsDaemonVtable vtable = {.process = block};
    pthread_t thread[BLOCKED];
    shared_sdk = start();
    limit_threads(BLOCKED);
    for (intptr_t i = 0; i < BLOCKED; i++) {
        blocking[i] = daemon_with(shared_sdk, (uint64_t)i, &vtable, NULL);
        NEED(pthread_create(&thread[i], NULL, deliver_one, (void *)i) == 0);
    }
    await(all_inside, "all callbacks run");
    for (uint64_t i = 0; i < 100; i++)
        all_calls(shared_sdk, 1000 + i);
    atomic_store(&go_on, true);
    for (int i = 0; i < BLOCKED; i++)
        pthread_join(thread[i], NULL);
    OK(net_meshos_sdk_shutdown(shared_sdk));
}

static void delivers_that_block_need_none(void) {
    if (geteuid() != 0)
        skip("only root can become a user without other processes");
    in_child(delivers_that_block);
}

/* An SDK too many is an error, and one that is freed makes place. */
static void many_sdks(void) {
    enum { MOST = 40 };
    NetMeshOsSdk *sdk[MOST];
    limit_threads((unsigned)sysconf(_SC_NPROCESSORS_ONLN) + 25); /* for ten or so */
    int n = 0;
    while (n < MOST && net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk[n]) == 0)
        n++;
    NEED(n > 1 && n < MOST);
    NEED(strcmp(net_meshos_last_error_kind(), "no_resources") == 0);
    net_meshos_sdk_free(sdk[0]);
    sdk[0] = start();
    for (int i = 0; i < n; i++)
        all_calls(sdk[i], (uint64_t)i);
}

static void an_sdk_too_many_is_an_error(void) {
    if (geteuid() != 0)
        skip("only root can become a user without other processes");
    in_child(many_sdks);
}

const struct test limit_tests[] = {
    {"limits: without descriptors a start is an error", without_descriptors_is_an_error},
    {"limits: five descriptors are enough", five_descriptors_are_enough},
    {"limits: five are enough with streams that never block", enough_with_streams_that_never_block},
    {"limits: with few addresses a start is an error", few_addresses_are_an_error},
    {"limits: as soon as there are more it works", no_addresses_are_an_error},
    {"limits: few threads work, or a start is an error", few_threads_work_or_are_an_error},
    {"limits: without threads events wait", without_threads_events_wait},
    {"limits: delivers that block need none", delivers_that_block_need_none},
    {"limits: an SDK too many is an error", an_sdk_too_many_is_an_error},
    {NULL, NULL},
};
