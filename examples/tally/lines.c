#define _POSIX_C_SOURCE 200809L

#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lines_open(struct lines *lines, const char *file)
{
    struct stat about, out;
    /* The next file that is opened would be in its place. */
    if (fcntl(STDOUT_FILENO, F_GETFD) < 0) {
        lines->problem = "the standard output is closed: nothing is counted";
        return false;
    }
    lines->input = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (lines->input < 0 || fstat(lines->input, &about) != 0) {
        lines->problem = strerror(errno);
        return false;
    }
    if (S_ISDIR(about.st_mode)) {
        lines->problem = strerror(EISDIR);
        return false;
    }
    if (S_ISREG(about.st_mode) && fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == about.st_dev
        && out.st_ino == about.st_ino) {
        lines->problem = "it is the standard output too: nothing is counted";
        return false;
    }
    lines->size = S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0;
    lines->at_end = false;
    lines->from = lines->filled = 0;
    return true;
}

static enum lines_result failed(struct lines *lines, const char *problem)
{
    lines->problem = problem;
    return LINES_FAILED;
}

/* Waits for more input and appends it to the buffer. LINES_LINE: there may be a line now. */
static enum lines_result read_more(struct lines *lines, int stop_input)
{
    struct pollfd wait[] = {{.fd = lines->input, .events = POLLIN}, {.fd = stop_input, .events = POLLIN}};
    while (poll(wait, 2, -1) < 0)
        if (errno != EINTR)
            return failed(lines, strerror(errno));
    if (wait[1].revents != 0)
        return LINES_STOPPED;

    lines->filled -= lines->from;
    memmove(lines->buffer, lines->buffer + lines->from, lines->filled);
    lines->from = 0;
    if (lines->filled > LINES_LONGEST)
        return failed(lines, "a line is longer than 1 MiB: is this a text?");
    ssize_t got = read(lines->input, lines->buffer + lines->filled, LINES_BLOCK);
    if (got < 0)
        return failed(lines, strerror(errno));
    lines->filled += (size_t)got;
    lines->at_end = got == 0;
    return LINES_LINE;
}

enum lines_result lines_next(struct lines *lines, int stop_input, const uint8_t **line, size_t *length)
{
    const uint8_t *newline;
    while ((newline = memchr(lines->buffer + lines->from, '\n', lines->filled - lines->from)) == NULL
           && !lines->at_end) {
        enum lines_result result = read_more(lines, stop_input);
        if (result != LINES_LINE)
            return result;
    }
    *line = lines->buffer + lines->from;
    *length = newline ? (size_t)(newline - *line) + 1 : lines->filled - lines->from;
    lines->from += *length;
    return *length != 0 ? LINES_LINE : LINES_END;
}

void lines_close(struct lines *lines)
{
    if (lines->input != STDIN_FILENO)
        close(lines->input);
}
