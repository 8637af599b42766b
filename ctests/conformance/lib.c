#define _GNU_SOURCE
#include "lib.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

#include "report.h"

/* The API: returned type, name, parameters, arguments. The definitions below repeat the declarations of the
 * header, so that a signature that differs between the two doesn't compile. */
#define API(VALUE, VOID)                                                                                       \
    VALUE(int, sdk_start,                                                                                      \
          (uint64_t node, uint64_t tick, size_t events, size_t actions, size_t control, NetMeshOsSdk **out),   \
          (node, tick, events, actions, control, out))                                                         \
    VOID(void, sdk_free, (NetMeshOsSdk * sdk), (sdk))                                                          \
    VALUE(int, sdk_shutdown, (NetMeshOsSdk * sdk), (sdk))                                                      \
    VALUE(uint64_t, sdk_dropped_control_events, (NetMeshOsSdk * sdk), (sdk))                                   \
    VOID(void, process_emit, (NetMeshOsProcessEmitCtx * ctx, const uint8_t *bytes, size_t length),             \
         (ctx, bytes, length))                                                                                 \
    VOID(void, snapshot_emit, (NetMeshOsSnapshotEmitCtx * ctx, const uint8_t *bytes, size_t length),           \
         (ctx, bytes, length))                                                                                 \
    VALUE(int, register_daemon_with_vtable,                                                                    \
          (NetMeshOsSdk * sdk, const char *name, size_t length, const uint8_t *seed,                           \
           const NetMeshOsDaemonVtable *vtable, void *user_ctx, NetMeshOsHandle **out),                        \
          (sdk, name, length, seed, vtable, user_ctx, out))                                                    \
    VALUE(int, register_daemon,                                                                                \
          (NetMeshOsSdk * sdk, const char *name, size_t length, const uint8_t *seed, NetMeshOsHandle **out),   \
          (sdk, name, length, seed, out))                                                                      \
    VOID(void, handle_free, (NetMeshOsHandle * handle), (handle))                                              \
    VALUE(uint64_t, handle_daemon_id, (const NetMeshOsHandle *handle), (handle))                               \
    VALUE(const char *, handle_daemon_name, (const NetMeshOsHandle *handle), (handle))                         \
    VALUE(int, try_next_control, (NetMeshOsHandle * handle, NetMeshOsDaemonControl * out), (handle, out))      \
    VALUE(int, next_control, (NetMeshOsHandle * handle, uint64_t timeout, NetMeshOsDaemonControl * out),       \
          (handle, timeout, out))                                                                              \
    VALUE(int, publish_log, (NetMeshOsHandle * handle, int level, const char *message, size_t length),         \
          (handle, level, message, length))                                                                    \
    VALUE(int, graceful_shutdown, (NetMeshOsHandle * handle, uint64_t grace), (handle, grace))                 \
    VALUE(char *, metadata, (const NetMeshOsHandle *handle), (handle))                                         \
    VALUE(char *, refresh_metadata, (NetMeshOsHandle * handle), (handle))                                      \
    VOID(void, free_string, (char *string), (string))                                                          \
    VALUE(int, publish_capabilities, (NetMeshOsHandle * handle, const char *json, size_t length),              \
          (handle, json, length))                                                                              \
    VALUE(const char *, last_error_message, (void), ())                                                        \
    VALUE(const char *, last_error_kind, (void), ())                                                           \
    VOID(void, clear_last_error, (void), ())

#define MEMBER(type, name, parameters, arguments) type(*name) parameters;
static struct {
    API(MEMBER, MEMBER)
} api;

#define INDEX(type, name, parameters, arguments) INDEX_##name,
enum { API(INDEX, INDEX) };

#define JUMP(keyword, type, name, parameters, arguments)             \
    type net_meshos_##name parameters {                              \
        if (!api.name)                                               \
            report_missing_symbol("net_meshos_" #name);              \
        report_call(INDEX_##name);                                   \
        keyword api.name arguments;                                  \
    }
#define RETURN_JUMP(type, name, parameters, arguments) JUMP(return, type, name, parameters, arguments)
#define VOID_JUMP(type, name, parameters, arguments) JUMP(, type, name, parameters, arguments)
API(RETURN_JUMP, VOID_JUMP)

#define NAME(type, name, parameters, arguments) "net_meshos_" #name,
const char *const lib_symbols[] = {API(NAME, NAME) NULL};

static void *library;

void lib_look_up(const char *symbol, void *function, size_t size) {
    void *address = dlsym(library, symbol);
    memcpy(function, &address, size); /* ISO C converts no object pointer to a function pointer */
}

const char *lib_open(const char *path) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return dlerror();
#define RESOLVE(type, name, parameters, arguments) lib_look_up("net_meshos_" #name, &api.name, sizeof api.name);
    API(RESOLVE, RESOLVE)
    return NULL;
}

void lib_close(void) {
    dlclose(library);
}

bool lib_has(const char *symbol) {
    return dlsym(library, symbol) != NULL;
}
