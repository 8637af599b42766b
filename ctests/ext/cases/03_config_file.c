/* The file of NET_MESHOS_CONFIG. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "fixture.h"

static int healthy(struct actor *a) {
    (void)a;
    return NET_MESHOS_HEALTH_HEALTHY;
}

static char *config_file(const char *text) {
    static char name[] = "/tmp/meshos-ext-suite.XXXXXX";
    strcpy(name + sizeof name - 7, "XXXXXX");
    int fd = mkstemp(name);
    NEED(fd >= 0);
    char straight[512];
    snprintf(straight, sizeof straight, "%s", text);
    for (char *c = straight; *c; c++)
        if (*c == '\'')
            *c = '"';
    NEED(write(fd, straight, strlen(straight)) == (ssize_t)strlen(straight));
    close(fd);
    setenv("NET_MESHOS_CONFIG", name, 1);
    return name;
}

CASE(config_file_is_read, "config file: gives net_meshos_sdk_start the same configuration") {
    NetMeshOsSdk *sdk = NULL;
    char *name = config_file(" {'this_node': 18446744073709551615, 'inbox_capacity': 3,"
                             "'max_payload_bytes': 2, 'tick_interval_ms': 2}\n");
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    unlink(name);
    CHECK_U64(json_u64(look(sdk), "node_id"), UINT64_MAX);
    CHECK_U64(json_u64(look(sdk), "queues.inbox_capacity"), 3);
    struct actor a = {.health = healthy};
    actor_begin(&a, sdk, 1);
    EXPECT(post(sdk, a.id, 1, 1, "123"), -3, invalid_argument);
    GAUGE_NEED(&a.probes, 3);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(config_file_yields, "config file: arguments that are not 0 win over it") {
    NetMeshOsSdk *sdk = NULL;
    char *name = config_file("{'this_node': 1, 'tick_interval_ms': 18446744073709551615, 'control_capacity': 1,"
                             "'inbox_capacity': 3}");
    NEED_OK(net_meshos_sdk_start(2, 2, 0, 0, 2, &sdk));
    unlink(name);
    struct actor a = {.health = healthy};
    actor_begin(&a, sdk, 1);
    CHECK_U64(json_u64(look(sdk), "node_id"), 2);
    CHECK_U64(json_u64(look(sdk), "queues.inbox_capacity"), 3);
    GAUGE_NEED(&a.probes, 3);
    NEED_OK(net_meshos_ext_enter_maintenance(sdk, 0));
    POLL_UNTIL(maintenance_is(a.handle, "maintenance"));
    CHECK_U64(net_meshos_sdk_dropped_control_events(sdk), 0);
    ACTOR_END(&a);
    sdk_end(sdk);
}

CASE(config_file_not_for_ext, "config file: is not for net_meshos_ext_sdk_start") {
    char *name = config_file("{'this_node': 1}");
    NetMeshOsSdk *sdk = sdk_new("{}");
    unlink(name);
    CHECK(in_mesh() ? json_u64(look(sdk), "node_id") != 1 : json_u64(look(sdk), "node_id") == 0);
    sdk_end(sdk);
}

CASE(config_file_bad, "config file: one that can't be read or parsed is config_invalid") {
    static const char *const bad[] = {"", "[]", "{'zzz': 1}", "{'this_node': -1}", "{'this_node': 1}}", "\xff",
                                      "{'on_process_failure': 'x'}", "{'state_dir': '/dev/null'}",
                                      "{'inbox_capacity': 2305843009213693952}"};
    NetMeshOsSdk *untouched = (NetMeshOsSdk *)(uintptr_t)0x77, *sdk = untouched;
    for (size_t i = 0; i < LENGTH(bad); i++) {
        check_row("%s", bad[i]);
        char *name = config_file(bad[i]);
        EXPECT(net_meshos_sdk_start(1, 1, 1, 1, 1, &sdk), -2, config_invalid);
        CHECK(strstr(net_meshos_last_error_message(), name) != NULL);
        CHECK(strstr(net_meshos_last_error_message(), "invalid_argument") == NULL); /* one kind is enough */
        unlink(name);
    }
    static const char *const unreadable[] = {"/", "/tmp", "/none/none", "none", "/dev/null/x"};
    for (size_t i = 0; i < LENGTH(unreadable); i++) {
        check_row("%s", unreadable[i]);
        setenv("NET_MESHOS_CONFIG", unreadable[i], 1);
        EXPECT(net_meshos_sdk_start(1, 1, 1, 1, 1, &sdk), -2, config_invalid);
    }
    char pipe_name[] = "/tmp/meshos-ext-suite.XXXXXX";
    NEED(mkdtemp(pipe_name) && rmdir(pipe_name) == 0 && mkfifo(pipe_name, 0600) == 0);
    const char *const no_files[] = {pipe_name, "/dev/zero"};
    for (size_t i = 0; i < LENGTH(no_files); i++) {
        check_row("%s", no_files[i]);
        setenv("NET_MESHOS_CONFIG", no_files[i], 1);
        EXPECT(net_meshos_sdk_start(1, 1, 1, 1, 1, &sdk), -2, config_invalid);
        CHECK(strstr(net_meshos_last_error_message(), "no regular file") != NULL);
    }
    NEED(unlink(pipe_name) == 0);
    check_row(NULL);
    CHECK(sdk == untouched);
    EXPECT(net_meshos_sdk_start(0, 0, 0, 0, 0, NULL), -3, invalid_argument); /* is checked first */
    unsetenv("NET_MESHOS_CONFIG");
    NEED_OK(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    sdk_end(sdk);
}
