/* What koffi can't do for this package: read a thread's last error on that thread (wait.c), and keep threads of the
 * library away from the JavaScript of a thread that has ended (gate.c, callbacks.c). It calls the library, Node and koffi
 * by the addresses that src/bridge.ts gives it, so that it is linked with none of them. */
#ifndef MESHOS_NODE_BRIDGE_H
#define MESHOS_NODE_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

/* The addresses that a gate is opened with, in the order of src/gate.ts. Callbacks that answer get a token. Their answer
 * has it in its upper half: see answered(). */
struct addresses {
    uint64_t (*process)(uint64_t number, uint32_t token, void *emit, uint64_t origin, uint64_t sequence, const void *at, size_t n);
    void (*snapshot)(uint64_t number, void *emit);
    uint64_t (*restore)(uint64_t number, uint32_t token, const void *at, size_t n);
    void (*on_control)(uint64_t number, int kind, uint64_t grace_ms, float level);
    uint64_t (*health)(uint64_t number, uint32_t token);
    uint64_t (*saturation)(uint64_t number, uint32_t token);
    void (*destroy)(uint64_t number);
    void (*output)(uint64_t number, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                   const void *at, size_t n);
    void (*log)(uint64_t number, uint64_t sequence, uint64_t unix_ms, int level, uint64_t daemon, const void *at, size_t n);
    int (*sdk_shutdown)(void *sdk);
    void (*sdk_free)(void *sdk);
    void *loop; /* of libuv, as the rest */
    int (*run)(void *loop, int mode);
    int (*async_init)(void *loop, void *handle, void (*call)(void *handle));
    int (*async_send)(void *handle);
    void (*close)(void *handle, void (*call)(void *handle));
};

/* Room for libuv's uv_async_t, of 128 bytes. src/gate.ts asks libuv whether it fits. */
enum { MESHOS_NODE_HANDLE = 512 };

/* The way from the library to the JavaScript of one thread. What the library hands back with each callback tells the gate. */
struct gate;

/* NULL: the thread has ended, or is ending, and nothing of it may be called. Else leave() must follow. */
const struct addresses *enter(void *context, struct gate **through);
void leave(struct gate *through);

#endif
