/* net_meshos_publish_log, net_meshos_ext_on_log and net_meshos_ext_logs_json: log lines, followed by a function and
 * read as JSON. */
#include <net_meshos_ext.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program with the words of a call that failed. */
static void check(int status) {
    if (status == NET_MESHOS_OK)
        return;
    fprintf(stderr, "%s: %s\n", net_meshos_last_error_kind(), net_meshos_last_error_message());
    exit(1);
}

struct warned {
    sem_t semaphore;
    uint64_t seq;
};

/* Called on one thread of the library, with each record of the level and above. */
static void follow(void *ctx, uint64_t seq, uint64_t unix_ms, int level, uint64_t daemon_id, const char *message,
                   size_t len) {
    struct warned *warned = ctx;
    (void)unix_ms, (void)daemon_id;
    printf("%s: %.*s\n", level >= NET_MESHOS_LOG_ERROR ? "error" : "warning", (int)len, message);
    warned->seq = seq;
    sem_post(&warned->semaphore);
}

int main(void) {
    const uint8_t seed[32] = {1};
    const char ready[] = "ready", hot[] = "87 degrees";
    struct warned warned;
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *daemon;
    sem_init(&warned.semaphore, 0, 0);
    check(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk));
    check(net_meshos_register_daemon(sdk, "sensor", 6, seed, &daemon));
    check(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_WARN, follow, &warned));
    check(net_meshos_publish_log(daemon, NET_MESHOS_LOG_INFO, ready, strlen(ready)));
    check(net_meshos_publish_log(daemon, NET_MESHOS_LOG_WARN, hot, strlen(hot)));
    sem_wait(&warned.semaphore);

    char *json = net_meshos_ext_logs_json(sdk, warned.seq - 1, 1); /* one record, after number seq - 1 */
    if (!json)
        check(NET_MESHOS_ERR_CALL_FAILED);
    else if (strstr(json, hot))
        puts("it is in the JSON, too");
    net_meshos_free_string(json);

    check(net_meshos_ext_on_log(sdk, NET_MESHOS_LOG_WARN, NULL, NULL)); /* follow is not called any more */
    sem_destroy(&warned.semaphore);
    net_meshos_handle_free(daemon);
    net_meshos_sdk_free(sdk);
    return 0;
}

/* It prints:
warning: 87 degrees
it is in the JSON, too
*/
