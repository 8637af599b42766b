#define _GNU_SOURCE
#include "self.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

static size_t entries(const char *directory) {
    DIR *d = opendir(directory);
    if (!d)
        return 0;
    size_t n = 0;
    for (struct dirent *entry; (entry = readdir(d));)
        n += entry->d_name[0] != '.';
    closedir(d);
    return n;
}

bool self_is_visible(void) {
    return access("/proc/self/statm", R_OK) == 0;
}

size_t self_resident_bytes(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    size_t total, resident;
    int read = fscanf(file, "%zu %zu", &total, &resident);
    fclose(file);
    return read == 2 ? resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

size_t self_threads(void) {
    return entries("/proc/self/task");
}

size_t self_descriptors(void) {
    size_t n = entries("/proc/self/fd");
    return n > 0 ? n - 1 : 0; /* less the one that reads the folder */
}

size_t self_allocated_bytes(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    struct mallinfo2 all = mallinfo2();
    return all.uordblks + all.hblkhd;
#else
    return 0;
#endif
}

char self_thread_state(pid_t thread) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)thread);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *name_end = read ? strrchr(line, ')') : NULL; /* the name may have blanks */
    return name_end && name_end[1] == ' ' ? name_end[2] : '\0';
}

bool self_others_sleep(void) {
    DIR *d = opendir("/proc/self/task");
    pid_t caller = (pid_t)syscall(SYS_gettid);
    bool sleep = true;
    if (!d)
        return true;
    for (struct dirent *entry; sleep && (entry = readdir(d));) {
        pid_t thread = (pid_t)atol(entry->d_name); /* 0 for the names that begin with a dot */
        sleep = thread == 0 || thread == caller || self_thread_state(thread) != 'R';
    }
    closedir(d);
    return sleep;
}
