/* A seed is a secret. Once a registration has returned, the library has none of it, or of the key that comes from
 * it, in its memory. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

enum { SEED = 32, PIECE = 1 << 20 };

/* The seed's bytes, each XORed, so that this program has no seed of its own in memory. */
static uint8_t masked[SEED];

static bool is_seed(const uint8_t *bytes) {
    size_t i = 0;
    while (i < SEED && bytes[i] == (masked[i] ^ 0x55))
        i++;
    return i == SEED;
}

static unsigned seeds_in(int memory, uint64_t from, uint64_t to, uint8_t *piece) {
    unsigned found = 0;
    for (uint64_t at = from; at < to; at += PIECE - SEED) {
        ssize_t got = pread(memory, piece, PIECE, (off_t)at);
        for (ssize_t i = 0; i + SEED <= got && (uint64_t)i < to - at; i++)
            found += is_seed(piece + i);
        memset(piece, 0, PIECE);
        if (got <= 0)
            break;
    }
    return found;
}

/* How often the seed stands in this process's writable memory. */
static unsigned seeds_in_memory(void) {
    static uint8_t piece[PIECE];
    unsigned found = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    NEED(maps && memory >= 0);
    while (fgets(line, sizeof line, maps)) {
        uint64_t from, to;
        char rights[5];
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) != 3 || rights[1] != 'w' || rights[0] != 'r')
            continue;
        if ((uint64_t)(uintptr_t)piece >= from && (uint64_t)(uintptr_t)piece < to) {
            found += seeds_in(memory, from, (uint64_t)(uintptr_t)piece, piece);
            found += seeds_in(memory, (uint64_t)(uintptr_t)piece + PIECE, to, piece);
        } else {
            found += seeds_in(memory, from, to, piece);
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

static void register_with_seed(NetMeshOsSdk *sdk, NetMeshOsHandle **handle, bool leave) {
    static volatile uint8_t seed[SEED];
    for (size_t i = 0; i < SEED; i++)
        seed[i] = masked[i] ^ 0x55;
    OK(net_meshos_register_daemon(sdk, "seed", 4, (const uint8_t *)(uintptr_t)seed, handle));
    for (size_t i = 0; i < SEED && !leave; i++)
        seed[i] = 0;
}

static void seeds_are_wiped(void) {
    for (size_t i = 0; i < SEED; i++)
        masked[i] = (uint8_t)(i * 37 + 11);
    NetMeshOsSdk *sdk = start();
    NetMeshOsHandle *handle = NULL;
    register_with_seed(sdk, &handle, true);
    NEED(seeds_in_memory() >= 1); /* so it would be found */
    net_meshos_handle_free(handle);
    for (int round = 0; round < 20; round++) {
        register_with_seed(sdk, &handle, false);
        NEED(seeds_in_memory() == 0);
        net_meshos_handle_free(handle);
    }
    net_meshos_sdk_free(sdk);
}

const struct test seed_tests[] = {
    {"seeds: none is left in memory", seeds_are_wiped},
    {NULL, NULL},
};
