//go:build linux

#define _GNU_SOURCE
#include "start.h"

#include <elf.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "border.h"
#include "cancel.h"
#include "relocate.h"
#include "resources.h"
#include "threads.h"

/* Go's start function, as the loader would call it. Weak: where Go starts by
 * itself, as in its own tests, there is none. It returns at once; a call into Go
 * waits until Go is ready. */
#if defined(__x86_64__)
#define GO_START _rt0_amd64_linux_lib
#elif defined(__aarch64__)
#define GO_START _rt0_arm64_linux_lib
#elif defined(__s390x__)
#define GO_START _rt0_s390x_linux_lib
#else
#error "how Go starts on this machine is not known"
#endif
void GO_START(int argc, char **argv, char **envp) __attribute__((weak, visibility("hidden")));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held while Go starts; guards what follows */
static unsigned sdks;                                    /* for which something is reserved */
static atomic_bool running;
static atomic_uint starters; /* threads that hold the lock or want to */

bool start_has_begun(void) {
    return atomic_load(&running) || atomic_load(&starters) > 0 || !GO_START;
}

const char *start_setting(const char *name) {
    return secure_getenv(name);
}

/* What Go finds where a program finds its arguments, environment and auxiliary
 * vector: one after the other, each but the first of any length, ended by 0. Go
 * keeps looking at it, and writes to the random bytes. */
enum { ARGUMENTS = 2, ENVIRONMENT_MOST = 8, AUXILIARY_MOST = 16, SETTING_SIZE = 512 };

static uintptr_t block[ARGUMENTS + ENVIRONMENT_MOST + AUXILIARY_MOST];
static char settings[ENVIRONMENT_MOST][SETTING_SIZE];
static unsigned char random_bytes[16];

/* Variables of Go's that somebody who debugs the library may set, each with
 * NET_MESHOS_ before its name. The host's are not ours. */
static const char *const variables[] = {"GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GOTRACEBACK"};

/* asyncpreemptoff: no SIGURG is sent to the host's threads. gcshrinkstackoff: the
 * stacks that threads have been given stay as large as they are (see
 * stacks.c). */
#define GO_DEBUG "GODEBUG=asyncpreemptoff=1,gcshrinkstackoff=1"

/* How many settings there are. */
static size_t fill_settings(unsigned processors) {
    size_t n = 0;
    const char *debug = start_setting("NET_MESHOS_GODEBUG");
    snprintf(settings[n++], SETTING_SIZE, "%s%s%s", GO_DEBUG, debug ? "," : "", debug ? debug : "");
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        char name[32];
        snprintf(name, sizeof name, "NET_MESHOS_%s", variables[i]);
        const char *value = start_setting(name);
        if (value)
            snprintf(settings[n++], SETTING_SIZE, "%s=%s", variables[i], value);
        else if (strcmp(variables[i], "GOMAXPROCS") == 0 && processors > 0)
            snprintf(settings[n++], SETTING_SIZE, "%s=%u", variables[i], processors);
    }
    return n;
}

static void fill_auxiliary(uintptr_t *auxiliary) {
    static const unsigned long passed_on[] = {AT_PAGESZ, AT_HWCAP, AT_HWCAP2, AT_SYSINFO_EHDR, AT_SECURE};
    size_t n = 0;
    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        auxiliary[n++] = passed_on[i];
        auxiliary[n++] = getauxval(passed_on[i]);
    }
    /* Not the process's own, to which Go would write. By its number: glibc before 2.25
     * has no function for it. */
    enum { DONT_WAIT = 1 };
    if (syscall(SYS_getrandom, random_bytes, sizeof random_bytes, DONT_WAIT) == (long)sizeof random_bytes) {
        auxiliary[n++] = AT_RANDOM;
        auxiliary[n] = (uintptr_t)random_bytes;
    }
}

static void call_go(unsigned processors) {
    static char name[] = "net_meshos";
    block[0] = (uintptr_t)name;
    uintptr_t *environment = block + ARGUMENTS;
    size_t n = fill_settings(processors);
    for (size_t i = 0; i < n; i++)
        environment[i] = (uintptr_t)settings[i];
    fill_auxiliary(environment + n + 1);
    GO_START(1, (char **)block, (char **)environment);
}

static enum meshos_error start_runtime(void) {
    unsigned processors;
    if (!relocate_go())
        return MESHOS_E_NO_MEMORY;
    enum meshos_error error = resources_reserve(&processors);
    if (error == MESHOS_OK)
        call_go(processors);
    return error;
}

static enum meshos_error reserve_sdk(void) {
    if (!GO_START)
        return MESHOS_OK;
    if (!threads_for_sdks(sdks + 1))
        return MESHOS_E_NO_THREADS;
    sdks++;
    return MESHOS_OK;
}

static enum meshos_error start_locked(void) {
    if (GO_START && !atomic_load(&running)) {
        enum meshos_error error = start_runtime();
        if (error != MESHOS_OK)
            return error;
        atomic_store(&running, true);
    }
    return reserve_sdk();
}

enum meshos_error start_go(void) {
    int cancel = cancel_off();
    atomic_fetch_add(&starters, 1);
    pthread_mutex_lock(&lock);
    enum meshos_error error = start_locked();
    pthread_mutex_unlock(&lock);
    atomic_fetch_sub(&starters, 1);
    cancel_restore(cancel);
    return error;
}

void start_sdk_over(void) {
    border_lock(&lock);
    if (sdks > 0)
        sdks--;
    border_unlock(&lock);
}
