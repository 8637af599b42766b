#define _GNU_SOURCE
#include "resources.h"

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "start.h"
#include "threads.h"

/* What Go reserves of the address space, and what it asks memory for, rounded
 * up. */
#define ADDRESSES ((size_t)1400 << 20)
#define MEMORY ((size_t)160 << 20)

static bool can_map(void) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    void *addresses = mmap(NULL, ADDRESSES, PROT_NONE, flags | MAP_NORESERVE, -1, 0);
    if (addresses == MAP_FAILED)
        return false;
    void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, flags, -1, 0);
    munmap(addresses, ADDRESSES);
    if (memory == MAP_FAILED)
        return false;
    munmap(memory, MEMORY);
    return true;
}

/* Go needs two descriptors to wait with. Their places are kept until it makes
 * them. */
enum { DESCRIPTORS = 2 };
static int kept[DESCRIPTORS];

bool start_release_descriptors(void) {
    bool any = false;
    for (int i = 0; i < DESCRIPTORS; i++)
        if (kept[i] > 0) {
            close(kept[i]);
            kept[i] = 0;
            any = true;
        }
    return any;
}

static bool keep_descriptors(void) {
    for (int i = 0; i < DESCRIPTORS; i++) {
        kept[i] = eventfd(0, EFD_CLOEXEC);
        if (kept[i] < 0) {
            start_release_descriptors();
            return false;
        }
    }
    return true;
}

/* As many as Go takes by itself, and the spare ones. */
static unsigned processors_wanted(void) {
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return (unsigned)(n > 0 ? n : 1) + SPARE_PROCESSORS;
}

enum meshos_error resources_reserve(unsigned *processors) {
    if (!keep_descriptors())
        return MESHOS_E_NO_DESCRIPTORS;
    enum meshos_error error = MESHOS_OK;
    if (!can_map())
        error = MESHOS_E_NO_ADDRESSES;
    else if (!threads_begin(processors_wanted(), processors))
        error = MESHOS_E_NO_THREADS;
    else if (!can_map()) { /* the threads have stacks */
        threads_abandon();
        error = MESHOS_E_NO_ADDRESSES;
    }
    if (error != MESHOS_OK)
        start_release_descriptors();
    return error;
}
