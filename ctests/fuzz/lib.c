#include "lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

struct lib lib;
atomic_ulong *call_counts;

const char *const call_names[CALLS] = {
#define X(name) "net_meshos_" #name,
    FUZZ_CALLS(X)
#undef X
};

void lib_open(const char *path) {
    void *opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        fprintf(stderr, "%s\n", dlerror());
        _exit(2);
    }
#define X(name)                                                        \
    *(void **)&lib.net_meshos_##name = dlsym(opened, "net_meshos_" #name); \
    if (!lib.net_meshos_##name) {                                      \
        fprintf(stderr, "%s has no net_meshos_%s\n", path, #name);     \
        _exit(2);                                                      \
    }
    FUZZ_CALLS(X)
#undef X
}
