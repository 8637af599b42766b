//go:build linux

#define _GNU_SOURCE
#include "resources.h"

#include <fcntl.h>
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

/* What malloc reserves for a thread at its first use of it. It does without where
 * there is no more, and Go can't, but may come later. */
#define ARENA ((size_t)64 << 20)

static bool can_map(unsigned arenas) {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    const size_t wanted = ADDRESSES + arenas * ARENA;
    void *addresses = mmap(NULL, wanted, PROT_NONE, flags | MAP_NORESERVE, -1, 0);
    if (addresses == MAP_FAILED)
        return false;
    void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, flags, -1, 0);
    munmap(addresses, wanted);
    if (memory == MAP_FAILED)
        return false;
    munmap(memory, MEMORY);
    return true;
}

/* Go opens two descriptors to wait with, and as many files of a container's limit
 * on processors; beside them libc reads a file, to find the stack of the thread
 * that starts. Their places are kept until Go opens what it can't do without. */
enum { DESCRIPTORS = 5 };
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

/* Such a stream is something that Go waits for: it opens its descriptors as soon as
 * it sees one, which is before any code of ours in Go. */
static bool some_stream_never_blocks(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && (flags & O_NONBLOCK))
            return true;
    }
    return false;
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
    if (!can_map(0))
        error = MESHOS_E_NO_ADDRESSES;
    else if (!threads_begin(processors_wanted(), processors))
        error = MESHOS_E_NO_THREADS;
    else if (!can_map(threads_count())) { /* which have their stacks by now */
        threads_abandon();
        error = MESHOS_E_NO_ADDRESSES;
    }
    if (error != MESHOS_OK || some_stream_never_blocks())
        start_release_descriptors();
    return error;
}
