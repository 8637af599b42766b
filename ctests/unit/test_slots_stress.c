/* Slots, many threads. Each opener notes which cell life its handle stands for;
 * each thread that holds a cell notes what it found there. At the end the notes
 * must agree.
 *
 * slots.c is compiled a second time here, so that threads lose the processor
 * right after they have looked at something: what they saw must not count when
 * it has changed meanwhile. */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "unit.h"

static _Thread_local struct rng whims; /* state 0: this thread is left alone */

static void lose_processor(void) {
    if (whims.state != 0 && rng_below(&whims, 16) == 0)
        sched_yield();
}

#undef atomic_load_explicit
#ifdef __clang__
#define atomic_load_explicit(object, order) atomic_load_and_lose(__c11_atomic_load(object, order))
#else
#define atomic_load_explicit(object, order) atomic_load_and_lose(__atomic_load_n(object, order))
#endif
#define atomic_load_and_lose(load)  \
    __extension__({                 \
        __auto_type value = (load); \
        lose_processor();           \
        value;                      \
    })

#define slot_take whimsical_take
#define slot_open whimsical_open
#define slot_peek whimsical_peek
#define slot_is whimsical_is
#define slot_hold whimsical_hold
#define slot_share whimsical_share
#define slot_drop whimsical_drop
#define slot_close whimsical_close
#include "slots.c"

enum { THREADS = 8, BOARD = 8, LIVES = 10000, LOOKS = 50000 };

struct item {
    struct slot slot;
    _Atomic uint64_t life; /* which life of all this is; 0: none */
    uint64_t plain;        /* the same, for the holder of the cell: the slots alone must order it */
    atomic_uint destroyed;
};

struct note {
    uintptr_t handle;
    uint64_t life;
};

struct notes {
    struct note *rows;
    size_t count;
};

static atomic_ulong lives, ends, closes;

static void destroy(void *cell) {
    struct item *i = cell;
    CHECK(i->plain != 0);
    i->plain = 0;
    atomic_store(&i->life, 0);
    atomic_fetch_add(&ends, 1);
}

static _Atomic(char *) chunks[SLOT_CHUNKS];

static struct slot_table table = {
    .cell_size = sizeof(struct item),
    .tag = 1,
    .destroy = destroy,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .chunks = chunks,
};

/* Handles that the threads tell each other, stale ones included. Relaxed: no
 * order but that of the slots. */
static _Atomic uintptr_t board[BOARD];
static struct notes opened[THREADS], seen[THREADS];

static void note(struct notes *n, uintptr_t handle, uint64_t life) {
    n->rows[n->count++] = (struct note){handle, life};
}

static void open_one(struct notes *mine, _Atomic uintptr_t *place) {
    struct item *i = slot_take(&table);
    NEED(i != NULL);
    CHECK_U64(i->plain, 0);
    uint64_t life = atomic_fetch_add(&lives, 1) + 1;
    i->plain = life;
    atomic_store_explicit(&i->life, life, memory_order_release);
    uintptr_t handle = slot_open(&table, i);
    note(mine, handle, life);
    atomic_store_explicit(place, handle, memory_order_relaxed);
    lose_processor();
    slot_drop(&table, i);
}

static void close_one(uintptr_t handle) {
    struct item *i = slot_close(&table, handle);
    if (!i)
        return;
    CHECK(i->plain != 0);
    atomic_fetch_add(&closes, 1);
    slot_drop(&table, i);
}

static void hold_one(struct notes *mine, uintptr_t handle, bool long_time) {
    struct item *i = slot_hold(&table, handle);
    if (!i)
        return;
    uint64_t life = i->plain;
    if (long_time) {
        slot_share(i);
        lose_processor();
        slot_drop(&table, i);
    }
    CHECK(life != 0);
    CHECK_U64(i->plain, life); /* no other thread ends it or has it */
    note(mine, handle, life);
    slot_drop(&table, i);
}

static void peek_one(struct notes *mine, uintptr_t handle) {
    struct item *i = slot_peek(&table, handle);
    if (!i)
        return;
    uint64_t life = atomic_load_explicit(&i->life, memory_order_relaxed);
    if (slot_is(i, handle))
        note(mine, handle, life);
}

static void *work(void *number) {
    size_t me = (size_t)(uintptr_t)number;
    struct rng r = rng_new(me);
    whims = rng_new(100 + me);
    while (opened[me].count < LIVES && seen[me].count < LOOKS) {
        _Atomic uintptr_t *place = &board[rng_below(&r, BOARD)];
        uintptr_t handle = atomic_load_explicit(place, memory_order_relaxed);
        switch (rng_below(&r, 8)) {
        case 0:
        case 1:
            open_one(&opened[me], place);
            break;
        case 2:
        case 3:
            close_one(handle);
            break;
        case 4:
            hold_one(&seen[me], handle, true);
            break;
        case 5:
            peek_one(&seen[me], handle);
            break;
        default:
            hold_one(&seen[me], handle, false);
        }
    }
    return NULL;
}

static int by_handle(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    return (x->handle > y->handle) - (x->handle < y->handle);
}

static void many_threads_agree(void) {
    static struct note all[THREADS * LIVES];
    for (size_t i = 0; i < THREADS; i++) {
        opened[i].rows = malloc(LIVES * sizeof(struct note));
        seen[i].rows = malloc(LOOKS * sizeof(struct note));
        NEED(opened[i].rows && seen[i].rows);
    }
    threads_run(THREADS, work);

    size_t count = 0;
    for (size_t i = 0; i < THREADS; i++)
        for (size_t j = 0; j < opened[i].count; j++)
            all[count++] = opened[i].rows[j];
    qsort(all, count, sizeof *all, by_handle);
    for (size_t i = 1; i < count; i++)
        CHECK(all[i].handle != all[i - 1].handle); /* no two lives ever had one handle */
    for (size_t i = 0; i < THREADS; i++)
        for (size_t j = 0; j < seen[i].count; j++) {
            const struct note *found = bsearch(&seen[i].rows[j], all, count, sizeof *all, by_handle);
            NEED(found != NULL);
            CHECK_U64(seen[i].rows[j].life, found->life);
        }
    for (size_t i = 0; i < count; i++)
        close_one(all[i].handle);
    CHECK_U64(atomic_load(&closes), count); /* each handle was closed by exactly one of those that tried */
    CHECK_U64(atomic_load(&ends), count);
    CHECK_U64(atomic_load(&lives), count);
    for (size_t i = 0; i < THREADS; i++) {
        free(opened[i].rows);
        free(seen[i].rows);
    }
}

enum { RACERS = 4, ROUNDS = 3000 };

static pthread_barrier_t start, finish;
static uintptr_t contested;
static atomic_uint winners;
static struct item *prize;

static void *race_to_close(void *number) {
    (void)number;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&start);
        struct item *i_won = slot_close(&table, contested);
        if (i_won) {
            atomic_fetch_add(&winners, 1);
            CHECK(i_won == prize);
            slot_drop(&table, i_won);
        }
        pthread_barrier_wait(&finish);
    }
    return NULL;
}

static void one_of_many_closers_gets_the_cell(void) {
    pthread_barrier_init(&start, NULL, RACERS + 1);
    pthread_barrier_init(&finish, NULL, RACERS + 1);
    pthread_t threads[RACERS];
    for (int i = 0; i < RACERS; i++)
        threads[i] = thread_start(race_to_close, NULL);
    for (unsigned i = 0; i < ROUNDS; i++) {
        prize = slot_take(&table);
        NEED(prize != NULL);
        prize->plain = 1;
        contested = slot_open(&table, prize);
        slot_drop(&table, prize);
        pthread_barrier_wait(&start);
        pthread_barrier_wait(&finish);
        CHECK_U64(atomic_exchange(&winners, 0), 1);
        CHECK_U64(atomic_load(&ends), i + 1);
        CHECK(slot_peek(&table, contested) == NULL);
    }
    for (int i = 0; i < RACERS; i++)
        thread_join(threads[i]);
}

const struct test slots_stress_tests[] = {
    {"slots: many threads agree on what each handle stands for", many_threads_agree},
    {"slots: one of many closers gets the cell", one_of_many_closers_gets_the_cell},
    {NULL, NULL},
};
