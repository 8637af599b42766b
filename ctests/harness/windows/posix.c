/* What posix.h declares, of memory, libraries and threads. */
#include "posix.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "report.h"

void *dlopen(const char *path, int flags) {
    (void)flags;
    char full[MAX_PATH];
    if (GetFullPathNameA(path, sizeof full, full, NULL) >= sizeof full)
        return NULL;
    return LoadLibraryA(full);
}

char *dlerror(void) {
    static char text[256];
    DWORD error = GetLastError();
    DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text,
                                  sizeof text, NULL);
    while (length > 0 && strchr("\r\n.", text[length - 1]))
        text[--length] = '\0';
    if (length == 0)
        snprintf(text, sizeof text, "error %lu", error);
    return text;
}

void *dlsym(void *library, const char *name) {
    FARPROC found = GetProcAddress(library, name);
    void *address;
    memcpy(&address, &found, sizeof address);
    return address;
}

int dlclose(void *library) {
    return FreeLibrary(library) ? 0 : -1;
}

static DWORD page_protection(int protection) {
    return protection & PROT_WRITE ? PAGE_READWRITE : protection & PROT_READ ? PAGE_READONLY : PAGE_NOACCESS;
}

void *mmap(void *at, size_t length, int protection, int flags, int descriptor, off_t offset) {
    (void)at, (void)flags, (void)descriptor, (void)offset;
    void *pages = VirtualAlloc(NULL, length, MEM_RESERVE | MEM_COMMIT, page_protection(protection));
    return pages ? pages : MAP_FAILED;
}

int mprotect(void *at, size_t length, int protection) {
    DWORD before;
    return VirtualProtect(at, length, page_protection(protection), &before) ? 0 : -1;
}

int munmap(void *at, size_t length) {
    (void)length;
    return VirtualFree(at, 0, MEM_RELEASE) ? 0 : -1;
}

long sysconf(int name) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return (long)(name == _SC_PAGESIZE ? info.dwPageSize : info.dwNumberOfProcessors);
}

ssize_t pread(int descriptor, void *to, size_t length, off_t offset) {
    return _lseek(descriptor, (long)offset, SEEK_SET) < 0 ? -1 : _read(descriptor, to, (unsigned)length);
}

long syscall(long number, ...) {
    return number == SYS_gettid ? (long)GetCurrentThreadId() : -1;
}

int setrlimit(int resource, const struct rlimit *limit) {
    (void)resource, (void)limit;
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    return 0;
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *deadline) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = (int64_t)(deadline->tv_sec - now.tv_sec) * 1000 + (deadline->tv_nsec - now.tv_nsec) / 1000000;
    if (WaitForSingleObject(pthread_gethandle(thread), ms > 0 ? (DWORD)ms : 0) != WAIT_OBJECT_0)
        return ETIMEDOUT;
    return pthread_join(thread, result);
}

static _Noreturn void skip(const char *reason) {
    report_skipped(reason);
}

int fork(void) {
    skip("Windows has no fork");
}

pid_t waitpid(pid_t child, int *status, int options) {
    (void)child, (void)status, (void)options;
    skip("Windows has no fork");
}

int pause(void) {
    skip("Windows has no signals of POSIX");
}

int setenv(const char *name, const char *value, int overwrite) {
    (void)overwrite;
    return SetEnvironmentVariableA(name, value) ? 0 : -1;
}

int unsetenv(const char *name) {
    return setenv(name, NULL, 1);
}

char *mkdtemp(char *name) {
    return _mktemp(name) && CreateDirectoryA(name, NULL) ? name : NULL;
}

unsigned alarm(unsigned seconds) {
    (void)seconds;
    skip("Windows has no signals of POSIX");
}

int pipe(int ends[2]) {
    (void)ends;
    skip("Windows has no signals of POSIX, and so none for a broken pipe");
}

int kill(pid_t process, int number) {
    (void)process, (void)number;
    skip("Windows has no signals of POSIX");
}

int sigaction(int number, const struct sigaction *action, struct sigaction *old) {
    (void)number, (void)action, (void)old;
    skip("Windows has no signals of POSIX, and so no handlers to keep");
}

int windows_sigmask(int how, const sigset_t *mask, sigset_t *old) {
    (void)how, (void)mask, (void)old;
    skip("Windows has no signals of POSIX, and so none to block");
}

int sigemptyset(sigset_t *set) {
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set) {
    *set = ~(sigset_t)0;
    return 0;
}

int sigaddset(sigset_t *set, int number) {
    *set |= (sigset_t)1 << number;
    return 0;
}

int sigismember(const sigset_t *set, int number) {
    return *set >> number & 1;
}

const char *strsignal(int number) {
    (void)number;
    return "a signal";
}

/* Whether a character is in the brackets that begin behind `p`; *end: what follows them. */
static bool is_in(const char *p, char c, const char **end) {
    bool inverse = *p == '!', found = false;
    p += inverse;
    do {
        if (p[1] == '-' && p[2] && p[2] != ']') {
            found |= c >= p[0] && c <= p[2];
            p += 3;
        } else {
            found |= c == *p++;
        }
    } while (*p && *p != ']');
    *end = *p ? p + 1 : p;
    return found != inverse;
}

int fnmatch(const char *pattern, const char *text, int flags) {
    const char *after;
    for (; *pattern; text++) {
        if (*pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (fnmatch(pattern + 1, rest, flags) == 0)
                    return 0;
                if (!*rest)
                    return 1;
            }
        }
        if (!*text)
            return 1;
        after = pattern + 1;
        if (*pattern == '[' ? !is_in(pattern + 1, *text, &after) : *pattern != '?' && *pattern != *text)
            return 1;
        pattern = after;
    }
    return *text != '\0';
}
