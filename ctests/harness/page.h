/* Outcomes as a page for people: one HTML file that needs no other. What failed and what the header says there comes
 * first, then everything by clause, or by group where the suite has no clauses. The caller owns the struct, which one
 * thread uses; page_end() frees what it holds and closes the file. */
#ifndef HARNESS_PAGE_H
#define HARNESS_PAGE_H

#include <stdio.h>

#include "outcome.h"

struct page_case {
    const struct suite_case *what;
    enum verdict verdict;
    bool counts; /* as a failure */
    uint64_t ms;
    struct text failures, output, skip, left_out;
};

struct page {
    FILE *file;
    const struct suite *suite;
    const char *library;
    struct page_case *cases;
    size_t count;
    size_t of[3]; /* how many of each verdict */
    size_t counting; /* failures that count */
};

/* False, with errno, if the file can't be written. */
bool page_begin(struct page *p, const char *path, const struct suite *s, const char *library);
void page_result(struct page *p, const struct outcome *o, bool counts);
/* Writes the file; false, with errno, if that fails. */
bool page_end(struct page *p);

#endif
