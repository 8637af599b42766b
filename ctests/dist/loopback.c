/* Brings up the loopback of a network namespace, which is down when it is new. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(void) {
    struct ifreq loopback = {.ifr_name = "lo"};
    const int s = socket(AF_INET, SOCK_DGRAM, 0);
    if (s < 0 || ioctl(s, SIOCGIFFLAGS, &loopback)) {
        perror("lo");
        return 1;
    }
    loopback.ifr_flags |= IFF_UP | IFF_RUNNING;
    if (ioctl(s, SIOCSIFFLAGS, &loopback)) {
        perror("lo");
        return 1;
    }
    return 0;
}
