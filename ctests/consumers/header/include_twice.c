/* Compiles or does not: the headers, first thing in a file, twice, in whatever language they claim to serve. */
#include <net_meshos.h>
#include <net_meshos.h>

/* The layout that the ABI promises. In C99 a negative array size is the assertion. */
typedef char control_is_as_large_as_promised[sizeof(NetMeshOsDaemonControl) == 24 || sizeof(void *) != 8 ? 1 : -1];
typedef char vtable_holds_six_pointers[sizeof(NetMeshOsDaemonVtable) == 6 * sizeof(void *) ? 1 : -1];

int use(NetMeshOsHandle *handle);

int use(NetMeshOsHandle *handle)
{
    NetMeshOsDaemonControl event;
    control_is_as_large_as_promised *first = 0;
    vtable_holds_six_pointers *second = 0;
    (void)first;
    (void)second;
    if (net_meshos_try_next_control(handle, &event) != NET_MESHOS_OK)
        return NET_MESHOS_ERR_CALL_FAILED;
    return event.kind;
}
