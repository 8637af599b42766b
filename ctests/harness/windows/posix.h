/* The POSIX that the suites need and Windows lacks. It is included before each file of a suite for Windows, so those
 * read as they do elsewhere. What Windows has nothing like, as fork, skips the case that needs it. */
#ifndef HARNESS_WINDOWS_POSIX_H
#define HARNESS_WINDOWS_POSIX_H

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/* Of dlfcn.h. */
enum { RTLD_NOW = 2, RTLD_LOCAL = 0 };
void *dlopen(const char *path, int flags);
void *dlsym(void *library, const char *name);
int dlclose(void *library);
char *dlerror(void);

/* Of fnmatch.h. Only * ? and [...]. */
int fnmatch(const char *pattern, const char *text, int flags);

/* Of sys/mman.h: only private memory of whole pages. */
enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, MAP_PRIVATE = 2, MAP_ANONYMOUS = 32 };
#define MAP_FAILED ((void *)(intptr_t)-1)
void *mmap(void *at, size_t length, int protection, int flags, int descriptor, off_t offset);
int mprotect(void *at, size_t length, int protection);
int munmap(void *at, size_t length);

/* Of unistd.h, sched.h and pthread.h. */
enum { _SC_PAGESIZE = 30, _SC_NPROCESSORS_ONLN = 84 };
long sysconf(int name);
ssize_t pread(int descriptor, void *to, size_t length, off_t offset);
int pipe(int ends[2]);
int fork(void); /* skips the case */
int pause(void);  /* skips the case */
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
char *mkdtemp(char *name);
unsigned alarm(unsigned seconds);
int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *deadline);
#undef PIPE_BUF
#define PIPE_BUF 4096

/* Of sys/wait.h: statuses are made by subprocess_reap. */
#define WIFSIGNALED(status) (((status) & 0x7f) != 0)
#define WTERMSIG(status) ((status) & 0x7f)
#define WEXITSTATUS(status) ((status) >> 8 & 0xff)
#define WIFEXITED(status) (!WIFSIGNALED(status))
enum { WNOHANG = 1 };
pid_t waitpid(pid_t child, int *status, int options);

/* Of sys/resource.h. In place of core files Windows has debuggers that look at a crash: none does. */
enum { RLIMIT_CORE = 4 };
struct rlimit {
    unsigned long rlim_cur, rlim_max;
};
int setrlimit(int resource, const struct rlimit *limit);

/* Of sys/syscall.h. */
enum { SYS_gettid = 186 };
long syscall(long number, ...);

/* Of signal.h. Windows has no signal that interrupts a thread. */
enum { SIGHUP = 1, SIGQUIT = 3, SIGKILL = 9, SIGUSR1 = 10, SIGUSR2 = 12, SIGPIPE = 13, SIGALRM = 14, SIGCHLD = 17 };
enum { SA_RESTART = 1, SA_NODEFER = 2, SA_SIGINFO = 4, SA_ONSTACK = 8 };
#ifndef _POSIX
typedef _sigset_t sigset_t;
#endif
typedef struct {
    int si_code;
} siginfo_t;
struct sigaction {
    void (*sa_handler)(int);
    void (*sa_sigaction)(int, siginfo_t *, void *);
    int sa_flags;
    sigset_t sa_mask;
};
int sigaction(int number, const struct sigaction *action, struct sigaction *old); /* skips the case */
#undef pthread_sigmask
#define pthread_sigmask windows_sigmask
int windows_sigmask(int how, const sigset_t *mask, sigset_t *old); /* skips the case */
int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int sigismember(const sigset_t *set, int number);
int kill(pid_t process, int number); /* skips the case */
const char *strsignal(int number);

#endif
