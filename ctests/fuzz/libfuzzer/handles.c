/* libFuzzer on the handle table, the one thing that the C half makes sense of bit by bit: the input is a program of
 * takes, closes, holds and look-ups of numbers, valid, stale and made up; a model says which are valid. */
#include "slots.h"

#include <stdlib.h>

#include "border.h"

_Thread_local struct border border; /* capi/stacks.c has it, which needs Go */
#include <string.h>

enum { MOST = 64 };

struct cell {
    struct slot slot;
    int destroyed;
};

static void destroyed(void *cell) {
    ((struct cell *)cell)->destroyed++;
}

static _Atomic(char *) chunks[SLOT_CHUNKS];
static struct slot_table table = {
    .cell_size = sizeof(struct cell), .tag = 1, .destroy = destroyed, .lock = PTHREAD_MUTEX_INITIALIZER, .chunks = chunks};

static struct {
    uintptr_t handle;
    struct cell *cell;
    int holds, destroys;
    bool open, mine; /* mine: the reference of who took it */
} known[MOST];

static void expect(bool so) {
    if (!so)
        abort();
}

static void drop_reference(int i) {
    struct cell *cell = known[i].cell;
    const bool last = !known[i].open && !known[i].mine && known[i].holds == 0;
    slot_drop(&table, cell);
    expect(cell->destroyed == known[i].destroys + (last ? 1 : 0));
}

static void step(uint8_t what, int i, uint64_t bits) {
    switch (what % 6) {
    case 0:
        if (known[i].open || known[i].mine || known[i].holds)
            return;
        expect((known[i].cell = slot_take(&table)) != NULL);
        known[i].destroys = known[i].cell->destroyed;
        known[i].handle = slot_open(&table, known[i].cell);
        known[i].open = known[i].mine = true;
        expect(known[i].handle >> 52 == 1);
        break;
    case 1: /* its handle, with a bit changed or not */
        bits = known[i].handle ^ (bits % 65 < 64 ? UINT64_C(1) << bits % 65 : 0);
        /* fall through */
    case 2: {
        struct cell *expected = NULL;
        for (int k = 0; k < MOST; k++)
            if (known[k].open && known[k].handle == bits)
                expected = known[k].cell;
        expect(slot_peek(&table, bits) == expected);
        struct cell *held = slot_hold(&table, bits);
        expect(held == expected);
        if (held)
            slot_drop(&table, held);
        break;
    }
    case 3:
        if (!known[i].open || known[i].holds > 100)
            return;
        expect(slot_hold(&table, known[i].handle) == known[i].cell);
        known[i].holds++;
        break;
    case 4:
        if (known[i].holds > 0) {
            known[i].holds--;
            drop_reference(i);
        } else if (known[i].mine) {
            known[i].mine = false;
            drop_reference(i);
        }
        break;
    default:
        expect(slot_close(&table, known[i].handle) == (known[i].open ? known[i].cell : NULL));
        if (known[i].open) {
            known[i].open = false;
            drop_reference(i);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (; size >= 10; data += 10, size -= 10) {
        uint64_t bits;
        memcpy(&bits, data + 2, sizeof bits);
        step(data[0], data[1] % MOST, bits);
    }
    for (int i = 0; i < MOST; i++) {
        if (known[i].open)
            step(5, i, 0);
        while (known[i].holds || known[i].mine)
            step(4, i, 0);
    }
    return 0;
}
