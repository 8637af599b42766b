#define _GNU_SOURCE
#include "lib.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

struct lib lib;
static void *opened;

#define NAME(name) "net_meshos_" #name,
const char *const lib_names[LIB_CALLS] = {MESHOS_CALLS(NAME) MESHOS_EXT_CALLS(NAME)};

const char *lib_open(const char *path) {
    opened = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!opened) {
        const char *why = dlerror();
        size_t length = strlen(path); /* what it says begins with the path, mostly */
        return strncmp(why, path, length) == 0 && strncmp(why + length, ": ", 2) == 0 ? why + length + 2 : why;
    }
    /* By memcpy: ISO C converts no object pointer to a function pointer. */
#define LOOK_UP(name) \
    memcpy(&lib.name, &(void *){dlsym(opened, "net_meshos_" #name)}, sizeof lib.name);
    MESHOS_CALLS(LOOK_UP)
    MESHOS_EXT_CALLS(LOOK_UP)
    return NULL;
}

void lib_close(void) {
    dlclose(opened);
}

bool lib_has(const char *symbol) {
    return dlsym(opened, symbol) != NULL;
}

bool lib_is_foreign(void) {
    for (int i = 0; i < LIB_BASE_CALLS; i++)
        if (lib_has(lib_names[i]))
            return false;
    return true;
}

static const char *first_lacking(int from, int to) {
    for (int i = from; i < to; i++)
        if (!lib_has(lib_names[i]))
            return lib_names[i];
    return NULL;
}

const char *lib_lacks(void) {
    return first_lacking(0, LIB_BASE_CALLS);
}

const char *lib_lacks_ext(void) {
    return first_lacking(LIB_BASE_CALLS, LIB_CALLS);
}
