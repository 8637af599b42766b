#define _XOPEN_SOURCE 700

#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"

static const uint8_t mark[] = {'w', 'o', 'r', 'd', 's', ' ', '1', '\n'};

enum { NUMBERS = 5, HEAD = sizeof mark + NUMBERS * 8, CHECKSUM = 8 };

static void put_number(uint8_t *at, uint64_t number)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

static uint64_t get_number(const uint8_t *at)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)at[i] << (8 * i);
    return number;
}

/* ---- Reading ---- */

/* The whole file, in new memory. */
static uint8_t *read_file(const char *file, size_t *length)
{
    int input = open(file, O_RDONLY | O_CLOEXEC);
    if (input < 0)
        return NULL;
    struct stat about;
    uint8_t *bytes = NULL;
    size_t got = 0;
    if (fstat(input, &about) == 0 && (bytes = malloc((size_t)about.st_size + 1)) != NULL) {
        ssize_t n;
        while (got < (size_t)about.st_size && (n = read(input, bytes + got, (size_t)about.st_size - got)) != 0) {
            if (n > 0) {
                got += (size_t)n;
            } else if (errno != EINTR) {
                free(bytes);
                bytes = NULL;
                break;
            }
        }
    }
    int saved = errno;
    close(input);
    errno = saved;
    *length = got;
    return bytes;
}

/* Parses the bytes. Returns NULL, or what is wrong with them. */
static const char *understand(struct state *state, const uint8_t *bytes, size_t length)
{
    if (length < sizeof mark || memcmp(bytes, mark, sizeof mark) != 0)
        return "it is no state file of this program";
    if (length < HEAD + CHECKSUM)
        return "it is damaged: it is too short";
    uint64_t numbers[NUMBERS];
    for (int i = 0; i < NUMBERS; i++)
        numbers[i] = get_number(bytes + sizeof mark + 8 * i);
    size_t room = length - HEAD - CHECKSUM;
    if (numbers[3] > room || numbers[4] > room || numbers[3] + numbers[4] != room)
        return "it is damaged: its length is not what it says";
    if (get_number(bytes + length - CHECKSUM) != hash_bytes(HASH_START, bytes, length - CHECKSUM))
        return "it is damaged: its checksum is wrong";
    state->offset = numbers[0];
    state->pieces = numbers[1];
    state->fingerprint = numbers[2];
    state->splitter_length = (size_t)numbers[3];
    state->counter_length = (size_t)numbers[4];
    state->splitter = bytes + HEAD;
    state->counter = state->splitter + state->splitter_length;
    return NULL;
}

enum state_result state_read(struct state *state, const char *file, const char **problem)
{
    size_t length;
    *state = (struct state){.memory = read_file(file, &length)};
    if (!state->memory) {
        bool none = errno == ENOENT;
        *problem = strerror(errno);
        return none ? STATE_NONE : STATE_BAD;
    }
    *problem = understand(state, state->memory, length);
    return *problem ? STATE_BAD : STATE_READ;
}

void state_free(struct state *state)
{
    free(state->memory);
}

/* ---- Writing ---- */

static uint8_t *compose(const struct state *state, size_t *length)
{
    *length = HEAD + state->splitter_length + state->counter_length + CHECKSUM;
    uint8_t *bytes = malloc(*length);
    if (!bytes)
        return NULL;
    const uint64_t numbers[NUMBERS] = {state->offset, state->pieces, state->fingerprint, state->splitter_length,
                                       state->counter_length};
    memcpy(bytes, mark, sizeof mark);
    for (int i = 0; i < NUMBERS; i++)
        put_number(bytes + sizeof mark + 8 * i, numbers[i]);
    memcpy(bytes + HEAD, state->splitter, state->splitter_length);
    memcpy(bytes + HEAD + state->splitter_length, state->counter, state->counter_length);
    put_number(bytes + *length - CHECKSUM, hash_bytes(HASH_START, bytes, *length - CHECKSUM));
    return bytes;
}

/* Writes the bytes and waits until they are on the disk. */
static bool write_all(int output, const uint8_t *bytes, size_t length)
{
    while (length > 0) {
        ssize_t n = write(output, bytes, length);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            length -= (size_t)n;
        }
    }
    return fsync(output) == 0;
}

/* Syncs a folder, so that a new name in it is on the disk. Not every file system supports that. */
static void sync_folder(const char *file)
{
    char *copy = strdup(file);
    int folder = copy ? open(dirname(copy), O_RDONLY | O_CLOEXEC) : -1;
    if (folder >= 0) {
        fsync(folder);
        close(folder);
    }
    free(copy);
}

bool state_has_place(const char *file, const char **problem)
{
    char *copy = strdup(file);
    bool has = copy && access(dirname(copy), W_OK | X_OK) == 0;
    if (!has)
        *problem = strerror(errno);
    free(copy);
    return has;
}

/* Writes a temporary file beside the other, and renames it. */
static bool replace(const char *file, const char *beside, const uint8_t *bytes, size_t length)
{
    int output = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (output < 0)
        return false;
    bool written = write_all(output, bytes, length);
    int saved = errno;
    if (close(output) != 0 && written) {
        written = false;
        saved = errno;
    }
    if (written && rename(beside, file) == 0) {
        sync_folder(file);
        return true;
    }
    if (written)
        saved = errno;
    unlink(beside);
    errno = saved;
    return false;
}

bool state_write(const struct state *state, const char *file, const char **problem)
{
    size_t length, name_size = strlen(file) + sizeof ".18446744073709551615.new";
    uint8_t *bytes = compose(state, &length);
    char *beside = malloc(name_size);
    bool written = false;
    if (bytes && beside) {
        snprintf(beside, name_size, "%s.%lu.new", file, (unsigned long)getpid());
        written = replace(file, beside, bytes, length);
    }
    if (!written)
        *problem = strerror(errno);
    free(beside);
    free(bytes);
    return written;
}
