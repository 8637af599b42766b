#define _GNU_SOURCE
#include "cases.h"

#include <string.h>

#define TABLES(X)                                                                                               \
    X(layout) X(errors) X(order) X(sdk) X(sdk_end) X(teardown) X(registration) X(identity) X(accessors)         \
    X(control) X(graceful) X(graceful_ends) X(callbacks) X(callbacks_inside) X(events) X(state)                 \
    X(supervision) X(logs) X(metadata) X(capabilities) X(inputs) X(handles) X(threads) X(cancel)                \
    X(resources) X(process) X(signals) X(fork)

#define DECLARE(topic) extern const struct suite_case cases_##topic[];
TABLES(DECLARE)

#define NAME(topic) cases_##topic,
static const struct suite_case *const tables[] = {TABLES(NAME)};

bool is_class(const char *name) {
    static const char *const classes[] = {CLASS_HEADER, CLASS_REFERENCE, CLASS_HARDENING};
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strcmp(name, classes[i]) == 0)
            return true;
    return false;
}

const struct suite_case *cases_at(size_t index) {
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (const struct suite_case *c = tables[t]; c->name; c++)
            if (index-- == 0)
                return c;
    return NULL;
}

const struct suite_case *cases_named(const char *name) {
    const struct suite_case *c;
    for (size_t i = 0; (c = cases_at(i)); i++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
