#define _GNU_SOURCE
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "lib.h"
#include "memfd.h"
#include "subprocess.h"
#include "verdict.h"

/* A case that runs. */
struct job {
    size_t place; /* in run.cases */
    struct subprocess process;
    uint64_t limit_ms;
    int report;    /* read end */
    int last_call; /* file of one int */
    struct text records;
};

/* Gets a byte for each SIGCHLD and for the signals that end the run. */
static struct subprocess_pipe signals;

static void note_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    if (write(signals.write, &byte, 1) < 0) {
        /* The pipe is full: the runner is awake. */
    }
    errno = saved;
}

static void watch_signals(void) {
    signals = subprocess_pipe();
    fcntl(signals.write, F_SETFL, O_NONBLOCK);
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static uint64_t limit_of(const struct run *run, const struct suite_case *c) {
    uint64_t limit_ms = c && c->limit_s > 0 ? 1000 * (uint64_t)c->limit_s : run->limit_ms;
    return limit_ms * (run->slow > 0 ? run->slow : 1);
}

/* c: NULL only opens the library. */
static void start(struct job *job, const struct run *run, size_t place, const struct suite_case *c) {
    struct subprocess_pipe report = subprocess_pipe();
    int last_call = memfd_create("last-call", MFD_CLOEXEC), none = -1;
    if (last_call < 0 || write(last_call, &none, sizeof none) != sizeof none) {
        perror("memfd_create");
        exit(2);
    }
    *job = (struct job){.place = place, .report = report.read, .last_call = last_call};
    job->limit_ms = limit_of(run, c);
    char report_number[16], last_call_number[16], limit[32];
    snprintf(report_number, sizeof report_number, "%d", report.write);
    snprintf(last_call_number, sizeof last_call_number, "%d", last_call);
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)job->limit_ms);
    subprocess_start(&job->process,
                     (const char *const[]){run->suite->program, SUITE_CHILD_FLAG, c ? c->name : "", run->library,
                                           report_number, last_call_number, limit, NULL},
                     (const int[]){report.write, last_call}, 2, job->limit_ms);
    close(report.write);
}

static const char *last_call_of(const struct job *job) {
    int call = -1;
    if (pread(job->last_call, &call, sizeof call, 0) != sizeof call || call < 0 || call >= LIB_CALLS)
        return "no call yet";
    return lib_names[call];
}

/* Ends a job whose process has ended, or is to. */
static struct outcome finish(struct job *job, const struct suite_case *what) {
    struct outcome o = {.what = what};
    int status = subprocess_reap(&job->process);
    o.ms = now_ms() - job->process.began_ms;
    subprocess_drain(job->report, &job->records);
    verdict_reach(&(struct evidence){.records = &job->records,
                                     .status = status,
                                     .timed_out = job->process.timed_out,
                                     .limit_ms = job->limit_ms,
                                     .last_call = last_call_of(job)},
                  &o);
    o.output = job->process.printed;
    text_free(&job->records);
    close(job->report);
    close(job->last_call);
    return o;
}

static void take_signals(const struct job *jobs, size_t count) {
    unsigned char numbers[64];
    ssize_t got;
    while ((got = read(signals.read, numbers, sizeof numbers)) > 0)
        for (ssize_t i = 0; i < got; i++) {
            if (numbers[i] == SIGCHLD)
                continue;
            for (size_t k = 0; k < count; k++)
                subprocess_kill(&jobs[k].process);
            _exit(128 + numbers[i]);
        }
}

/* Waits until something may have happened: output, a report, the end of a process, a deadline. */
static void wait_for_news(const struct job *jobs, size_t count) {
    struct pollfd fds[2 * count + 1];
    nfds_t n = 0;
    uint64_t now = now_ms(), next = now + 60000;
    fds[n++] = (struct pollfd){.fd = signals.read, .events = POLLIN};
    for (size_t i = 0; i < count; i++) {
        if (!jobs[i].process.pid)
            continue;
        fds[n++] = (struct pollfd){.fd = jobs[i].process.output, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = jobs[i].report, .events = POLLIN};
        if (jobs[i].process.deadline_ms < next)
            next = jobs[i].process.deadline_ms;
    }
    /* A process may close its output long before it ends; then its SIGCHLD is what is waited for. */
    for (nfds_t i = 1; i < n; i++)
        if (poll(&fds[i], 1, 0) == 1 && !(fds[i].revents & POLLIN))
            fds[i].fd = -1;
    poll(fds, n, next > now ? (int)(next - now) : 0);
    take_signals(jobs, count);
}

/* Returns whether the job's process has ended. */
static bool attend(struct job *job) {
    subprocess_attend(&job->process);
    subprocess_drain(job->report, &job->records);
    return subprocess_has_ended(&job->process);
}

static void free_outcome(struct outcome *o) {
    text_free(&o->failures);
    text_free(&o->output);
    text_free(&o->skip);
}

void runner_run(const struct run *run) {
    struct job *jobs = calloc(run->jobs, sizeof *jobs);
    struct outcome *outcomes = calloc(run->count + 1, sizeof *outcomes);
    if (!jobs || !outcomes) {
        perror(run->suite->program);
        exit(2);
    }
    watch_signals();
    size_t started = 0, done = 0;
    while (done < run->count) {
        for (size_t i = 0; i < run->jobs && started < run->count; i++) {
            if (!jobs[i].process.pid) {
                start(&jobs[i], run, started, run->suite->at(run->cases[started]));
                started++;
            }
        }
        wait_for_news(jobs, run->jobs);
        for (size_t i = 0; i < run->jobs; i++)
            if (jobs[i].process.pid && attend(&jobs[i]))
                outcomes[jobs[i].place] = finish(&jobs[i], run->suite->at(run->cases[jobs[i].place]));
        for (; done < run->count && outcomes[done].what; done++) {
            run->done(&outcomes[done], run->context);
            free_outcome(&outcomes[done]);
        }
    }
    free(outcomes);
    free(jobs);
}

bool runner_can_open(const struct run *run, struct text *reason) {
    struct job job;
    watch_signals();
    start(&job, run, 0, NULL);
    while (!attend(&job))
        wait_for_news(&job, 1);
    struct outcome o = finish(&job, NULL);
    bool opened = o.verdict == PASSED;
    if (!opened)
        text_add(reason, text_of(&o.failures), o.failures.length);
    free_outcome(&o);
    return opened;
}
