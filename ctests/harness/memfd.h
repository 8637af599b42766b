/* memfd_create where the C library is older than Linux' call: glibc has it from 2.27 on. Included after
 * <sys/mman.h>. */
#ifndef MESHOS_MEMFD_H
#define MESHOS_MEMFD_H

#include <features.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __GLIBC__
#if !__GLIBC_PREREQ(2, 27)
static inline int memfd_create(const char *name, unsigned flags) {
    return (int)syscall(SYS_memfd_create, name, flags);
}
#endif
#endif

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif

#endif
