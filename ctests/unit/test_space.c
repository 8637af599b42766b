/* Memory that is borrowed: what is in it, and how much of it is kept. */
#include <stdlib.h>
#include <string.h>

#include "space.h"
#include "unit.h"

static uint8_t own[64];

static uint8_t *bytes(const struct space *s) {
    return s->at;
}

static void own_memory_comes_first(void) {
    struct space s = {0};
    size_t before = alloc_live();
    space_reset(&s, own, sizeof own);
    CHECK(s.at == own && s.size == sizeof own);
    alloc_fail_after(0);
    CHECK(space_reserve(&s, 0, sizeof own, own));
    CHECK(s.at == own && !alloc_has_failed());
    CHECK(space_reserve(&s, 0, sizeof own + 1, own));
    CHECK(s.at != own && s.size == SPACE_BLOCK);
    space_reset(&s, own, sizeof own);
    CHECK(s.at == own && s.size == sizeof own);
    CHECK_U64(alloc_live(), before + 1); /* a spare block */
}

static void larger_memory_is_not_kept(void) {
    struct space s = {0};
    space_reset(&s, own, sizeof own);
    for (size_t need = SPACE_BLOCK + 1; need < 100 * SPACE_BLOCK; need *= 2) {
        NEED(space_reserve(&s, 0, need, own));
        CHECK_U64(alloc_live(), 1);
    }
    space_reset(&s, own, sizeof own);
    CHECK_U64(alloc_live(), 0);
}

static void what_is_in_it_moves_along(void) {
    struct rng r = rng_new(1);
    for (int round = 0; round < 50; round++) {
        struct space s = {0};
        size_t used = 0;
        space_reset(&s, own, sizeof own);
        while (used < (1 << 20)) {
            size_t more = 1 + rng_below(&r, rng_below(&r, 4) ? 200 : 300000);
            NEED(space_reserve(&s, used, used + more, own));
            NEED(s.size >= used + more);
            for (size_t end = used + more; used < end; used++)
                bytes(&s)[used] = (uint8_t)(used * 7 + used / 4096);
        }
        bool same = true;
        for (size_t i = 0; i < used; i++)
            same = same && bytes(&s)[i] == (uint8_t)(i * 7 + i / 4096);
        CHECK(same);
        space_reset(&s, own, sizeof own);
    }
    CHECK(alloc_live() <= SPACE_SPARES);
}

static void without_memory_nothing_changes(void) {
    static const size_t steps[] = {65, SPACE_BLOCK + 1, 2 * SPACE_BLOCK + 1};
    struct space s = {0};
    space_reset(&s, own, sizeof own);
    own[0] = 42;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct space was = s;
        alloc_fail_after(0);
        CHECK(!space_reserve(&s, 1, steps[i], own));
        CHECK(alloc_has_failed());
        CHECK(s.at == was.at && s.size == was.size && bytes(&s)[0] == 42);
        CHECK(!space_reserve(&s, 1, SIZE_MAX, own));
        CHECK(!space_reserve(&s, 1, (size_t)1 << 40, own)); /* a sanitizer's malloc would end the process */
        CHECK(space_reserve(&s, 1, steps[i], own));
        CHECK(bytes(&s)[0] == 42);
    }
    space_reset(&s, own, sizeof own);
}

/* However many borrow at once, and however much. */
static void few_blocks_are_kept(void) {
    enum { MANY = 1000 };
    static struct space all[MANY];
    static uint8_t owns[MANY][8];
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < MANY; i++) {
            space_reset(&all[i], owns[i], sizeof owns[i]);
            NEED(space_reserve(&all[i], 0, i % 10 ? SPACE_BLOCK : SPACE_BLOCK + 1, owns[i]));
            memset(all[i].at, (int)i, SPACE_BLOCK);
        }
        CHECK_U64(alloc_live(), MANY);
        for (size_t i = 0; i < MANY; i++) {
            CHECK(bytes(&all[i])[0] == (uint8_t)i && bytes(&all[i])[SPACE_BLOCK - 1] == (uint8_t)i); /* nobody else's */
            space_reset(&all[i], owns[i], sizeof owns[i]);
        }
        CHECK_U64(alloc_live(), SPACE_SPARES);
    }
    for (size_t i = 0; i < SPACE_SPARES; i++) { /* whoever comes finds each of them */
        alloc_fail_after(0);
        CHECK(space_reserve(&all[7 * i], 0, SPACE_BLOCK, owns[7 * i]) && !alloc_has_failed());
    }
}

static void *borrow_and_give_back(void *number) {
    struct rng r = rng_new((uint64_t)(uintptr_t)number);
    for (int round = 0; round < 20000; round++) {
        struct space spaces[4] = {{0}};
        uint8_t owns[4][8];
        for (size_t i = 0; i < 4; i++) {
            space_reset(&spaces[i], owns[i], sizeof owns[i]);
            NEED(space_reserve(&spaces[i], 0, 8 + rng_below(&r, 1000), owns[i]));
            memset(spaces[i].at, (int)(uintptr_t)number, 8);
        }
        for (size_t i = 0; i < 4; i++) {
            for (size_t b = 0; b < 8; b++)
                NEED(bytes(&spaces[i])[b] == (uint8_t)(uintptr_t)number);
            space_reset(&spaces[i], owns[i], sizeof owns[i]);
        }
    }
    return NULL;
}

static void a_block_is_one_threads(void) {
    threads_run(8, borrow_and_give_back);
    CHECK(alloc_live() <= SPACE_SPARES);
}

const struct test space_tests[] = {
    {"space: own memory comes first", own_memory_comes_first},
    {"space: what is in it moves along (random)", what_is_in_it_moves_along},
    {"space: without memory nothing changes", without_memory_nothing_changes},
    {"space: larger memory is not kept", larger_memory_is_not_kept},
    {"space: few blocks are kept", few_blocks_are_kept},
    {"space: a block is one thread's (random)", a_block_is_one_threads},
    {NULL, NULL},
};
