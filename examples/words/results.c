#define _POSIX_C_SOURCE 200809L

#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

bool results_show(const struct table *table, uint64_t pieces, uint64_t words, uint64_t top)
{
    struct word *sorted = table_by_count(table);
    if (!sorted)
        return false;
    printf("%10" PRIu64 " lines\n%10" PRIu64 " words\n%10zu different words\n", pieces, words, table->used);
    for (size_t i = 0; i < table->used && i < top; i++)
        printf("%10" PRIu64 " %s\n", sorted[i].count, sorted[i].text);
    free(sorted);
    return fflush(stdout) == 0;
}

static bool write_counts(const struct table *table, FILE *out)
{
    struct word *sorted = table_by_text(table);
    if (!sorted)
        return false;
    for (size_t i = 0; i < table->used; i++)
        fprintf(out, "%7" PRIu64 " %s\n", sorted[i].count, sorted[i].text);
    free(sorted);
    return fflush(out) == 0 && !ferror(out);
}

static bool failed(const struct results *results)
{
    say("%s: %s", results->file, strerror(errno));
    return false;
}

static bool same(int a, const struct stat *b)
{
    struct stat about;
    return fstat(a, &about) == 0 && S_ISREG(about.st_mode) && about.st_dev == b->st_dev && about.st_ino == b->st_ino;
}

bool results_open(struct results *results, const char *file, int text, const char *state)
{
    struct stat about;
    *results = (struct results){.file = file};
    if (fstat(STDOUT_FILENO, &about) == 0 && same(text, &about)) {
        say("the standard output is the text itself: nothing is counted");
        return false;
    }
    if (state && stat(state, &about) == 0 && same(text, &about)) {
        say("%s: the state file is the text itself: nothing is counted", state);
        return false;
    }
    if (!file)
        return true;
    int out = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    results->is_new = out >= 0;
    if (out < 0 && errno == EEXIST)
        out = open(file, O_WRONLY | O_CLOEXEC); /* no O_TRUNC: it could be the text */
    if (out < 0)
        return failed(results);
    results->out = fdopen(out, "w");
    if (!results->out) {
        failed(results);
        close(out);
        return false;
    }
    const char *what = NULL;
    if (fstat(text, &about) == 0 && same(out, &about))
        what = "text";
    else if (state && stat(state, &about) == 0 && same(out, &about))
        what = "state file";
    if (what)
        say("%s: the file for the counts is the %s itself: nothing is counted", file, what);
    return !what;
}

bool results_write(struct results *results, const struct table *table)
{
    struct stat about;
    int out = fileno(results->out);
    bool written = fstat(out, &about) == 0 && (!S_ISREG(about.st_mode) || ftruncate(out, 0) == 0)
                   && write_counts(table, results->out);
    int saved = errno;
    if (fclose(results->out) != 0 && written) {
        written = false;
        saved = errno;
    }
    results->out = NULL;
    errno = saved;
    return written || failed(results);
}

void results_drop(struct results *results)
{
    if (!results->out)
        return;
    fclose(results->out);
    results->out = NULL;
    if (results->is_new)
        unlink(results->file);
}
