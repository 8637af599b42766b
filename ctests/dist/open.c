/* Opens a library, or says why the loader doesn't: open LIBRARY. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc == 2 && dlopen(argv[1], RTLD_NOW))
        return 0;
    puts(argc == 2 ? dlerror() : "usage: open LIBRARY");
    return 1;
}
