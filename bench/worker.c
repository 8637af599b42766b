#define _GNU_SOURCE
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

static void spawn(struct worker *w, const char *case_name) {
    struct subprocess_pipe commands = subprocess_pipe(), lines = subprocess_pipe();
    char rounds[16], commands_number[16], lines_number[16];
    fcntl(commands.read, F_SETFL, 0); /* the child waits for commands */
    snprintf(rounds, sizeof rounds, "%d", w->options->rounds);
    snprintf(commands_number, sizeof commands_number, "%d", commands.read);
    snprintf(lines_number, sizeof lines_number, "%d", lines.write);
    subprocess_start(&w->process,
                     (const char *const[]){"meshos-bench", "--child", case_name, "--lib",
                                           w->options->libraries[w->library], "--rounds", rounds, "--commands",
                                           commands_number, "--lines", lines_number,
                                           w->options->quick ? "--quick" : NULL, NULL},
                     (const int[]){commands.read, lines.write}, 2, UINT64_MAX);
    close(commands.read);
    close(lines.write);
    w->commands = commands.write;
    w->lines = lines.read;
}

/* Ends the child, if it has not ended, and returns its wait status. */
static int reap(struct worker *w) {
    int status = subprocess_reap(&w->process);
    close(w->commands);
    close(w->lines);
    text_free(&w->text);
    return status;
}

/* The case can't be measured: its process has ended, or is ended now. */
static void fail(struct worker *w, enum outcome outcome, const char *why) {
    struct case_result *r = w->result;
    r->outcome = outcome;
    snprintf(r->why, sizeof r->why, "%s", why);
    reap(w);
    text_free(&w->process.printed);
}

/* The process has closed its pipe. Reports why, with the first line of a crash report on standard error, if any. */
static void fail_crashed(struct worker *w) {
    struct case_result *r = w->result;
    int status = reap(w);
    const char *said = text_of(&w->process.printed);
    int said_length = (int)strcspn(said, "\n");
    said_length = said_length < 200 ? said_length : 200;
    const char *separator = said_length > 0 ? ": " : "";
    r->outcome = CRASHED;
    if (WIFSIGNALED(status))
        snprintf(r->why, sizeof r->why, "signal %d (%s)%s%.*s", WTERMSIG(status), strsignal(WTERMSIG(status)), separator,
                 said_length, said);
    else
        snprintf(r->why, sizeof r->why, "it ended the process with status %d%s%.*s", WEXITSTATUS(status), separator,
                 said_length, said);
    text_free(&w->process.printed);
}

/* Waits for output of the child. False: it was silent for too long. */
static bool wait_for_news(struct worker *w) {
    struct pollfd fds[] = {{.fd = w->lines, .events = POLLIN}, {.fd = w->process.output, .events = POLLIN}};
    int ready;
    /* Standard output may be closed long before the lines end. */
    if (poll(&fds[1], 1, 0) == 1 && !(fds[1].revents & POLLIN))
        fds[1].fd = -1;
    while ((ready = poll(fds, 2, w->options->patience * 1000)) < 0 && errno == EINTR)
        continue;
    subprocess_attend(&w->process);
    return ready != 0;
}

/* The next line, which the caller frees. NULL: there are no more lines. */
static char *next_line(struct worker *w) {
    for (;;) {
        char *end = w->text.length > 0 ? memchr(w->text.bytes, '\n', w->text.length) : NULL;
        if (end) {
            size_t length = (size_t)(end - w->text.bytes);
            char *line = strndup(w->text.bytes, length);
            w->text.length -= length + 1;
            memmove(w->text.bytes, end + 1, w->text.length + 1);
            return line;
        }
        if (!wait_for_news(w)) {
            char why[64];
            snprintf(why, sizeof why, "not a word for %d s", w->options->patience);
            fail(w, HUNG, why);
            return NULL;
        }
        if (!subprocess_drain(w->lines, &w->text) && !memchr(text_of(&w->text), '\n', w->text.length)) {
            fail_crashed(w);
            return NULL;
        }
    }
}

/* Handles a line. False: it was the child's last line. */
static bool take_line(struct worker *w, const char *line) {
    char key[64], text[64];
    double value, unit;
    unsigned long long floor, count;
    if (sscanf(line, "sample %63s %lf %lf", key, &value, &unit) == 3) {
        if (w->keep)
            results_sample(w->results, w->library, key, value, unit);
    } else if (sscanf(line, "bucket %63s %llu %llu", key, &floor, &count) == 3) {
        if (w->keep)
            results_bucket(w->results, w->library, key, floor, count);
    } else if (sscanf(line, "version %63s", text) == 1) {
        snprintf(w->results->versions[w->library], sizeof w->results->versions[0], "%s", text);
    } else if (strcmp(line, "absent") == 0) {
        fail(w, ABSENT, "it lacks calls that the case needs");
    } else if (strncmp(line, "error ", 6) == 0) {
        fail(w, FAILED, line + 6);
    } else if (strcmp(line, "beat") != 0) {
        fail(w, FAILED, "it said what is no line of the protocol");
    }
    return w->process.pid != 0;
}

/* Handles lines up to the one that is awaited. */
static bool await(struct worker *w, const char *awaited) {
    for (char *line; (line = next_line(w));) {
        bool there = strcmp(line, awaited) == 0;
        bool goes_on = there || take_line(w, line);
        free(line);
        if (there || !goes_on)
            return there;
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
        fail_crashed(w);
        return false;
    }
    return await(w, "end");
}

/* Kills the child, because its teardown isn't part of the case. */
void worker_end(struct worker *w) {
    if (w->process.pid == 0)
        return;
    reap(w);
    text_free(&w->process.printed);
}
