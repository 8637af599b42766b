#define _GNU_SOURCE
#include "junit.h"

#include <string.h>

bool junit_begin(struct junit *j, const char *path, const char *suite) {
    *j = (struct junit){.file = fopen(path, "we"), .suite = suite};
    return j->file != NULL;
}

/* XML 1.0 has no control characters, not even escaped; other bytes need not be UTF-8, so they are shown. */
static void escaped(struct text *to, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == '<')
            text_say(to, "&lt;");
        else if (c == '>')
            text_say(to, "&gt;");
        else if (c == '&')
            text_say(to, "&amp;");
        else if (c == '"')
            text_say(to, "&quot;");
        else if (c == '\n' || (c >= 0x20 && c < 0x7f))
            text_add(to, &bytes[i], 1);
        else
            text_say(to, "\\x%02x", c);
    }
}

static void element(struct text *to, const char *name, const struct text *content) {
    text_say(to, "      <%s>", name);
    escaped(to, text_of(content), content->length);
    text_say(to, "</%s>\n", name);
}

void junit_result(struct junit *j, const struct outcome *o) {
    struct text *to = &j->cases;
    j->tests++;
    j->ms += o->ms;
    text_say(to, "    <testcase classname=\"%s\" name=\"", o->what->class ? o->what->class : j->suite);
    escaped(to, o->what->name, strlen(o->what->name));
    text_say(to, "\" time=\"%.3f\">\n", (double)o->ms / 1000);
    if (o->verdict == FAILED) {
        const char *first = text_of(&o->failures);
        j->failures++;
        text_say(to, "      <failure message=\"");
        escaped(to, first, strcspn(first, "\n"));
        text_say(to, "\">");
        escaped(to, first, o->failures.length);
        text_say(to, "</failure>\n");
        if (o->output.length > 0)
            element(to, "system-out", &o->output);
    }
    if (o->verdict == SKIPPED) {
        j->skipped++;
        text_say(to, "      <skipped message=\"");
        escaped(to, text_of(&o->skip), o->skip.length);
        text_say(to, "\"/>\n");
    }
    text_say(to, "    </testcase>\n");
}

bool junit_end(struct junit *j) {
    fprintf(j->file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites>\n"
            "  <testsuite name=\"net_meshos\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\">\n"
            "%s"
            "  </testsuite>\n"
            "</testsuites>\n",
            j->tests, j->failures, j->skipped, (double)j->ms / 1000, text_of(&j->cases));
    text_free(&j->cases);
    bool written = !ferror(j->file);
    return fclose(j->file) == 0 && written;
}
