#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "lib.h"
#include "report.h"
#include "sync.h"

/* More output of a case than this is thrown away. */
enum { MOST_OUTPUT = 64 * 1024 };

/* A case that runs. */
struct job {
    size_t place; /* in run.cases */
    pid_t pid;    /* and process group; 0: the job is free */
    uint64_t began_ms, deadline_ms;
    bool timed_out;
    int output, report; /* read ends */
    int last_call;      /* file of one int */
    struct text records;
    struct text printed;
};

/* A byte for each SIGCHLD and for the signals that end the run. */
static int woken[2];

static void wake(int signal_number) {
    int saved = errno;
    unsigned char byte = (unsigned char)signal_number;
    if (write(woken[1], &byte, 1) < 0) {
        /* full: the runner is awake */
    }
    errno = saved;
}

static void watch_signals(void) {
    if (pipe2(woken, O_CLOEXEC | O_NONBLOCK) != 0) {
        perror("meshos-conformance: pipe");
        exit(2);
    }
    struct sigaction action = {.sa_handler = wake, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void pipe_for(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) {
        perror("meshos-conformance: pipe");
        exit(2);
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

static _Noreturn void become_child(const char *name, const struct run *run, int output, int report, int last_call) {
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(output, 1);
    dup2(output, 2);
    /* The two that it gets by number must survive exec. */
    fcntl(report, F_SETFD, 0);
    fcntl(last_call, F_SETFD, 0);
    char report_number[16], last_call_number[16], limit[32];
    snprintf(report_number, sizeof report_number, "%d", report);
    snprintf(last_call_number, sizeof last_call_number, "%d", last_call);
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)run->limit_ms);
    execl("/proc/self/exe", "meshos-conformance", CHILD_FLAG, name, run->library, report_number, last_call_number,
          limit, (char *)NULL);
    perror("meshos-conformance: exec");
    _exit(2);
}

static void start(struct job *job, const struct run *run, size_t place, const char *name) {
    int output[2], report[2];
    pipe_for(output);
    pipe_for(report);
    int last_call = memfd_create("last-call", MFD_CLOEXEC), none = -1;
    if (last_call < 0 || write(last_call, &none, sizeof none) != sizeof none) {
        perror("meshos-conformance: memfd_create");
        exit(2);
    }
    *job = (struct job){.place = place, .output = output[0], .report = report[0], .last_call = last_call};
    job->began_ms = now_ms();
    job->deadline_ms = job->began_ms + run->limit_ms;
    job->pid = fork();
    if (job->pid == 0)
        become_child(name, run, output[1], report[1], last_call);
    if (job->pid < 0) {
        perror("meshos-conformance: fork");
        exit(2);
    }
    setpgid(job->pid, job->pid); /* the child does it too: whoever comes first */
    close(output[1]);
    close(report[1]);
}

static void drain(int fd, struct text *into) {
    char bytes[4096];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        if (into->length < MOST_OUTPUT)
            text_add(into, bytes, (size_t)n);
}

static const char *last_call_of(const struct job *job) {
    int index = -1;
    if (pread(job->last_call, &index, sizeof index, 0) != sizeof index || index < 0)
        return "no call yet";
    return lib_symbols[index];
}

/* Failures and skips that the case reported, and the signal that should end it; returns whether it came to its
 * end by itself. */
static bool read_records(const struct job *job, struct result *r, int *dying_of) {
    bool done = false;
    for (size_t at = 0; at < job->records.length; at += strlen(job->records.bytes + at) + 1) {
        const char *record = job->records.bytes + at;
        if (record[0] == REPORT_FAILED) {
            r->verdict = FAILED;
            text_say(&r->failures, "%s\n", record + 1);
        } else if (record[0] == REPORT_SKIPPED && r->verdict == PASSED) {
            r->verdict = SKIPPED;
            text_say(&r->skip, "%s", record + 1);
        } else if (record[0] == REPORT_DYING) {
            *dying_of = atoi(record + 1);
        } else if (record[0] == REPORT_DONE) {
            done = true;
        }
    }
    return done;
}

static const char *signal_name(int number) {
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

static void judge(const struct job *job, int status, const struct run *run, struct result *r) {
    int dying_of = 0;
    bool done = read_records(job, r, &dying_of);
    if (job->timed_out) {
        r->verdict = FAILED;
        text_say(&r->failures, "killed after the time limit of %g s; last call: %s\n", (double)run->limit_ms / 1000,
                 last_call_of(job));
    } else if (dying_of) {
        if (WIFSIGNALED(status) && WTERMSIG(status) == dying_of)
            return;
        r->verdict = FAILED;
        text_say(&r->failures, "%s should have killed the process; it ended with wait status 0x%x\n",
                 signal_name(dying_of), (unsigned)status);
    } else if (WIFSIGNALED(status)) {
        r->verdict = FAILED;
        text_say(&r->failures, "killed by %s; last call: %s\n", signal_name(WTERMSIG(status)), last_call_of(job));
    } else if (!done) {
        r->verdict = FAILED;
        text_say(&r->failures, "the process exited with status %d in the middle of the case; last call: %s\n",
                 WEXITSTATUS(status), last_call_of(job));
    } else if (WEXITSTATUS(status) != (r->verdict == FAILED)) {
        r->verdict = FAILED;
        text_say(&r->failures, "exit status %d at the end of the case\n", WEXITSTATUS(status));
    }
}

/* Ends a job whose process has ended: takes what it said, kills what it left running. The process is reaped
 * last, so that its number can't be another's by then. */
static struct result finish(struct job *job, const struct run *run, const struct suite_case *what) {
    int status;
    kill(-job->pid, SIGKILL);
    waitpid(job->pid, &status, 0);
    drain(job->output, &job->printed);
    drain(job->report, &job->records);
    struct result r = {.what = what, .ms = now_ms() - job->began_ms};
    judge(job, status, run, &r);
    r.output = job->printed;
    text_free(&job->records);
    close(job->output);
    close(job->report);
    close(job->last_call);
    job->pid = 0;
    return r;
}

/* Waits until something may have happened: output, a report, the end of a process, a deadline. */
static void wait_for_news(struct job *jobs, size_t count) {
    struct pollfd fds[2 * count + 1];
    nfds_t n = 0;
    uint64_t now = now_ms(), next = now + 60000;
    fds[n++] = (struct pollfd){.fd = woken[0], .events = POLLIN};
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i].pid)
            continue;
        fds[n++] = (struct pollfd){.fd = jobs[i].output, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = jobs[i].report, .events = POLLIN};
        if (jobs[i].deadline_ms < next)
            next = jobs[i].deadline_ms;
    }
    /* A process may close its output long before it ends: then only its end is waited for. */
    for (nfds_t i = 1; i < n; i++)
        if (poll(&fds[i], 1, 0) == 1 && !(fds[i].revents & POLLIN))
            fds[i].fd = -1;
    poll(fds, n, next > now ? (int)(next - now) : 0);

    unsigned char signals[64];
    ssize_t got;
    while ((got = read(woken[0], signals, sizeof signals)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            if (signals[i] == SIGCHLD)
                continue;
            for (size_t k = 0; k < count; k++)
                if (jobs[k].pid)
                    kill(-jobs[k].pid, SIGKILL);
            _exit(128 + signals[i]);
        }
    }
}

/* Returns whether the job's process has ended. */
static bool attend(struct job *job) {
    drain(job->output, &job->printed);
    drain(job->report, &job->records);
    if (now_ms() >= job->deadline_ms && !job->timed_out) {
        job->timed_out = true;
        kill(-job->pid, SIGKILL);
    }
    siginfo_t ended = {.si_pid = 0};
    waitid(P_PID, (id_t)job->pid, &ended, WEXITED | WNOWAIT | (job->timed_out ? 0 : WNOHANG));
    return ended.si_pid == job->pid;
}

void runner_run(const struct run *run) {
    struct job *jobs = calloc(run->jobs, sizeof *jobs);
    struct result *results = calloc(run->count + 1, sizeof *results);
    if (!jobs || !results) {
        perror("meshos-conformance");
        exit(2);
    }
    watch_signals();
    size_t started = 0, told = 0;
    while (told < run->count) {
        for (size_t i = 0; i < run->jobs && started < run->count; i++) {
            if (!jobs[i].pid) {
                start(&jobs[i], run, started, cases_at(run->cases[started])->name);
                started++;
            }
        }
        wait_for_news(jobs, run->jobs);
        for (size_t i = 0; i < run->jobs; i++) {
            if (jobs[i].pid && attend(&jobs[i]))
                results[jobs[i].place] = finish(&jobs[i], run, cases_at(run->cases[jobs[i].place]));
        }
        for (; told < run->count && results[told].what; told++) {
            run->done(&results[told], run->context);
            text_free(&results[told].failures);
            text_free(&results[told].output);
            text_free(&results[told].skip);
        }
    }
    free(results);
    free(jobs);
}

int runner_can_open(const char *library, uint64_t limit_ms, struct text *reason) {
    const struct run run = {.library = library, .limit_ms = limit_ms};
    struct job job;
    watch_signals();
    start(&job, &run, 0, "");
    while (!attend(&job))
        wait_for_news(&job, 1);
    struct result r = finish(&job, &run, NULL);
    if (r.verdict != PASSED)
        text_add(reason, text_of(&r.failures), r.failures.length);
    text_free(&r.failures);
    text_free(&r.output);
    return r.verdict == PASSED;
}
