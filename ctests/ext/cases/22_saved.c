/* States in files, which survive the process. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"
#include "keeper.h"

enum { HOUR = 3600000 };

static const char *folder(void) {
    static char name[] = "/tmp/meshos-ext-state.XXXXXX";
    NEED(mkdtemp(name) != NULL);
    return name;
}

/* The one file in the folder whose name ends so; NULL: there is none. */
static const char *file_in(const char *folder_name, const char *end) {
    static char path[400];
    const char *found = NULL;
    DIR *d = opendir(folder_name);
    NEED(d != NULL);
    for (struct dirent *e; (e = readdir(d));) {
        size_t length = strlen(e->d_name);
        if (length > strlen(end) && strcmp(e->d_name + length - strlen(end), end) == 0) {
            CHECK(!found);
            snprintf(path, sizeof path, "%s/%s", folder_name, e->d_name);
            found = path;
        }
    }
    closedir(d);
    return found;
}

/* In a durable mesh the state is in the mesh, whatever the configuration says about files and times. */
static void expect_no_file(const char *folder_name) {
    CHECK(file_in(folder_name, ".state") == NULL);
}

static void remove_folder(const char *folder_name) {
    static const char *const ends[] = {".state", ".damaged", ".tmp"};
    for (size_t i = 0; i < LENGTH(ends); i++)
        for (const char *path; (path = file_in(folder_name, ends[i]));)
            NEED(unlink(path) == 0);
    NEED(rmdir(folder_name) == 0);
}

CASE(saved_nothing, "saved state: a snapshot that emits nothing leaves the one before, and the file of it") {
    KEEPER(a, t);
    const char *dir = folder();
    char config[200];
    snprintf(config, sizeof config, "{'on_process_failure': 'restart', 'snapshot_events': 1, 'state_dir': '%s',"
                                    "'backoff_initial_ms': 1}", dir);
    NetMeshOsSdk *sdk = sdk_new("%s", config);
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "a"));
    GAUGE_NEED(&a.snapshots, 1);
    FLUSH(sdk, a.id);
    t.silent = true;
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "b"));
    GAUGE_NEED(&a.snapshots, 2);
    FLUSH(sdk, a.id);
    uint8_t *out = (uint8_t *)"";
    size_t length = 1;
    EXPECT_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length));
    CHECK(out == NULL && length == 0);
    CHECK(logged(sdk, "the state could not be saved, and the one before is kept: snapshot gave nothing"));
    EXPECT(deliver(sdk, a.id, 1, 3, "fail"), -2, process_failed);
    GAUGE_NEED(&a.restores, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 4, "c"));
    CHECK_TEXT(t.text, "ac");
    ACTOR_END(&a);
    sdk_end(sdk);
    if (!in_mesh()) { /* another process, which has the file alone */
        KEEPER(b, u);
        sdk = sdk_new("%s", config);
        actor_begin(&b, sdk, 1);
        EXPECT_OK(deliver(sdk, b.id, 1, 1, "!"));
        CHECK_TEXT(u.text, "a!");
        FLUSH(sdk, b.id);
        u.text[0] = 0; /* an empty state is a state */
        EXPECT_OK(net_meshos_ext_snapshot(sdk, b.id, &out, &length));
        EXPECT(deliver(sdk, b.id, 1, 2, "fail"), -2, process_failed);
        GAUGE_NEED(&b.restores, 2);
        EXPECT_OK(deliver(sdk, b.id, 1, 3, "?"));
        CHECK_TEXT(u.text, "?");
        ACTOR_END(&b);
        sdk_end(sdk);
    }
    remove_folder(dir);
}

CASE(saved_unused, "saved state: a log line says that a daemon without restore doesn't get it") {
    const char *dir = folder();
    mesh_stays();
    for (int i = 0; i < 2 && !in_durable_mesh(); i++) { /* where snapshot needs restore */
        KEEPER(a, t);
        a.restore = NULL;
        NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s', 'snapshot_events': 1}", dir);
        actor_begin(&a, sdk, 1);
        CHECK(logged(sdk, "no restore callback") == (i == 1));
        EXPECT_OK(deliver(sdk, a.id, 1, 1 + (uint64_t)i, "x"));
        FLUSH(sdk, a.id);
        ACTOR_END(&a);
        sdk_end(sdk);
    }
    remove_folder(dir);
}

CASE(saved_shared, "saved state: a folder that another SDK has is -2 invalid_state, until that is shut down") {
    const char *dir = folder();
    char config[100];
    snprintf(config, sizeof config, "{'state_dir': '%s'}", dir);
    NetMeshOsSdk *first = sdk_new("%s", config), *second = NULL;
    if (in_durable_mesh())
        EXPECT_OK(sdk_start(&second, config));
    else
        EXPECT(sdk_start(&second, config), -2, invalid_state);
    CHECK(in_durable_mesh() || strstr(net_meshos_last_error_message(), dir) != NULL);
    sdk_end(first);
    if (!second)
        NEED_OK(sdk_start(&second, config));
    net_meshos_sdk_free(second); /* without a shutdown */
    NEED_OK(sdk_start(&second, config));
    sdk_end(second);
    remove_folder(dir);
}

/* A process of its own that processes events and then waits to be killed. */
static void live(const char *folder_name, int ready) {
    static struct text t;
    static struct actor a = {KEEPER_CALLS, .context = &t};
    NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s', 'snapshot_events': 2}", folder_name);
    actor_begin(&a, sdk, 1);
    for (const char *c = "vwxyz"; *c; c++)
        POST(sdk, a.id, 1, (uint64_t)*c, ((char[]){*c, 0}));
    FLUSH(sdk, a.id);
    NEED(write(ready, "", 1) == 1);
    for (;;)
        pause();
}

CASE(saved_kill, "saved state: after kill -9 the next process has it before its first event") {
    KEEPER(a, t);
    const char *dir = folder();
    int ready[2];
    char byte;
    mesh_stays();
    NEED(pipe(ready) == 0);
    pid_t child = fork(); /* the library has not started yet */
    if (child == 0)
        live(dir, ready[1]);
    NEED(child > 0 && close(ready[1]) == 0);
    NEED(read(ready[0], &byte, 1) == 1);
    NEED(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s'}", dir);
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "!"));
    CHECK_TEXT(t.text, in_durable_mesh() ? "vwxyz!" : "vwxy!"); /* the fifth event came after the last state */
    CHECK_INT(t.processed_at_restore, 0);
    ACTOR_END(&a);
    sdk_end(sdk);
    if (in_durable_mesh())
        expect_no_file(dir);
    remove_folder(dir);
}

CASE(saved_end, "saved state: a graceful end loses nothing of it") {
    const char *dir = folder();
    mesh_stays();
    for (int i = 0; i < 2; i++) {
        KEEPER(a, t);
        NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s', 'snapshot_interval_ms': %d}", dir, HOUR);
        actor_begin(&a, sdk, 1);
        EXPECT_OK(deliver(sdk, a.id, 1, 1 + (uint64_t)i, "x"));
        CHECK_TEXT(t.text, i ? "xx" : "x");
        int status = i ? net_meshos_ext_stop_daemon(sdk, a.id, 1) : net_meshos_graceful_shutdown(a.handle, 1);
        if (status != 0) /* the disk took longer than the grace time and what comes on top */
            EXPECT(status, -2, shutdown_failed);
        GAUGE_NEED(&a.snapshots, 1);
        ACTOR_END(&a);
        CHECK_INT(gauge_get(&a.snapshots), in_mesh() && !in_durable_mesh() ? 2 : 1); /* there also for the mesh */
        sdk_end(sdk);
    }
    if (in_durable_mesh())
        expect_no_file(dir);
    remove_folder(dir);
}

CASE(saved_damaged, "saved state: a damaged file is -2 state_invalid once, and kept aside") {
    KEEPER(a, t);
    uint8_t *out = NULL;
    size_t length = 0;
    const char *dir = folder();
    NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s'}", dir);
    actor_begin(&a, sdk, 1);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "x"));
    NEED_OK(net_meshos_ext_snapshot(sdk, a.id, &out, &length)); /* is written, too */
    net_meshos_ext_free_bytes(out, length);
    ACTOR_END(&a);
    if (in_durable_mesh()) {
        expect_no_file(dir);
        KEEPER(again, v);
        actor_begin(&again, sdk, 1);
        EXPECT_OK(deliver(sdk, again.id, 1, 2, "y"));
        CHECK_TEXT(v.text, "xy");
        ACTOR_END(&again);
        sdk_end(sdk);
        remove_folder(dir);
        return;
    }
    const char *path = file_in(dir, ".state");
    NEED(path != NULL);
    int fd = open(path, O_WRONLY | O_APPEND);
    NEED(fd >= 0 && write(fd, "!", 1) == 1 && close(fd) == 0);

    struct text u = {.answer = 0};
    struct actor b = {KEEPER_CALLS, .context = &u};
    b.sdk = sdk;
    EXPECT(actor_register(&b, sdk, 1), -2, state_invalid);
    CHECK(strstr(net_meshos_last_error_message(), ".damaged") != NULL);
    CHECK(file_in(dir, ".state") == NULL);
    CHECK(file_in(dir, ".damaged") != NULL);
    b = (struct actor){KEEPER_CALLS, .context = &u};
    actor_begin(&b, sdk, 1);
    EXPECT_OK(deliver(sdk, b.id, 1, 1, "y"));
    CHECK_TEXT(u.text, in_mesh() ? "xy" : "y"); /* a mesh has it, too */
    ACTOR_END(&b);
    sdk_end(sdk);
    remove_folder(dir);
}

CASE(saved_rejected, "saved state: a daemon that rejects it is held, and it is not overwritten") {
    const char *dir = folder();
    mesh_stays();
    for (int i = 0; i < 3; i++) {
        KEEPER(a, t);
        t.answer = i == 1;
        NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s', 'snapshot_events': 1, 'backoff_initial_ms': %d,"
                                    "'backoff_max_ms': %d}", dir, HOUR, HOUR);
        actor_begin(&a, sdk, 1);
        POST(sdk, a.id, 1, 1 + (uint64_t)i, "x");
        if (i == 1)
            POLL_UNTIL(strcmp(json_text(look_at(sdk, a.id), "lifecycle"), "backing_off") == 0);
        else
            FLUSH(sdk, a.id);
        /* The event that it didn't get still waits in a durable mesh. In another one it does if it was stored, because
         * the node wasn't yet sure to run the daemon. */
        bool waited = in_durable_mesh() || (in_mesh() && strcmp(t.text, "xxx") == 0);
        CHECK_TEXT(t.text, i == 0 ? "x" : i == 1 ? "" : waited ? "xxx" : "xx");
        ACTOR_END(&a);
        sdk_end(sdk);
    }
    remove_folder(dir);
}

CASE(saved_unwritable, "saved state: what can't be written is logged, and events go on") {
    KEEPER(a, t);
    const char *dir = folder();
    NetMeshOsSdk *sdk = sdk_new("{'state_dir': '%s', 'snapshot_events': 1}", dir);
    actor_begin(&a, sdk, 1);
    NEED(rmdir(dir) == 0);
    EXPECT_OK(deliver(sdk, a.id, 1, 1, "x"));
    FLUSH(sdk, a.id);
    if (in_durable_mesh()) /* where it isn't written there */
        CHECK(!logged(sdk, "the state could not be saved"));
    else
        POLL_UNTIL(logged(sdk, "the state could not be saved"));
    EXPECT_OK(deliver(sdk, a.id, 1, 2, "y"));
    CHECK_TEXT(t.text, "xy");
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(saved_no_folder, "saved state: a state_dir that can't be used is -2 config_invalid at the start") {
    NetMeshOsSdk *sdk = NULL;
    EXPECT(sdk_start(&sdk, "{'state_dir': '/dev/null'}"), -2, config_invalid);
    EXPECT(sdk_start(&sdk, "{'state_dir': '/proc/none'}"), -2, config_invalid);
    EXPECT(sdk_start(&sdk, "{'state_dir': 7}"), -3, invalid_argument);
}
