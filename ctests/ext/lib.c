#include "lib.h"

#include <dlfcn.h>
#include <stddef.h>

/* Every function: result, name, parameters, arguments. VALUE ones return something. */
#define LIB_FUNCTIONS(VALUE, VOID)                                                                                   \
    VALUE(int, net_meshos_sdk_start, (uint64_t a, uint64_t b, size_t c, size_t d, size_t e, NetMeshOsSdk **f),       \
          (a, b, c, d, e, f))                                                                                        \
    VOID(net_meshos_sdk_free, (NetMeshOsSdk * a), (a))                                                               \
    VALUE(int, net_meshos_sdk_shutdown, (NetMeshOsSdk * a), (a))                                                     \
    VALUE(uint64_t, net_meshos_sdk_dropped_control_events, (NetMeshOsSdk * a), (a))                                  \
    VALUE(int, net_meshos_register_daemon_with_vtable,                                                               \
          (NetMeshOsSdk * a, const char *b, size_t c, const uint8_t *d, const NetMeshOsDaemonVtable *e, void *f,     \
           NetMeshOsHandle **g),                                                                                     \
          (a, b, c, d, e, f, g))                                                                                     \
    VALUE(int, net_meshos_register_daemon,                                                                           \
          (NetMeshOsSdk * a, const char *b, size_t c, const uint8_t *d, NetMeshOsHandle **e), (a, b, c, d, e))       \
    VOID(net_meshos_handle_free, (NetMeshOsHandle * a), (a))                                                         \
    VALUE(uint64_t, net_meshos_handle_daemon_id, (const NetMeshOsHandle *a), (a))                                    \
    VALUE(const char *, net_meshos_handle_daemon_name, (const NetMeshOsHandle *a), (a))                              \
    VALUE(int, net_meshos_try_next_control, (NetMeshOsHandle * a, NetMeshOsDaemonControl * b), (a, b))               \
    VALUE(int, net_meshos_next_control, (NetMeshOsHandle * a, uint64_t b, NetMeshOsDaemonControl * c), (a, b, c))    \
    VALUE(int, net_meshos_publish_log, (NetMeshOsHandle * a, int b, const char *c, size_t d), (a, b, c, d))          \
    VALUE(int, net_meshos_graceful_shutdown, (NetMeshOsHandle * a, uint64_t b), (a, b))                              \
    VALUE(char *, net_meshos_metadata, (const NetMeshOsHandle *a), (a))                                              \
    VALUE(char *, net_meshos_refresh_metadata, (NetMeshOsHandle * a), (a))                                           \
    VALUE(int, net_meshos_publish_capabilities, (NetMeshOsHandle * a, const char *b, size_t c), (a, b, c))           \
    VOID(net_meshos_free_string, (char *a), (a))                                                                     \
    VOID(net_meshos_process_emit, (NetMeshOsProcessEmitCtx * a, const uint8_t *b, size_t c), (a, b, c))              \
    VOID(net_meshos_snapshot_emit, (NetMeshOsSnapshotEmitCtx * a, const uint8_t *b, size_t c), (a, b, c))            \
    VALUE(const char *, net_meshos_last_error_message, (void), ())                                                   \
    VALUE(const char *, net_meshos_last_error_kind, (void), ())                                                      \
    VOID(net_meshos_clear_last_error, (void), ())                                                                    \
    VALUE(const char *, net_meshos_ext_version, (void), ())                                                          \
    VALUE(int, net_meshos_ext_sdk_start, (const char *a, size_t b, NetMeshOsSdk **c), (a, b, c))                     \
    VALUE(int, net_meshos_register_daemon_with_vtable_v2,                                                            \
          (NetMeshOsSdk * a, const char *b, size_t c, const uint8_t *d, const NetMeshOsDaemonVtable *e, void *f,     \
           void (*g)(void *), NetMeshOsHandle **h),                                                                  \
          (a, b, c, d, e, f, g, h))                                                                                  \
    VALUE(int, net_meshos_ext_deliver,                                                                               \
          (NetMeshOsSdk * a, uint64_t b, const NetMeshOsEvent *c, NetMeshOsOutputFn d, void *e), (a, b, c, d, e))    \
    VALUE(int, net_meshos_ext_post, (NetMeshOsSdk * a, uint64_t b, const NetMeshOsEvent *c, size_t d, size_t *e),    \
          (a, b, c, d, e))                                                                                           \
    VALUE(int, net_meshos_ext_flush, (NetMeshOsSdk * a, uint64_t b, uint64_t c), (a, b, c))                          \
    VALUE(int, net_meshos_ext_set_output, (NetMeshOsSdk * a, NetMeshOsOutputFn b, void *c), (a, b, c))               \
    VALUE(int, net_meshos_ext_subscribe, (NetMeshOsSdk * a, uint64_t b, uint64_t c), (a, b, c))                      \
    VALUE(int, net_meshos_ext_unsubscribe, (NetMeshOsSdk * a, uint64_t b, uint64_t c), (a, b, c))                    \
    VALUE(int, net_meshos_ext_snapshot, (NetMeshOsSdk * a, uint64_t b, uint8_t **c, size_t *d), (a, b, c, d))        \
    VALUE(int, net_meshos_ext_restore, (NetMeshOsSdk * a, uint64_t b, const uint8_t *c, size_t d), (a, b, c, d))     \
    VOID(net_meshos_ext_free_bytes, (uint8_t * a, size_t b), (a, b))                                                 \
    VALUE(int, net_meshos_ext_enter_maintenance, (NetMeshOsSdk * a, uint64_t b), (a, b))                             \
    VALUE(int, net_meshos_ext_exit_maintenance, (NetMeshOsSdk * a), (a))                                             \
    VALUE(int, net_meshos_ext_stop_daemon, (NetMeshOsSdk * a, uint64_t b, uint64_t c), (a, b, c))                    \
    VALUE(int, net_meshos_ext_restart_daemon, (NetMeshOsSdk * a, uint64_t b), (a, b))                                \
    VALUE(int, net_meshos_ext_daemon_done, (NetMeshOsHandle * a), (a))                                               \
    VALUE(int, net_meshos_ext_on_log, (NetMeshOsSdk * a, int b, NetMeshOsLogFn c, void *d), (a, b, c, d))            \
    VALUE(char *, net_meshos_ext_logs_json, (NetMeshOsSdk * a, uint64_t b, size_t c), (a, b, c))                     \
    VALUE(char *, net_meshos_ext_runtime_json, (NetMeshOsSdk * a), (a))

#define POINTER(result, name, parameters, arguments) static result (*name##_in_library) parameters;
#define POINTER_VOID(name, parameters, arguments) POINTER(void, name, parameters, arguments)
LIB_FUNCTIONS(POINTER, POINTER_VOID)

#define DEFINITION(result, name, parameters, arguments) \
    result name parameters {                            \
        return name##_in_library arguments;             \
    }
#define DEFINITION_VOID(name, parameters, arguments) \
    void name parameters {                           \
        name##_in_library arguments;                 \
    }
LIB_FUNCTIONS(DEFINITION, DEFINITION_VOID)

static void *library;
static const char *missing;

static void *symbol(const char *name) {
    void *found = dlsym(library, name);
    if (!found)
        missing = name;
    return found;
}

const char *lib_open(const char *path) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return dlerror();
    /* POSIX lets a function pointer be written through an object pointer. */
#define LOOK_UP(result, name, parameters, arguments) *(void **)(void *)&name##_in_library = symbol(#name);
#define LOOK_UP_VOID(name, parameters, arguments) LOOK_UP(void, name, parameters, arguments)
    LIB_FUNCTIONS(LOOK_UP, LOOK_UP_VOID)
    return NULL;
}

bool lib_has(const char *name) {
    return dlsym(library, name) != NULL;
}

const char *lib_missing(void) {
    return missing;
}
