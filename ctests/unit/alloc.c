/* Allocations that fail on demand. The linker's --wrap sends the C half's calls
 * here. */
#include <stdlib.h>

#include "unit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static _Thread_local unsigned countdown; /* 1: the next fails; 0: none does */
static _Thread_local bool failed;

void alloc_fail_after(unsigned others) {
    countdown = others + 1;
}

bool alloc_has_failed(void) {
    bool has = failed;
    countdown = 0;
    failed = false;
    return has;
}

static bool is_to_fail(void) {
    if (countdown == 0 || --countdown > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size) {
    return is_to_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return is_to_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size) {
    return is_to_fail() ? NULL : __real_realloc(memory, size);
}
