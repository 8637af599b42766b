#include "fork.h"

#include <pthread.h>
#include <stdatomic.h>

#include "cells.h"

static atomic_bool forked;

bool meshos_forked(void) {
    return atomic_load_explicit(&forked, memory_order_relaxed);
}

static void in_child(void) {
    atomic_store(&forked, true);
    atomic_store(&sdk_table.disabled, true);
    atomic_store(&daemon_table.disabled, true);
}

__attribute__((constructor)) static void watch_for_forks(void) {
    pthread_atfork(NULL, NULL, in_child);
}
