#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

static struct planned *find(struct plan *p, const char *name, size_t length) {
    const struct suite_case *what = suite_case_named(p->suite, name, length);
    for (size_t i = 0; i < p->count; i++)
        if (p->cases[i].outcome.what == what)
            return &p->cases[i];
    return NULL;
}

static void mark_needed(const struct suite *s, const struct suite_case *c, bool *marked);

static void mark_names(const struct suite *s, const char *names, bool *marked) {
    const char *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;) {
        const struct suite_case *need = suite_case_named(s, name, length);
        size_t i = 0;
        while (s->at(i) != need)
            i++;
        if (!marked[i]) {
            marked[i] = true;
            mark_needed(s, need, marked);
        }
    }
}

/* Adds what a case needs or uses, and what that needs. */
static void mark_needed(const struct suite *s, const struct suite_case *c, bool *marked) {
    mark_names(s, c->needs, marked);
    mark_names(s, c->uses, marked);
}

/* First what others wait for, then what takes long but works little. */
static int rank(const struct suite_case *c) {
    return c->shows ? 0 : c->sleeps ? 1 : 2;
}

static void make_order(struct plan *p) {
    size_t n = 0;
    for (int r = 0; r <= 2; r++)
        for (size_t i = 0; i < p->count; i++)
            if (rank(p->cases[i].outcome.what) == r)
                p->order[n++] = i;
}

struct plan plan_make(const struct suite *s, const size_t *chosen, size_t count) {
    size_t all = suite_count(s);
    bool *marked = calloc(all + 1, sizeof *marked), *selected = calloc(all + 1, sizeof *selected);
    struct plan p = {.suite = s};
    p.cases = calloc(all + 1, sizeof *p.cases);
    p.order = calloc(all + 1, sizeof *p.order);
    if (!marked || !selected || !p.cases || !p.order) {
        perror(s->program);
        exit(2);
    }
    for (size_t i = 0; i < count; i++) {
        marked[chosen[i]] = selected[chosen[i]] = true;
        mark_needed(s, s->at(chosen[i]), marked);
    }
    for (size_t i = 0; i < all; i++)
        if (marked[i])
            p.cases[p.count++] = (struct planned){.selected = selected[i], .outcome = {.what = s->at(i)}};
    make_order(&p);
    free(marked);
    free(selected);
    return p;
}

static void free_outcome(struct outcome *o) {
    text_free(&o->failures);
    text_free(&o->output);
    text_free(&o->skip);
    text_free(&o->left_out);
}

void plan_free(struct plan *p) {
    for (size_t i = 0; i < p->count; i++)
        free_outcome(&p->cases[i].outcome);
    free(p->cases);
    free(p->order);
    *p = (struct plan){0};
}

/* Whether all that it needs has passed, and all that it uses is done. */
static bool is_ready(struct plan *p, const struct suite_case *c) {
    const char *names = c->needs, *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;) {
        const struct planned *need = find(p, name, length);
        if (!need->done || need->outcome.verdict != PASSED)
            return false;
    }
    names = c->uses;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;)
        if (!find(p, name, length)->done)
            return false;
    return true;
}

struct text plan_left_out(struct plan *p, const struct planned *c) {
    struct text found = {0};
    const char *names = c->outcome.what->uses, *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;)
        if (find(p, name, length)->outcome.verdict != PASSED)
            text_say(&found, "%s%.*s", found.length > 0 ? " " : "", (int)length, name);
    return found;
}

struct planned *plan_next(struct plan *p, bool sleeps) {
    for (size_t i = 0; i < p->count; i++) {
        struct planned *c = &p->cases[p->order[i]];
        if (!c->started && !c->done && c->outcome.what->sleeps == sleeps && is_ready(p, c->outcome.what))
            return c;
    }
    return NULL;
}

/* The reason of a case that was skipped is that of those that need it, too. */
static void say_why(const struct outcome *need, struct text *skip) {
    if (need->verdict == SKIPPED)
        text_say(skip, "%s", text_of(&need->skip));
    else
        text_say(skip, "needs %s, which failed in case %s", need->what->shows, need->what->name);
}

/* Skips it if something that it needs has not passed. All that it needs is done before: so the reason doesn't depend on
 * what was done first. */
static bool skip_if_hopeless(struct plan *p, struct planned *c) {
    const char *names = c->outcome.what->needs, *name;
    const struct planned *lacking = NULL;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;) {
        const struct planned *need = find(p, name, length);
        if (!need->done)
            return false;
        if (!lacking && need->outcome.verdict != PASSED)
            lacking = need;
    }
    if (!lacking)
        return false;
    c->outcome.verdict = SKIPPED;
    say_why(&lacking->outcome, &c->outcome.skip);
    return c->done = true;
}

void plan_take(struct plan *p, struct planned *c, struct outcome outcome) {
    c->outcome = outcome;
    c->done = true;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < p->count; i++)
            if (!p->cases[i].done && !p->cases[i].started && skip_if_hopeless(p, &p->cases[i]))
                more = true;
    }
}
