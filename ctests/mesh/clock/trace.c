#define _GNU_SOURCE

#include "skew.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

int skew_seize(pid_t program) { return ptrace(PTRACE_SEIZE, program, NULL, PTRACE_O_TRACEEXEC) == 0 ? 0 : -1; }

static int wait_for_exec(pid_t program)
{
    int status;
    while (waitpid(program, &status, __WALL) == program && WIFSTOPPED(status)) {
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
            return 0;
        if (ptrace(PTRACE_CONT, program, NULL, (long)WSTOPSIG(status)) != 0)
            return -1;
    }
    return -1;
}

/* Where its stack begins; 0: unknown. */
static uint64_t stack_of(pid_t program)
{
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};
    if (ptrace(PTRACE_GETREGSET, program, NT_PRSTATUS, &all) != 0)
        return 0;
#if defined __x86_64__
    return registers.rsp;
#elif defined __aarch64__
    return registers.sp;
#else
    return 0;
#endif
}

static int read_word(int memory, uint64_t at, uint64_t *word)
{
    return pread(memory, word, sizeof *word, (off_t)at) == sizeof *word ? 0 : -1;
}

/* On the stack there are the number of arguments, these and a 0, the environment and a 0, and then pairs of a
 * type and a value. */
static int hide(int memory, uint64_t at)
{
    uint64_t word;
    if (read_word(memory, at, &word) != 0)
        return -1;
    at += 8 * (word + 2);
    do {
        if (read_word(memory, at, &word) != 0)
            return -1;
        at += 8;
    } while (word != 0);
    for (;; at += 16) {
        if (read_word(memory, at, &word) != 0)
            return -1;
        if (word == AT_NULL)
            return 0; /* it has none */
        if (word == AT_SYSINFO_EHDR) {
            word = AT_IGNORE;
            return pwrite(memory, &word, sizeof word, (off_t)at) == sizeof word ? 0 : -1;
        }
    }
}

int skew_hide_vdso(pid_t program)
{
    char path[64];
    if (wait_for_exec(program) != 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)program);
    int memory = open(path, O_RDWR | O_CLOEXEC), result = -1;
    uint64_t stack = stack_of(program);
    if (memory >= 0 && stack)
        result = hide(memory, stack);
    if (memory >= 0)
        close(memory);
    if (ptrace(PTRACE_DETACH, program, NULL, NULL) != 0)
        return -1;
    return result;
}
