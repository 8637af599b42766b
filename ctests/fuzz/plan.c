#include "plan.h"

#include <inttypes.h>
#include <string.h>

const char *const op_names[OP_KINDS] = {
#define X(name) #name,
    FUZZ_OPS(X)
#undef X
};

bool ops_left_out[OP_KINDS];

/* How often each operation comes, of all. */
static const uint8_t chaos_weights[OP_KINDS] = {
    [OP_START] = 2,       [OP_SHUTDOWN] = 1,  [OP_FREE_SDK] = 1,     [OP_REGISTER] = 14, [OP_FREE] = 10,
    [OP_GRACEFUL] = 4,    [OP_DELIVER] = 14,  [OP_POST] = 18,        [OP_FLUSH] = 3,     [OP_SUBSCRIBE] = 6,
    [OP_UNSUBSCRIBE] = 2, [OP_SET_OUTPUT] = 3, [OP_ON_LOG] = 3,      [OP_SNAPSHOT] = 4,  [OP_RESTORE] = 3,
    [OP_FREE_BYTES] = 2,  [OP_MAINTENANCE] = 2, [OP_STOP] = 3,       [OP_RESTART] = 4,   [OP_DONE] = 2,
    [OP_NEXT_CONTROL] = 3, [OP_READER] = 4,   [OP_LOG] = 3,          [OP_CAPABILITIES] = 2, [OP_METADATA] = 2,
    [OP_FREE_STRING] = 2, [OP_LOOK] = 3,      [OP_ACCESSORS] = 3,    [OP_ERRORS] = 1,    [OP_EMIT] = 2,
};

static const uint8_t account_weights[OP_KINDS] = {
    [OP_REGISTER] = 12, [OP_FREE] = 6,  [OP_POST] = 30,   [OP_SUBSCRIBE] = 16,
    [OP_UNSUBSCRIBE] = 3, [OP_STOP] = 2, [OP_RESTART] = 4, [OP_SETTLE] = 4,
};

static uint8_t pick_kind(const uint8_t *weights, uint64_t *random) {
    uint32_t sum = 0;
    for (int i = 0; i < OP_KINDS; i++)
        sum += weights[i];
    uint32_t at = draw_below(random, sum);
    for (uint8_t i = 0; i < OP_KINDS; i++) {
        if (at < weights[i])
            return i;
        at -= weights[i];
    }
    return OP_POST;
}

static void add(struct plan *plan, uint32_t thread, enum op_kind kind, uint64_t *random) {
    plan->ops[plan->count++] = (struct op){(uint8_t)thread, (uint8_t)kind, draw(random)};
}

void plan_make(struct plan *plan, uint64_t seed, uint32_t threads, int profile) {
    uint64_t random = seed;
    *plan = (struct plan){.seed = seed};
    plan->profile = draw_below(&random, 5) == 0 ? ACCOUNTS : CHAOS;
    if (profile >= 0)
        plan->profile = (enum profile)profile;
    plan->threads = 1 + draw_below(&random, 6);
    if (threads)
        plan->threads = threads;
    if (plan->profile == ACCOUNTS)
        plan->threads = 1;
    const uint8_t *weights = plan->profile == CHAOS ? chaos_weights : account_weights;
    const size_t count = 30 + draw_below(&random, 120) * plan->threads;
    /* Something to work with. */
    add(plan, 0, OP_START, &random);
    for (int i = 0; i < 4; i++)
        add(plan, 0, OP_REGISTER, &random);
    while (plan->count < count && plan->count < MAX_OPS)
        add(plan, draw_below(&random, plan->threads), pick_kind(weights, &random), &random);
}

void plan_write(const struct plan *plan, FILE *file) {
    fprintf(file, "plan %" PRIu64 " threads %u profile %d\n", plan->seed, plan->threads, plan->profile);
    for (uint32_t thread = 0; thread < plan->threads; thread++)
        for (size_t i = 0; i < plan->count; i++)
            if (plan->ops[i].thread == thread)
                fprintf(file, "%u %s %016" PRIx64 "\n", thread, op_names[plan->ops[i].kind], plan->ops[i].random);
}

bool plan_read(struct plan *plan, FILE *file) {
    int profile;
    *plan = (struct plan){0};
    if (fscanf(file, "plan %" SCNu64 " threads %u profile %d", &plan->seed, &plan->threads, &profile) != 3 ||
        plan->threads < 1 || plan->threads > MAX_THREADS || profile < CHAOS || profile > ACCOUNTS)
        return false;
    plan->profile = (enum profile)profile;
    uint32_t thread;
    char name[32];
    uint64_t random;
    while (plan->count < MAX_OPS && fscanf(file, "%u %31s %" SCNx64, &thread, name, &random) == 3) {
        uint8_t kind = 0;
        while (kind < OP_KINDS && strcmp(op_names[kind], name) != 0)
            kind++;
        if (kind == OP_KINDS || thread >= plan->threads)
            return false;
        plan->ops[plan->count++] = (struct op){(uint8_t)thread, kind, random};
    }
    return feof(file) != 0;
}
