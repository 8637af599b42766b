#define _GNU_SOURCE
#include "suite.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib.h"
#include "report.h"
#include "sync.h"
#include "text.h"

size_t suite_count(const struct suite *s) {
    size_t count = 0;
    while (s->at(count))
        count++;
    return count;
}

const struct suite_case *suite_case_named(const struct suite *s, const char *name, size_t length) {
    const struct suite_case *c;
    for (size_t i = 0; (c = s->at(i)); i++)
        if (strlen(c->name) == length && memcmp(c->name, name, length) == 0)
            return c;
    return NULL;
}

size_t suite_next_name(const char **names, const char **name) {
    if (!*names)
        return 0;
    *name = *names + strspn(*names, " ");
    size_t length = strcspn(*name, " ");
    *names = *name + length;
    return length;
}

/* Depth: of needs that are followed. More than there are cases would be a circle. */
static bool names_are_sound(const struct suite *s, const struct suite_case *c, const char *names, size_t depth);

static bool needs_are_sound(const struct suite *s, const struct suite_case *c, size_t depth) {
    return names_are_sound(s, c, c->needs, depth) && names_are_sound(s, c, c->uses, depth);
}

static bool names_are_sound(const struct suite *s, const struct suite_case *c, const char *names, size_t depth) {
    const char *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;) {
        const struct suite_case *need = suite_case_named(s, name, length);
        if (!need || !need->shows || depth == 0) {
            fprintf(stderr, "%s: case %s needs %.*s, which %s\n", s->program, c->name, (int)length, name,
                    !need          ? "doesn't exist"
                    : !need->shows ? "doesn't say what it shows"
                                   : "needs it in turn");
            return false;
        }
        if (!needs_are_sound(s, need, depth - 1))
            return false;
    }
    return true;
}

bool suite_needs_are_sound(const struct suite *s) {
    const struct suite_case *c;
    for (size_t i = 0; (c = s->at(i)); i++)
        if (!needs_are_sound(s, c, suite_count(s)))
            return false;
    return true;
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

/* In the process of a case. */
static const struct suite *suite_of_child;
static const struct suite_case *running;
static const char *not_shown;

static bool is_named(const char *names, const char *wanted) {
    const char *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;)
        if (strlen(wanted) == length && memcmp(name, wanted, length) == 0)
            return true;
    return false;
}

bool suite_shown(const char *name) {
    if (!running || !is_named(running->uses, name))
        report_failed("the case asks for %s, which isn't among what it uses", name);
    return !is_named(not_shown, name);
}

void suite_skip_without(const char *name) {
    const struct suite_case *c = suite_case_named(suite_of_child, name, strlen(name));
    struct text reason = {0};
    text_say(&reason, "needs %s, which failed in case %s", c && c->shows ? c->shows : "what it shows", name);
    report_skipped(text_of(&reason)); /* the process ends with it */
}

bool suite_is_child(int count, char **arguments) {
    return count == SUITE_CHILD_ARGUMENTS && strcmp(arguments[1], SUITE_CHILD_FLAG) == 0;
}

void suite_run_child(const struct suite *s, char **arguments) {
    report_to(atoi(arguments[4]), atoi(arguments[5]));
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    sync_begin(strtoull(arguments[6], NULL, 10));

    const struct suite_case *c = suite_case_named(s, arguments[2], strlen(arguments[2]));
    suite_of_child = s;
    running = c;
    not_shown = arguments[7];
    if (c && c->prepare)
        c->prepare();
    const char *why_not = lib_open(arguments[3]);
    if (why_not)
        report_failed("can't be opened: %s", why_not);
    else if (!c && lib_is_foreign())
        report_failed("this is no libnet_meshos: it has none of its calls");
    if (c && !why_not) {
        if (s->begin)
            s->begin();
        c->run();
    }
    report_end();
}
