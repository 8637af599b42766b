/* Faults on Windows. Go makes panics of those of its own: it divides by zero, or has no
 * pointer. For any other that happens in its code it prints what its threads do, and
 * ends the process. But such a fault is the host's, which has given a pointer to no
 * memory: it ends the process as it would anywhere else in the host, whose filter for
 * unhandled exceptions sees it. */
#include <stddef.h>
#ifdef _WIN32
#include <stdbool.h>
#include <windows.h>

#include "signals.h"

static uintptr_t go_begin, go_end;

/* A fault in Go happens on the stack of a goroutine, which is too small for the host's
 * filter. So a thread waits for faults. There is one at a time, and it is the last but
 * for a host that repairs it. */
static HANDLE fault_comes, fault_is_over;
static CRITICAL_SECTION one;
static EXCEPTION_POINTERS *fault;
static LONG answer;

static DWORD WINAPI wait_for_faults(void *unused) {
    while (WaitForSingleObject(fault_comes, INFINITE) == WAIT_OBJECT_0) {
        answer = UnhandledExceptionFilter(fault);
        if (answer != EXCEPTION_CONTINUE_EXECUTION)
            TerminateProcess(GetCurrentProcess(), fault->ExceptionRecord->ExceptionCode);
        SetEvent(fault_is_over);
    }
    (void)unused;
    return 0;
}

static bool is_hosts(const EXCEPTION_POINTERS *e) {
    enum { FIRST_PAGE = 4096 };
    const EXCEPTION_RECORD *r = e->ExceptionRecord;
    return r->ExceptionCode == EXCEPTION_ACCESS_VIOLATION && r->NumberParameters >= 2 &&
           r->ExceptionInformation[1] >= FIRST_PAGE && e->ContextRecord->Rip >= go_begin && e->ContextRecord->Rip < go_end;
}

static LONG CALLBACK sort(EXCEPTION_POINTERS *e) {
    if (!is_hosts(e))
        return EXCEPTION_CONTINUE_SEARCH;
    EnterCriticalSection(&one);
    fault = e;
    SetEvent(fault_comes);
    WaitForSingleObject(fault_is_over, INFINITE);
    LONG result = answer;
    LeaveCriticalSection(&one);
    return result;
}

/* Go has its own handler by now: the one that is added last comes first. Without the
 * thread all faults stay Go's. */
void signals_go_text(uintptr_t begin, uintptr_t end) {
    go_begin = begin;
    go_end = end;
    InitializeCriticalSection(&one);
    fault_comes = CreateEventW(NULL, FALSE, FALSE, NULL);
    fault_is_over = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE thread = fault_comes && fault_is_over ? CreateThread(NULL, 0, wait_for_faults, NULL, 0, NULL) : NULL;
    if (!thread)
        return;
    CloseHandle(thread);
    AddVectoredExceptionHandler(1, sort);
}
#endif
