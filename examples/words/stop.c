#define _XOPEN_SOURCE 700

#include "stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int asked;

static void ask(int signal_number)
{
    atomic_store(&asked, signal_number); /* lock-free, so a handler may do it, on whatever thread it runs */
}

bool stop_listen(void)
{
    /* SA_ONSTACK: the signal may hit a thread of the library whose own stack is too small for a handler. */
    struct sigaction action = {.sa_handler = ask, .sa_flags = (int)(SA_ONSTACK | SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0;
}

int stop_signal(void)
{
    return atomic_load(&asked);
}
