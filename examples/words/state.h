/* The state file: how far a text has been counted, and the states of both daemons at that point.
 *
 * All numbers are 8 bytes, little-endian:
 *
 *     "words 1\n"  offset  lines  fingerprint  length S  length C  S bytes  C bytes  checksum
 *
 * The checksum is FNV-1a over all before it. */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state {
    uint64_t offset;      /* of the first byte of the text that is not counted */
    uint64_t pieces;      /* that have been handed to the splitter */
    uint64_t fingerprint; /* see text_fingerprint() */
    const uint8_t *splitter, *counter;
    size_t splitter_length, counter_length;
    uint8_t *memory; /* what a read state stands in */
};

enum state_result { STATE_READ, STATE_NONE, STATE_BAD };

/* STATE_NONE: there is no such file. STATE_BAD: *problem says why it can't be used. */
enum state_result state_read(struct state *state, const char *file, const char **problem);

/* Whether a file can be written there: better known before the counting than after. */
bool state_has_place(const char *file, const char **problem);

/* Puts the state in the file's place in one step: whatever happens meanwhile, the file is the old one or the
 * new one. */
bool state_write(const struct state *state, const char *file, const char **problem);

void state_free(struct state *state);

#endif
