#define _GNU_SOURCE
#include "job.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "lib.h"
#include "shared.h"
#include "verdict.h"

static uint64_t limit_of(const struct job_terms *terms, const struct suite_case *c) {
    uint64_t limit_ms = c && c->limit_s > 0 ? 1000 * (uint64_t)c->limit_s : terms->limit_ms;
    return limit_ms * (terms->slow > 0 ? terms->slow : 1);
}

void job_start(struct job *job, const struct job_terms *terms, const struct suite_case *what, struct text left_out) {
    struct subprocess_pipe report = subprocess_pipe();
    int last_call = shared_make(-1);
    *job = (struct job){.what = what, .report = report.read, .last_call = last_call, .left_out = left_out};
    job->limit_ms = limit_of(terms, what);
    char report_number[16], last_call_number[16], limit[32];
    snprintf(report_number, sizeof report_number, "%d", subprocess_number(report.write));
    snprintf(last_call_number, sizeof last_call_number, "%d", subprocess_number(last_call));
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)job->limit_ms);
    subprocess_start(&job->process,
                     (const char *const[]){terms->program, SUITE_CHILD_FLAG, what ? what->name : "", terms->library,
                                           report_number, last_call_number, limit, text_of(&job->left_out), NULL},
                     (const int[]){report.write, last_call}, 2, job->limit_ms);
    close(report.write);
}

static const char *last_call_of(const struct job *job) {
    int call = shared_read(job->last_call);
    return call < 0 || call >= LIB_CALLS ? "no call yet" : lib_names[call];
}

bool job_attend(struct job *job) {
    subprocess_attend(&job->process);
    subprocess_drain(job->report, &job->records);
    return subprocess_has_ended(&job->process);
}

struct outcome job_finish(struct job *job) {
    struct outcome o = {.what = job->what};
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
    o.left_out = job->left_out;
    text_free(&job->records);
    close(job->report);
    close(job->last_call);
    return o;
}
