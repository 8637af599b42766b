#include "round.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* No round takes a tenth of it on a slow machine. */
enum { HANG_SECONDS = 40 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Waits for the child, and no longer than it may take. */
static bool ended(pid_t child, int *status) {
    const double end = now() + HANG_SECONDS;
    while (waitpid(child, status, WNOHANG) != child) {
        if (now() > end) {
            kill(child, SIGKILL);
            waitpid(child, status, 0);
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    return true;
}

/* Where each thread was: the operation, or the round's end. */
static void add_places(const struct plan *plan, struct verdict *verdict) {
    size_t used = strlen(verdict->text);
    for (uint32_t i = 0; i < plan->threads && used < sizeof verdict->text - 40; i++) {
        const int at = atomic_load(&shared->at[i]);
        const char *name = at > 0 ? op_names[plan->ops[at - 1].kind] : at < 0 ? "at its end" : "not begun";
        used += (size_t)snprintf(verdict->text + used, sizeof verdict->text - used, "%s thread %u: %s", i ? "," : ";", i, name);
    }
}

bool round_run(const struct plan *plan, const char *library, struct verdict *verdict) {
    memset(shared, 0, sizeof *shared);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        world_run(plan, library);
    int status = 0;
    const bool in_time = child > 0 && ended(child, &status);
    verdict->digest = atomic_load(&shared->digest);
    if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 2 && !atomic_load(&shared->failed)) {
        fprintf(stderr, "the round can't run\n");
        exit(2);
    }
    if (atomic_load(&shared->failed))
        snprintf(verdict->text, sizeof verdict->text, "%s", shared->message);
    else if (!in_time)
        snprintf(verdict->text, sizeof verdict->text, "hang: for %d seconds", HANG_SECONDS);
    else if (WIFSIGNALED(status))
        snprintf(verdict->text, sizeof verdict->text, "crash: by signal %d", WTERMSIG(status));
    else
        snprintf(verdict->text, sizeof verdict->text, "crash: exit status %d", WEXITSTATUS(status));
    sscanf(verdict->text, "%23[^:]", verdict->kind);
    add_places(plan, verdict);
    return false;
}

/* Whether it fails as before. With threads it may take several tries. */
static bool fails_too(const struct plan *plan, const char *library, struct verdict *verdict, double end) {
    const int tries = plan->threads == 1 ? 2 : 12;
    for (int i = 0; i < tries && now() < end; i++) {
        struct verdict found;
        if (!round_run(plan, library, &found) && strcmp(found.kind, verdict->kind) == 0) {
            *verdict = found;
            return true;
        }
    }
    return false;
}

static void without(struct plan *plan, const struct plan *whole, size_t from, size_t to) {
    *plan = *whole;
    memmove(plan->ops + from, plan->ops + to, (whole->count - to) * sizeof *plan->ops);
    plan->count = whole->count - (to - from);
}

/* Delta debugging: parts of half, a quarter, … of the operations are left out, down to single ones. */
void round_shrink(struct plan *plan, const char *library, struct verdict *verdict, double seconds) {
    static struct plan smaller;
    const double end = now() + seconds;
    if (strcmp(verdict->kind, "hang") == 0)
        return; /* each try would take a minute */
    for (size_t part = (plan->count + 1) / 2; part > 0; part /= 2) {
        for (size_t from = 0; from < plan->count && now() < end;) {
            const size_t to = from + part < plan->count ? from + part : plan->count;
            without(&smaller, plan, from, to);
            if (smaller.count && fails_too(&smaller, library, verdict, end))
                *plan = smaller;
            else
                from = to;
        }
    }
}
