/* The archive in a program that holds another Go runtime, as a Go c-archive of its own: both at work at once,
 * each with its own collector, signals and threads. */
#include "../c/life.h"
#include "libguest.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

static atomic_int ended;
static long long rounds;

static void *keep_guest_at_work(void *argument)
{
    (void)argument;
    while (!ended) {
        long long done = guest_work(20);
        if (done < 0) {
            rounds = -1;
            break;
        }
        rounds += done;
    }
    return NULL;
}

int main(void)
{
    pthread_t guest;
    if (pthread_create(&guest, NULL, keep_guest_at_work, NULL) != 0)
        return 1;
    int status = live("consumer-static");
    ended = 1;
    pthread_join(guest, NULL);
    if (rounds <= 0) {
        fprintf(stderr, "static/main.c: the other Go runtime got something wrong\n");
        return 1;
    }
    printf("consumer-static: %lld rounds of the other Go runtime meanwhile\n", rounds);
    return status;
}
