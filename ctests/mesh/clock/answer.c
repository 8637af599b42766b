#define _GNU_SOURCE

#include "skew.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SECOND = 1000000000 };

int skew_filter(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_PROCESS_CPUTIME_ID, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CLOCK_THREAD_CPUTIME_ID, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

int skew_take_listener(pid_t program, int listener)
{
    int process = (int)syscall(SYS_pidfd_open, program, 0);
    if (process < 0)
        return -1;
    int mine = (int)syscall(SYS_pidfd_getfd, process, listener, 0);
    close(process);
    return mine;
}

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

/* What the clock shows to the program, in its memory. Returns what the system call has to return. */
static int show(const struct seccomp_notif *asked, const struct skew *skew)
{
    clockid_t clock = (clockid_t)asked->data.args[0];
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return -errno;
    int64_t more = is_wall(clock) ? skew->wall : skew->monotonic;
    now.tv_sec += more / SECOND;
    now.tv_nsec += more % SECOND;
    if (now.tv_nsec >= SECOND) {
        now.tv_nsec -= SECOND;
        now.tv_sec++;
    } else if (now.tv_nsec < 0) {
        now.tv_nsec += SECOND;
        now.tv_sec--;
    }
    struct iovec here = {&now, sizeof now}, there = {(void *)(uintptr_t)asked->data.args[1], sizeof now};
    return process_vm_writev((pid_t)asked->pid, &here, 1, &there, 1, 0) == sizeof now ? 0 : -EFAULT;
}

void skew_answer(int listener, const struct skew *skew)
{
    for (;;) {
        struct pollfd ends = {listener, POLLIN, 0};
        if (poll(&ends, 1, -1) < 0 && errno != EINTR)
            return;
        if (!(ends.revents & POLLIN)) {
            if (ends.revents)
                return; /* nobody is left who asks */
            continue;
        }
        struct seccomp_notif asked;
        memset(&asked, 0, sizeof asked);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue; /* who has asked is gone */
        struct seccomp_notif_resp answer = {.id = asked.id, .error = show(&asked, skew)};
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer); /* fails for the same reason */
    }
}
