//go:build linux

/* The linker's names for what is wrapped, for builds that don't wrap: the linker
 * takes the functions themselves where it does. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __real_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr);
int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg) {
    return pthread_create(thread, attr, fn, arg);
}

int __real_pthread_getattr_np(pthread_t thread, pthread_attr_t *attr) {
    return pthread_getattr_np(thread, attr);
}

int __real_sigaction(int signal, const struct sigaction *action, struct sigaction *old) {
    return sigaction(signal, action, old);
}
