/* Memory, threads and descriptors of this process, and whether they stay what they are. */
#include "soak.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static double entries(const char *folder) {
    DIR *opened = opendir(folder);
    if (!opened)
        soak_fail("%s can't be read", folder);
    double count = -2; /* . and .. */
    while (readdir(opened))
        count++;
    closedir(opened);
    return count;
}

struct sample soak_sample(void) {
    FILE *file = fopen("/proc/self/statm", "r");
    long size, resident;
    if (!file || fscanf(file, "%ld %ld", &size, &resident) != 2)
        soak_fail("/proc/self/statm can't be read");
    fclose(file);
    /* The folder that is read is a descriptor itself. */
    return (struct sample){(double)resident * (double)sysconf(_SC_PAGESIZE) / 1024, entries("/proc/self/task"),
                           entries("/proc/self/fd") - 1};
}

static int ascending(const void *one, const void *other) {
    const double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double median(const struct sample *samples, size_t count, size_t offset) {
    double *values = malloc(count * sizeof *values);
    for (size_t i = 0; i < count; i++)
        memcpy(&values[i], (const char *)&samples[i] + offset, sizeof values[i]);
    qsort(values, count, sizeof *values, ascending);
    const double found = values[count / 2];
    free(values);
    return found;
}

/* A single sample says nothing: a collector lets memory swing. The last third's median is held to the first's, with
 * room for the swing: a part of the first, and some more. */
static bool flat(const struct sample *samples, size_t count, size_t offset, const char *what, double part, double more) {
    const size_t third = count / 3;
    const double first = median(samples, third, offset), last = median(samples + count - third, third, offset);
    const bool so = last <= first * (1 + part) + more;
    printf("%-12s %10.0f %10.0f  %s\n", what, first, last, so ? "flat" : "GROWS");
    return so;
}

bool soak_flat(const struct sample *samples, size_t count) {
    printf("%-12s %10s %10s\n", "median of", "first 1/3", "last 1/3");
    bool so = flat(samples, count, offsetof(struct sample, resident_kb), "KB resident", 0.03, 2048);
    so &= flat(samples, count, offsetof(struct sample, threads), "threads", 0.1, 3);
    so &= flat(samples, count, offsetof(struct sample, descriptors), "descriptors", 0, 0);
    return so;
}
