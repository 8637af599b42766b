#include "results.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool results_write(const struct table *table, const char *file)
{
    FILE *out = fopen(file, "w");
    bool written = out && write_counts(table, out);
    if (!written)
        say("%s: %s", file, strerror(errno));
    if (out)
        written = fclose(out) == 0 && written;
    return written;
}
