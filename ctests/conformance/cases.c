#define _GNU_SOURCE
#include "cases.h"

#include <fnmatch.h>
#include <string.h>

#define TABLES(X)                                                                                            \
    X(layout) X(errors) X(order) X(sdk) X(sdk_end) X(teardown) X(registration) X(identity) X(accessors)       \
    X(control) X(graceful) X(graceful_ends) X(callbacks) X(callbacks_inside) X(events) X(supervision) X(logs) X(metadata) X(capabilities)  \
    X(inputs) X(handles) X(threads) X(cancel) X(resources) X(process) X(signals) X(fork)

#define DECLARE(topic) extern const struct suite_case cases_##topic[];
TABLES(DECLARE)

#define NAME(topic) cases_##topic,
static const struct suite_case *const tables[] = {TABLES(NAME)};

static const char *const class_names[] = {
    [CLASS_HEADER] = "header",
    [CLASS_REFERENCE] = "reference",
    [CLASS_HARDENING] = "hardening",
};

const char *class_name(enum case_class class) {
    return class_names[class];
}

bool class_of(const char *name, enum case_class *class) {
    for (size_t i = 0; i < sizeof class_names / sizeof class_names[0]; i++) {
        if (strcmp(name, class_names[i]) == 0) {
            *class = (enum case_class)i;
            return true;
        }
    }
    return false;
}

const struct suite_case *cases_at(size_t index) {
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct suite_case *c = tables[t]; c->name; c++)
            if (index-- == 0)
                return c;
    return NULL;
}

size_t cases_count(void) {
    size_t count = 0;
    while (cases_at(count))
        count++;
    return count;
}

const struct suite_case *cases_named(const char *name) {
    const struct suite_case *c;
    for (size_t i = 0; (c = cases_at(i)); i++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static bool fits(const char *filter, const char *name) {
    if (strpbrk(filter, "*?["))
        return fnmatch(filter, name, 0) == 0;
    return strstr(name, filter) != NULL;
}

static bool is_selected(const struct selection *s, const struct suite_case *c) {
    if (s->class && *s->class != c->class)
        return false;
    for (size_t i = 0; i < s->filter_count; i++)
        if (fits(s->filters[i], c->name))
            return true;
    return s->filter_count == 0;
}

size_t cases_select(const struct selection *selection, size_t *chosen) {
    size_t count = 0;
    const struct suite_case *c;
    for (size_t i = 0; (c = cases_at(i)); i++)
        if (is_selected(selection, c))
            chosen[count++] = i;
    return count;
}
