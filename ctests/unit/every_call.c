#include "every_call.h"

#include <string.h>

#include "abi_calls.h"

/* An argument for each parameter's name. A call with a new name for one needs a
 * line here. */
static const uint64_t this_node = 1, tick_interval_ms = 1000, timeout_ms = 1, grace_ms = 1, drain_ms = 1, after_seq = 0;
#define daemon_id some_daemon_id
#define from_daemon_id some_daemon_id
#define to_daemon_id some_daemon_id
static const size_t event_queue_capacity = 0, action_queue_capacity = 0, control_capacity = 0, max = 10;
static const int level = NET_MESHOS_LOG_INFO, min_level = NET_MESHOS_LOG_INFO;

static const char name_ptr[] = "daemon", message_ptr[] = "line", tags_json_ptr[] = "[]", config_json[] = "{}";
static const size_t name_len = 6, message_len = 4, tags_json_len = 2, config_len = 2;
static const uint8_t seed_ptr[32] = {0xEC, [31] = 1}, state[] = "state";
static const size_t len = 5;

static const NetMeshOsEvent one_event = {1, 1, (const uint8_t *)"x", 1};
static const NetMeshOsEvent *const event = &one_event, *const events = &one_event;
static const size_t n = 1;

static const NetMeshOsOutputFn output_fn = NULL;
static const NetMeshOsLogFn log_fn = NULL;
static void (*const destroy)(void *) = NULL;
static void *const user_ctx = NULL, *const ctx = NULL;

/* For what gives something back, or emits: nothing. */
static char *const s = NULL;
static uint8_t *const bytes = NULL;
static const uint8_t *const payload_ptr = NULL;
static const size_t payload_len = 0;

/* What the calls write. */
static union {
    NetMeshOsSdk *sdk;
    NetMeshOsHandle *handle;
    NetMeshOsDaemonControl event;
    uint8_t *bytes;
} written, untouched;
static void *const out = &written;
static uint8_t seed_written[32], *const out32 = seed_written;
static size_t length;
static size_t *const out_len = &length, *const accepted = NULL;

static int status(int got) {
    return got;
}

static int text(char *got) {
    net_meshos_free_string(got);
    return got ? GOT_TEXT : GOT_NULL;
}

static int words(const char *got) {
    return got ? GOT_TEXT : GOT_NULL;
}

static int number(uint64_t got) {
    (void)got;
    return GOT_OTHER;
}

static void begin(void) {
    memset(&written, 0xA5, sizeof written);
    untouched = written;
}

#define VALUE(type, name, parameters, arguments)                                                            \
    static int make_##name(void) {                                                                          \
        begin();                                                                                            \
        return _Generic((type)0, int: status, char *: text, const char *: words, uint64_t: number)(         \
            net_meshos_##name arguments);                                                                   \
    }
#define VOID(name, parameters, arguments) \
    static int make_##name(void) {        \
        begin();                          \
        net_meshos_##name arguments;      \
        return GOT_NOTHING;               \
    }
MESHOS_WRAPPERS(VALUE, VOID)
#undef VALUE
#undef VOID

const struct every_call every_calls[] = {
#define VALUE(type, name, parameters, arguments)  \
    {"net_meshos_" #name, #arguments, make_##name, \
     _Generic((type)0, int: NET_MESHOS_ERR_CALL_FAILED, char *: GOT_NULL, default: GOT_OTHER)},
#define VOID(name, parameters, arguments) {"net_meshos_" #name, #arguments, make_##name, GOT_NOTHING},
    MESHOS_WRAPPERS(VALUE, VOID)
    {NULL, NULL, NULL, 0},
};

static int begins(const char *arguments, const char *name) {
    size_t length_of_name = strlen(name);
    return strncmp(arguments + 1, name, length_of_name) == 0 && strchr(",)", arguments[1 + length_of_name]) != NULL;
}

int takes_sdk(const struct every_call *c) {
    return begins(c->arguments, "sdk");
}

int takes_handle(const struct every_call *c) {
    return begins(c->arguments, "handle");
}

int every_call_wrote(void) {
    return memcmp(&written, &untouched, sizeof written) != 0;
}

/* What it is, the library knows: it ignores what is not of a kind. */
void every_call_release(void) {
    net_meshos_sdk_free(written.sdk);
    net_meshos_handle_free(written.handle);
    net_meshos_ext_free_bytes(written.bytes, length);
    begin();
}
