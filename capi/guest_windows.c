/* How Go lives in a process of Windows. It starts by itself, on a thread that the
 * load of the DLL makes, and a call waits until it is ready. Windows has no signal
 * handlers that interrupt a thread, no fork, and no limit on threads or descriptors
 * that a host would set. So all of start.c, threads.c, signals.c, stacks.c,
 * resources.c, relocate.c and fork.c comes down to this. */
#include <stddef.h>
#ifdef _WIN32
#include <windows.h>

#include "_cgo_export.h"
#include "fork.h"
#include "start.h"
#include "threads.h"

/* Go's threads run for as long as the process: FreeLibrary leaves them their code. */
__attribute__((constructor)) static void stay(void) {
    HMODULE unused;
    GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                       (LPCWSTR)(const void *)&threads_for_workers_made, &unused);
}

bool meshos_forked(void) {
    return false;
}

/* The longest value that a variable can have, in UTF-16 and in UTF-8. */
enum { WIDE_MOST = 32767, VALUE_MOST = 3 * WIDE_MOST + 1 };

static bool widen(const char *name, wchar_t *wide, int most) {
    return MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, most) > 0;
}

/* As Windows has it now: the C library of the host, which is not this one's, may have
 * changed it. In UTF-8, which Go takes for the path of a file. */
const char *start_setting(const char *name) {
    static _Thread_local char value[VALUE_MOST];
    wchar_t wide_name[64];
    if (!widen(name, wide_name, sizeof wide_name / sizeof *wide_name))
        return NULL;
    DWORD length = GetEnvironmentVariableW(wide_name, NULL, 0);
    if (length == 0)
        return NULL;
    wchar_t *wide = malloc(length * sizeof *wide);
    bool found = wide && GetEnvironmentVariableW(wide_name, wide, length) < length &&
                 WideCharToMultiByte(CP_UTF8, 0, wide, -1, value, sizeof value, NULL, NULL) > 0;
    free(wide);
    return found ? value : NULL;
}
#endif
