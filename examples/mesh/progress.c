#define _POSIX_C_SOURCE 200809L

#include "progress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../words/say.h"

bool progress_read(struct progress *progress, const char *file)
{
    *progress = (struct progress){0, 0};
    FILE *in = fopen(file, "r");
    if (!in) {
        if (errno == ENOENT)
            return true;
        say("%s: %s", file, strerror(errno));
        return false;
    }
    bool whole = fscanf(in, "%" SCNu64 " %" SCNu64, &progress->offset, &progress->pieces) == 2;
    fclose(in);
    if (!whole)
        say("%s is no progress of this program", file);
    return whole;
}

bool progress_write(const struct progress *progress, const char *file)
{
    char part[4096];
    int length = snprintf(part, sizeof part, "%s.part", file);
    if (length < 0 || (size_t)length >= sizeof part) {
        say("%s: the name is too long", file);
        return false;
    }
    FILE *out = fopen(part, "w");
    bool ok = out && fprintf(out, "%" PRIu64 " %" PRIu64 "\n", progress->offset, progress->pieces) > 0;
    if (out && fclose(out) != 0)
        ok = false;
    if (ok && rename(part, file) == 0)
        return true;
    say("%s: %s", file, strerror(errno));
    return false;
}
