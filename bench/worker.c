#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "meshos-bench: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* In the child, before it becomes this program anew: no memory may be asked for. */
static _Noreturn void become_child(char *const *argv, int commands, int lines, int errors) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    /* The descriptors are above the targets, see above_targets. */
    int nothing = open("/dev/null", O_RDWR);
    if (dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(errors, 2) < 0 || dup2(commands, CHILD_COMMANDS) < 0 ||
        dup2(lines, CHILD_LINES) < 0)
        _exit(1);
    if (nothing > CHILD_LINES)
        close(nothing);
    execv("/proc/self/exe", argv);
    _exit(1);
}

static int above_targets(int fd) {
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_LINES + 1);
    if (moved < 0)
        give_up("cannot copy a descriptor");
    close(fd);
    return moved;
}

static void make_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0)
        give_up("cannot make a pipe");
    ends[0] = above_targets(ends[0]);
    ends[1] = above_targets(ends[1]);
}

static void spawn(struct worker *w, const char *case_name) {
    char rounds[16];
    snprintf(rounds, sizeof rounds, "%d", w->options->rounds);
    const char *argv[] = {"meshos-bench", "--child",  case_name, "--lib", w->options->libraries[w->library],
                          "--rounds",     rounds,     w->options->quick ? "--quick" : NULL,
                          NULL};
    int commands[2], lines[2];
    make_pipe(commands);
    make_pipe(lines);
    int errors = memfd_create("errors", MFD_CLOEXEC);
    if (errors < 0)
        give_up("cannot make a file in memory");
    w->errors = above_targets(errors);
    w->pid = fork();
    if (w->pid < 0)
        give_up("cannot start a process");
    if (w->pid == 0)
        become_child((char *const *)argv, commands[0], lines[1], w->errors);
    close(commands[0]);
    close(lines[1]);
    w->commands = commands[1];
    w->lines = lines[0];
}

/* The first line that the child has said on standard error, such as the head of a
 * crash report. */
static void first_error_line(const struct worker *w, char *text, size_t size) {
    ssize_t n = pread(w->errors, text, size - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

/* Waits for the end of the process, which has closed its pipe or was killed. */
static void bury(struct worker *w, enum outcome outcome, const char *why) {
    int status = 0;
    kill(w->pid, SIGKILL); /* one that is ending already still tells why */
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    char said[200];
    first_error_line(w, said, sizeof said);
    struct case_result *r = w->result;
    if (outcome == CRASHED && WIFSIGNALED(status)) {
        r->outcome = CRASHED;
        snprintf(r->why, sizeof r->why, "signal %d (%s)%s%s", WTERMSIG(status), strsignal(WTERMSIG(status)),
                 *said ? ": " : "", said);
    } else if (outcome == CRASHED) {
        r->outcome = CRASHED;
        snprintf(r->why, sizeof r->why, "it ended the process with status %d%s%s", WEXITSTATUS(status),
                 *said ? ": " : "", said);
    } else {
        r->outcome = outcome;
        snprintf(r->why, sizeof r->why, "%s", why);
    }
    close(w->commands);
    close(w->lines);
    close(w->errors);
    w->pid = 0;
}

/* The next line. False: there is none and won't be. */
static bool next_line(struct worker *w, char *line, size_t size) {
    for (;;) {
        char *end = memchr(w->text, '\n', w->length);
        if (end) {
            size_t length = (size_t)(end - w->text);
            snprintf(line, size, "%.*s", (int)length, w->text);
            w->length -= length + 1;
            memmove(w->text, end + 1, w->length);
            return true;
        }
        struct pollfd p = {.fd = w->lines, .events = POLLIN};
        int ready = poll(&p, 1, w->options->patience * 1000);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0) {
            char why[64];
            snprintf(why, sizeof why, "not a word for %d s", w->options->patience);
            bury(w, HUNG, why);
            return false;
        }
        ssize_t n = read(w->lines, w->text + w->length, sizeof w->text - w->length);
        if (n <= 0) {
            bury(w, CRASHED, "");
            return false;
        }
        w->length += (size_t)n;
    }
}

/* Takes lines up to the one that is awaited. */
static bool await(struct worker *w, const char *awaited) {
    char line[sizeof w->text], key[64], text[64];
    double value, unit;
    unsigned long long floor, count;
    while (next_line(w, line, sizeof line)) {
        if (strcmp(line, awaited) == 0)
            return true;
        if (sscanf(line, "sample %63s %lf %lf", key, &value, &unit) == 3) {
            if (w->keep)
                results_sample(w->results, w->library, key, value, unit);
        } else if (sscanf(line, "bucket %63s %llu %llu", key, &floor, &count) == 3) {
            if (w->keep)
                results_bucket(w->results, w->library, key, floor, count);
        } else if (sscanf(line, "version %63s", text) == 1) {
            snprintf(w->results->versions[w->library], sizeof w->results->versions[0], "%s", text);
        } else if (strcmp(line, "absent") == 0) {
            bury(w, ABSENT, "it lacks calls that the case needs");
            return false;
        } else if (strncmp(line, "error ", 6) == 0) {
            bury(w, FAILED, line + 6);
            return false;
        } else if (strcmp(line, "beat") != 0) {
            bury(w, FAILED, "it said what is no line of the protocol");
            return false;
        }
    }
    return false;
}

bool worker_start(struct worker *w, const struct options *o, const char *case_name, int library,
                  struct results *results, struct case_result *result) {
    *w = (struct worker){
        .options = o, .library = library, .results = results, .result = result, .keep = true};
    spawn(w, case_name);
    return await(w, "ready");
}

bool worker_round(struct worker *w, bool keep) {
    w->keep = keep;
    if (write(w->commands, "r", 1) != 1) {
        bury(w, CRASHED, "");
        return false;
    }
    return await(w, "end");
}

void worker_end(struct worker *w) {
    if (w->pid == 0)
        return;
    kill(w->pid, SIGKILL); /* what a teardown does is no matter of the case */
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    close(w->commands);
    close(w->lines);
    close(w->errors);
    w->pid = 0;
}
