/* The runner: starts itself again for each case, waits for it with a time limit, and writes TAP. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib.h"
#include "runner.h"
#include "suite.h"
#include "sync.h"

static struct suite_case *cases;

struct options {
    const char *lib, *filter, *run;
    unsigned slow; /* all limits are so many times as long */
    bool list;
    int report;
};

void suite_add(struct suite_case *c) {
    struct suite_case **at = &cases;
    for (; *at; at = &(*at)->next) {
        int order = strcmp((*at)->file, c->file);
        if (order > 0 || (order == 0 && (*at)->line > c->line))
            break;
    }
    c->next = *at;
    *at = c;
}

/* ---- The process of a case ---- */

static unsigned long long limit_ms(const struct options *o, const struct suite_case *c) {
    return 1000ull * c->limit_s * o->slow;
}

static int run_here(const struct options *o) {
    struct suite_case *c = cases;
    while (c && strcmp(c->name, o->run) != 0)
        c = c->next;
    if (!c)
        return 2;
    case_begin(o->report, limit_ms(o, c));
    alarm((unsigned)(limit_ms(o, c) / 1000) + 10); /* should the runner be gone by then */
    const char *problem = lib_open(o->lib);
    if (problem) {
        case_failed("%s", problem);
        return CASE_NO_LIBRARY;
    }
    if (!lib_has("net_meshos_ext_version"))
        case_skip("the library has no net_meshos_ext_version, and so no extension calls");
    const char *missing = lib_missing();
    if (missing)
        case_failed("the library has no %s", missing);
    else
        c->run();
    case_end();
}

/* ---- The runner ---- */

struct outcome {
    int status; /* of waitpid */
    bool timed_out;
    char text[64 * 1024];
};

/* Reads what the case says until it has ended or its time is over. */
static void listen_to(int report, unsigned long long limit, struct outcome *outcome) {
    unsigned long long deadline = now_ms() + limit;
    size_t used = 0;
    for (;;) {
        unsigned long long now = now_ms();
        struct pollfd p = {.fd = report, .events = POLLIN};
        int left = now < deadline ? (int)(deadline - now) : 0;
        int ready = poll(&p, 1, left);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0) {
            outcome->timed_out = true;
            break;
        }
        char more[4096];
        ssize_t n = read(report, more, sizeof more);
        if (n <= 0)
            break;
        if (used + (size_t)n < sizeof outcome->text) {
            memcpy(outcome->text + used, more, (size_t)n);
            used += (size_t)n;
        }
    }
    outcome->text[used] = '\0';
}

static _Noreturn void become_case(const struct options *o, const struct suite_case *c, int report) {
    char number[16], slow[16];
    snprintf(number, sizeof number, "%d", report);
    snprintf(slow, sizeof slow, "%u", o->slow);
    setpgid(0, 0); /* so that what the case forks can be ended with it */
    execl("/proc/self/exe", "meshos-ext-suite", "--lib", o->lib, "--slow", slow, "--run", c->name, "--report", number,
          (char *)NULL);
    _exit(2);
}

static void run(const struct options *o, const struct suite_case *c, struct outcome *outcome) {
    int report[2];
    *outcome = (struct outcome){.status = 2 << 8};
    if (pipe2(report, O_CLOEXEC) != 0) {
        perror("pipe");
        exit(2);
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        fcntl(report[1], F_SETFD, 0);
        become_case(o, c, report[1]);
    }
    close(report[1]);
    if (child < 0) {
        perror("fork");
        exit(2);
    }
    setpgid(child, child);
    listen_to(report[0], limit_ms(o, c), outcome);
    close(report[0]);
    kill(-child, SIGKILL); /* it has ended, or its time is over */
    while (waitpid(child, &outcome->status, 0) < 0 && errno == EINTR)
        ;
}

static void print_comment(const char *text) {
    while (*text) {
        printf("# ");
        for (; *text && *text != '\n'; text++) {
            unsigned char c = (unsigned char)*text;
            printf(c >= 0x20 && c < 0x7f ? "%c" : "\\x%02x", c);
        }
        putchar('\n');
        text += *text == '\n';
    }
}

static int run_all(const struct options *o) {
    static struct outcome outcome;
    unsigned number = 0, passed = 0, failed = 0, skipped = 0;
    for (const struct suite_case *c = cases; c; c = c->next)
        number += !o->filter || strstr(c->name, o->filter);
    if (number == 0) {
        fprintf(stderr, "meshos-ext-suite: no case has \"%s\" in its name\n", o->filter);
        return 2;
    }
    printf("TAP version 13\n1..%u\n", number);
    number = 0;
    for (const struct suite_case *c = cases; c; c = c->next) {
        if (o->filter && !strstr(c->name, o->filter))
            continue;
        unsigned long long began = now_ms();
        run(o, c, &outcome);
        unsigned long long took = now_ms() - began;
        number++;
        bool ended = WIFEXITED(outcome.status) && !outcome.timed_out;
        int status = ended ? WEXITSTATUS(outcome.status) : -1;
        if (status == CASE_NO_LIBRARY) {
            fprintf(stderr, "meshos-ext-suite: %s", outcome.text);
            return 2;
        }
        if (status == CASE_SKIPPED) {
            skipped++;
            printf("ok %u - %s # SKIP %s\n", number, c->name, outcome.text);
        } else if (status == CASE_PASSED) {
            passed++;
            printf("ok %u - %s (%llu ms)\n", number, c->name, took);
        } else {
            failed++;
            printf("not ok %u - %s (%llu ms)\n", number, c->name, took);
            print_comment(outcome.text);
            if (outcome.timed_out)
                printf("# it did not end within %llu ms\n", limit_ms(o, c));
            else if (WIFSIGNALED(outcome.status))
                printf("# it crashed: %s\n", strsignal(WTERMSIG(outcome.status)));
            else if (status != CASE_FAILED)
                printf("# it ended the process with status %d\n", status);
        }
        fflush(stdout);
    }
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return failed > 0 ? 1 : 0;
}

static void usage(FILE *out) {
    fputs("Usage: meshos-ext-suite --lib PATH [--filter TEXT] [--slow N]\n"
          "       meshos-ext-suite --list\n"
          "Tests what net_meshos_ext.h promises of the library, and writes TAP.\n"
          "\n"
          "  --lib PATH     the library\n"
          "  --filter TEXT  only cases with the text in their name\n"
          "  --slow N       allow N times as long, for valgrind and the like\n"
          "  --list         show the names of the cases\n"
          "\n"
          "Exit status: 0 all that was run has passed, 1 something failed, 2 nothing could be run.\n",
          out);
}

int main(int argc, char **argv) {
    enum { LIB = 256, FILTER, SLOW, LIST, RUN, REPORT, HELP };
    static const struct option known[] = {
        {"lib", required_argument, NULL, LIB},   {"filter", required_argument, NULL, FILTER},
        {"slow", required_argument, NULL, SLOW}, {"list", no_argument, NULL, LIST},
        {"run", required_argument, NULL, RUN},   {"report", required_argument, NULL, REPORT},
        {"help", no_argument, NULL, HELP},       {NULL, 0, NULL, 0},
    };
    struct options o = {.slow = 1};
    for (int option; (option = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (option) {
        case LIB: o.lib = optarg; break;
        case FILTER: o.filter = optarg; break;
        case SLOW: o.slow = (unsigned)strtoul(optarg, NULL, 10); break;
        case LIST: o.list = true; break;
        case RUN: o.run = optarg; break;
        case REPORT: o.report = atoi(optarg); break;
        case HELP: usage(stdout); return 0;
        default: usage(stderr); return 2;
        }
    }
    if (o.list) {
        for (const struct suite_case *c = cases; c; c = c->next)
            printf("%s\n", c->name);
        return 0;
    }
    if (!o.lib || o.slow == 0 || optind < argc) {
        usage(stderr);
        return 2;
    }
    return o.run ? run_here(&o) : run_all(&o);
}
