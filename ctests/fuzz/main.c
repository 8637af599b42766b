/* The fuzzer of call sequences. Each round is a plan from a seed, run in a child process; one that fails is made
 * smaller, printed with the operations of each thread, and written to a file that --replay takes.
 *
 *   meshos-fuzz --lib LIBRARY [--seconds N | --rounds N] [--seed N] [--threads N] [--out FOLDER] [--shrink SECONDS]
 *               [--without OPERATION]... [--profile chaos|accounts]: looks past a failure that is known
 *   meshos-fuzz --lib LIBRARY --replay FILE [--tries N]
 *   meshos-fuzz --lib LIBRARY --same: plans on one thread, each run twice, must answer the same
 *
 * Exit status: 0 nothing found, 1 a failure, 2 it can't run. */
#include "round.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static struct {
    const char *library, *replay, *out;
    double seconds, shrink;
    uint64_t seed, rounds;
    uint32_t threads, tries;
    bool same, seeded;
    int profile; /* -1: as the seed has it */
} options = {.profile = -1, .out = ".", .seconds = 60, .shrink = 60, .tries = 20};

static int usage(void) {
    fputs("usage: meshos-fuzz --lib LIBRARY [--seconds N] [--rounds N] [--seed N] [--threads N] [--out FOLDER]\n"
          "                   [--shrink SECONDS] [--replay FILE [--tries N]] [--same] [--without OP] [--profile chaos|accounts]\n",
          stderr);
    return 2;
}

static bool leave_out(const char *name) {
    for (int i = 0; i < OP_KINDS; i++)
        if (strcmp(op_names[i], name) == 0)
            return ops_left_out[i] = true;
    return false;
}

/* The plan of a seed, but for what is left out. */
static void make(struct plan *plan, uint64_t seed) {
    plan_make(plan, seed, options.same ? 1 : options.threads, options.same ? CHAOS : options.profile);
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++)
        if (!ops_left_out[plan->ops[i].kind])
            plan->ops[kept++] = plan->ops[i];
    plan->count = kept;
}

static bool read_options(int count, char **arguments) {
    static const struct option known[] = {
        {"lib", 1, NULL, 'l'},     {"replay", 1, NULL, 'r'}, {"out", 1, NULL, 'o'},   {"seconds", 1, NULL, 's'},
        {"rounds", 1, NULL, 'n'},  {"seed", 1, NULL, 'd'},   {"threads", 1, NULL, 't'}, {"shrink", 1, NULL, 'h'},
        {"tries", 1, NULL, 'y'},   {"same", 0, NULL, 'm'}, {"without", 1, NULL, 'w'}, {"profile", 1, NULL, 'p'},
        {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        switch (option) {
        case 'l': options.library = optarg; break;
        case 'r': options.replay = optarg; break;
        case 'o': options.out = optarg; break;
        case 's': options.seconds = strtod(optarg, NULL); break;
        case 'n': options.rounds = strtoull(optarg, NULL, 10); options.seconds = 1e9; break;
        case 'd': options.seed = strtoull(optarg, NULL, 10); options.seeded = true; break;
        case 't': options.threads = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'h': options.shrink = strtod(optarg, NULL); break;
        case 'y': options.tries = (uint32_t)strtoul(optarg, NULL, 10); break;
        case 'm': options.same = true; break;
        case 'p': options.profile = strcmp(optarg, "accounts") == 0 ? ACCOUNTS : CHAOS; break;
        case 'w':
            if (!leave_out(optarg))
                return false;
            break;
        default: return false;
        }
    }
    return options.library && optind == count && options.threads <= MAX_THREADS;
}

static int report(struct plan *plan, const struct verdict *verdict) {
    printf("FAILED %s\n", verdict->text);
    printf("seed %" PRIu64 ", %zu operations on %u threads; made smaller:\n", plan->seed, plan->count, plan->threads);
    fflush(stdout);
    struct verdict small = *verdict;
    round_shrink(plan, options.library, &small, options.shrink);
    printf("%zu operations left: %s\n", plan->count, small.text);
    plan_write(plan, stdout);
    char path[512];
    snprintf(path, sizeof path, "%s/failure-%" PRIu64 ".plan", options.out, plan->seed);
    FILE *file = fopen(path, "w");
    if (file) {
        plan_write(plan, file);
        fclose(file);
        printf("again with: meshos-fuzz --lib LIBRARY --replay %s\n", path);
    }
    return 1;
}

static int replay(struct plan *plan) {
    FILE *file = fopen(options.replay, "r");
    if (!file || !plan_read(plan, file)) {
        fprintf(stderr, "%s is no plan\n", options.replay);
        return 2;
    }
    fclose(file);
    for (uint32_t i = 0; i < options.tries; i++) {
        struct verdict verdict;
        if (!round_run(plan, options.library, &verdict)) {
            printf("FAILED at try %u: %s\n", i + 1, verdict.text);
            return 1;
        }
    }
    printf("held %u times\n", options.tries);
    return 0;
}

static bool something_left_out(void) {
    for (int i = 0; i < OP_KINDS; i++)
        if (ops_left_out[i])
            return true;
    return false;
}

/* Every call of the headers must have been made, or the fuzzer has lost one. */
static int all_calls_made(void) {
    int missing = 0;
    unsigned long sum = 0;
    for (int i = 0; i < CALLS; i++) {
        sum += atomic_load(&call_counts[i]);
        if (!atomic_load(&call_counts[i]) && !something_left_out()) {
            printf("%s was never called\n", call_names[i]);
            missing = 1;
        }
    }
    printf("%lu calls, %d different ones\n", sum, CALLS);
    return missing;
}

static int same_twice(struct plan *plan) {
    for (uint64_t i = 0; i < options.rounds; i++) {
        struct verdict first, second;
        make(plan, options.seed + i);
        if (!round_run(plan, options.library, &first) || !round_run(plan, options.library, &second))
            return report(plan, &first);
        if (first.digest != second.digest) {
            printf("FAILED seed %" PRIu64 " answered otherwise when it was run again\n", plan->seed);
            return 1;
        }
    }
    printf("the same twice, %" PRIu64 " times\n", options.rounds);
    return 0;
}

static int fuzz(struct plan *plan) {
    struct timespec now, begin;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    uint64_t rounds = 0;
    for (;; rounds++) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        const double passed = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
        if (passed > options.seconds || (options.rounds && rounds == options.rounds))
            break;
        struct verdict verdict;
        make(plan, options.seed + rounds);
        if (!round_run(plan, options.library, &verdict))
            return report(plan, &verdict);
    }
    printf("%" PRIu64 " rounds from seed %" PRIu64 "\n", rounds, options.seed);
    return rounds >= 200 && options.profile < 0 ? all_calls_made() : 0;
}

int main(int count, char **arguments) {
    static struct plan plan;
    if (!read_options(count, arguments))
        return usage();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    call_counts = mmap(NULL, CALLS * sizeof *call_counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || call_counts == MAP_FAILED)
        return 2;
    if (!options.seeded)
        options.seed = (uint64_t)time(NULL) * 1000;
    printf("seed %" PRIu64 "\n", options.seed);
    fflush(stdout);
    if (options.replay)
        return replay(&plan);
    return options.same ? same_twice(&plan) : fuzz(&plan);
}
