/* Tests of what the library does to the process that it lives in. Each test runs in
 * a process of its own, which it may spoil. */
#ifndef GUEST_H
#define GUEST_H

#include <net_meshos_ext.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct test {
    const char *name;
    void (*run)(void);
};

/* Every file of tests has a list, ended by {NULL, NULL}. */
extern const struct test start_tests[], environment_tests[], signal_tests[], handler_tests[], stack_tests[],
    interrupt_tests[], limit_tests[], memory_tests[], pointer_tests[], seed_tests[], end_tests[], beside_tests[];

/* Ends the process with words if the condition does not hold. */
#define NEED(condition) need((condition), __FILE__, __LINE__, #condition)
void need(bool holds, const char *file, int line, const char *words);

/* The same for a call of the library, whose last error is told. */
#define OK(call) need_status((call), 0, NULL, __FILE__, __LINE__, #call)
#define FAILS(call, kind) need_status((call), -2, (kind), __FILE__, __LINE__, #call)
void need_status(int status, int want, const char *kind, const char *file, int line, const char *words);

/* Ends the test as one that can't be run here, with the reason. */
_Noreturn void skip(const char *why);

/* What /proc says of this process. */
unsigned threads(void);
unsigned descriptors(void);
uint64_t status_of(int thread, const char *field, int base); /* 0: this process */
int thread_ids(int *ids, int most);

/* A child that runs a function and must end with status 0 within a minute. */
void in_child(void (*function)(void));

/* What is waited for must come to be within a minute. */
void await(bool (*is_so)(void), const char *words);
uint64_t now_ms(void);

NetMeshOsSdk *start(void);

/* A daemon that echoes, and one whose callbacks run the function that it is told
 * to. */
NetMeshOsHandle *echo(NetMeshOsSdk *sdk, uint64_t number);
NetMeshOsHandle *daemon_with(NetMeshOsSdk *sdk, uint64_t number, const NetMeshOsDaemonVtable *vtable, void *ctx);

/* Every kind of call once, on a daemon of its own that is there before and gone
 * afterwards. */
void all_calls(NetMeshOsSdk *sdk, uint64_t number);

int deliver(NetMeshOsSdk *sdk, NetMeshOsHandle *handle);
int post(NetMeshOsSdk *sdk, NetMeshOsHandle *handle);

#endif
