#define _GNU_SOURCE
#include "proc.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

double proc_resident(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    unsigned long total, resident;
    int read = fscanf(file, "%lu %lu", &total, &resident);
    fclose(file);
    return read == 2 ? (double)resident * (double)sysconf(_SC_PAGESIZE) : 0;
}

size_t proc_threads(void) {
    DIR *folder = opendir("/proc/self/task");
    if (!folder)
        return 0;
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

char proc_thread_state(pid_t tid) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%ld/stat", (long)tid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    char *read = fgets(line, sizeof line, file);
    fclose(file);
    const char *name_end = read ? strrchr(line, ')') : NULL; /* the name may have blanks */
    return name_end && name_end[1] == ' ' ? name_end[2] : '\0';
}
