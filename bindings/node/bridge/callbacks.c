/* The callbacks that the library gets, each of which goes through the gate of its thread. */
#include <stdatomic.h>
#include <string.h>

#include "bridge.h"

enum { FAILED = -1, UNHEALTHY = 2, TOKENS = 1 << 20 };

#define NUMBER ((uint64_t)(uintptr_t)context)

static uint32_t token(void) {
    static atomic_uint last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) % (TOKENS - 1) + 1;
}

/* Where JavaScript gives no answer, because its thread is ending, koffi returns what was in that place of the stack. So
 * an answer has the token of its call. */
static int32_t answered(uint64_t answer, uint32_t asked, int32_t otherwise) {
    if (answer >> 32 != asked)
        return otherwise;
    const uint32_t bits = (uint32_t)answer;
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

EXPORTED int meshos_node_process(void *context, void *emit, uint64_t origin, uint64_t sequence, const void *at, size_t n) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return FAILED;
    const uint32_t t = token();
    const uint64_t answer = js->process(NUMBER, t, emit, origin, sequence, at, n);
    leave(gate);
    return answered(answer, t, FAILED);
}

EXPORTED void meshos_node_snapshot(void *context, void *emit) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return;
    js->snapshot(NUMBER, emit);
    leave(gate);
}

EXPORTED int meshos_node_restore(void *context, const void *at, size_t n) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return FAILED;
    const uint32_t t = token();
    const uint64_t answer = js->restore(NUMBER, t, at, n);
    leave(gate);
    return answered(answer, t, FAILED);
}

EXPORTED void meshos_node_on_control(void *context, int kind, uint64_t grace_ms, float level) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return;
    js->on_control(NUMBER, kind, grace_ms, level);
    leave(gate);
}

EXPORTED int meshos_node_health(void *context) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return UNHEALTHY;
    const uint32_t t = token();
    const uint64_t answer = js->health(NUMBER, t);
    leave(gate);
    return answered(answer, t, UNHEALTHY);
}

EXPORTED float meshos_node_saturation(void *context) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return 0;
    const uint32_t t = token();
    const uint64_t answer = js->saturation(NUMBER, t);
    leave(gate);
    const int32_t bits = answered(answer, t, 0);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

EXPORTED void meshos_node_destroy(void *context) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return;
    js->destroy(NUMBER);
    leave(gate);
}

EXPORTED void meshos_node_output(void *context, uint64_t daemon, uint64_t in_origin, uint64_t in_sequence,
                                 uint64_t out_sequence, const void *at, size_t n) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return;
    js->output(NUMBER, daemon, in_origin, in_sequence, out_sequence, at, n);
    leave(gate);
}

EXPORTED void meshos_node_log(void *context, uint64_t sequence, uint64_t unix_ms, int level, uint64_t daemon,
                              const void *at, size_t n) {
    struct gate *gate;
    const struct addresses *js = enter(context, &gate);
    if (!js)
        return;
    js->log(NUMBER, sequence, unix_ms, level, daemon, at, n);
    leave(gate);
}
