/* Allocations that are counted, and fail on demand. The linker's --wrap sends the
 * C half's calls here. */
#include <stdatomic.h>
#include <stdlib.h>

#include "unit.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

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

static atomic_size_t live;

size_t alloc_live(void) {
    return atomic_load(&live);
}

static void *counted(void *memory) {
    if (memory)
        atomic_fetch_add(&live, 1);
    return memory;
}

void *__wrap_malloc(size_t size) {
    return is_to_fail() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size) {
    return is_to_fail() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *memory, size_t size) {
    if (is_to_fail())
        return NULL;
    return memory ? __real_realloc(memory, size) : counted(__real_realloc(NULL, size));
}

void __wrap_free(void *memory) {
    if (memory)
        atomic_fetch_sub(&live, 1);
    __real_free(memory);
}
