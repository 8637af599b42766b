#define _GNU_SOURCE
#include "news.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"

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

void news_watch(void) {
    signals = subprocess_pipe();
    fcntl(signals.write, F_SETFL, O_NONBLOCK);
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

static void take_signals(const struct job *const *running, size_t count) {
    unsigned char numbers[64];
    ssize_t got;
    while ((got = read(signals.read, numbers, sizeof numbers)) > 0)
        for (ssize_t i = 0; i < got; i++) {
            if (numbers[i] == SIGCHLD)
                continue;
            for (size_t k = 0; k < count; k++)
                subprocess_kill(&running[k]->process);
            _exit(128 + numbers[i]);
        }
}

void news_await(const struct job *const *running, size_t count, uint64_t until_ms) {
    struct pollfd fds[2 * count + 1];
    nfds_t n = 0;
    fds[n++] = (struct pollfd){.fd = signals.read, .events = POLLIN};
    for (size_t i = 0; i < count; i++) {
        fds[n++] = (struct pollfd){.fd = running[i]->process.output, .events = POLLIN};
        fds[n++] = (struct pollfd){.fd = running[i]->report, .events = POLLIN};
    }
    /* A process may close its output long before it ends; then its SIGCHLD is what is waited for. */
    for (nfds_t i = 1; i < n; i++)
        if (poll(&fds[i], 1, 0) == 1 && !(fds[i].revents & POLLIN))
            fds[i].fd = -1;
    uint64_t now = now_ms();
    poll(fds, n, until_ms > now ? (int)(until_ms - now) : 0);
    take_signals(running, count);
}
