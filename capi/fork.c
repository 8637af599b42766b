//go:build !windows

#include "fork.h"

#include <pthread.h>
#include <stdatomic.h>

#include "cells.h"
#include "start.h"

static atomic_bool forked;

bool meshos_forked(void) {
    return atomic_load_explicit(&forked, memory_order_relaxed);
}

/* A child that was forked before Go began to start may start it. */
static void in_child(void) {
    if (!start_has_begun())
        return;
    atomic_store(&forked, true);
    atomic_store(&sdk_table.disabled, true);
    atomic_store(&daemon_table.disabled, true);
}

__attribute__((constructor)) static void watch_for_forks(void) {
    pthread_atfork(NULL, NULL, in_child);
}
