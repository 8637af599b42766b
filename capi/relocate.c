//go:build linux

#include "relocate.h"

#include <limits.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* The linker's names for where two sections that scripts/link makes begin and end.
 * Weak: a program that is linked with the archive has none. */
extern const uintptr_t __start_go_places[] __attribute__((weak, visibility("hidden")));
extern const uintptr_t __stop_go_places[] __attribute__((weak, visibility("hidden")));
extern char __start_go_constants[] __attribute__((weak, visibility("hidden")));
extern char __stop_go_constants[] __attribute__((weak, visibility("hidden")));

/* A pointer stands there as how far its target is from it. */
static void complete(uintptr_t *place) {
    *place += (uintptr_t)place;
}

/* Those of a word that has a bit for each. */
static void complete_some(uintptr_t *place, uintptr_t bits) {
    for (; bits; bits >>= 1, place++)
        if (bits & 1)
            complete(place);
}

/* scripts/link/late.go says what the words of the table mean. */
static void complete_all(void) {
    const uintptr_t *word = __start_go_places;
    while (word != __stop_go_places) {
        uintptr_t *place = (uintptr_t *)((uintptr_t)word + *word);
        complete(place++);
        for (word++; word != __stop_go_places && *word & 1; word++) {
            complete_some(place, *word >> 1);
            place += sizeof *word * CHAR_BIT - 1;
        }
    }
}

/* What shares its last page with the constants stays writable, and they there. */
static bool protect_constants(void) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t begin = ((uintptr_t)__start_go_constants + page - 1) & ~(page - 1);
    uintptr_t end = (uintptr_t)__stop_go_constants & ~(page - 1);
    return begin >= end || mprotect((void *)begin, end - begin, PROT_READ) == 0;
}

bool relocate_go(void) {
    static bool completed;
    if (!completed) {
        complete_all();
        completed = true;
    }
    return protect_constants();
}
