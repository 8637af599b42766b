/* A daemon whose token is lent, and the part of Go that lends it. */
#ifndef LOAN_FIXTURE_H
#define LOAN_FIXTURE_H

#include "calls.h"
#include "run.h"

struct loaned {
    struct daemon_cell *cell;
    uint64_t id;
    void (*during)(void); /* called inside of process, if not NULL */
    bool panics;          /* Go has a defect where deliver ends in it */

    /* What follows belongs to whoever has the token. */
    uint64_t processed, replies;
    uint64_t next_output;     /* the number that the next output must have */
    uint64_t events, outputs; /* that Go has seen */
    unsigned nested, returned, abandoned;
    struct {
        uint64_t settled; /* how many events Go had seen before this one */
        size_t handled, emitted, failed, timed;
        int32_t status;
        uint64_t ns;
    } last; /* what Go got with the last deliver that ended in it */
};

/* The daemon of most tests: that of handle. */
extern struct loaned loaned;

void loan_begin(void);
void loan_end(void);
void loan_daemon(struct loaned *l, NetMeshOsHandle *h);

/* Lends the token; the next output has this number. */
void loan_lend(struct loaned *l, uint64_t next_output);

/* What Actor.recall does while a deliver has the token. False: none has. */
bool loan_want(struct loaned *l);

/* What Actor.settle does; the caller has the token. */
void loan_settle(struct loaned *l);

/* Delivers an event with so many outputs and this status. */
int loan_deliver_one(struct loaned *l, uint8_t outputs, int8_t status);

/* The same until one was not interrupted by a tick of the rough clock: that one
 * must not have asked Go. */
void loan_deliver_in_c(uint8_t outputs, int8_t status);

/* Checks that a deliver has asked Go for everything. */
void loan_goes_the_long_way(const char *why, int actual, int status);

/* So many have been processed, and their outputs, by both accounts. */
uint64_t loan_events(const struct loaned *l);
uint64_t loan_outputs(const struct loaned *l);

void loan_reply(void *ctx, uint64_t daemon_id, uint64_t in_origin, uint64_t in_sequence, uint64_t out_sequence,
                const uint8_t *payload, size_t length);

#endif
