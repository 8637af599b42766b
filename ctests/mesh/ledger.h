/* A daemon that keeps the books: for each origin how many events it got, the last sequence, the sum of the payloads,
 * and how often an event didn't follow the one before. Its state is a text of one line for each origin. */
#ifndef MESH_LEDGER_H
#define MESH_LEDGER_H

#include <net_meshos.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_ORIGINS = 64, MOST_PAD = 4096 };

struct account {
    uint64_t origin, count, last, sum, breaks;
};

struct ledger {
    size_t origins;
    struct account accounts[MOST_ORIGINS];
    uint64_t poison;       /* the payload that always fails; 0: none */
    unsigned slow_ms;      /* how long each event takes */
    const char *hang_file; /* while this file exists, process() doesn't return; NULL: none */
    size_t ballast;        /* bytes that the state has besides the books */
    size_t pad;            /* bytes that an output has besides the payload, at most MOST_PAD */
    int echo;              /* emits each payload that it gets */
};

/* The callbacks of a ledger, which is their user_ctx. */
extern const NetMeshOsDaemonVtable ledger_callbacks;

/* Writes the books as text: "ORIGIN COUNT LAST SUM BREAKS" a line. Returns its length, without the NUL. */
size_t ledger_text(const struct ledger *l, char *text, size_t size);

/* Reads such a text. Returns 0, or -1 if it is none. */
int ledger_parse(struct ledger *l, const char *text, size_t size);

/* The seed of a daemon that is known by a number. */
void seed_of(uint64_t number, uint8_t seed[32]);

#endif
