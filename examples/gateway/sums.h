/* The daemon of the gateway: it sums what each sensor reads, and its state says up to which reading. */
#ifndef SUMS_H
#define SUMS_H

#include <net_meshos.h>
#include <stdint.h>

enum { SENSORS = 256, NAME = 32, SUMS_TEXT = SENSORS * 96 };

struct sums {
    uint64_t last;      /* the number of the last reading that is in here */
    uint64_t malformed; /* readings that were none */
    int sensors;
    struct sensor {
        char name[NAME];
        uint64_t count;
        int64_t sum;
    } sensor[SENSORS];
};

/* An event with a number is a reading, "SENSOR VALUE". One without a payload is the question how far the daemon is,
 * which it answers with 8 bytes, the number of the last reading as a uint64_t. */
extern const NetMeshOsDaemonVtable sums_callbacks;

/* Writes the sums as text of at most SUMS_TEXT bytes, and returns how many. */
int sums_write(const struct sums *sums, char *text);

#endif
