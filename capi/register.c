/* Registering a daemon, and making a seed for one. */
#define _DEFAULT_SOURCE /* for syscall */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "_cgo_export.h"
#include "checks.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(_WIN32)
#include <windows.h>

#include <bcrypt.h>
#else
#include <sys/random.h>
#endif

/* The kernel's random bytes; false: it has none. By the call's number on Linux, because the oldest glibc that this
 * library runs with has no function for it. */
static bool random_bytes(uint8_t *to, size_t n) {
#ifdef __linux__
    for (size_t got = 0; got < n;) {
        long more = syscall(SYS_getrandom, to + got, n - got, 0);
        if (more > 0)
            got += (size_t)more;
        else if (errno != EINTR)
            return false;
    }
    return true;
#elif defined(_WIN32)
    return BCryptGenRandom(NULL, to, (ULONG)n, BCRYPT_USE_SYSTEM_PREFERRED_RNG) == 0;
#else
    return getentropy(to, n) == 0;
#endif
}

int net_meshos_ext_new_seed(uint8_t *out32) {
    uint8_t seed[32]; /* all or nothing goes to the host */
    REQUIRE(out32, NULL_OUT);
    REQUIRE(!meshos_forked(), FORKED);
    REQUIRE(!border_is_inside(), INTERRUPTED);
    REQUIRE(random_bytes(seed, sizeof seed), NO_RANDOM);
    memcpy(out32, seed, sizeof seed);
    return meshos_finish(MESHOS_OK);
}

/* What all registrations check first; the rest of the order is Go's. */
#define REQUIRE_DAEMON(sdk, name, name_len, seed, out) \
    do {                                               \
        REQUIRE_SDK(sdk);                              \
        REQUIRE(name, NULL_NAME);                      \
        REQUIRE(seed, NULL_SEED);                      \
        REQUIRE(out, NULL_OUT);                        \
        REQUIRE((name_len) <= LONGEST, LENGTH);        \
    } while (0)

static enum meshos_error register_in(struct sdk_cell *s, struct daemon_cell *d, const char *name, size_t name_len,
                                     const uint8_t *seed, bool has_vtable) {
    uint64_t id;
    slot_share(s);
    d->sdk = s;
    slot_share(d); /* Go's reference, until no callback runs or will run */
    enum meshos_error error;
    CROSS(error, goRegister(s, d, (char *)SHOWN(name, name_len), name_len, (uint8_t *)seed, has_vtable, &id));
    if (error == MESHOS_OK)
        atomic_store_explicit(&d->id, id, memory_order_relaxed);
    else
        slot_drop(&daemon_table, d);
    return error;
}

/* What the host gives with a daemon. */
struct host_side {
    const NetMeshOsDaemonVtable *vtable;
    void *user_ctx;
    void (*destroy)(void *);
};

/* Ends a registration: one that fails once its arguments have passed gives the
 * daemon back to the host. What the host's function does to the last error is
 * undone. */
static int finish_registration(int status, enum meshos_error error, struct host_side host) {
    if ((status != NET_MESHOS_ERR_CALL_FAILED && status != NET_MESHOS_ERR_ALREADY_SHUTDOWN) || !host.destroy)
        return status;
    char message[MESHOS_MESSAGE_SIZE];
    snprintf(message, sizeof message, "%s", net_meshos_last_error_message());
    int cancel = cancel_off(); /* as for every callback on the caller's thread */
    host.destroy(host.user_ctx);
    cancel_restore(cancel);
    meshos_error_text(message, strlen(message));
    return meshos_finish(error);
}

static int register_daemon(NetMeshOsSdk *sdk, const char *name, size_t name_len, const uint8_t *seed,
                           struct host_side host, NetMeshOsHandle **out) {
    HOLD_SDK(s, sdk);
    enum meshos_error error = MESHOS_E_NO_MEMORY;
    border_begin();
    struct daemon_cell *d = slot_take(&daemon_table);
    if (d) {
        if (daemon_cell_fill(d, s->control_capacity, name, name_len, host.vtable, host.user_ctx, host.destroy))
            error = register_in(s, d, name, name_len, seed, host.vtable != NULL);
        if (error == MESHOS_OK)
            *out = (NetMeshOsHandle *)slot_open(&daemon_table, d);
        slot_drop(&daemon_table, d);
    }
    slot_drop(&sdk_table, s);
    border_end();
    return finish_registration(meshos_finish(error), error, host);
}

int net_meshos_register_daemon(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len, const uint8_t *seed_ptr,
                               NetMeshOsHandle **out) {
    REQUIRE_DAEMON(sdk, name_ptr, name_len, seed_ptr, out);
    return register_daemon(sdk, name_ptr, name_len, seed_ptr, (struct host_side){NULL, NULL, NULL}, out);
}

int net_meshos_register_daemon_with_vtable(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                           const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                           void *user_ctx, NetMeshOsHandle **out) {
    return net_meshos_register_daemon_with_vtable_v2(sdk, name_ptr, name_len, seed_ptr, vtable_ptr, user_ctx, NULL,
                                                     out);
}

int net_meshos_register_daemon_with_vtable_v2(NetMeshOsSdk *sdk, const char *name_ptr, size_t name_len,
                                              const uint8_t *seed_ptr, const NetMeshOsDaemonVtable *vtable_ptr,
                                              void *user_ctx, void (*destroy)(void *), NetMeshOsHandle **out) {
    struct host_side host = {vtable_ptr, user_ctx, destroy};
    if (sdk && meshos_forked())
        return finish_registration(meshos_fail(MESHOS_E_FORKED), MESHOS_E_FORKED, host);
    REQUIRE_DAEMON(sdk, name_ptr, name_len, seed_ptr, out);
    REQUIRE(vtable_ptr, NULL_VTABLE);
    return register_daemon(sdk, name_ptr, name_len, seed_ptr, host, out);
}
