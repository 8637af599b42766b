/* shared.h, by a mapping that has no file. The descriptors are numbers of handles: Windows gives those 32 bits. */
#include "shared.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static atomic_int *map(HANDLE mapping) {
    return MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(atomic_int));
}

int shared_make(int value) {
    HANDLE mapping = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(atomic_int), NULL);
    atomic_int *shared = mapping ? map(mapping) : NULL;
    int descriptor = shared ? _open_osfhandle((intptr_t)mapping, _O_BINARY) : -1;
    if (descriptor < 0) {
        fputs("memory can't be shared with a child\n", stderr);
        exit(2);
    }
    atomic_store(shared, value);
    UnmapViewOfFile(shared);
    return descriptor;
}

int shared_read(int descriptor) {
    atomic_int *shared = map((HANDLE)_get_osfhandle(descriptor));
    int value = shared ? atomic_load(shared) : -1;
    if (shared)
        UnmapViewOfFile(shared);
    return value;
}

atomic_int *shared_map(int number) {
    return map((HANDLE)(intptr_t)number);
}
