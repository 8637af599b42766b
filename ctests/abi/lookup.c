/* Looks each name of its input up, without a version and, if it has one, with it: lookup LIBRARY <NAMES */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments) {
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) {
        fprintf(stderr, "%s\n", count == 2 ? dlerror() : "usage: lookup LIBRARY");
        return 2;
    }
    char name[128], version[64];
    int found = 0;
    while (scanf("%127s %63s", name, version) == 2) {
        const void *plain = dlsym(library, name);
        const void *versioned = strcmp(version, "-") == 0 ? plain : dlvsym(library, name, version);
        if (!plain || plain != versioned) {
            printf("%s %s: %p and %p\n", name, version, plain, versioned);
            return 1;
        }
        found++;
    }
    printf("%d names\n", found);
    return found ? 0 : 1;
}
