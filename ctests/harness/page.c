#define _GNU_SOURCE
#include "page.h"

#include <stdlib.h>
#include <string.h>

#include "page_style.h"

/* Of what a case printed, so much is shown. */
enum { MOST_OUTPUT = 4000 };

bool page_begin(struct page *p, const char *path, const struct suite *s, const char *library) {
    *p = (struct page){.file = fopen(path, "we"), .suite = s, .library = library};
    return p->file != NULL;
}

void page_result(struct page *p, const struct outcome *o, bool counts) {
    p->cases = realloc(p->cases, (p->count + 1) * sizeof *p->cases);
    if (!p->cases) {
        perror(p->suite->program);
        exit(2);
    }
    struct page_case *c = &p->cases[p->count++];
    *c = (struct page_case){.what = o->what, .verdict = o->verdict, .counts = counts, .ms = o->ms};
    text_add(&c->failures, text_of(&o->failures), o->failures.length);
    text_add(&c->output, text_of(&o->output), o->output.length < MOST_OUTPUT ? o->output.length : MOST_OUTPUT);
    text_add(&c->skip, text_of(&o->skip), o->skip.length);
    text_add(&c->left_out, text_of(&o->left_out), o->left_out.length);
    p->of[o->verdict]++;
    p->counting += o->verdict == FAILED && counts;
}

/* Bytes that are no printable ASCII are shown by their numbers: what a library prints need not be UTF-8. */
static void put(struct page *p, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '<')
            fputs("&lt;", p->file);
        else if (c == '>')
            fputs("&gt;", p->file);
        else if (c == '&')
            fputs("&amp;", p->file);
        else if (c == '"')
            fputs("&quot;", p->file);
        else if (c == '\n' || (c >= 0x20 && c < 0x7f))
            fputc(c, p->file);
        else
            fprintf(p->file, "\\x%02x", c);
    }
}

static void put_text(struct page *p, const char *text) {
    put(p, text, strlen(text));
}

static void put_block(struct page *p, const struct text *t) {
    size_t length = t->length;
    while (length > 0 && t->bytes[length - 1] == '\n')
        length--;
    if (length == 0)
        return;
    fputs("<pre>", p->file);
    put(p, t->bytes, length);
    fputs("</pre>\n", p->file);
}

static bool checks(const struct suite_case *c, const char *clause) {
    const char *names = c->clauses, *name;
    for (size_t length; (length = suite_next_name(&names, &name)) > 0;)
        if (strlen(clause) == length && memcmp(clause, name, length) == 0)
            return true;
    return false;
}

static const char *const marks[] = {[PASSED] = "good\">&#10003;", [FAILED] = "bad\">&#10007;", [SKIPPED] = "skip\">&#8211;"};

static void put_case(struct page *p, const struct page_case *c) {
    fprintf(p->file, "<span class=\"case\"><span class=\"%s</span> ", marks[c->verdict]);
    fputs(c->verdict == FAILED ? "<a href=\"#" : "<span title=\"", p->file);
    put_text(p, c->verdict == SKIPPED ? text_of(&c->skip) : c->what->name);
    fputs("\">", p->file);
    put_text(p, c->what->name);
    fputs(c->verdict == FAILED ? "</a>" : "</span>", p->file);
    if (c->left_out.length > 0) {
        fputs("<span class=\"dim\">, without steps of ", p->file);
        put_text(p, text_of(&c->left_out));
        fputs("</span>", p->file);
    }
    fputs("</span> ", p->file);
}

static void write_head(struct page *p) {
    fprintf(p->file,
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<title>%s: %zu passed, %zu failed, %zu skipped</title>\n<style>\n%s</style></head>\n<body>\n<header><h1>",
            p->suite->program, p->of[PASSED], p->of[FAILED], p->of[SKIPPED], page_style);
    if (p->count > 0 && p->of[PASSED] == p->count)
        fputs("All that was tested holds", p->file);
    else if (p->of[FAILED] == 0)
        fprintf(p->file, "Nothing failed, but %zu of %zu cases were skipped", p->of[SKIPPED], p->count);
    else
        fprintf(p->file, "%zu of %zu cases failed", p->of[FAILED], p->count);
    fputs("</h1>\n<p class=\"dim\"><code>", p->file);
    put_text(p, p->library);
    fprintf(p->file, "</code>, tested by %s</p>\n</header>\n<main>\n<ul class=\"numbers\">\n", p->suite->program);
    fprintf(p->file, "<li><b class=\"good\">%zu</b>passed</li>\n", p->of[PASSED]);
    fprintf(p->file, "<li><b class=\"bad\">%zu</b>failed</li>\n", p->of[FAILED]);
    fprintf(p->file, "<li><b class=\"skip\">%zu</b>skipped</li>\n</ul>\n", p->of[SKIPPED]);
    if (p->counting < p->of[FAILED])
        fprintf(p->file, "<p>%zu of the failures are of class %s and don't count.</p>\n", p->of[FAILED] - p->counting,
                p->suite->lenient_class);
}

static void write_says(struct page *p, const struct suite_case *what) {
    struct suite_clause clause;
    bool any = false;
    for (size_t i = 0; p->suite->clause && p->suite->clause(i, &clause); i++) {
        if (!clause.id || !checks(what, clause.id))
            continue;
        if (!any)
            fputs("<p class=\"dim\">The header says there:</p>\n", p->file);
        any = true;
        fprintf(p->file, "<blockquote class=\"says\">");
        put_text(p, clause.text);
        fprintf(p->file, " <a class=\"dim\" href=\"#clause-%s\">%s</a></blockquote>\n", clause.id, clause.id);
    }
}

static void write_failures(struct page *p) {
    if (p->of[FAILED] == 0)
        return;
    fputs("<h2>What failed</h2>\n", p->file);
    for (size_t i = 0; i < p->count; i++) {
        const struct page_case *c = &p->cases[i];
        if (c->verdict != FAILED)
            continue;
        fprintf(p->file, "<section class=\"card%s\" id=\"", c->counts ? "" : " lenient");
        put_text(p, c->what->name);
        fputs("\"><h3><code>", p->file);
        put_text(p, c->what->name);
        fputs("</code>", p->file);
        if (c->what->class)
            fprintf(p->file, " <span class=\"dim\">%s%s</span>", c->what->class, c->counts ? "" : ", doesn't count");
        fputs("</h3>\n", p->file);
        put_block(p, &c->failures);
        write_says(p, c->what);
        if (c->output.length > 0) {
            fputs("<p class=\"dim\">It printed:</p>\n", p->file);
            put_block(p, &c->output);
        }
        fputs("</section>\n", p->file);
    }
}

/* Reasons in the order of their first case, each with all its cases. */
static void write_skipped(struct page *p) {
    if (p->of[SKIPPED] == 0)
        return;
    fputs("<h2>What was skipped</h2>\n<ul class=\"clauses\">\n", p->file);
    for (size_t i = 0; i < p->count; i++) {
        const char *reason = text_of(&p->cases[i].skip);
        bool is_first = p->cases[i].verdict == SKIPPED;
        for (size_t k = 0; is_first && k < i; k++)
            is_first = p->cases[k].verdict != SKIPPED || strcmp(reason, text_of(&p->cases[k].skip)) != 0;
        if (!is_first)
            continue;
        fputs("<li><span class=\"mark skip\">&#8211;</span>", p->file);
        put_text(p, reason);
        fputs("<br><span class=\"dim\">", p->file);
        for (size_t k = i; k < p->count; k++) {
            if (p->cases[k].verdict != SKIPPED || strcmp(reason, text_of(&p->cases[k].skip)) != 0)
                continue;
            fputs(k > i ? ", " : "", p->file);
            put_text(p, p->cases[k].what->name);
        }
        fputs("</span></li>\n", p->file);
    }
    fputs("</ul>\n", p->file);
}

/* What the cases of a clause say of it together. */
static void write_clause(struct page *p, const struct suite_clause *clause) {
    size_t of[3] = {0};
    for (size_t i = 0; i < p->count; i++)
        of[p->cases[i].verdict] += checks(p->cases[i].what, clause->id);
    enum verdict verdict = of[FAILED] > 0 ? FAILED : of[PASSED] > 0 ? PASSED : SKIPPED;
    fprintf(p->file, "<li id=\"clause-%s\"><span class=\"mark %s</span>", clause->id, marks[verdict]);
    put_text(p, clause->text);
    fputs("<br><span class=\"dim\">", p->file);
    if (clause->beyond) {
        fputs("no case can show it: ", p->file);
        put_text(p, clause->beyond);
    } else if (of[PASSED] + of[FAILED] + of[SKIPPED] == 0) {
        fputs("not tested in this run", p->file);
    }
    for (size_t i = 0; i < p->count; i++)
        if (checks(p->cases[i].what, clause->id))
            put_case(p, &p->cases[i]);
    fputs("</span></li>\n", p->file);
}

static void write_by_clause(struct page *p) {
    struct suite_clause clause;
    const char *chapter = NULL;
    fputs("<h2>What the header promises</h2>\n"
          "<p class=\"dim\"><span class=\"good\">&#10003;</span> holds, <span class=\"bad\">&#10007;</span> a case of it "
          "failed, <span class=\"skip\">&#8211;</span> was not tested; below each sentence are its cases.</p>\n",
          p->file);
    for (size_t i = 0; p->suite->clause(i, &clause); i++) {
        if (!clause.id)
            continue;
        if (!chapter || strcmp(chapter, clause.chapter) != 0) {
            fprintf(p->file, "%s<details open><summary>%s</summary><ul class=\"clauses\">\n",
                    chapter ? "</ul></details>\n" : "", clause.chapter);
            chapter = clause.chapter;
        }
        write_clause(p, &clause);
    }
    fputs(chapter ? "</ul></details>\n" : "", p->file);
}

/* The group of a case: its name up to the colon. */
static void write_by_group(struct page *p) {
    fputs("<h2>What was tested</h2>\n", p->file);
    for (size_t i = 0, length = 0; i < p->count; i++) {
        const char *name = p->cases[i].what->name, *before = i > 0 ? p->cases[i - 1].what->name : "";
        if (i == 0 || strncmp(name, before, length) != 0 || name[length] != ':') {
            length = strcspn(name, ":");
            fprintf(p->file, "%s<details open><summary>", i > 0 ? "</ul></details>\n" : "");
            put(p, name, length);
            fputs("</summary><ul class=\"clauses\">\n", p->file);
        }
        fprintf(p->file, "<li><span class=\"mark %s</span>", marks[p->cases[i].verdict]);
        put_text(p, name[length] ? name + length + 1 + strspn(name + length + 1, " ") : name);
        fputs("</li>\n", p->file);
    }
    fputs(p->count > 0 ? "</ul></details>\n" : "", p->file);
}

bool page_end(struct page *p) {
    write_head(p);
    write_failures(p);
    write_skipped(p);
    if (p->suite->clause)
        write_by_clause(p);
    else
        write_by_group(p);
    fputs("</main>\n</body></html>\n", p->file);
    for (size_t i = 0; i < p->count; i++) {
        text_free(&p->cases[i].failures);
        text_free(&p->cases[i].output);
        text_free(&p->cases[i].skip);
    }
    free(p->cases);
    bool written = !ferror(p->file);
    return fclose(p->file) == 0 && written;
}
