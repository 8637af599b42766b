//go:build linux

#define _GNU_SOURCE
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "stacks.h"

/* How many threads Go can need at one time, as long as it has no more
 * processors: one for each of them; one for each goroutine in a callback, which
 * are the workers and the log functions; its watch, sysmon; one from which it makes
 * the others; and one that may be in a system call. It makes a thread only when
 * none of its own is idle, and keeps them. */
enum { ITS_OWN = 3, FOR_EACH_SDK = 2, PROCESSORS_LEAST = 1, FIRST_MOST = 128 };

/* The linker's names for what is wrapped: Go's calls come here. See unwrapped.c. */
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

/* What a thread is to run. */
struct job {
    void *(*fn)(void *);
    void *arg;
};

enum { JOBS_MOST = 64 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct job jobs[JOBS_MOST]; /* a ring of those that no thread has taken yet */
static unsigned first_job, job_count;
static unsigned idle; /* threads that have no job, but for those whose job is in the ring */
static bool all_leave;

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static int32_t processors_now, sdks_now;
static _Atomic int32_t threads_made; /* they never end */
int32_t threads_for_workers_made;

/* What Go needs beside a thread for each worker; making is held, as for what
 * follows. */
static int32_t needed(void) {
    return processors_now + ITS_OWN + FOR_EACH_SDK * sdks_now;
}

static void note_workers(void) {
    __atomic_store_n(&threads_for_workers_made, atomic_load(&threads_made) - needed(), __ATOMIC_RELAXED);
}

/* False: there is to be none. */
static bool next_job(struct job *job) {
    pthread_mutex_lock(&lock);
    while (job_count == 0 && !all_leave)
        pthread_cond_wait(&changed, &lock);
    bool found = job_count > 0;
    if (found) {
        *job = jobs[first_job];
        first_job = (first_job + 1) % JOBS_MOST;
        job_count--;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

/* A thread of Go's that looks for work sleeps for 3 us before it takes it from one
 * that may come to it itself. With the slack that the kernel adds that would be
 * more than 50, which is how late an event could be. */
static void wake_in_time(void) {
#ifdef __linux__
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
#endif
}

static void *wait_for_job(void *unused) {
    struct job job;
    if (!next_job(&job))
        return unused;
    pthread_detach(pthread_self());
    stacks_of_own_thread();
    wake_in_time();
    return job.fn(job.arg);
}

static int create(pthread_t *thread) {
    int error = __real_pthread_create(thread, NULL, wait_for_job, NULL);
    if (error == 0) {
        atomic_fetch_add(&threads_made, 1);
        pthread_mutex_lock(&lock);
        idle++;
        pthread_mutex_unlock(&lock);
    }
    return error;
}

/* A thread that is made while all signals are blocked never takes one of the
 * host's. */
static sigset_t block_signals(void) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    return before;
}

/* Makes threads until there are so many; making is held. */
static bool make(int32_t total) {
    sigset_t before = block_signals();
    pthread_t thread;
    while (atomic_load(&threads_made) < total)
        if (create(&thread) != 0)
            break;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    note_workers();
    return atomic_load(&threads_made) >= total;
}

static pthread_t first[FIRST_MOST]; /* what threads_begin has made */
static unsigned first_count;

/* Ends the first threads, which have no job; making is held. */
static void end_first(void) {
    pthread_mutex_lock(&lock);
    all_leave = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    for (unsigned i = 0; i < first_count; i++)
        pthread_join(first[i], NULL);
    all_leave = false;
    idle = first_count = 0;
    atomic_store(&threads_made, 0);
}

unsigned threads_count(void) {
    return (unsigned)atomic_load(&threads_made);
}

void threads_abandon(void) {
    pthread_mutex_lock(&making);
    end_first();
    pthread_mutex_unlock(&making);
}

bool threads_begin(unsigned wanted, unsigned *processors) {
    const unsigned others = ITS_OWN + FOR_EACH_SDK;
    unsigned most = wanted + others < FIRST_MOST ? wanted + others : FIRST_MOST;
    pthread_mutex_lock(&making);
    sigset_t before = block_signals();
    while (first_count < most && create(&first[first_count]) == 0)
        first_count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    bool enough = first_count >= PROCESSORS_LEAST + others;
    if (enough) {
        *processors = first_count < wanted + others ? first_count - others : 0;
        processors_now = (int32_t)(*processors ? *processors : wanted);
    } else {
        end_first();
    }
    pthread_mutex_unlock(&making);
    return enough;
}

bool threads_for_sdks(unsigned sdks) {
    pthread_mutex_lock(&making);
    int32_t before = sdks_now;
    sdks_now = (int32_t)sdks;
    bool enough = make(needed());
    if (!enough) {
        sdks_now = before;
        note_workers();
    }
    pthread_mutex_unlock(&making);
    return enough;
}

bool threads_for_workers(int64_t workers) {
    if (workers > INT32_MAX / 2)
        return false;
    pthread_mutex_lock(&making);
    /* No processors: Go has not been started from here. */
    bool enough = processors_now == 0 || make(needed() + (int32_t)workers);
    pthread_mutex_unlock(&making);
    return enough;
}

/* Gives the job to a thread that waits for one. False: none does. */
static bool hand_over(const struct job *job) {
    pthread_mutex_lock(&lock);
    bool taken = idle > 0 && job_count < JOBS_MOST;
    if (taken) {
        idle--;
        jobs[(first_job + job_count++) % JOBS_MOST] = *job;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return taken;
}

static void sleep_ms(long ms) {
    const struct timespec t = {.tv_nsec = ms * 1000000};
    nanosleep(&t, NULL);
}

/* Go's runtime takes a failure for the end of the process. So this one never
 * fails: should Go ever need more than was foreseen, and there be none, it waits. */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg) {
    (void)attr; /* detached, and of the usual size, as ours are */
    *thread = pthread_self(); /* which Go does not look at */
    const struct job job = {fn, arg};
    while (!hand_over(&job)) {
        pthread_t made;
        if (create(&made) != 0)
            sleep_ms(1);
    }
    return 0;
}
