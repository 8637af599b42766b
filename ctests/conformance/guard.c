#define _GNU_SOURCE
#include "guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

static size_t page_size(void) {
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct guarded guard_room(size_t length) {
    size_t page = page_size();
    size_t usable = (length / page + 1) * page;
    struct guarded g = {.length = length, .mapped = usable + page};
    g.pages = mmap(NULL, g.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(g.pages != MAP_FAILED);
    NEED(mprotect(g.pages + usable, page, PROT_NONE) == 0);
    memset(g.pages, 0xa5, usable);
    g.bytes = g.pages + usable - length;
    return g;
}

struct guarded guard_copy(const void *bytes, size_t length) {
    struct guarded g = guard_room(length);
    if (length > 0)
        memcpy(g.bytes, bytes, length);
    return g;
}

void guard_seal(const struct guarded *g) {
    NEED(mprotect(g->pages, g->mapped, PROT_NONE) == 0);
}

void guard_release(struct guarded *g) {
    NEED(munmap(g->pages, g->mapped) == 0);
    g->bytes = NULL;
}

void *guard_untouchable(void) {
    void *page = mmap(NULL, page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(page != MAP_FAILED);
    return page;
}

void *guard_unmapped(void) {
    void *page = guard_untouchable();
    NEED(munmap(page, page_size()) == 0);
    return page;
}
