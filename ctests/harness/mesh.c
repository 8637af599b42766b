#define _POSIX_C_SOURCE 200809L
#include "mesh.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

bool in_mesh(void) {
    return getenv("MESHOS_TEST_SERVER") != NULL;
}

bool in_durable_mesh(void) {
    const char *events = getenv("MESHOS_TEST_EVENTS");
    return in_mesh() && (!events || strcmp(events, "durable") == 0);
}

#ifndef _WIN32
static pthread_mutex_t joining = PTHREAD_MUTEX_INITIALIZER;
static int cancellable; /* how the thread was that joins */
#endif

void mesh_join(void) {
#ifndef _WIN32
    static unsigned made;
    static FILE *file; /* it goes with the process, however that ends */
    char path[64];
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_mutex_lock(&joining);
    cancellable = before;
    if (!file) {
        NEED((file = tmpfile()) != NULL);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
        NEED(setenv("NET_MESHOS_CONFIG", path, 1) == 0);
    }
    rewind(file);
    fprintf(file, "{\"mesh\": {\"servers\": [\"%s\"], \"name\": \"case-%ld-%06u\", \"events\": \"%s\"}}", getenv("MESHOS_TEST_SERVER"),
            (long)getpid(), made++, in_durable_mesh() ? "durable" : "direct");
    NEED(fflush(file) == 0);
#endif
}

void mesh_joined(void) {
#ifndef _WIN32
    int unused, before = cancellable;
    pthread_mutex_unlock(&joining);
    pthread_setcancelstate(before, &unused);
#endif
}
