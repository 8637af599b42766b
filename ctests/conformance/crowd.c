#include "crowd.h"

void run_threads(struct thread_group *group, long size, void *(*work)(void *)) {
    static struct member members[64];
    pthread_t threads[64];
    group->size = size;
    for (unsigned i = 0; i < (unsigned)size; i++) {
        members[i] = (struct member){group, i};
        threads[i] = thread_start(work, &members[i]);
    }
    for (unsigned i = 0; i < (unsigned)size; i++)
        THREAD_JOIN(threads[i]);
}

struct thread_group *wait_for_all(const struct member *m) {
    gauge_add(&m->group->ready, 1);
    GAUGE_NEED(&m->group->ready, m->group->size);
    return m->group;
}
