#define _XOPEN_SOURCE 700

#include "outputs.h"

#include <pthread.h>

enum { MOST_DAEMONS = 2048 };

static struct {
    pthread_mutex_t lock; /* guards what follows */
    struct outputs_seen all;
    size_t count;
    struct {
        uint64_t id, last;
    } of[MOST_DAEMONS];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

void outputs_see(void *context, uint64_t id, uint64_t origin, uint64_t event, uint64_t sequence, const uint8_t *payload,
                 size_t length)
{
    (void)context, (void)origin, (void)event, (void)payload, (void)length;
    pthread_mutex_lock(&seen.lock);
    size_t i = 0;
    while (i < seen.count && seen.of[i].id != id)
        i++;
    if (i == seen.count && i < MOST_DAEMONS) {
        seen.of[i].id = id;
        seen.of[i].last = sequence - 1;
        seen.count++;
    }
    seen.all.total++;
    if (i < seen.count) {
        if (sequence > seen.of[i].last + 1)
            seen.all.missed += sequence - seen.of[i].last - 1;
        else if (sequence <= seen.of[i].last)
            seen.all.repeated++;
        if (sequence > seen.of[i].last)
            seen.of[i].last = sequence;
    }
    pthread_mutex_unlock(&seen.lock);
}

struct outputs_seen outputs_seen(void)
{
    pthread_mutex_lock(&seen.lock);
    struct outputs_seen all = seen.all;
    pthread_mutex_unlock(&seen.lock);
    return all;
}
