#define _GNU_SOURCE
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "news.h"
#include "plan.h"

/* A case that has run for so long waits for something, most likely for what never comes. */
enum { SEEMS_ASLEEP_MS = 3000 };

/* A place for a job, and the case that it has. */
struct place {
    struct job job;
    struct planned *planned;
};

struct places {
    struct place *all;
    size_t count, jobs;
};

static bool is_taken(const struct place *p) {
    return p->job.process.pid != 0;
}

static bool is_asleep(const struct place *p, uint64_t now) {
    return p->job.what && (p->job.what->sleeps || now - p->job.process.began_ms >= SEEMS_ASLEEP_MS);
}

static uint64_t earlier(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Waits until something may have happened, the passing of a deadline among that. */
static void wait_for_news(const struct places *p) {
    const struct job *running[p->count];
    size_t count = 0;
    uint64_t now = now_ms(), next = now + 60000;
    for (size_t i = 0; i < p->count; i++) {
        const struct job *job = &p->all[i].job;
        if (!is_taken(&p->all[i]))
            continue;
        running[count++] = job;
        next = earlier(next, job->process.deadline_ms);
        if (!is_asleep(&p->all[i], now))
            next = earlier(next, job->process.began_ms + SEEMS_ASLEEP_MS);
    }
    news_await(running, count, next);
}

/* A free place for a case that sleeps or for another; NULL: as many run as may. */
static struct place *free_place(const struct places *p, bool sleeps) {
    size_t awake = 0, taken = 0;
    uint64_t now = now_ms();
    struct place *found = NULL;
    for (size_t i = 0; i < p->count; i++) {
        taken += is_taken(&p->all[i]);
        awake += is_taken(&p->all[i]) && !is_asleep(&p->all[i], now);
        if (!is_taken(&p->all[i]))
            found = &p->all[i];
    }
    /* Those that are awake always find a place, however many sleep. */
    bool room = sleeps && p->jobs > 1 ? taken - awake < p->count - p->jobs : awake < p->jobs;
    return room ? found : NULL;
}

static void start_what_can(const struct places *p, const struct run *run, struct plan *plan) {
    for (int sleeps = 1; sleeps >= 0; sleeps--) {
        struct place *place;
        struct planned *next;
        while ((place = free_place(p, sleeps)) && (next = plan_next(plan, sleeps))) {
            place->planned = next;
            next->started = true;
            job_start(&place->job, &run->terms, next->outcome.what, plan_left_out(plan, next));
        }
    }
}

void runner_run(const struct run *run) {
    struct plan plan = plan_make(run->suite, run->cases, run->count);
    struct places places = {.jobs = run->jobs, .count = run->jobs > 1 ? run->jobs * (1 + RUNNER_SLEEPERS) : 1};
    places.all = calloc(places.count, sizeof *places.all);
    if (!places.all) {
        perror(run->suite->program);
        exit(2);
    }
    news_watch();
    for (size_t told = 0; told < plan.count;) {
        start_what_can(&places, run, &plan);
        wait_for_news(&places);
        for (size_t i = 0; i < places.count; i++)
            if (is_taken(&places.all[i]) && job_attend(&places.all[i].job))
                plan_take(&plan, places.all[i].planned, job_finish(&places.all[i].job));
        for (; told < plan.count && plan.cases[told].done; told++)
            if (plan.cases[told].selected)
                run->done(&plan.cases[told].outcome, run->context);
    }
    free(places.all);
    plan_free(&plan);
}

bool runner_can_open(const struct run *run, struct text *reason) {
    struct place place = {.planned = NULL};
    const struct places places = {.all = &place, .count = 1, .jobs = 1};
    news_watch();
    job_start(&place.job, &run->terms, NULL, (struct text){0});
    while (!job_attend(&place.job))
        wait_for_news(&places);
    struct outcome o = job_finish(&place.job);
    bool opened = o.verdict == PASSED;
    if (!opened) {
        size_t length = strcspn(text_of(&o.failures), "\n");
        text_add(reason, text_of(&o.failures), length);
        if (o.output.length > 0) /* as of a command that can't be run */
            text_say(reason, ": %.*s", (int)strcspn(o.output.bytes, "\n"), o.output.bytes);
    }
    text_free(&o.failures);
    text_free(&o.output);
    text_free(&o.skip);
    text_free(&o.left_out);
    return opened;
}
