/* Gives the library a pointer to no memory: fault.exe seed|name|tags [filter]. Where the host has a filter for unhandled
 * exceptions, that is to see the fault, and ends the process with 42. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "net_meshos.h"

static LONG WINAPI filter(EXCEPTION_POINTERS *e) {
    ExitProcess(e->ExceptionRecord->ExceptionCode == EXCEPTION_ACCESS_VIOLATION ? 42 : 1);
}

int main(int count, char **arguments) {
    static const uint8_t seed[32] = {1};
    void *nowhere = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    const char *what = count > 1 ? arguments[1] : "";
    NetMeshOsSdk *sdk = NULL;
    NetMeshOsHandle *handle = NULL;
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); /* no debugger, whose work would take long */
    if (count > 2)
        SetUnhandledExceptionFilter(filter);
    if (net_meshos_sdk_start(1, 0, 0, 0, 0, &sdk) != NET_MESHOS_OK)
        return 1;
    if (strcmp(what, "seed") == 0)
        net_meshos_register_daemon(sdk, "a", 1, nowhere, &handle);
    else if (strcmp(what, "name") == 0)
        net_meshos_register_daemon(sdk, nowhere, 1, seed, &handle);
    else if (net_meshos_register_daemon(sdk, "a", 1, seed, &handle) == NET_MESHOS_OK)
        net_meshos_publish_capabilities(handle, nowhere, 10);
    puts("there was no fault");
    return 0;
}
