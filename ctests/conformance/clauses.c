#define _GNU_SOURCE
#include "clauses.h"

#include <stdio.h>
#include <string.h>

#include "array.h"
#include "cases.h"

extern const struct clause clauses_general[], clauses_sdk[], clauses_callbacks[], clauses_daemons[], clauses_control[],
    clauses_metadata[];

static const struct clause *const lists[] = {
    clauses_general, clauses_sdk, clauses_callbacks, clauses_daemons, clauses_control, clauses_metadata,
};

static const char *const chapters[] = {
    "Handles, errors, threads, memory, the process",
    "The SDK",
    "Callbacks",
    "Daemons",
    "Control, logs, shutdown of a daemon",
    "Metadata, capabilities, the last error",
};
_Static_assert(LENGTH(lists) == LENGTH(chapters), "each list is a chapter");

/* The clause after c, or the first for NULL; NULL after the last. */
static const struct clause *next_clause(const struct clause *c, size_t *list) {
    if (c)
        c++;
    else
        c = lists[*list = 0];
    while (!c->text) {
        if (++*list == sizeof lists / sizeof lists[0])
            return NULL;
        c = lists[*list];
    }
    return c;
}

#define EACH_CLAUSE(c) \
    size_t list_of_##c = 0; \
    for (const struct clause *c = NULL; (c = next_clause(c, &list_of_##c));)

static const struct clause *clause_of(const char *id, size_t length) {
    EACH_CLAUSE(c) {
        if (c->id && strlen(c->id) == length && memcmp(c->id, id, length) == 0)
            return c;
    }
    return NULL;
}

/* Whether the ids, separated by spaces, have that one. */
static bool names(const char *ids, const char *id) {
    size_t length = strlen(id);
    for (const char *at = ids; (at = strstr(at, id)); at += length)
        if ((at == ids || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static bool is_covered(const struct clause *clause) {
    const struct suite_case *c;
    for (size_t i = 0; (c = cases_at(i)); i++)
        if (names(c->clauses, clause->id))
            return true;
    return false;
}

static bool names_known_clauses(const struct suite_case *c) {
    bool known = true;
    for (const char *id = c->clauses; *id;) {
        size_t length = strcspn(id, " ");
        const struct clause *clause = clause_of(id, length);
        if (!clause || clause->beyond) {
            fprintf(stderr, "meshos-conformance: case %s names the clause '%.*s', which %s\n", c->name, (int)length, id,
                    clause ? "is beyond its reach" : "doesn't exist");
            known = false;
        }
        id += length + (id[length] == ' ');
    }
    return known && *c->clauses;
}

bool clauses_are_covered(void) {
    bool covered = true;
    EACH_CLAUSE(clause) {
        if (clause->id && !clause->beyond && !is_covered(clause)) {
            fprintf(stderr, "meshos-conformance: no case covers the clause '%s': %s\n", clause->id, clause->text);
            covered = false;
        }
        if (clause->id && clause_of(clause->id, strlen(clause->id)) != clause) {
            fprintf(stderr, "meshos-conformance: two clauses are called '%s'\n", clause->id);
            covered = false;
        }
    }
    const struct suite_case *c;
    for (size_t i = 0; (c = cases_at(i)); i++) {
        if (!names_known_clauses(c))
            covered = false;
        if (cases_named(c->name) != c) {
            fprintf(stderr, "meshos-conformance: two cases are called '%s'\n", c->name);
            covered = false;
        }
    }
    return covered;
}

bool clauses_at(size_t index, struct suite_clause *clause) {
    EACH_CLAUSE(c) {
        if (index-- > 0)
            continue;
        *clause = (struct suite_clause){chapters[list_of_c], c->id, c->text, c->beyond};
        return true;
    }
    return false;
}

void clauses_print(void) {
    EACH_CLAUSE(clause) {
        if (!clause->id)
            continue;
        printf("%s: %s [", clause->id, clause->text);
        const char *separator = "";
        const struct suite_case *c;
        if (clause->beyond)
            printf("beyond net_meshos.h: %s", clause->beyond);
        for (size_t i = 0; (c = cases_at(i)); i++) {
            if (names(c->clauses, clause->id)) {
                printf("%s%s", separator, c->name);
                separator = ", ";
            }
        }
        puts("]");
    }
}

/* Reads what stands in the comments of a C file, with one space for any white space and decoration. */
struct comments {
    FILE *file;
    bool inside;
};

static int next_character(struct comments *h) {
    for (;;) {
        int c = getc(h->file);
        if (c == EOF)
            return EOF;
        int next = getc(h->file);
        if (!h->inside && c == '/' && next == '*') {
            h->inside = true;
            return ' ';
        }
        if (h->inside && c == '*' && next == '/') {
            h->inside = false;
            return ' ';
        }
        if (next != EOF)
            ungetc(next, h->file);
        if (!h->inside)
            continue;
        if (c == '\n') { /* the next line's " * " */
            while ((c = getc(h->file)) == ' ') {
            }
            int after = getc(h->file);
            if (after != EOF)
                ungetc(after, h->file);
            if (c != '*' || after == '/')
                ungetc(c, h->file);
            return ' ';
        }
        return c;
    }
}

/* The next word of the comments; false at the end. Rows of dashes are no words. */
static bool next_word(struct comments *h, char *word, size_t size) {
    do {
        size_t n = 0;
        int c;
        while ((c = next_character(h)) == ' ' || c == '\t') {
        }
        for (; c != EOF && c != ' ' && c != '\t'; c = next_character(h))
            if (n + 1 < size)
                word[n++] = (char)c;
        word[n] = '\0';
        if (n == 0)
            return false;
    } while (strspn(word, "-") == strlen(word));
    return true;
}

bool clauses_match_header(const char *path) {
    struct comments header = {.file = fopen(path, "re")};
    char word[256];
    if (!header.file) {
        fprintf(stderr, "meshos-conformance: can't read %s\n", path);
        return false;
    }
    bool match = true;
    EACH_CLAUSE(clause) {
        for (const char *at = clause->text; match && *at;) {
            size_t length = strcspn(at, " ");
            bool more = next_word(&header, word, sizeof word);
            if (!more || strlen(word) != length || memcmp(word, at, length) != 0) {
                fprintf(stderr, "meshos-conformance: %s has '%s' where the clause%s%s says '%.*s': %s\n", path,
                        more ? word : "its end", clause->id ? " " : "", clause->id ? clause->id : "", (int)length, at,
                        clause->text);
                match = false;
            }
            at += length;
            at += strspn(at, " ");
        }
    }
    if (match && next_word(&header, word, sizeof word)) {
        fprintf(stderr, "meshos-conformance: %s goes on with '%s' after the last clause\n", path, word);
        match = false;
    }
    fclose(header.file);
    return match;
}
