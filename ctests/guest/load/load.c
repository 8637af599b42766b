/* What a process has: `load look` prints it, `load LIBRARY` opens the library in
 * between and compares. Compiled without the library, linked with it (LINKED), and
 * with the archive: all must look the same. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
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

/* What a file of /proc says; the sums of smaps_rollup are exact, those of status are
 * not. */
static unsigned long kb_of(const char *file, const char *field) {
    char line[256];
    unsigned long kb = 0;
    FILE *f = fopen(file, "re");
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

/* Resident at all; written to by this process alone; addresses in use. */
struct memory {
    unsigned long resident, own, mapped;
};

static struct memory memory(void) {
    return (struct memory){kb_of("/proc/self/smaps_rollup", "Rss"), kb_of("/proc/self/smaps_rollup", "Anonymous"),
                           kb_of("/proc/self/status", "VmSize")};
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What is promised, and what the loader needs to write to for the C half: were
 * Go's data among it, it would be 700 KB. */
enum { RESIDENT_MOST = 1024, OWN_MOST = 128, MAPPED_MOST = 100000 };

static bool load(const char *path) {
    memory(); /* what it needs itself is there before */
    struct memory before = memory();
    double began = now_ms();
    void *library = dlopen(path, RTLD_NOW);
    double took = now_ms() - began;
    if (!library) {
        fprintf(stderr, "%s\n", dlerror());
        return false;
    }
    struct memory after = memory();
    unsigned long resident = after.resident - before.resident, own = after.own - before.own,
                  mapped = after.mapped - before.mapped;
    printf("loaded in %.2f ms, %lu KB resident, %lu KB of its own, %lu KB mapped\n", took, resident, own, mapped);
    return before.resident > 0 && resident <= RESIDENT_MOST && own <= OWN_MOST && mapped <= MAPPED_MOST;
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
        return kb_of("/proc/self/status", "VmSize") > 200000; /* Go reserves 0.9 GB and more */
    }
    bool as_promised = load(argv[1]);
    look(&after);
    if (strcmp(before.text, after.text) != 0) {
        printf("before:\n%safter:\n%s", before.text, after.text);
        return 1;
    }
    return !as_promised;
}
