/* self.h, as Windows tells. */
#include "self.h"

#include <windows.h>

#include <psapi.h>
#include <tlhelp32.h>

bool self_is_visible(void) {
    return true;
}

size_t self_resident_bytes(void) {
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    return GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? counters.WorkingSetSize : 0;
}

size_t self_threads(void) {
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    size_t n = 0;
    for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry))
        n += entry.th32OwnerProcessID == GetCurrentProcessId();
    CloseHandle(all);
    return n;
}

size_t self_descriptors(void) {
    DWORD handles;
    return GetProcessHandleCount(GetCurrentProcess(), &handles) ? handles : 0;
}

/* There is no telling: the library has a heap of its own. */
size_t self_allocated_bytes(void) {
    return 0;
}

/* A thread that used no processor during a while is taken for asleep: Windows shows the state of another thread only
 * by calls that it doesn't document. */
char self_thread_state(pid_t thread) {
    HANDLE handle = OpenThread(THREAD_QUERY_INFORMATION, FALSE, (DWORD)thread);
    FILETIME unused, kernel[2], user[2];
    bool known = handle && GetThreadTimes(handle, &unused, &unused, &kernel[0], &user[0]);
    Sleep(10);
    known = known && GetThreadTimes(handle, &unused, &unused, &kernel[1], &user[1]);
    if (handle)
        CloseHandle(handle);
    if (!known)
        return 0;
    return CompareFileTime(&kernel[0], &kernel[1]) == 0 && CompareFileTime(&user[0], &user[1]) == 0 ? 'S' : 'R';
}

/* To look at all would take 10 ms each. */
bool self_others_sleep(void) {
    return true;
}
