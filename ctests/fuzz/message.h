/* What travels: an event that a thread posts, or an output. A payload is either empty or one of these with some
 * bytes behind it that depend on it. */
#ifndef FUZZ_MESSAGE_H
#define FUZZ_MESSAGE_H

#include "plan.h"

enum { MESSAGE_MAGIC = 0x46555A5A, EXTRA_MAX = 200, MAX_HOPS = 3 };

struct message {
    uint32_t magic;
    uint32_t emitter;   /* an output's: the number of the record; 0 for an event from outside */
    uint64_t number;    /* an output's: its number, if its event succeeds */
    uint64_t in_origin, in_sequence;
    uint64_t random;    /* what process shall do */
    uint32_t extra;     /* bytes behind */
    uint32_t hops;      /* an output's: how many outputs led to it; cycles of subscriptions must come to an end */
};

struct bytes {
    struct message message;
    uint8_t extra[EXTRA_MAX];
};

static inline size_t message_fill(struct bytes *bytes) {
    for (uint32_t i = 0; i < bytes->message.extra; i++)
        bytes->extra[i] = (uint8_t)(bytes->message.random + i * 31);
    return sizeof bytes->message + bytes->message.extra;
}

static inline bool message_whole(const uint8_t *payload, size_t len, struct message *message) {
    if (len < sizeof *message)
        return false;
    __builtin_memcpy(message, payload, sizeof *message);
    if (message->magic != MESSAGE_MAGIC || len != sizeof *message + message->extra)
        return false;
    for (uint32_t i = 0; i < message->extra; i++)
        if (payload[sizeof *message + i] != (uint8_t)(message->random + i * 31))
            return false;
    return true;
}

#endif
