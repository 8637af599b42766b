#include "cases.h"

#include <string.h>

static struct case_definition *first;

static bool comes_before(const struct case_definition *a, const struct case_definition *b) {
    int order = strcmp(a->file, b->file);
    return order < 0 || (order == 0 && a->line < b->line);
}

void cases_add(struct case_definition *d) {
    struct case_definition **at = &first;
    while (*at && comes_before(*at, d))
        at = &(*at)->next;
    d->next = *at;
    *at = d;
}

const struct suite_case *cases_at(size_t index) {
    const struct case_definition *d = first;
    while (d && index-- > 0)
        d = d->next;
    return d ? &d->what : NULL;
}
