/* Preloaded into a suite that runs under valgrind: there /proc/self/exe is valgrind's own program, and a suite that
 * starts itself anew by that name would run without it. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *meant(const char *path) {
    const char *self = getenv("CHECKED_PROGRAM");
    return self && strcmp(path, "/proc/self/exe") == 0 ? self : path;
}

int execv(const char *path, char *const arguments[]) {
    return execve(meant(path), arguments, environ);
}

int execl(const char *path, const char *first, ...) {
    enum { MOST = 64 };
    char *arguments[MOST + 1] = {(char *)first};
    va_list rest;
    va_start(rest, first);
    for (int i = 1; i < MOST && arguments[i - 1]; i++)
        arguments[i] = va_arg(rest, char *);
    va_end(rest);
    return execv(path, arguments);
}
