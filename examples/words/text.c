#define _POSIX_C_SOURCE 200809L

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "letters.h"

static bool failed(struct text *text, const char *problem)
{
    text->problem = problem;
    return false;
}

bool text_open(struct text *text, const char *file)
{
    struct stat about;
    *text = (struct text){.input = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)}; /* a FIFO would wait */
    if (text->input < 0 || fstat(text->input, &about) != 0)
        return failed(text, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return failed(text, strerror(EISDIR));
    if (!S_ISREG(about.st_mode))
        return failed(text, "not a regular file, so counting could not be resumed in it");
    if (about.st_size == 0)
        return failed(text, "the file is empty, there is nothing to count");
    text->size = (uint64_t)about.st_size;
    text->buffer = malloc(TEXT_BUFFER);
    return text->buffer || failed(text, strerror(ENOMEM));
}

void text_close(struct text *text)
{
    if (text->input >= 0)
        close(text->input);
    free(text->buffer);
}

/* Reads exactly that range. */
static bool read_range(struct text *text, uint64_t offset, uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t got = pread(text->input, bytes, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return failed(text, got < 0 ? strerror(errno) : "the file has become shorter");
        bytes += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return true;
}

bool text_go_to(struct text *text, uint64_t offset)
{
    uint8_t around[2];
    if (offset > text->size)
        return failed(text, "the file has become shorter");
    if (offset > 0 && offset < text->size) {
        if (!read_range(text, offset - 1, around, 2))
            return false;
        if (is_letter(around[0]) && is_letter(around[1]))
            return failed(text, "its last word has grown since it was counted");
    }
    text->offset = offset;
    text->from = text->filled = 0;
    text->at_end = false;
    return true;
}

/* Moves what is left to the buffer's start and reads more behind it. */
static bool read_more(struct text *text)
{
    text->filled -= text->from;
    memmove(text->buffer, text->buffer + text->from, text->filled);
    text->from = 0;
    ssize_t got;
    do
        got = pread(text->input, text->buffer + text->filled, TEXT_BUFFER - text->filled,
                    (off_t)(text->offset + text->filled));
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return failed(text, strerror(errno));
    text->filled += (size_t)got;
    text->at_end = got == 0;
    return true;
}

/* The length of the piece that the buffer begins with; 0: it must be read on for that. */
static size_t piece_length(const struct text *text)
{
    const uint8_t *bytes = text->buffer + text->from;
    size_t length = text->filled - text->from;
    const uint8_t *newline = memchr(bytes, '\n', length);
    if (newline)
        return (size_t)(newline - bytes) + 1;
    if (text->at_end)
        return length;
    if (length < TEXT_BUFFER)
        return 0;
    while (length > 0 && is_letter(bytes[length - 1]))
        length--;
    return length;
}

bool text_next(struct text *text, struct piece *pieces, size_t most, size_t *count)
{
    *count = 0;
    size_t length;
    while ((length = piece_length(text)) == 0 && !text->at_end) {
        if (text->from == 0 && text->filled == TEXT_BUFFER)
            return failed(text, "a word is longer than 1 MiB: is this a text?");
        if (!read_more(text))
            return false;
    }
    for (; length > 0 && *count < most; length = piece_length(text)) {
        pieces[(*count)++] = (struct piece){text->buffer + text->from, length};
        text->from += length;
        text->offset += length;
    }
    return true;
}

bool text_fingerprint(struct text *text, uint64_t offset, uint64_t *fingerprint)
{
    uint8_t bytes[4096];
    size_t length = offset < sizeof bytes ? (size_t)offset : sizeof bytes;
    if (!read_range(text, 0, bytes, length))
        return false;
    uint64_t hash = hash_bytes(HASH_START, bytes, length);
    if (!read_range(text, offset - length, bytes, length))
        return false;
    *fingerprint = hash_bytes(hash, bytes, length);
    return true;
}
