#define _GNU_SOURCE
#include "lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct lib lib;
static void *opened;

static void *symbol(const char *name) {
    char full[64];
    snprintf(full, sizeof full, "net_meshos_%s", name);
    return dlsym(opened, full);
}

/* By memcpy, as ISO C converts no object pointer to a function pointer. */
static bool resolve(const char *name, void *function, size_t size) {
    void *address = symbol(name);
    memcpy(function, &address, size);
    return address != NULL;
}

const char *lib_open(const char *path) {
    opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened)
        return dlerror();
#define REQUIRE(name)                                    \
    if (!resolve(#name, &lib.name, sizeof lib.name))     \
        return "it lacks net_meshos_" #name;
    LIB_BASE(REQUIRE)
#define TAKE(name) resolve(#name, &lib.name, sizeof lib.name);
    LIB_EXT(TAKE)
    return NULL;
}

bool lib_has(const char *name) {
    return symbol(name) != NULL;
}
