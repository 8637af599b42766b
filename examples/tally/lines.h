/* Reads a file line by line, and stops waiting as soon as a second descriptor can be read. It doesn't use the
 * library. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINES_BLOCK = 64 * 1024, LINES_LONGEST = 1024 * 1024 };

struct lines {
    int input;
    uint64_t size; /* of the whole file; 0 when not known, as of a pipe */
    const char *problem; /* after LINES_FAILED and a failed open: what was wrong */
    bool at_end;
    size_t from, filled; /* buffer[from..filled) is read, and not handed out yet */
    uint8_t buffer[LINES_LONGEST + LINES_BLOCK];
};

enum lines_result { LINES_LINE, LINES_END, LINES_STOPPED, LINES_FAILED };

/* "-" is the standard input. Fails, too, if the standard output is closed, or the same file: it would grow as it is
 * read. */
bool lines_open(struct lines *lines, const char *file);

/* On LINES_LINE, *line is the next line with its newline; the last one may lack it. It is valid until the next
 * call. LINES_STOPPED: stop_input can be read. */
enum lines_result lines_next(struct lines *lines, int stop_input, const uint8_t **line, size_t *length);

void lines_close(struct lines *lines);

#endif
