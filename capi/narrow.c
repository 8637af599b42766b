/* A handle carries 53 bits, a duration 64, and Go reserves more addresses than 32 bits have. narrow.go says the
 * same to Go. */
#include <stdint.h>

#if UINTPTR_MAX < UINT64_MAX
#error "libnet_meshos is for 64-bit platforms only"
#endif
