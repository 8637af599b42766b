/* Reads a text file in pieces, from any byte on, and knows it again later. Nothing in it knows MeshOS. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_BUFFER = 1024 * 1024 };

struct text {
    int input;
    uint64_t size;       /* of the file, when it was opened */
    uint64_t offset;     /* of the first byte that no piece has had yet */
    const char *problem; /* after a failure: what was wrong */
    bool at_end;
    size_t from, filled; /* buffer[from..filled) is read, and not handed out yet */
    uint8_t *buffer;
};

/* A line with its newline. One that is longer than the buffer comes in several pieces, each of which ends
 * between two words. */
struct piece {
    const uint8_t *bytes;
    size_t length;
};

/* Opens a regular file that is not empty. */
bool text_open(struct text *text, const char *file);
void text_close(struct text *text);

/* Goes to an offset at which a piece may begin; false if there is none. */
bool text_go_to(struct text *text, uint64_t offset);

/* Fills in the next pieces, at most `most`, and how many there are; none at the end. They are valid until the
 * next call. */
bool text_next(struct text *text, struct piece *pieces, size_t most, size_t *count);

/* A number made of the bytes at both ends of text[0..offset): another text hardly has the same. */
bool text_fingerprint(struct text *text, uint64_t offset, uint64_t *fingerprint);

#endif
