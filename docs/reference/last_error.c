/* net_meshos_last_error_kind, net_meshos_last_error_message and net_meshos_clear_last_error: what went wrong. A
 * program branches on the kind, and shows people the message. */
#include <net_meshos.h>
#include <stdio.h>

int main(void) {
    NetMeshOsDaemonControl event;
    int status = net_meshos_try_next_control(NULL, &event);
    printf("%d %s\n", status, net_meshos_last_error_kind());
    if (net_meshos_last_error_message())
        puts("there are words for it");

    net_meshos_clear_last_error();
    puts(net_meshos_last_error_kind() ? "still there" : "cleared");
    return 0;
}

/* It prints:
-1 invalid_argument
there are words for it
cleared
*/
