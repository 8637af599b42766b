/* Go's pointers, as scripts/link leaves them: its two sections with an array in
 * each, and a table that tells where in them pointers are. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "relocate.h"
#include "unit.h"

enum { WORDS = 200, PAGE = 65536, PAGES = 2 }; /* no machine's pages are larger */

extern uintptr_t unit_words[WORDS];
uintptr_t unit_words[WORDS] __attribute__((aligned(8)));
extern uintptr_t unit_constants[PAGES * PAGE / sizeof(uintptr_t)];
uintptr_t unit_constants[PAGES * PAGE / sizeof(uintptr_t)] __attribute__((section("go_constants"), aligned(65536))) = {1};

/* The first word and some of the 63 that follow it, the ends among them; of the
 * next 63 none; some of the next. Then one alone, and in the other array the first
 * and the last. */
__asm__(".pushsection go_places, \"a\"\n"
        ".balign 8\n"
        ".quad unit_words - .\n"
        ".quad 0x8000000000000803\n"
        ".quad 1\n"
        ".quad 0x5\n"
        ".quad unit_words + 199*8 - .\n"
        ".quad unit_constants - .\n"
        ".quad unit_constants + 2*65536 - 8 - .\n"
        ".popsection\n");
static const unsigned pointers[] = {0, 1, 11, 63, 128, 199};

static bool is_pointer(unsigned word) {
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        if (pointers[i] == word)
            return true;
    return false;
}

static const char target[WORDS];

/* As the linker leaves it; the address of another object. */
static uintptr_t incomplete(const void *to, const uintptr_t *place) {
    return (uintptr_t)to - (uintptr_t)place;
}

static void begin(void) {
    for (unsigned i = 0; i < WORDS; i++)
        unit_words[i] = incomplete(&target[i], &unit_words[i]);
    const size_t last = sizeof unit_constants / sizeof *unit_constants - 1;
    unit_constants[0] = incomplete(target, unit_constants);
    unit_constants[last] = incomplete(target, &unit_constants[last]);
}

static void check(void) {
    for (unsigned i = 0; i < WORDS; i++) {
        unit_about("word %u", i);
        CHECK_U64(unit_words[i],
                  is_pointer(i) ? (uintptr_t)&target[i] : incomplete(&target[i], &unit_words[i]));
    }
    const size_t last = sizeof unit_constants / sizeof *unit_constants - 1;
    unit_about("constants");
    CHECK_U64(unit_constants[0], (uintptr_t)target);
    CHECK_U64(unit_constants[1], 0);
    CHECK_U64(unit_constants[last], (uintptr_t)target);
    unit_about(NULL);
}

static void what_the_table_tells_of_is_completed(void) {
    begin();
    CHECK(relocate_go());
    check();
}

static void it_is_completed_once(void) {
    begin();
    CHECK(relocate_go());
    CHECK(relocate_go());
    check();
}

/* The kernel says whether it could write there. */
static bool writable(void *to) {
    int ends[2];
    NEED(pipe(ends) == 0 && write(ends[1], "x", 1) == 1);
    bool could = read(ends[0], to, 1) == 1;
    CHECK(could || errno == EFAULT);
    close(ends[0]);
    close(ends[1]);
    return could;
}

static void constants_are_protected(void) {
    begin();
    CHECK(writable(unit_constants + 2));
    CHECK(relocate_go());
    for (size_t page = 0; page < PAGES; page++)
        CHECK(!writable((char *)unit_constants + page * PAGE + 16));
    CHECK(writable(unit_words));
}

const struct test relocate_tests[] = {
    {"relocate: what the table tells of is completed", what_the_table_tells_of_is_completed},
    {"relocate: it is completed once", it_is_completed_once},
    {"relocate: constants are protected", constants_are_protected},
    {NULL, NULL},
};
