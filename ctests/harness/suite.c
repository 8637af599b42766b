#define _GNU_SOURCE
#include "suite.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib.h"
#include "report.h"
#include "sync.h"

size_t suite_count(const struct suite *s) {
    size_t count = 0;
    while (s->at(count))
        count++;
    return count;
}

static bool fits(const char *filter, const char *name) {
    if (strpbrk(filter, "*?["))
        return fnmatch(filter, name, 0) == 0;
    return strstr(name, filter) != NULL;
}

static bool is_selected(const struct suite_selection *s, const struct suite_case *c) {
    if (s->class && strcmp(s->class, c->class) != 0)
        return false;
    for (size_t i = 0; i < s->filter_count; i++)
        if (fits(s->filters[i], c->name))
            return true;
    return s->filter_count == 0;
}

size_t suite_select(const struct suite *s, const struct suite_selection *selection, size_t *chosen) {
    size_t count = 0;
    const struct suite_case *c;
    for (size_t i = 0; (c = s->at(i)); i++)
        if (is_selected(selection, c))
            chosen[count++] = i;
    return count;
}

bool suite_is_child(int count, char **arguments) {
    return count == SUITE_CHILD_ARGUMENTS && strcmp(arguments[1], SUITE_CHILD_FLAG) == 0;
}

static const struct suite_case *case_named(const struct suite *s, const char *name) {
    const struct suite_case *c;
    for (size_t i = 0; (c = s->at(i)); i++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

void suite_run_child(const struct suite *s, char **arguments) {
    report_to(atoi(arguments[4]), atoi(arguments[5]));
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    sync_begin(strtoull(arguments[6], NULL, 10));

    const struct suite_case *c = case_named(s, arguments[2]);
    if (c && c->prepare)
        c->prepare();
    const char *why_not = lib_open(arguments[3]);
    if (why_not)
        report_failed("%s", why_not);
    if (c && !why_not) {
        if (s->begin)
            s->begin();
        c->run();
    }
    report_end();
}
