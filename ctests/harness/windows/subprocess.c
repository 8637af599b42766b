/* subprocess.h, with a job of Windows for each child, which is what a process group is elsewhere. */
#include "subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "clock.h"
#include "posix.h"

/* Of what a child prints, about so much is kept. A pipe holds as much, since it is only looked at now and then. */
enum { MOST_OUTPUT = 64 * 1024 };

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "%s: error %lu of Windows\n", what, GetLastError());
    exit(2);
}

struct subprocess_pipe subprocess_pipe(void) {
    HANDLE from, to;
    if (!CreatePipe(&from, &to, NULL, MOST_OUTPUT))
        give_up("CreatePipe");
    return (struct subprocess_pipe){_open_osfhandle((intptr_t)from, _O_RDONLY | _O_BINARY),
                                    _open_osfhandle((intptr_t)to, _O_BINARY)};
}

static HANDLE handle_of(int descriptor) {
    return (HANDLE)_get_osfhandle(descriptor);
}

int subprocess_number(int descriptor) {
    return (int)(intptr_t)handle_of(descriptor);
}

/* There is no other system to run a program of Windows on, and wine needs to be told only once. */
void subprocess_through(const char *command) {
    (void)command;
    fputs("there is no --runner on Windows\n", stderr);
    exit(2);
}

/* As the C library of a child takes it apart again. */
static void quote(struct text *line, const char *word) {
    text_say(line, "%s\"", line->length > 0 ? " " : "");
    size_t slashes = 0;
    for (; *word; word++) {
        if (*word == '"')
            for (slashes++; slashes > 0; slashes--)
                text_add(line, "\\", 1);
        slashes = *word == '\\' ? slashes + 1 : 0;
        text_add(line, word, 1);
    }
    for (; slashes > 0; slashes--)
        text_add(line, "\\", 1);
    text_add(line, "\"", 1);
}

static HANDLE make_job(void) {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION};
    HANDLE job = CreateJobObjectA(NULL, NULL);
    if (!job || !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        give_up("CreateJobObject");
    return job;
}

static void let_inherit(HANDLE handle, bool inherit) {
    SetHandleInformation(handle, HANDLE_FLAG_INHERIT, inherit ? HANDLE_FLAG_INHERIT : 0);
}

/* Starts a process that waits for ResumeThread. Wine fails to now and then when the machine is busy, with an error of its
 * own inside, and can the next time. */
static bool create(const char *program, char *line, STARTUPINFOA *startup, PROCESS_INFORMATION *started) {
    enum { TRIES = 10, PAUSE_MS = 100 };
    for (int i = 0; i < TRIES; i++) {
        if (CreateProcessA(program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, startup, started))
            return true;
        if (GetLastError() != ERROR_INTERNAL_ERROR)
            break;
        Sleep(PAUSE_MS);
    }
    return false;
}

void subprocess_start(struct subprocess *p, const char *const *arguments, const int *inherited, size_t count,
                      uint64_t limit_ms) {
    struct subprocess_pipe output = subprocess_pipe();
    uint64_t now = now_ms();
    char self[MAX_PATH];
    struct text line = {0};
    SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
    HANDLE nothing = CreateFileA("NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inheritable, OPEN_EXISTING, 0, NULL);
    STARTUPINFOA startup = {.cb = sizeof startup,
                            .dwFlags = STARTF_USESTDHANDLES,
                            .hStdInput = nothing,
                            .hStdOutput = handle_of(output.write),
                            .hStdError = handle_of(output.write)};
    PROCESS_INFORMATION started;
    *p = (struct subprocess){.output = output.read, .began_ms = now};
    p->deadline_ms = limit_ms < UINT64_MAX - now ? now + limit_ms : UINT64_MAX;
    fflush(stdout);
    for (size_t i = 0; arguments[i]; i++)
        quote(&line, arguments[i]);
    for (size_t i = 0; i < count; i++)
        let_inherit(handle_of(inherited[i]), true);
    let_inherit(handle_of(output.write), true);
    p->group = make_job();
    if (GetModuleFileNameA(NULL, self, sizeof self) == sizeof self || !create(self, line.bytes, &startup, &started))
        give_up("CreateProcess");
    for (size_t i = 0; i < count; i++)
        let_inherit(handle_of(inherited[i]), false);
    AssignProcessToJobObject(p->group, started.hProcess);
    ResumeThread(started.hThread);
    CloseHandle(started.hThread);
    CloseHandle(nothing);
    _close(output.write);
    text_free(&line);
    p->pid = (intptr_t)started.hProcess;
}

bool subprocess_drain(int descriptor, struct text *into) {
    char bytes[4096];
    DWORD there = 0;
    BOOL open;
    while ((open = PeekNamedPipe(handle_of(descriptor), NULL, 0, NULL, &there, NULL)) && there > 0) {
        int n = _read(descriptor, bytes, there < sizeof bytes ? there : sizeof bytes);
        if (n <= 0)
            return false;
        text_add(into, bytes, (size_t)n);
    }
    return open;
}

static void keep_output(struct subprocess *p) {
    struct text more = {0};
    subprocess_drain(p->output, &more);
    if (more.length > 0 && p->printed.length < MOST_OUTPUT)
        text_add(&p->printed, more.bytes, more.length);
    text_free(&more);
}

/* What a process that was killed returns. */
enum { KILLED = 0x4b11ed };

void subprocess_kill(const struct subprocess *p) {
    if (p->pid) {
        TerminateJobObject(p->group, KILLED);
        TerminateProcess((HANDLE)p->pid, KILLED);
    }
}

void subprocess_attend(struct subprocess *p) {
    keep_output(p);
    if (now_ms() >= p->deadline_ms && !p->timed_out) {
        p->timed_out = true;
        subprocess_kill(p);
    }
}

bool subprocess_has_ended(const struct subprocess *p) {
    return WaitForSingleObject((HANDLE)p->pid, p->timed_out ? INFINITE : 0) == WAIT_OBJECT_0;
}

/* The exit code of a process as a wait status. One that died of an exception has the exception's number. */
static int status_of(DWORD code) {
    enum { ABORTED = 3 }; /* what abort() ends with */
    switch (code) {
        case EXCEPTION_ACCESS_VIOLATION: return SIGSEGV;
        case EXCEPTION_ILLEGAL_INSTRUCTION: return SIGILL;
        case EXCEPTION_INT_DIVIDE_BY_ZERO: return SIGFPE;
        case ABORTED: return SIGABRT;
        case KILLED: return SIGKILL;
        default: return code >= 0x80000000u ? SIGTERM : (int)(code & 0xff) << 8;
    }
}

int subprocess_reap(struct subprocess *p) {
    DWORD code = 0;
    HANDLE process = (HANDLE)p->pid;
    if (!subprocess_has_ended(p))
        subprocess_kill(p);
    WaitForSingleObject(process, INFINITE);
    GetExitCodeProcess(process, &code);
    TerminateJobObject(p->group, KILLED);
    keep_output(p);
    _close(p->output);
    CloseHandle(process);
    CloseHandle(p->group);
    p->pid = 0;
    return status_of(code);
}

const char *subprocess_signal_name(int number) {
    switch (number) {
        case SIGSEGV: return "an access violation";
        case SIGILL: return "an illegal instruction";
        case SIGFPE: return "a division by zero";
        case SIGABRT: return "abort";
        case SIGKILL: return "the runner";
        default: return "an exception";
    }
}
