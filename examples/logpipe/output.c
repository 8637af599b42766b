#define _POSIX_C_SOURCE 200809L

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(const struct output *output)
{
    fprintf(stderr, "logpipe: %s: %s\n", output->path, strerror(errno));
    return false;
}

bool output_open(struct output *output, const char *path)
{
    *output = (struct output){.path = path};
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    output->is_new = file >= 0;
    if (file < 0 && errno == EEXIST)
        file = open(path, O_WRONLY | O_CLOEXEC); /* no O_TRUNC: it could be the input */
    if (file < 0)
        return failed(output);
    output->file = fdopen(file, "w");
    if (output->file)
        return true;
    failed(output);
    close(file);
    return false;
}

bool same_file(FILE *a, FILE *b)
{
    struct stat one, other;
    return fstat(fileno(a), &one) == 0 && fstat(fileno(b), &other) == 0 && S_ISREG(one.st_mode)
           && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool output_begin(struct output *output)
{
    struct stat about;
    if (fstat(fileno(output->file), &about) != 0)
        return failed(output);
    /* A device or a pipe has nothing to be emptied. */
    return !S_ISREG(about.st_mode) || ftruncate(fileno(output->file), 0) == 0 || failed(output);
}

bool output_end(struct output *output)
{
    if (!output->file)
        return true;
    /* An error of an earlier write has been forgotten by errno, but not by the stream. */
    bool written = !ferror(output->file);
    errno = written ? 0 : EIO;
    if (fflush(output->file) != 0)
        written = false;
    int saved = errno;
    if (fclose(output->file) != 0 && written) {
        written = false;
        saved = errno;
    }
    output->file = NULL;
    errno = saved;
    return written || failed(output);
}

void output_drop(struct output *output)
{
    if (!output->file)
        return;
    fclose(output->file);
    output->file = NULL;
    if (output->is_new)
        unlink(output->path);
}
