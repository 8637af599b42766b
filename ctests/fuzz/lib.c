#include "lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

struct lib lib;
atomic_ulong *call_counts;

const char *const call_names[CALLS] = {
#define X(name) #name,
    FUZZ_CALLS(X)
#undef X
};

void lib_open(const char *path) {
    void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(2);
    }
#define X(name)                                               \
    *(void **)&lib.name = dlsym(opened, #name);               \
    if (!lib.name) {                                          \
        fprintf(stderr, "%s has no %s\n", path, #name);       \
        _exit(2);                                             \
    }
    FUZZ_CALLS(X)
#undef X
}
