#define _GNU_SOURCE
#include "subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "array.h"
#include "clock.h"

/* Of what a child prints, about so much is kept. */
enum { MOST_OUTPUT = 64 * 1024 };

static _Noreturn void give_up(const char *what) {
    perror(what);
    exit(2);
}

struct subprocess_pipe subprocess_pipe(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return (struct subprocess_pipe){ends[0], ends[1]};
}

int subprocess_number(int descriptor) {
    return descriptor;
}

/* What starts this program, ended by this program's path; empty where nothing does. */
static const char *through[64];
static size_t through_count;

void subprocess_through(const char *command) {
    static char words[4096], self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        give_up("/proc/self/exe");
    snprintf(words, sizeof words, "%s", command);
    through_count = 0;
    for (char *word = strtok(words, " "); word && through_count + 1 < LENGTH(through); word = strtok(NULL, " "))
        through[through_count++] = word;
    if (through_count > 0)
        through[through_count++] = self;
}

/* The arguments as they are, or after the command that starts this program. The caller frees it. */
static const char **whole_command(const char *const *arguments) {
    size_t count = 0;
    while (arguments[count])
        count++;
    const char **whole = calloc(through_count + count + 1, sizeof *whole);
    if (!whole)
        give_up("calloc");
    for (size_t i = 0; i < through_count; i++)
        whole[i] = through[i];
    /* The program's name is there already, as its path. */
    for (size_t i = through_count > 0, at = through_count; i < count; i++)
        whole[at++] = arguments[i];
    return whole;
}

/* In the child: between fork and exec nothing may allocate. */
static _Noreturn void become(const char *const *command, const int *inherited, size_t count, int output,
                             pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(2); /* the parent died before the line above */
    signal(SIGPIPE, SIG_DFL);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (size_t i = 0; i < count; i++)
        fcntl(inherited[i], F_SETFD, 0);
    if (through_count > 0)
        execvp(command[0], (char *const *)(uintptr_t)command);
    else
        execv("/proc/self/exe", (char *const *)(uintptr_t)command);
    perror(command[0]);
    _exit(2);
}

void subprocess_start(struct subprocess *p, const char *const *arguments, const int *inherited, size_t count,
                      uint64_t limit_ms) {
    struct subprocess_pipe output = subprocess_pipe();
    uint64_t now = now_ms();
    *p = (struct subprocess){.output = output.read, .began_ms = now};
    p->deadline_ms = limit_ms < UINT64_MAX - now ? now + limit_ms : UINT64_MAX;
    fflush(stdout);
    pid_t self = getpid();
    const char **command = whole_command(arguments);
    p->pid = fork();
    if (p->pid == 0)
        become(command, inherited, count, output.write, self);
    free(command);
    if (p->pid < 0)
        give_up("fork");
    setpgid(p->pid, p->pid); /* the child does the same: either may come first */
    close(output.write);
}

bool subprocess_drain(int descriptor, struct text *into) {
    char bytes[4096];
    ssize_t n;
    while ((n = read(descriptor, bytes, sizeof bytes)) > 0)
        text_add(into, bytes, (size_t)n);
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void keep_output(struct subprocess *p) {
    struct text more = {0};
    subprocess_drain(p->output, &more);
    if (more.length > 0 && p->printed.length < MOST_OUTPUT)
        text_add(&p->printed, more.bytes, more.length);
    text_free(&more);
}

void subprocess_kill(const struct subprocess *p) {
    if (p->pid)
        kill(-p->pid, SIGKILL);
}

void subprocess_attend(struct subprocess *p) {
    keep_output(p);
    if (now_ms() >= p->deadline_ms && !p->timed_out) {
        p->timed_out = true;
        subprocess_kill(p);
    }
}

bool subprocess_has_ended(const struct subprocess *p) {
    siginfo_t ended = {.si_pid = 0};
    waitid(P_PID, (id_t)p->pid, &ended, WEXITED | WNOWAIT | (p->timed_out ? 0 : WNOHANG));
    return ended.si_pid == p->pid;
}

/* The child is reaped after its group is killed: until then its number can't be another's. */
int subprocess_reap(struct subprocess *p) {
    int status = 0;
    subprocess_kill(p);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    keep_output(p);
    close(p->output);
    p->pid = 0;
    return status;
}

const char *subprocess_signal_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGILL, "SIGILL"},   {SIGFPE, "SIGFPE"},
        {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},   {SIGPIPE, "SIGPIPE"}, {SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"},
        {SIGALRM, "SIGALRM"}, {SIGINT, "SIGINT"},   {SIGHUP, "SIGHUP"},   {SIGQUIT, "SIGQUIT"}, {SIGUSR1, "SIGUSR1"},
        {SIGUSR2, "SIGUSR2"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"},
    };
    static char unnamed[32];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == number)
            return names[i].name;
    snprintf(unnamed, sizeof unnamed, "signal %d", number);
    return unnamed;
}
