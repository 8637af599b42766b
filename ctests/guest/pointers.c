/* Go's pointers and constants, which the shared library completes and protects
 * itself at the first start. Those of the archive are the program's, so the loader
 * does it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "guest.h"

static bool is_archive(void) {
    Dl_info library, program;
    NEED(dladdr((void *)(uintptr_t)net_meshos_sdk_start, &library) && dladdr((void *)(uintptr_t)is_archive, &program));
    return library.dli_fbase == program.dli_fbase;
}

static void work(void) {
    NetMeshOsSdk *sdk = start();
    for (uint64_t i = 0; i < 20; i++)
        all_calls(sdk, i);
    OK(net_meshos_sdk_shutdown(sdk));
    net_meshos_sdk_free(sdk);
}

/* This thread's calls of mprotect that make memory read-only fail from now on. */
static void can_not_protect(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROT_READ, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof code / sizeof *code, code};
    NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        skip("this process may have no filter of system calls");
}

static void *start_without_protection(void *unused) {
    can_not_protect();
    NetMeshOsSdk *sdk = (NetMeshOsSdk *)4711;
    for (int i = 0; i < 2; i++) {
        FAILS(net_meshos_sdk_start(0, 0, 0, 0, 0, &sdk), "out_of_memory");
        NEED(sdk == (NetMeshOsSdk *)4711);
    }
    return unused;
}

/* The kernel shows a thread a moment longer than it can be waited for. */
static bool is_alone(void) { return threads() == 1; }

static void can_not_be_protected(void) {
    pthread_t thread;
    unsigned before = descriptors();
    if (!is_archive()) {
        NEED(pthread_create(&thread, NULL, start_without_protection, NULL) == 0);
        NEED(pthread_join(thread, NULL) == 0);
        await(is_alone, "the thread is gone");
        NEED(descriptors() == before);
    }
    work(); /* where it is possible */
}

/* A child that is forked in between has what its parent had completed, and must
 * not do it again. */
static void a_child_goes_on(void) {
    pthread_t thread;
    if (!is_archive()) {
        NEED(pthread_create(&thread, NULL, start_without_protection, NULL) == 0);
        NEED(pthread_join(thread, NULL) == 0);
    }
    in_child(work);
    work();
}

/* How many parts of the library's file are mapped so. */
static unsigned mapped(const char *permissions) {
    Dl_info library;
    char line[512];
    unsigned n = 0;
    FILE *f = fopen("/proc/self/maps", "re");
    NEED(f != NULL && dladdr((void *)(uintptr_t)net_meshos_sdk_start, &library));
    const char *name = strrchr(library.dli_fname, '/');
    while (fgets(line, sizeof line, f))
        n += strstr(line, permissions) && strstr(line, name ? name : library.dli_fname);
    fclose(f);
    return n;
}

/* One part more than the loader protects, and in an archive none. */
static void are_protected_from_then_on(void) {
    unsigned before = mapped(" r--p ");
    NEED(before > 0 && mapped(" rw-p ") > 0);
    work();
    NEED(mapped(" r--p ") == before + !is_archive());
    NEED(mapped(" rwxp ") == 0);
}

const struct test pointer_tests[] = {
    {"pointers: constants that can't be protected are an error", can_not_be_protected},
    {"pointers: a child forked after that error starts", a_child_goes_on},
    {"pointers: constants are protected from the start on", are_protected_from_then_on},
    {NULL, NULL},
};
