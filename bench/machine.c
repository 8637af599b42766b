#define _GNU_SOURCE
#include "machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void read_processor(char *name, size_t size) {
    char line[256];
    snprintf(name, size, "processor unknown");
    FILE *file = fopen("/proc/cpuinfo", "re");
    if (!file)
        return;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
            const char *value = strchr(line, ':') + 1;
            value += strspn(value, " \t");
            snprintf(name, size, "%.*s", (int)strcspn(value, "\n"), value);
            break;
        }
    fclose(file);
}

struct machine machine_look(void) {
    struct machine m = {.processors = sysconf(_SC_NPROCESSORS_ONLN)};
    struct utsname u;
    read_processor(m.processor, sizeof m.processor);
    if (uname(&u) == 0)
        snprintf(m.system, sizeof m.system, "%.48s %.48s %.48s", u.sysname, u.release, u.machine);
    return m;
}
