/* Slots, one thread: what makes a handle valid and what ends that. */
#include <string.h>

#include "slots.h"
#include "unit.h"

struct item {
    struct slot slot;
    unsigned destroyed;
    char filler[40];
};

static void destroy(void *cell) {
    struct item *i = cell;
    i->destroyed++;
}

static _Atomic(char *) left_chunks[SLOT_CHUNKS], right_chunks[SLOT_CHUNKS];

#define TABLE(number, memory)                                                                   \
    {.cell_size = sizeof(struct item), .tag = (number), .destroy = destroy, \
     .lock = PTHREAD_MUTEX_INITIALIZER, .chunks = (memory)}

static struct slot_table left = TABLE(0, left_chunks), right = TABLE(1, right_chunks);

static const uint64_t last_generation = (UINT64_C(1) << SLOT_GENERATION_BITS) - 1;

/* A cell whose handle is valid; that handle holds the only reference. */
static struct item *open_one(struct slot_table *t, uintptr_t *handle) {
    struct item *i = slot_take(t);
    NEED(i != NULL);
    *handle = slot_open(t, i);
    slot_drop(t, i);
    return i;
}

static bool is_valid(struct slot_table *t, uintptr_t handle) {
    void *peeked = slot_peek(t, handle);
    void *held = slot_hold(t, handle);
    CHECK(peeked == held);
    if (held)
        slot_drop(t, held);
    return peeked != NULL;
}

static void end(struct slot_table *t, uintptr_t handle) {
    void *cell = slot_close(t, handle);
    NEED(cell != NULL);
    slot_drop(t, cell);
}

static void handles_look_like_no_address(void) {
    for (int i = 0; i < 1000; i++) {
        uintptr_t handle;
        open_one(i % 2 ? &right : &left, &handle);
        CHECK(handle >= UINT64_C(1) << 52 && handle < UINT64_C(1) << 53);
        volatile double as_double = (double)handle;
        CHECK_U64((uintptr_t)as_double, handle);
    }
}

static void a_handle_is_valid_from_open_to_close(void) {
    struct item *i = slot_take(&left);
    NEED(i != NULL);
    uintptr_t handle = slot_open(&left, i);
    CHECK(slot_peek(&left, handle) == i);
    CHECK(slot_is(i, handle));
    CHECK(slot_hold(&left, handle) == i);
    slot_drop(&left, i);
    CHECK(slot_close(&left, handle) == i);
    CHECK(!slot_is(i, handle));
    CHECK(!is_valid(&left, handle));
    CHECK(slot_close(&left, handle) == NULL);
    CHECK_U64(i->destroyed, 0); /* two references are left: of close and of take */
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 0);
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 1);
}

static void a_taken_cell_has_no_handle_before_open(void) {
    uintptr_t handle;
    open_one(&left, &handle);
    end(&left, handle);
    struct item *i = slot_take(&left); /* the same slot, in its next generation */
    uintptr_t next = handle + (UINT64_C(1) << SLOT_INDEX_BITS);
    CHECK(!is_valid(&left, handle));
    CHECK(!is_valid(&left, next));
    CHECK_U64(slot_open(&left, i), next);
    CHECK(is_valid(&left, next));
}

static void the_last_reference_destroys(void) {
    uintptr_t handle;
    struct item *i = open_one(&left, &handle);
    CHECK(slot_hold(&left, handle) == i);
    slot_share(i);
    end(&left, handle);
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 0);
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 1);
}

static void a_cell_that_was_never_open_can_be_dropped(void) {
    struct item *first = slot_take(&left);
    slot_drop(&left, first);
    CHECK_U64(first->destroyed, 1);
    CHECK(slot_take(&left) == first);
}

static void tables_refuse_each_others_handles(void) {
    for (int i = 0; i < 300; i++) { /* index and generation are the same in both */
        uintptr_t a, b;
        open_one(&left, &a);
        open_one(&right, &b);
        CHECK(a != b);
        CHECK(is_valid(&left, a) && is_valid(&right, b));
        CHECK(!is_valid(&right, a) && !is_valid(&left, b));
        CHECK(slot_close(&right, a) == NULL && slot_close(&left, b) == NULL);
        CHECK(is_valid(&left, a) && is_valid(&right, b));
    }
}

static void one_wrong_bit_is_no_handle(void) {
    uintptr_t handle;
    for (int i = 0; i < 5; i++) { /* so that the generation has bits */
        open_one(&right, &handle);
        if (i < 4)
            end(&right, handle);
    }
    for (int bit = 0; bit < 64; bit++) {
        unit_about("bit %d", bit);
        CHECK(!is_valid(&right, handle ^ UINT64_C(1) << bit));
        CHECK(slot_close(&right, handle ^ UINT64_C(1) << bit) == NULL);
    }
    CHECK(is_valid(&right, handle));
}

static void made_up_values_are_no_handles(void) {
    uintptr_t handle;
    struct item *i = open_one(&left, &handle);
    const uintptr_t values[] = {0,         1,          2,          UINTPTR_MAX, UINTPTR_MAX >> 1, UINT64_C(1) << 52,
                                (uintptr_t)i, (uintptr_t)&handle, (uintptr_t)&left, handle << 1, handle >> 1, ~handle,
                                (UINT64_C(1) << 53) - 1, UINT64_C(1) << 53 | handle};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
        if (values[v] == handle) /* index 0 and generation 0: the first handle of all */
            continue;
        unit_about("%#llx", (unsigned long long)values[v]);
        CHECK(!is_valid(&left, values[v]));
        CHECK(!is_valid(&right, values[v]));
    }
    unit_about(NULL);
    struct rng r = rng_new(1);
    for (int n = 0; n < 100000; n++) {
        uintptr_t value = rng_next(&r) >> rng_below(&r, 64);
        CHECK(value == handle || !is_valid(&left, value));
        CHECK(!is_valid(&right, value));
    }
}

static void the_longest_unused_slot_is_taken_first(void) {
    enum { COUNT = 600 };
    static uintptr_t handles[COUNT];
    static void *cells[COUNT];
    size_t order[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        cells[i] = open_one(&left, &handles[i]);
        order[i] = i;
    }
    struct rng r = rng_new(2);
    for (size_t i = COUNT - 1; i > 0; i--) {
        size_t j = rng_below(&r, i + 1), swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    for (size_t i = 0; i < COUNT; i++)
        end(&left, handles[order[i]]);
    for (size_t i = 0; i < COUNT; i++)
        CHECK(slot_take(&left) == cells[order[i]]);
    struct item *fresh = slot_take(&left); /* no unused one is left */
    for (size_t i = 0; i < COUNT; i++)
        CHECK(fresh != cells[i]);
}

static void old_handles_stay_stale(void) {
    enum { LIVES = 2000 };
    static uintptr_t handles[LIVES];
    for (size_t i = 0; i < LIVES; i++) {
        open_one(&left, &handles[i]);
        for (size_t j = i > 50 ? i - 50 : 0; j < i; j++) {
            CHECK(handles[j] != handles[i]);
            CHECK(!is_valid(&left, handles[j]));
        }
        end(&left, handles[i]);
    }
    for (size_t i = 0; i < LIVES; i++)
        CHECK(!is_valid(&left, handles[i]));
}

/* Gives an unused slot the generation that it would have much later. */
static struct item *age(struct slot_table *t, uint64_t generation) {
    struct item *i = slot_take(t);
    NEED(i != NULL);
    atomic_store(&i->slot.word, generation << 32 | 1);
    return i;
}

static void a_slot_retires_after_its_last_generation(void) {
    uintptr_t before, last, after;
    struct item *i = age(&left, last_generation - 1);
    before = slot_open(&left, i);
    slot_drop(&left, i);
    end(&left, before);
    CHECK(open_one(&left, &last) == i); /* one generation is left */
    CHECK(last > before);
    CHECK(is_valid(&left, last) && !is_valid(&left, before));
    end(&left, last);
    CHECK_U64(i->destroyed, 2);
    for (int n = 0; n < 1000; n++) {
        struct item *other = open_one(&left, &after);
        CHECK(other != i);
        CHECK(!is_valid(&left, before) && !is_valid(&left, last));
        end(&left, after);
    }
    CHECK(slot_close(&left, last) == NULL);
}

/* What holds a cell when its slot retires must still be able to let go. */
static void a_retiring_slot_waits_for_its_references(void) {
    struct item *i = age(&left, last_generation);
    uintptr_t last = slot_open(&left, i);
    CHECK(slot_close(&left, last) == i);
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 0);
    CHECK(!is_valid(&left, last));
    slot_drop(&left, i);
    CHECK_U64(i->destroyed, 1);
    CHECK(slot_take(&left) != i);
}

static void a_full_table_refuses(void) {
    uintptr_t handle;
    struct item *i = open_one(&left, &handle);
    pthread_mutex_lock(&left.lock);
    left.used = UINT32_C(1) << SLOT_INDEX_BITS;
    pthread_mutex_unlock(&left.lock);
    CHECK(slot_take(&left) == NULL);
    end(&left, handle);
    CHECK(slot_take(&left) == i); /* an unused one can be had */
    CHECK(slot_take(&left) == NULL);
}

static void the_last_index_works(void) {
    uint32_t last = (UINT32_C(1) << SLOT_INDEX_BITS) - 1;
    left.used = last - last % (1 << SLOT_CHUNK_BITS); /* as if all chunks but the last were taken */
    struct item *i = NULL;
    uintptr_t handle = 0;
    while (left.used <= last)
        i = open_one(&left, &handle);
    CHECK_U64(i->slot.index, last);
    CHECK(slot_peek(&left, handle) == i);
    CHECK(handle < UINT64_C(1) << 53);
    CHECK(!is_valid(&left, handle & ~(uintptr_t)last)); /* index 0 has no chunk */
    CHECK(slot_take(&left) == NULL);
}

static void memory_is_used_again(void) {
    enum { COUNT = 3 << SLOT_CHUNK_BITS };
    for (int round = 0; round < 3; round++) {
        static uintptr_t handles[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            struct item *item = open_one(&left, &handles[i]);
            CHECK_U64(item->destroyed, (uint64_t)round);
            CHECK_U64(item->slot.index, i);
        }
        for (size_t i = 0; i < COUNT; i++)
            end(&left, handles[i]);
    }
}

static void no_memory_is_no_cell(void) {
    alloc_fail_after(0);
    CHECK(slot_take(&left) == NULL);
    CHECK(alloc_has_failed());
    uintptr_t handle;
    struct item *i = open_one(&left, &handle);
    CHECK_U64(i->slot.index, 0);
    CHECK(is_valid(&left, handle));
}

static void a_disabled_table_has_no_valid_handle(void) {
    uintptr_t handle;
    struct item *i = open_one(&left, &handle);
    atomic_store(&left.disabled, true);
    CHECK(!is_valid(&left, handle));
    CHECK(slot_close(&left, handle) == NULL);
    atomic_store(&left.disabled, false);
    CHECK(slot_close(&left, handle) == i);
}

const struct test slots_tests[] = {
    {"slots: handles look like no address and fit a double", handles_look_like_no_address},
    {"slots: a handle is valid from open to close", a_handle_is_valid_from_open_to_close},
    {"slots: a taken cell has no handle before open", a_taken_cell_has_no_handle_before_open},
    {"slots: the last reference destroys", the_last_reference_destroys},
    {"slots: a cell that was never open can be dropped", a_cell_that_was_never_open_can_be_dropped},
    {"slots: tables refuse each other's handles", tables_refuse_each_others_handles},
    {"slots: a handle with one wrong bit is none", one_wrong_bit_is_no_handle},
    {"slots: made-up values are no handles", made_up_values_are_no_handles},
    {"slots: the longest unused slot is taken first", the_longest_unused_slot_is_taken_first},
    {"slots: old handles stay stale", old_handles_stay_stale},
    {"slots: a slot retires after its last generation", a_slot_retires_after_its_last_generation},
    {"slots: a retiring slot waits for its references", a_retiring_slot_waits_for_its_references},
    {"slots: a full table refuses", a_full_table_refuses},
    {"slots: the last index works", the_last_index_works},
    {"slots: memory is used again", memory_is_used_again},
    {"slots: no memory is no cell", no_memory_is_no_cell},
    {"slots: a disabled table has no valid handle", a_disabled_table_has_no_valid_handle},
    {NULL, NULL},
};
