/* What a process has: `load look` prints it, `load LIBRARY` opens the library in
 * between and compares. Compiled without the library, linked with it (LINKED), and
 * with the archive: all must look the same. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#ifdef LINKED
#include <net_meshos_ext.h>
#endif

struct look {
    char text[16384];
    size_t length;
};

static void add(struct look *l, const char *format, unsigned long a, unsigned long b) {
    l->length += (size_t)snprintf(l->text + l->length, sizeof l->text - l->length, format, a, b);
}

static unsigned long entries(const char *folder) {
    unsigned long n = 0;
    DIR *d = opendir(folder);
    if (!d)
        abort();
    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static unsigned long status_kb(const char *field) {
    char line[256];
    unsigned long kb = 0;
    FILE *f = fopen("/proc/self/status", "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0)
            kb = strtoul(line + strlen(field) + 1, NULL, 10);
    if (f)
        fclose(f);
    return kb;
}

static void look(struct look *l) {
    l->length = 0;
    add(l, "threads %lu descriptors %lu\n", entries("/proc/self/task"), entries("/proc/self/fd"));
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit r;
        getrlimit((__rlimit_resource_t)i, &r);
        add(l, "limit %lu %lu\n", r.rlim_cur, r.rlim_max);
    }
    for (int s = 1; s < NSIG; s++) {
        struct sigaction a;
        if (sigaction(s, NULL, &a) == 0)
            add(l, "handler %lu %lu\n", (unsigned long)a.sa_handler, (unsigned long)a.sa_flags);
    }
    sigset_t mask;
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (int s = 1; s < NSIG; s++)
        add(l, "blocked %lu %lu\n", (unsigned long)s, (unsigned long)sigismember(&mask, s));
    stack_t stack;
    sigaltstack(NULL, &stack);
    add(l, "stack %lu %lu\n", (unsigned long)stack.ss_flags, stack.ss_size);
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
    static struct look before, after;
    if (argc != 2)
        return 2;
    look(&before);
    if (strcmp(argv[1], "look") == 0) {
#ifdef LINKED
        if (!net_meshos_ext_version())
            return 1;
#endif
        fputs(before.text, stdout);
        return status_kb("VmSize") > 200000; /* Go reserves 0.9 GB and more */
    }
    unsigned long resident = status_kb("VmRSS"), size = status_kb("VmSize");
    double began = now_ms();
    void *library = dlopen(argv[1], RTLD_NOW);
    double took = now_ms() - began;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    resident = status_kb("VmRSS") - resident;
    size = status_kb("VmSize") - size;
    look(&after);
    printf("loaded in %.2f ms, %lu KB resident, %lu KB mapped\n", took, resident, size);
    if (strcmp(before.text, after.text) != 0) {
        printf("before:\n%safter:\n%s", before.text, after.text);
        return 1;
    }
    return resident > 1024 || size > 100000;
}
