#include "library.h"

#include <dlfcn.h>

#include "case.h"

struct library lib;

double library_open(const char *path) {
    double from = now();
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    double took = now() - from;
    if (!file)
        fail("%s can't be opened: %s", path, dlerror());
/* POSIX has dlsym return functions, which ISO C has no cast for. */
#define LOOK_UP(name) \
    if (!(*(void **)&lib.name = dlsym(file, "net_meshos_" #name))) \
        fail("%s has no net_meshos_%s", path, #name);
    LIBRARY_CALLS(LOOK_UP)
#undef LOOK_UP
    return took;
}
